//! What one pass over an incoming payload yields, before its request or feed is known.

use std::borrow::Cow;

use super::error::ServerError;
use super::refusal;
use crate::json::{self, Json};

/// The fields that match a payload to its request or feed, and that fail or complete it.
///
/// All are optional; a field whose type differs from the API page counts as absent. If a name
/// occurs twice, the last one counts, as with `JSON.parse`.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Envelope<'a> {
    /// The whole payload.
    pub payload: &'a str,
    /// `requestId`: the client's own id of the request.
    pub request_id: Option<Cow<'a, str>>,
    /// `correlationId`: the cloud's id of the request.
    pub correlation_id: Option<Cow<'a, str>>,
    /// `feedId`.
    pub feed_id: Option<Cow<'a, str>>,
    /// `error`, unless it is `null`, `false`, `0` or `""`: the API page's own code checks
    /// `if (item.error)`.
    pub error: Option<Json<'a>>,
    /// `result`: `success` or `error`.
    pub result: Option<Cow<'a, str>>,
    /// `complete`: whether this is the last step.
    pub complete: Option<bool>,
    /// Whether there is a `status`, as in a step of an upgrade.
    pub status: bool,
    /// `messageId` of a sample.
    pub message_id: Option<Cow<'a, str>>,
    /// `message`: sent by some servers beside `result`.
    pub message: Option<Cow<'a, str>>,
}

impl<'a> Envelope<'a> {
    /// Parses a payload's JSON text; `None` if it is not an object.
    #[must_use]
    pub fn parse(payload: &'a str) -> Option<Self> {
        let text = Json::parse(payload).ok()?.get();
        if !text.starts_with('{') {
            return None;
        }
        let mut envelope = Self {
            payload,
            ..Self::default()
        };
        for (name, value) in json::fields(text) {
            // A name that is not valid Unicode cannot be one of those below.
            let Some(name) = name else { continue };
            match &*name {
                "requestId" => envelope.request_id = json::text(value),
                "correlationId" => envelope.correlation_id = json::text(value),
                "feedId" => envelope.feed_id = json::text(value),
                "result" => envelope.result = json::text(value),
                "messageId" => envelope.message_id = json::text(value),
                "message" => envelope.message = json::text(value),
                "error" => {
                    let is_error = refusal::is_error(value.as_bytes());
                    envelope.error = is_error.then(|| Json::from_validated(value));
                }
                "complete" => {
                    envelope.complete = match value {
                        "true" => Some(true),
                        "false" => Some(false),
                        _ => None,
                    };
                }
                "status" => envelope.status = true,
                _ => {}
            }
        }
        Some(envelope)
    }

    /// The refusal in the payload, in any form: `error` is a string, an object with a `message`, or
    /// anything else; or `result` is `error`.
    #[must_use]
    pub fn server_error(&self) -> Option<ServerError> {
        let (message, raw) = if let Some(error) = self.error {
            (error_message(error), error.get())
        } else if self.result.as_deref() == Some(refusal::FAILURE) {
            let message = self.message.as_deref();
            let message = message.unwrap_or("the server gave no reason");
            (Cow::Borrowed(message), json::trimmed(self.payload))
        } else {
            return None;
        };
        Some(ServerError {
            message: message.trim_end().to_owned(),
            raw: raw.to_owned(),
        })
    }
}

/// The message of an `error`; its JSON text if it has none.
fn error_message(error: Json<'_>) -> Cow<'_, str> {
    let message = json::text(error.get()).or_else(|| json::text(error.field("message")?));
    let message = message.filter(|text| !text.trim().is_empty());
    message.unwrap_or(Cow::Borrowed(error.get()))
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn error_of(payload: &str) -> Option<(String, String)> {
        let error = Envelope::parse(payload)?.server_error()?;
        Some((error.message, error.raw))
    }

    #[test]
    fn reads_the_ids_in_one_pass() {
        let payload = r#"{"correlationId":"c","x":{"requestId":"inner"},"request\u0049d":"\u00fc","feedId":"f","messageId":"7","complete":false,"status":"s","result":"success"}"#;
        let envelope = Envelope::parse(payload).unwrap();
        assert_eq!(envelope.request_id.as_deref(), Some("ü"));
        assert_eq!(envelope.correlation_id.as_deref(), Some("c"));
        assert!(matches!(envelope.feed_id, Some(Cow::Borrowed("f"))));
        assert_eq!(envelope.message_id.as_deref(), Some("7"));
        assert_eq!((envelope.complete, envelope.status), (Some(false), true));
        assert_eq!(envelope.result.as_deref(), Some("success"));
        assert!(envelope.server_error().is_none());
        assert_eq!(envelope.payload, payload);
    }

    #[test]
    fn a_field_of_another_type_is_absent_and_the_last_one_wins() {
        let envelope = Envelope::parse(
            r#"{"requestId":5,"feedId":"a","feedId":"b","correlationId":"c","correlationId":null,"complete":"true","result":{}}"#,
        )
        .unwrap();
        assert_eq!(envelope.request_id, None);
        assert_eq!(envelope.feed_id.as_deref(), Some("b"));
        assert_eq!(envelope.correlation_id, None);
        assert_eq!((envelope.complete, envelope.result.clone()), (None, None));
    }

    #[test]
    fn a_lone_surrogate_affects_only_its_own_field() {
        let envelope = Envelope::parse(r#"{"feedId":"\ud800","requestId":"r"}"#).unwrap();
        assert_eq!(
            (envelope.feed_id.as_deref(), envelope.request_id.as_deref()),
            (None, Some("r"))
        );
    }

    #[test]
    fn a_lone_surrogate_in_a_name_affects_no_other_field() {
        let payload = r#"{"\ud83d":1,"feedId":"f","x\udc00":2,"requestId":"r"}"#;
        let envelope = Envelope::parse(payload).unwrap();
        assert_eq!(
            (envelope.feed_id.as_deref(), envelope.request_id.as_deref()),
            (Some("f"), Some("r"))
        );
    }

    #[test]
    fn only_an_object_is_an_envelope() {
        for payload in ["", "[]", "null", "\"x\"", "7", "{", "{}x", "[{}]"] {
            assert!(Envelope::parse(payload).is_none(), "{payload}");
        }
        assert!(Envelope::parse("{}").is_some());
        assert!(
            Envelope::parse(&format!(
                "{{\"x\":{}{}}}",
                "[".repeat(9000),
                "]".repeat(9000)
            ))
            .is_some()
        );
    }

    #[test]
    fn every_form_of_error_is_recognized() {
        let cases = [
            (
                r#"{"error":"no permission\n"}"#,
                "no permission",
                r#""no permission\n""#,
            ),
            (
                r#"{"error":{"message":"a\nb\n\n","code":1}}"#,
                "a\nb",
                r#"{"message":"a\nb\n\n","code":1}"#,
            ),
            (
                r#"{"error":{"code":"ü"}}"#,
                r#"{"code":"ü"}"#,
                r#"{"code":"ü"}"#,
            ),
            (
                r#"{"error":{"message":7}}"#,
                r#"{"message":7}"#,
                r#"{"message":7}"#,
            ),
            (r#"{"error":[1, 2]}"#, "[1, 2]", "[1, 2]"),
            (r#"{"error":true}"#, "true", "true"),
            (r#"{"error":42,"result":"error"}"#, "42", "42"),
            (
                r#"{"result":"error"}"#,
                "the server gave no reason",
                r#"{"result":"error"}"#,
            ),
            (
                r#"{"result":"error","error":null,"message":"why"}"#,
                "why",
                r#"{"result":"error","error":null,"message":"why"}"#,
            ),
        ];
        for (payload, message, raw) in cases {
            assert_eq!(
                error_of(payload),
                Some((message.to_owned(), raw.to_owned())),
                "{payload}"
            );
        }
        for payload in [
            "{}",
            r#"{"error":null}"#,
            r#"{"error":""}"#,
            r#"{"error":false}"#,
            r#"{"error":-0.0}"#,
            r#"{"error":"x","error":null}"#,
        ] {
            assert_eq!(error_of(payload), None, "{payload}");
        }
    }
}
