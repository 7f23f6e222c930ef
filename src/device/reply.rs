//! The replies of the API: their kinds, their shapes, and the check for malformed ones.
//!
//! Typed replies are read by the same rules as [`ReplyKind::check`]: if a field occurs twice, the
//! last one counts, and a missing id is empty.

use std::time::Duration;

use super::json::Object;
use crate::json;

/// The reply that a request waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReplyKind {
    /// A [`CmdReply`].
    Cmd,
    /// A [`ConfigReply`].
    Config,
    /// A [`CompleteReply`].
    Complete,
    /// A series of [`UpgradeStep`]s; the last one is complete.
    Upgrade,
    /// `{feedId, requestId?}`, for a feed.
    Feed,
    /// Any object.
    Generic,
    /// None: the API sends no reply, and the payload carries no `requestId`.
    None,
}

/// The event that brings the final reply to a request `X`. An error on either event ends the
/// request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SettledBy {
    /// `X:rpc`.
    Rpc,
    /// `X:reply`; an `X:rpc` only says that the request was accepted.
    Reply,
    /// No event: the request is done once it is sent.
    Sending,
}

impl ReplyKind {
    /// The event that brings the final reply.
    #[must_use]
    pub const fn settled_by(self) -> SettledBy {
        match self {
            Self::Cmd | Self::Upgrade => SettledBy::Reply,
            Self::Config | Self::Complete | Self::Feed | Self::Generic => SettledBy::Rpc,
            Self::None => SettledBy::Sending,
        }
    }

    /// The default time to wait for the final reply, or for the next step of an upgrade.
    #[must_use]
    pub const fn default_timeout(self) -> Duration {
        match self {
            Self::Cmd | Self::Upgrade => Duration::from_secs(300),
            _ => Duration::from_secs(30),
        }
    }

    /// Checks that a payload has the documented shape of this reply; extra fields are allowed. The
    /// error names the field that is missing or has the wrong type.
    pub fn check(self, payload: &str) -> Result<(), String> {
        read(payload, self.fields()).map(|_| ())
    }

    /// The required fields of a reply of this kind. Ids are not among them: a reply matched by one
    /// id need not carry the other.
    const fn fields(self) -> &'static [(&'static str, Shape)] {
        match self {
            Self::Cmd => &[
                ("stdout", Shape::Text),
                ("stderr", Shape::Text),
                ("returnCode", Shape::Integer),
            ],
            Self::Config => &[("result", Shape::Success)],
            Self::Complete => &[("complete", Shape::True)],
            Self::Upgrade => &[("status", Shape::Text), ("complete", Shape::Bool)],
            Self::Feed => &[("feedId", Shape::Id)],
            Self::Generic | Self::None => &[],
        }
    }
}

/// Parses an object with these fields; the error names the one that is missing or has the wrong
/// type.
pub(super) fn read<'a>(
    payload: &'a str,
    fields: &[(&'static str, Shape)],
) -> Result<Object<'a>, String> {
    let object = Object::parse("payload", payload).map_err(|_| "not an object".to_owned())?;
    for (name, shape) in fields {
        match object.value(name) {
            None => return Err([name, " is missing"].concat()),
            Some(value) if !shape.fits(value) => {
                return Err([name, " is not ", shape.description()].concat());
            }
            Some(_) => {}
        }
    }
    Ok(object)
}

/// What a field's value must be.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    Text,
    Id,
    Integer,
    Bool,
    True,
    Success,
}

impl Shape {
    fn fits(self, value: &str) -> bool {
        match self {
            Self::Text => json::text(value).is_some(),
            Self::Id => json::text(value).is_some_and(|id| !id.is_empty()),
            Self::Integer => is_integer(value),
            Self::Bool => matches!(value, "true" | "false"),
            Self::True => value == "true",
            Self::Success => json::text(value).is_some_and(|text| text == "success"),
        }
    }

    const fn description(self) -> &'static str {
        match self {
            Self::Text => "a string",
            Self::Id => "a non-empty string",
            Self::Integer => "an integer",
            Self::Bool => "a boolean",
            Self::True => "true",
            Self::Success => "\"success\"",
        }
    }
}

/// `device:cmd:reply`: `{stdout, stderr, returnCode, correlationId, requestId?}`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CmdReply {
    /// What the command printed.
    pub stdout: String,
    /// What the command printed to its error output.
    pub stderr: String,
    /// Its exit code. A code other than 0 is still a reply, not an error.
    pub return_code: i64,
    /// The cloud's own id of the request, the same as in the preceding `device:cmd:rpc`.
    pub correlation_id: String,
    /// The id of the request.
    pub request_id: Option<String>,
}

impl CmdReply {
    /// Parses a payload; the error names the field that is missing or has the wrong type.
    pub fn parse(payload: &str) -> Result<Self, String> {
        let object = read(payload, ReplyKind::Cmd.fields())?;
        let code = object.value("returnCode").unwrap_or_default();
        Ok(Self {
            stdout: object.text("stdout").unwrap_or_default(),
            stderr: object.text("stderr").unwrap_or_default(),
            return_code: integer(code).ok_or("returnCode is not an integer")?,
            correlation_id: object.text("correlationId").unwrap_or_default(),
            request_id: object.text("requestId"),
        })
    }
}

/// `:rpc` of `device:testConfig`, `device:applyConfig`, `device:applyYamlConfig`:
/// `{requestId, result: "success"}`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConfigReply {
    /// The id of the request.
    pub request_id: String,
    /// `success`.
    pub result: String,
}

impl ConfigReply {
    /// Parses a payload; the error names the field that is missing or has the wrong type.
    pub fn parse(payload: &str) -> Result<Self, String> {
        let object = read(payload, ReplyKind::Config.fields())?;
        Ok(Self {
            request_id: object.text("requestId").unwrap_or_default(),
            result: object.text("result").unwrap_or_default(),
        })
    }
}

/// `:rpc` of `device:refreshMeta`, `device:sendArdexactl`, `device:sendArdpkg`:
/// `{requestId, complete: true}`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CompleteReply {
    /// The id of the request.
    pub request_id: String,
    /// `true`.
    pub complete: bool,
}

impl CompleteReply {
    /// Parses a payload; the error names the field that is missing or has the wrong type.
    pub fn parse(payload: &str) -> Result<Self, String> {
        let object = read(payload, ReplyKind::Complete.fields())?;
        Ok(Self {
            request_id: object.text("requestId").unwrap_or_default(),
            complete: true,
        })
    }
}

/// `device:doUpgrade:reply`: `{status, complete, requestId?}`, once for each step.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct UpgradeStep {
    /// The id of the request.
    pub request_id: Option<String>,
    /// What has been done, as reported by the agent.
    pub status: String,
    /// `true` on the last step.
    pub complete: bool,
}

impl UpgradeStep {
    /// Parses a payload; the error names the field that is missing or has the wrong type.
    pub fn parse(payload: &str) -> Result<Self, String> {
        let object = read(payload, ReplyKind::Upgrade.fields())?;
        Ok(Self {
            request_id: object.text("requestId"),
            status: object.text("status").unwrap_or_default(),
            complete: object.value("complete") == Some("true"),
        })
    }
}

/// Whether a number is an integer in JavaScript's sense: `3`, `3.0` and `3e0` alike.
fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    json::parse_u64(digits).is_some() || exact_integer(text).is_some()
}

/// An integer, as defined by [`is_integer`].
fn integer(text: &str) -> Option<i64> {
    text.parse().ok().or_else(|| exact_integer(text))
}

/// An integer of at most 2^53, in any notation.
fn exact_integer(text: &str) -> Option<i64> {
    let number = json::parse_f64(text.as_bytes());
    let is_exact = number.fract() == 0.0 && number.abs() <= EXACT;
    #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
    is_exact.then_some(number as i64)
}

const EXACT: f64 = 9_007_199_254_740_992.0;

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn parses_the_documented_replies() {
        let cmd = r#"{"stdout":" 05:33:14 up 474 days\n","stderr":"","returnCode":0,"correlationId":"8c1c"}"#;
        for (kind, payload) in [
            (ReplyKind::Cmd, cmd),
            (
                ReplyKind::Config,
                r#"{"requestId":"ab","result":"success","more":[{}]}"#,
            ),
            (ReplyKind::Complete, r#"{"requestId":"bd","complete":true}"#),
            (
                ReplyKind::Upgrade,
                r#"{"status":"Arch detected: amd64","complete":false,"requestId":"71"}"#,
            ),
            (ReplyKind::Feed, r#"{"requestId":"b3","feedId":"4c"}"#),
            (ReplyKind::Generic, "{}"),
        ] {
            kind.check(payload).unwrap();
        }
    }

    #[test]
    fn errors_name_the_fault() {
        let cases = [
            (
                ReplyKind::Cmd,
                r#"{"stdout":"","stderr":"","correlationId":""}"#,
                "returnCode is missing",
            ),
            (
                ReplyKind::Cmd,
                r#"{"stdout":"","stderr":"","correlationId":"","returnCode":"0"}"#,
                "returnCode is not an integer",
            ),
            (
                ReplyKind::Cmd,
                r#"{"stdout":null,"stderr":"","correlationId":"","returnCode":0}"#,
                "stdout is not a string",
            ),
            (
                ReplyKind::Config,
                r#"{"requestId":"ä","result":"maybe"}"#,
                "result is not \"success\"",
            ),
            (
                ReplyKind::Complete,
                r#"{"requestId":"ä","complete":false}"#,
                "complete is not true",
            ),
            (
                ReplyKind::Upgrade,
                r#"{"status":"ä","complete":1}"#,
                "complete is not a boolean",
            ),
            (
                ReplyKind::Feed,
                r#"{"feedId":""}"#,
                "feedId is not a non-empty string",
            ),
            (ReplyKind::Generic, "[]", "not an object"),
            (ReplyKind::Generic, "{", "not an object"),
        ];
        for (kind, payload, problem) in cases {
            assert_eq!(kind.check(payload).unwrap_err(), problem, "{payload}");
        }
    }

    fn with_exit_code(text: &str) -> String {
        format!(r#"{{"stdout":"","stderr":"","correlationId":"","returnCode":{text}}}"#)
    }

    #[test]
    fn an_exit_code_is_a_whole_number_that_is_exact() {
        for text in [
            "0.5",
            "-1.25e1",
            "9007199254740994.0",
            "1e300",
            "-1e300",
            "1e999",
        ] {
            let json = with_exit_code(text);
            let problem = "returnCode is not an integer";
            assert_eq!(CmdReply::parse(&json).unwrap_err(), problem, "{text}");
        }
    }

    #[test]
    fn an_exit_code_may_have_any_number_format() {
        for (text, code) in [
            ("3", 3),
            ("3.0", 3),
            ("-1e0", -1),
            ("3221225477", 3_221_225_477),
        ] {
            let json = with_exit_code(text);
            ReplyKind::Cmd.check(&json).unwrap();
            assert_eq!(CmdReply::parse(&json).unwrap().return_code, code);
        }
    }

    #[test]
    fn replies_parse_with_and_without_their_ids() {
        let cmd =
            r#"{"stdout":"ü\n","stderr":"","returnCode":3e0,"correlationId":"8c","requestId":"r"}"#;
        let reply = CmdReply::parse(cmd).unwrap();
        assert_eq!((reply.stdout.as_str(), reply.return_code), ("ü\n", 3));
        assert_eq!(reply.correlation_id, "8c");
        assert_eq!(reply.request_id.as_deref(), Some("r"));
        let bare = CmdReply::parse(r#"{"stdout":"","stderr":"","returnCode":-1}"#).unwrap();
        assert_eq!((bare.return_code, bare.request_id), (-1, None));
        let config = ConfigReply::parse(r#"{"result":"success"}"#).unwrap();
        assert_eq!(
            (config.result.as_str(), config.request_id.as_str()),
            ("success", "")
        );
        let complete = CompleteReply::parse(r#"{"requestId":"b","complete":true}"#).unwrap();
        assert!(complete.complete && complete.request_id == "b");
        let step = UpgradeStep::parse(r#"{"status":"ä","complete":false}"#).unwrap();
        assert!(!step.complete && step.status == "ä");
    }

    #[test]
    fn the_last_of_duplicate_fields_wins() {
        let step = UpgradeStep::parse(r#"{"status":"a","status":"b","complete":true}"#).unwrap();
        assert_eq!(step.status, "b");
    }

    #[test]
    fn typed_replies_name_the_fault() {
        let cases = [
            (
                CmdReply::parse("{}").map(drop).unwrap_err(),
                "stdout is missing",
            ),
            (
                ConfigReply::parse(r#"{"result":1}"#).map(drop).unwrap_err(),
                "result is not \"success\"",
            ),
            (
                CompleteReply::parse("[]").map(drop).unwrap_err(),
                "not an object",
            ),
            (
                UpgradeStep::parse(r#"{"status":"","complete":0}"#)
                    .map(drop)
                    .unwrap_err(),
                "complete is not a boolean",
            ),
        ];
        for (problem, expected) in cases {
            assert_eq!(problem, expected);
        }
    }
}
