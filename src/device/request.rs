//! The requests of the API, with one constructor for each event.
//!
//! A [`Request`] is valid by construction: whatever a constructor accepts can be sent. To add an
//! event, copy a neighbour: the event's name, the kind of its reply, and its fields in the order of
//! the API page.

use std::borrow::Cow;
use std::time::Duration;

use super::error::InvalidArgument;
use super::feed::FeedRequest;
use super::json::{Fields, Object};
use super::reply::ReplyKind;
use crate::json;

/// A valid request: an event's name, its fields, and the kind of reply to wait for.
#[derive(Clone, Debug)]
pub struct Request {
    event: Cow<'static, str>,
    kind: ReplyKind,
    /// `None` if the event takes no argument.
    fields: Option<Fields>,
    own_request_id: Option<String>,
    attachments: Vec<Vec<u8>>,
}

impl Request {
    /// `device:cmd`: runs a command in the device's remote shell.
    pub fn cmd(device_id: &str, cmd: &str) -> Result<Self, InvalidArgument> {
        let fields = Fields::new()
            .text("deviceId", device_id)?
            .text("cmd", cmd)?;
        Ok(Self::new("device:cmd", ReplyKind::Cmd, fields))
    }

    /// `device:feed`: opens a live feed.
    #[must_use]
    pub fn feed(feed: &FeedRequest) -> Self {
        let mut fields = Fields::new()
            .any_text("deviceId", &feed.device_id)
            .any_text("table", &feed.table)
            .any_text("source", &feed.source);
        if let Some(field) = &feed.field {
            fields = fields.any_text("field", field);
        }
        Self::new("device:feed", ReplyKind::Feed, fields)
    }

    /// `device:feed:stop`: ends a feed. No reply is documented.
    pub fn feed_stop(feed_id: &str) -> Result<Self, InvalidArgument> {
        let fields = Fields::new().text("feedId", feed_id)?;
        Ok(Self::new("device:feed:stop", ReplyKind::None, fields))
    }

    /// `device:feed:stopAll`: ends every feed of the connection. Takes no arguments.
    #[must_use]
    pub fn feed_stop_all() -> Self {
        Self::new("device:feed:stopAll", ReplyKind::None, None)
    }

    /// `device:testConfig`: makes the device check a configuration, given as the JSON text of an
    /// object. The text is sent byte for byte: the order of keys decides whether anchors resolve.
    pub fn test_config(device_id: &str, config_json: &str) -> Result<Self, InvalidArgument> {
        let fields = Fields::new()
            .text("deviceId", device_id)?
            .object("config", config_json)?;
        Ok(Self::new("device:testConfig", ReplyKind::Config, fields))
    }

    /// `device:applyConfig`: like [`Request::test_config`], then saves it and restarts the agent.
    pub fn apply_config(device_id: &str, config_json: &str) -> Result<Self, InvalidArgument> {
        let fields = Fields::new()
            .text("deviceId", device_id)?
            .object("config", config_json)?;
        Ok(Self::new("device:applyConfig", ReplyKind::Config, fields))
    }

    /// `device:applyYamlConfig`: like [`Request::apply_config`], but with a YAML configuration.
    pub fn apply_yaml_config(device_id: &str, yaml: &str) -> Result<Self, InvalidArgument> {
        let fields = Fields::new()
            .text("deviceId", device_id)?
            .text("config", yaml)?;
        Ok(Self::new(
            "device:applyYamlConfig",
            ReplyKind::Config,
            fields,
        ))
    }

    /// `device:refreshMeta`: makes the device read its scenarios again.
    pub fn refresh_meta(device_id: &str) -> Result<Self, InvalidArgument> {
        Self::of_device("device:refreshMeta", ReplyKind::Complete, device_id)
    }

    /// `device:doUpgrade`: upgrades the agent to its latest version, in several steps.
    pub fn do_upgrade(device_id: &str) -> Result<Self, InvalidArgument> {
        Self::of_device("device:doUpgrade", ReplyKind::Upgrade, device_id)
    }

    /// `device:sendArdexactl`: sends the `ardexactl` control script to the device.
    pub fn send_ardexactl(device_id: &str) -> Result<Self, InvalidArgument> {
        Self::of_device("device:sendArdexactl", ReplyKind::Complete, device_id)
    }

    /// `device:sendArdpkg`: sends the `ardpkg` plugin manager to the device.
    pub fn send_ardpkg(device_id: &str) -> Result<Self, InvalidArgument> {
        Self::of_device("device:sendArdpkg", ReplyKind::Complete, device_id)
    }

    /// Any other event, for additions to the API that this crate does not know yet. The payload is
    /// the JSON text of an object; if it has its own `requestId`, that is used instead of a
    /// generated one.
    pub fn generic(event: &str, payload_json: &str) -> Result<Self, InvalidArgument> {
        if event.is_empty() {
            return Err(InvalidArgument::new("event", "must not be empty"));
        }
        if RESERVED_EVENTS.contains(&event) {
            let problem = [
                "must be another name: socket.io keeps `",
                event,
                "` for itself",
            ]
            .concat();
            return Err(InvalidArgument::new("event", problem));
        }
        let payload = Object::parse("payload", payload_json)?;
        let own_request_id = match payload.value("requestId") {
            None => None,
            Some(id) => match json::text(id).filter(|id| !id.is_empty()) {
                Some(id) => Some(id.into_owned()),
                None => {
                    let problem = "must be a non-empty string";
                    return Err(InvalidArgument::new("payload.requestId", problem));
                }
            },
        };
        let fields = Fields::new().all_of(&payload);
        Ok(Self {
            own_request_id,
            ..Self::new(event.to_owned(), ReplyKind::Generic, fields)
        })
    }

    /// Appends fields, given as the JSON text of an object, to those of the request. They must not
    /// replace a field of the request.
    pub fn with_extra(mut self, extra_json: &str) -> Result<Self, InvalidArgument> {
        let extra = Object::parse("extra", extra_json)?;
        if extra.names().next().is_none() {
            return Ok(self);
        }
        let Some(fields) = self.fields.take() else {
            let problem = ["must be empty: ", &self.event, " takes no arguments"].concat();
            return Err(InvalidArgument::new("extra", problem));
        };
        // Optional fields of the request are reserved even if they were left out.
        let reserved = |name: &str| {
            name == "requestId"
                || fields.has(name)
                || (self.kind == ReplyKind::Feed && name == "field")
        };
        if let Some(name) = extra.names().find(|name| reserved(name)) {
            let problem = "must not replace a field of the request";
            return Err(InvalidArgument::new(["extra.", name].concat(), problem));
        }
        self.fields = Some(fields.all_of(&extra));
        Ok(self)
    }

    /// The attachments that placeholders (`{"_placeholder":true,"num":n}`) in the payload refer to.
    #[must_use]
    pub fn with_attachments(self, attachments: Vec<Vec<u8>>) -> Self {
        Self {
            attachments,
            ..self
        }
    }

    pub(crate) fn take_attachments(&mut self) -> Vec<Vec<u8>> {
        core::mem::take(&mut self.attachments)
    }

    /// The event's name on the wire, for example `device:cmd`.
    #[must_use]
    pub fn event(&self) -> &str {
        &self.event
    }

    /// The kind of reply to wait for.
    #[must_use]
    pub fn kind(&self) -> ReplyKind {
        self.kind
    }

    /// The payload's JSON text: `requestId`, the fields of the API page in its order, then extra
    /// fields. `None` if the event takes no argument at all.
    ///
    /// `request_id` is omitted if the request has [its own](Self::own_request_id) or gets no reply.
    #[must_use]
    pub fn payload(&self, request_id: &str) -> Option<String> {
        let wanted = self.kind != ReplyKind::None && self.own_request_id.is_none();
        self.fields
            .as_ref()
            .map(|fields| fields.to_object(wanted.then_some(request_id)))
    }

    /// The `requestId` included in a generic payload, which the reply is matched by.
    #[must_use]
    pub fn own_request_id(&self) -> Option<&str> {
        self.own_request_id.as_deref()
    }

    /// The default time to wait for the final reply, or for the next step of an upgrade.
    #[must_use]
    pub fn default_timeout(&self) -> Duration {
        self.kind.default_timeout()
    }

    /// A request whose only argument is the device.
    fn of_device(
        event: &'static str,
        kind: ReplyKind,
        device_id: &str,
    ) -> Result<Self, InvalidArgument> {
        let fields = Fields::new().text("deviceId", device_id)?;
        Ok(Self::new(event, kind, fields))
    }

    fn new(
        event: impl Into<Cow<'static, str>>,
        kind: ReplyKind,
        fields: impl Into<Option<Fields>>,
    ) -> Self {
        Self {
            event: event.into(),
            kind,
            fields: fields.into(),
            own_request_id: None,
            attachments: Vec::new(),
        }
    }
}

/// The reference server closes a connection on which one of these arrives as an event.
const RESERVED_EVENTS: [&str; 6] = [
    "connect",
    "connect_error",
    "disconnect",
    "disconnecting",
    "newListener",
    "removeListener",
];

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn argument_of<T: std::fmt::Debug>(result: Result<T, InvalidArgument>) -> String {
        result.unwrap_err().argument.into_owned()
    }

    #[test]
    fn every_event_matches_the_documentation() {
        let feed = FeedRequest::new("d", "solar", "ecu1/str3", Some("AC Power")).unwrap();
        let all = FeedRequest::new("d", "solar", "ecu1/str3", None).unwrap();
        let config = r#"{"z":[], "amqp":{"b":1,"a":2}}"#;
        let cases = [
            (
                Request::cmd("d", "echo \"ü\""),
                "device:cmd",
                r#"{"requestId":"r","deviceId":"d","cmd":"echo \"ü\""}"#,
            ),
            (
                Ok(Request::feed(&feed)),
                "device:feed",
                r#"{"requestId":"r","deviceId":"d","table":"solar","source":"ecu1/str3","field":"AC Power"}"#,
            ),
            (
                Ok(Request::feed(&all)),
                "device:feed",
                r#"{"requestId":"r","deviceId":"d","table":"solar","source":"ecu1/str3"}"#,
            ),
            (
                Request::feed_stop("f"),
                "device:feed:stop",
                r#"{"feedId":"f"}"#,
            ),
            (
                Request::test_config("d", config),
                "device:testConfig",
                r#"{"requestId":"r","deviceId":"d","config":{"z":[], "amqp":{"b":1,"a":2}}}"#,
            ),
            (
                Request::apply_config("d", "{}"),
                "device:applyConfig",
                r#"{"requestId":"r","deviceId":"d","config":{}}"#,
            ),
            (
                Request::apply_yaml_config("d", "a: 1\n"),
                "device:applyYamlConfig",
                r#"{"requestId":"r","deviceId":"d","config":"a: 1\n"}"#,
            ),
            (
                Request::refresh_meta("d"),
                "device:refreshMeta",
                r#"{"requestId":"r","deviceId":"d"}"#,
            ),
            (
                Request::do_upgrade("d"),
                "device:doUpgrade",
                r#"{"requestId":"r","deviceId":"d"}"#,
            ),
            (
                Request::send_ardexactl("d"),
                "device:sendArdexactl",
                r#"{"requestId":"r","deviceId":"d"}"#,
            ),
            (
                Request::send_ardpkg("d"),
                "device:sendArdpkg",
                r#"{"requestId":"r","deviceId":"d"}"#,
            ),
            (
                Request::generic("device:new one", r#"{"a":1}"#),
                "device:new one",
                r#"{"requestId":"r","a":1}"#,
            ),
        ];
        for (request, event, payload) in cases {
            let request = request.unwrap();
            assert_eq!(request.event(), event);
            assert_eq!(request.payload("r").unwrap(), payload, "{event}");
        }
        assert_eq!(Request::feed_stop_all().payload("r"), None);
    }

    #[test]
    fn an_empty_argument_is_named() {
        assert_eq!(argument_of(Request::cmd("", "ls")), "deviceId");
        assert_eq!(argument_of(Request::cmd("d", " \n")), "cmd");
        assert_eq!(argument_of(Request::test_config("d", "[]")), "config");
        assert_eq!(
            argument_of(Request::apply_config("d", "{\"a\":1,}")),
            "config"
        );
        assert_eq!(argument_of(Request::apply_yaml_config("d", "")), "config");
        assert_eq!(argument_of(Request::feed_stop("")), "feedId");
        assert_eq!(argument_of(Request::generic("", "{}")), "event");
        assert_eq!(argument_of(Request::generic("disconnect", "{}")), "event");
        assert_eq!(argument_of(Request::generic("x", "null")), "payload");
        assert_eq!(
            argument_of(Request::generic("x", r#"{"requestId":7}"#)),
            "payload.requestId"
        );
    }

    #[test]
    fn extra_fields_come_last_and_override_nothing() {
        let cmd = || Request::cmd("d", "ls").unwrap();
        let request = cmd()
            .with_extra(r#" {"disown":true , "ö":{"b":1,"a":[ ]}} "#)
            .unwrap();
        assert_eq!(
            request.payload("r").unwrap(),
            r#"{"requestId":"r","deviceId":"d","cmd":"ls","disown":true , "ö":{"b":1,"a":[ ]}}"#
        );
        assert_eq!(
            cmd().with_extra("{ }").unwrap().payload("r"),
            cmd().payload("r")
        );
        for name in ["deviceId", "requestId", "cmd"] {
            let error = cmd()
                .with_extra(&format!("{{\"a\":1,\"{name}\":1}}"))
                .unwrap_err();
            assert_eq!(
                error.to_string(),
                format!("extra.{name}: must not replace a field of the request")
            );
        }
        assert_eq!(
            argument_of(cmd().with_extra(r#"{"\u0063md":1}"#)),
            "extra.cmd"
        );
        assert_eq!(argument_of(cmd().with_extra("7")), "extra");
        assert_eq!(
            argument_of(request.with_extra(r#"{"disown":1}"#)),
            "extra.disown"
        );
        let feed = Request::feed(&FeedRequest::new("d", "t", "s", None).unwrap());
        assert_eq!(
            argument_of(feed.with_extra(r#"{"field":"x"}"#)),
            "extra.field"
        );
        assert_eq!(
            argument_of(Request::feed_stop_all().with_extra(r#"{"a":1}"#)),
            "extra"
        );
        assert!(Request::feed_stop_all().with_extra("{}").is_ok());
    }

    #[test]
    fn a_generic_payload_may_contain_its_request_id() {
        let request = Request::generic("x", r#"{"a":1,"request\u0049d":"mine"}"#).unwrap();
        assert_eq!(request.own_request_id(), Some("mine"));
        assert_eq!(
            request.payload("r").unwrap(),
            r#"{"a":1,"request\u0049d":"mine"}"#
        );
        let without = Request::generic("x", "{ }").unwrap();
        assert_eq!(without.own_request_id(), None);
        assert_eq!(without.payload("r").unwrap(), r#"{"requestId":"r"}"#);
    }

    #[test]
    fn slow_requests_have_longer_timeouts() {
        let seconds = |request: Request| request.default_timeout().as_secs();
        assert_eq!(seconds(Request::cmd("d", "ls").unwrap()), 300);
        assert_eq!(seconds(Request::do_upgrade("d").unwrap()), 300);
        assert_eq!(seconds(Request::refresh_meta("d").unwrap()), 30);
        assert_eq!(seconds(Request::generic("x", "{}").unwrap()), 30);
    }
}
