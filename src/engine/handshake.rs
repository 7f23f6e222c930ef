//! The payload of the open packet.

use core::fmt;
use core::time::Duration;

use super::DecodeError;
use crate::json::{self, Json};

/// The id of an Engine.IO connection.
///
/// It differs from the id that Socket.IO shows, and anyone who knows it could join the connection,
/// so `Debug` does not print it.
#[derive(Clone, PartialEq, Eq)]
pub struct Sid(String);

impl Sid {
    /// The id as sent by the server.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sid(…)")
    }
}

/// The server's first packet: the connection's id, its heartbeat and its limits.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Handshake {
    /// The id of this connection.
    pub sid: Sid,
    /// The time between two pings.
    pub ping_interval: Duration,
    /// How long the reply to a ping may take.
    pub ping_timeout: Duration,
    /// The largest message that the server accepts, in bytes. Servers before engine.io 6.2 and all
    /// servers of revision 3 do not send it; `null` means no limit.
    pub max_payload: Option<u64>,
}

impl Handshake {
    /// Parses the JSON object of an open packet. Unknown keys are ignored.
    ///
    /// # Errors
    /// If the text is not a JSON object, or a field is missing or invalid; the error names the
    /// field.
    pub fn parse(json: &str) -> Result<Self, DecodeError> {
        // The parse error for another type of JSON would repeat the text, however long.
        if !json::trimmed(json).starts_with('{') {
            return Err(DecodeError::HandshakeType);
        }
        let json = Json::parse(json).map_err(DecodeError::HandshakeJson)?;
        let sid = json::text(required(json, "sid")?).filter(|sid| !sid.is_empty());
        let sid = sid.ok_or(invalid("sid", "must be a non-empty string"))?;
        Ok(Self {
            sid: Sid(sid.into_owned()),
            ping_interval: span(json, "pingInterval")?,
            ping_timeout: span(json, "pingTimeout")?,
            max_payload: max_payload(json)?,
        })
    }
}

fn required<'a>(json: Json<'a>, name: &'static str) -> Result<&'a str, DecodeError> {
    json.field(name).ok_or(invalid(name, "is missing"))
}

#[inline(never)]
fn span(json: Json<'_>, name: &'static str) -> Result<Duration, DecodeError> {
    let millis = json::parse_f64(required(json, name)?.as_bytes());
    if millis.is_nan() {
        return Err(invalid(name, "must be a number of milliseconds"));
    }
    if millis < 1.0 {
        return Err(invalid(name, "must be at least 1 ms"));
    }
    if millis > LONGEST_SPAN_MS {
        return Err(invalid(name, "must not exceed a year"));
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between a millisecond and a year"
    )]
    Ok(Duration::from_micros((millis * 1000.0) as u64))
}

fn max_payload(json: Json<'_>) -> Result<Option<u64>, DecodeError> {
    let name = "maxPayload";
    let Some(value) = json.field(name).filter(|value| *value != "null") else {
        return Ok(None);
    };
    let limit = json::parse_natural(value).filter(|limit| *limit > 0);
    let problem = "must be a whole number of bytes above 0";
    limit.ok_or(invalid(name, problem)).map(Some)
}

const fn invalid(field: &'static str, problem: &'static str) -> DecodeError {
    DecodeError::HandshakeField { field, problem }
}

/// Anything longer is a mistake; the limit also keeps deadlines far from overflow.
const LONGEST_SPAN_MS: f64 = 366.0 * 24.0 * 60.0 * 60.0 * 1000.0;

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn parses_the_example_of_the_protocol_text() {
        let handshake = Handshake::parse(
            r#"{"sid":"lv_VI97HAXpY6yYWAAAC","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#,
        )
        .unwrap();
        assert_eq!(handshake.sid.as_str(), "lv_VI97HAXpY6yYWAAAC");
        assert_eq!(handshake.ping_interval, Duration::from_secs(25));
        assert_eq!(handshake.ping_timeout, Duration::from_secs(20));
        assert_eq!(handshake.max_payload, Some(1_000_000));
    }

    #[test]
    fn optional_and_unknown_keys_may_have_any_value() {
        for json in [
            r#"{"sid":"é","pingInterval":1,"pingTimeout":1}"#,
            r#"{"sid":"a","pingInterval":25000.0,"pingTimeout":2e4,"maxPayload":null,"upgrades":7}"#,
            r#" {"new":{"deep":[1]},"sid":"a","pingInterval":100.5,"pingTimeout":60} "#,
        ] {
            assert_eq!(Handshake::parse(json).unwrap().max_payload, None, "{json}");
        }
    }

    #[test]
    fn max_payload_may_be_written_as_a_float() {
        for limit in ["1000000", "1000000.0", "1e6", "1E+6"] {
            let json = format!(
                r#"{{"sid":"a","pingInterval":25000.0,"pingTimeout":1,"maxPayload":{limit}}}"#
            );
            let handshake = Handshake::parse(&json).unwrap();
            assert_eq!(handshake.max_payload, Some(1_000_000), "{limit}");
        }
    }

    #[test]
    fn an_error_names_the_field() {
        for (json, name) in [
            (r#"{"pingInterval":1,"pingTimeout":1}"#, "sid"),
            (r#"{"sid":"","pingInterval":1,"pingTimeout":1}"#, "sid"),
            (r#"{"sid":7,"pingInterval":1,"pingTimeout":1}"#, "sid"),
            (r#"{"sid":"a","pingTimeout":1}"#, "pingInterval"),
            (
                r#"{"sid":"a","pingInterval":-1,"pingTimeout":1}"#,
                "pingInterval",
            ),
            (
                r#"{"sid":"a","pingInterval":-0.5,"pingTimeout":1}"#,
                "pingInterval",
            ),
            (
                r#"{"sid":"a","pingInterval":0,"pingTimeout":1}"#,
                "pingInterval",
            ),
            (
                r#"{"sid":"a","pingInterval":0.2,"pingTimeout":1}"#,
                "pingInterval",
            ),
            (
                r#"{"sid":"a","pingInterval":null,"pingTimeout":1}"#,
                "pingInterval",
            ),
            (
                r#"{"sid":"a","pingInterval":"25000","pingTimeout":1}"#,
                "pingInterval",
            ),
            (
                r#"{"sid":"a","pingInterval":1e300,"pingTimeout":1}"#,
                "pingInterval",
            ),
            (
                r#"{"sid":"a","pingInterval":18446744073709551615,"pingTimeout":1}"#,
                "pingInterval",
            ),
            (r#"{"sid":"a","pingInterval":1}"#, "pingTimeout"),
            (
                r#"{"sid":"a","pingInterval":1,"pingTimeout":0}"#,
                "pingTimeout",
            ),
            (
                r#"{"sid":"a","pingInterval":1,"pingTimeout":1,"maxPayload":-1}"#,
                "maxPayload",
            ),
            (
                r#"{"sid":"a","pingInterval":1,"pingTimeout":1,"maxPayload":0}"#,
                "maxPayload",
            ),
            (
                r#"{"sid":"a","pingInterval":1,"pingTimeout":1,"maxPayload":1.5}"#,
                "maxPayload",
            ),
            (
                r#"{"sid":"a","pingInterval":1,"pingTimeout":1,"maxPayload":"1"}"#,
                "maxPayload",
            ),
        ] {
            match Handshake::parse(json) {
                Err(DecodeError::HandshakeField { field, .. }) => assert_eq!(field, name, "{json}"),
                other => panic!("{json}: {other:?}"),
            }
        }
    }

    #[test]
    fn a_duration_may_be_as_long_as_a_leap_year() {
        let of = |millis: u64| {
            Handshake::parse(&format!(
                r#"{{"sid":"a","pingInterval":{millis},"pingTimeout":1}}"#
            ))
        };
        assert_eq!(
            of(31_622_400_000).unwrap().ping_interval,
            Duration::from_millis(31_622_400_000)
        );
        assert!(of(31_622_400_001).is_err());
    }

    #[test]
    fn a_non_object_is_an_error() {
        for json in ["", "null", "[]", "\"sid\"", "é"] {
            let result = Handshake::parse(json);
            assert!(matches!(result, Err(DecodeError::HandshakeType)), "{json}");
        }
        for json in ["{", "{}x", r#"{"sid":NaN}"#] {
            let result = Handshake::parse(json);
            assert!(
                matches!(result, Err(DecodeError::HandshakeJson(_))),
                "{json}"
            );
        }
    }

    #[test]
    fn debug_does_not_print_the_id() {
        let handshake =
            Handshake::parse(r#"{"sid":"secret","pingInterval":1,"pingTimeout":1}"#).unwrap();
        assert!(!format!("{handshake:?}").contains("secret"));
        assert_eq!(format!("{:?}", handshake.sid), "Sid(…)");
    }
}
