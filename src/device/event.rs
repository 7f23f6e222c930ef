//! Incoming events: the kind that a name denotes, and the payloads of unsolicited events.

use super::reply::{Shape, read};
use crate::text::split;

/// The kind of an incoming event, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EventKind<'a> {
    /// `X:rpc`, with `X`.
    Rpc(&'a str),
    /// `X:reply`, with `X`.
    Reply(&'a str),
    /// `device:stateChange`, a [`DeviceStateChange`].
    StateChange,
    /// `device:new`, a [`DeviceNew`].
    New,
    /// `device:metaChange`, a [`DeviceMetaChange`].
    MetaChange,
    /// Possibly a sample of a feed. The API page does not name the event, so it may be
    /// `device:feed` or any `device:feed:*`, including `device:feed:reply`.
    FeedData,
    /// Any other.
    Other,
}

impl<'a> EventKind<'a> {
    /// Determines the kind of an incoming event from its name.
    #[must_use]
    pub fn from_name(name: &'a str) -> Self {
        let base = |suffix| name.strip_suffix(suffix).filter(|base| !base.is_empty());
        let feed = name.strip_prefix("device:feed:");
        match name {
            "device:stateChange" => Self::StateChange,
            "device:new" => Self::New,
            "device:metaChange" => Self::MetaChange,
            "device:feed" => Self::FeedData,
            _ => match (base(":rpc"), feed, base(":reply")) {
                (Some(base), ..) => Self::Rpc(base),
                (_, Some(part), _) if !part.starts_with("stop") => Self::FeedData,
                (.., Some(base)) => Self::Reply(base),
                _ => Self::Other,
            },
        }
    }
}

/// `device:stateChange`: a device went online or offline.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeviceStateChange {
    /// The device's common name, for example `CN=3dcf4324-…,O=dev`.
    pub cn: String,
    /// The workgroup's ID.
    pub vhost: String,
    /// Whether the device is online now.
    pub online: bool,
}

impl DeviceStateChange {
    /// Parses a payload; the error names the field that is missing or has the wrong type.
    pub fn parse(payload: &str) -> Result<Self, String> {
        let fields = [
            ("cn", Shape::Text),
            ("vhost", Shape::Text),
            ("online", Shape::Bool),
        ];
        let object = read(payload, &fields)?;
        Ok(Self {
            cn: object.text("cn").unwrap_or_default(),
            vhost: object.text("vhost").unwrap_or_default(),
            online: object.value("online") == Some("true"),
        })
    }

    /// The device's ID, taken from a common name of the form `CN=<device>,O=<workgroup>`; `None` if
    /// it has another form.
    #[must_use]
    pub fn device_id(&self) -> Option<&str> {
        let plain = |part: &str| {
            !part.is_empty()
                && part
                    .bytes()
                    .all(|b| !matches!(b, b',' | b'=' | b'+' | b'\\' | b'"'))
        };
        let (device, workgroup) = split(self.cn.strip_prefix("CN=")?, ",O=")?;
        (plain(device) && plain(workgroup)).then_some(device)
    }
}

/// `device:new`: a device was created.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeviceNew {
    /// The device's ID.
    pub id: String,
    /// The device's common name.
    pub cn: String,
    /// Always false.
    pub online: bool,
}

impl DeviceNew {
    /// Parses a payload; the error names the field that is missing or has the wrong type.
    pub fn parse(payload: &str) -> Result<Self, String> {
        let fields = [
            ("id", Shape::Text),
            ("cn", Shape::Text),
            ("online", Shape::Bool),
        ];
        let object = read(payload, &fields)?;
        Ok(Self {
            id: object.text("id").unwrap_or_default(),
            cn: object.text("cn").unwrap_or_default(),
            online: object.value("online") == Some("true"),
        })
    }
}

/// `device:metaChange`: the agent's configuration changed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeviceMetaChange {
    /// The device's ID.
    pub id: String,
}

impl DeviceMetaChange {
    /// Parses a payload; the error names the field that is missing or has the wrong type.
    pub fn parse(payload: &str) -> Result<Self, String> {
        let object = read(payload, &[("id", Shape::Text)])?;
        Ok(Self {
            id: object.text("id").unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn a_state_change_says_whether_the_device_is_online() {
        for online in [true, false] {
            let payload = format!(r#"{{"cn":"CN=a,O=demo","vhost":"demo","online":{online}}}"#);
            assert_eq!(DeviceStateChange::parse(&payload).unwrap().online, online);
        }
    }

    #[test]
    fn the_name_determines_the_kind() {
        let cases = [
            ("device:cmd:rpc", EventKind::Rpc("device:cmd")),
            ("device:cmd:reply", EventKind::Reply("device:cmd")),
            (
                "device:doUpgrade:reply",
                EventKind::Reply("device:doUpgrade"),
            ),
            ("ü:rpc", EventKind::Rpc("ü")),
            ("device:stateChange", EventKind::StateChange),
            ("device:new", EventKind::New),
            ("device:metaChange", EventKind::MetaChange),
            ("device:feed", EventKind::FeedData),
            ("device:feed:reply", EventKind::FeedData),
            ("device:feed:data", EventKind::FeedData),
            ("device:feed:", EventKind::FeedData),
            ("device:feed:rpc", EventKind::Rpc("device:feed")),
            ("device:feed:stop", EventKind::Other),
            ("device:feed:stopAll", EventKind::Other),
            ("device:feed:stop:rpc", EventKind::Rpc("device:feed:stop")),
            (
                "device:feed:stop:reply",
                EventKind::Reply("device:feed:stop"),
            ),
            ("device:feeder", EventKind::Other),
            ("device:cmd", EventKind::Other),
            (":rpc", EventKind::Other),
            (":reply", EventKind::Other),
            ("", EventKind::Other),
        ];
        for (name, kind) in cases {
            assert_eq!(EventKind::from_name(name), kind, "{name}");
        }
    }

    #[test]
    fn the_device_comes_from_the_common_name() {
        let device = |cn: &str| {
            let change = DeviceStateChange {
                cn: cn.to_owned(),
                vhost: "dev".to_owned(),
                online: true,
            };
            change.device_id().map(str::to_owned)
        };
        assert_eq!(device("CN=3dcf,O=dev").as_deref(), Some("3dcf"));
        assert_eq!(device("CN=ü,O=12").as_deref(), Some("ü"));
        for cn in [
            "",
            "3dcf",
            "CN=3dcf",
            "CN=,O=dev",
            "O=dev,CN=3dcf",
            "CN=a,b,O=dev",
            "CN=a,O=b,C=AU",
            "CN=a,O=",
        ] {
            assert_eq!(device(cn), None, "{cn}");
        }
    }

    #[test]
    fn parses_the_documented_events() {
        let new = DeviceNew::parse(r#"{"id":"10","cn":"CN=10,O=dev","online":false}"#).unwrap();
        assert_eq!((new.id.as_str(), new.online), ("10", false));
        let meta = DeviceMetaChange::parse(r#"{"id":"66"}"#).unwrap();
        assert_eq!(meta.id, "66");
    }
}
