//! Replies as typed values, read by the same rules as [`ReplyKind::check`]: if a field occurs
//! twice, the last one counts, and a missing id is empty.

use super::event::text;
use super::json::Object;
use super::reply::{CmdReply, CompleteReply, ConfigReply, ReplyKind, UpgradeStep, integer, read};
use crate::json;

impl CmdReply {
    /// Parses a payload; the error names the field that is missing or has the wrong type.
    pub fn parse(payload: &str) -> Result<Self, String> {
        let object = object_of(ReplyKind::Cmd, payload)?;
        let code = object.value("returnCode").unwrap_or_default();
        Ok(Self {
            stdout: text(&object, "stdout"),
            stderr: text(&object, "stderr"),
            return_code: integer(code).map_err(|problem| ["returnCode is ", problem].concat())?,
            correlation_id: text(&object, "correlationId"),
            request_id: optional_text(&object, "requestId"),
        })
    }
}

impl ConfigReply {
    /// Parses a payload; the error names the field that is missing or has the wrong type.
    pub fn parse(payload: &str) -> Result<Self, String> {
        let object = object_of(ReplyKind::Config, payload)?;
        Ok(Self {
            request_id: text(&object, "requestId"),
            result: text(&object, "result"),
        })
    }
}

impl CompleteReply {
    /// Parses a payload; the error names the field that is missing or has the wrong type.
    pub fn parse(payload: &str) -> Result<Self, String> {
        let object = object_of(ReplyKind::Complete, payload)?;
        Ok(Self {
            request_id: text(&object, "requestId"),
            complete: true,
        })
    }
}

impl UpgradeStep {
    /// Parses a payload; the error names the field that is missing or has the wrong type.
    pub fn parse(payload: &str) -> Result<Self, String> {
        let object = object_of(ReplyKind::Upgrade, payload)?;
        Ok(Self {
            request_id: optional_text(&object, "requestId"),
            status: text(&object, "status"),
            complete: object.value("complete") == Some("true"),
        })
    }
}

fn object_of(kind: ReplyKind, payload: &str) -> Result<Object<'_>, String> {
    read(payload, kind.fields())
}

fn optional_text(object: &Object<'_>, name: &str) -> Option<String> {
    let text = object.value(name).and_then(json::text);
    text.map(std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

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
    fn errors_name_the_fault() {
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
