//! The servers of one test, by way of `cloud.mjs`: a simulator, or one that speaks frames.

use ardexa_client::{ArdexaClient, FeedRequest, Options, ReconnectConfig, TokenSource};
use core::time::Duration;
use serde_json::{Value, json};

pub(crate) struct Cloud {
    id: String,
    pub(crate) url: String,
    pub(crate) workgroup: String,
    pub(crate) token: String,
    pub(crate) read_only_token: String,
    pub(crate) devices: Vec<String>,
}

impl Cloud {
    pub(crate) async fn start(options: Value) -> Self {
        let made = get("new", &[("options", &options.to_string())]).await;
        let text = |name: &str| made[name].as_str().unwrap().to_owned();
        let devices = made["devices"].as_array().unwrap().iter();
        Self {
            id: text("id"),
            url: text("url"),
            workgroup: text("workgroup"),
            token: text("token"),
            read_only_token: text("readOnlyToken"),
            devices: devices
                .map(|device| device.as_str().unwrap().to_owned())
                .collect(),
        }
    }

    /// With default options, and a connected client.
    pub(crate) async fn connected() -> (Self, ArdexaClient) {
        Self::connected_with(json!({})).await
    }

    pub(crate) async fn connected_with(options: Value) -> (Self, ArdexaClient) {
        let cloud = Self::start(options).await;
        let client = ArdexaClient::connect(cloud.options()).await.unwrap();
        (cloud, client)
    }

    /// Reconnects immediately, so that tests need not wait for the backoff.
    pub(crate) fn options(&self) -> Options {
        self.options_with(self.token.as_str())
    }

    pub(crate) fn options_with(&self, token: impl Into<TokenSource>) -> Options {
        Options::new(&self.url, &self.workgroup, token).reconnect(at_once())
    }

    pub(crate) fn device(&self) -> &str {
        &self.devices[0]
    }

    pub(crate) fn solar(&self) -> FeedRequest {
        FeedRequest::new(self.device(), "solar", "inverter-01", Some("AC Power")).unwrap()
    }

    /// Calls a method of the simulator.
    pub(crate) async fn call(&self, method: &str, args: Value) -> Value {
        let args = args.to_string();
        get(
            "call",
            &[("id", &self.id), ("method", method), ("args", &args)],
        )
        .await
    }

    /// Waits until one of the simulator's counters has a value.
    pub(crate) async fn until(&self, count: &str, value: u32) {
        let value = value.to_string();
        get(
            "until",
            &[("id", &self.id), ("count", count), ("value", &value)],
        )
        .await;
    }

    /// Puts TLS in front of it, with a certificate from tests/node/lib. Returns its port.
    #[cfg(not(target_arch = "wasm32"))]
    pub(crate) async fn tls(&self, certificate: &str) -> u64 {
        let port = get("tls", &[("id", &self.id), ("certificate", certificate)]).await;
        port.as_u64().unwrap()
    }

    /// The arguments of each received event of this name.
    pub(crate) async fn received(&self, event: &str) -> Vec<Value> {
        let received = get("received", &[("id", &self.id), ("event", event)]).await;
        received.as_array().unwrap().clone()
    }
}

/// A server that does what its script says; `raw.mjs` describes scripts and methods.
pub(crate) struct Raw {
    id: String,
    pub(crate) url: String,
}

impl Raw {
    pub(crate) async fn start(script: Value) -> Self {
        let made = get("raw", &[("script", &script.to_string())]).await;
        let text = |name: &str| made[name].as_str().unwrap().to_owned();
        Self {
            id: text("id"),
            url: text("url"),
        }
    }

    /// A client that it has accepted.
    pub(crate) async fn connected(script: Value) -> (Self, ArdexaClient) {
        let raw = Self::start(script).await;
        let client = ArdexaClient::connect(raw.options()).await.unwrap();
        (raw, client)
    }

    /// A client with this many MB for a server that has stopped reading. The buffers between them
    /// hold less than 10.
    pub(crate) async fn not_reading(megabytes: usize) -> (Self, ArdexaClient) {
        let open = r#"0{"sid":"e","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":100000000}"#;
        let (raw, client) = Self::connected(json!({ "open": open })).await;
        raw.call("pause", json!([])).await;
        let bulk = ["x".repeat(1_000_000)];
        for _ in 0..megabytes {
            client.emit("bulk", &bulk).unwrap();
        }
        (raw, client)
    }

    /// One feed, `f`, that gives these frames when it opens; and acknowledgements.
    pub(crate) async fn feeding(frames: &[String]) -> (Self, ArdexaClient) {
        let mut replies =
            vec![r#"42["device:feed:rpc",{"requestId":$id,"feedId":"f"}]"#.to_owned()];
        replies.extend_from_slice(frames);
        let ack = "43$ack[]";
        let replies = json!({ "device:feed": [replies], "test:echo": [[ack]] });
        Self::connected(json!({ "replies": replies })).await
    }

    pub(crate) fn options(&self) -> Options {
        self.options_with("raw-token")
    }

    pub(crate) fn options_with(&self, token: impl Into<TokenSource>) -> Options {
        Options::new(&self.url, "demo", token).reconnect(at_once())
    }

    pub(crate) async fn call(&self, method: &str, args: Value) -> Value {
        let args = args.to_string();
        let query = [
            ("id", self.id.as_str()),
            ("method", method),
            ("args", &args),
        ];
        get("rawCall", &query).await
    }

    /// Sends text frames on every socket.
    pub(crate) async fn send(&self, frames: &[impl AsRef<str>]) {
        let frames: Vec<_> = frames.iter().map(AsRef::as_ref).collect();
        self.call("send", json!(frames)).await;
    }

    /// The client's last text frame.
    pub(crate) async fn last_frame(&self) -> String {
        let frames = self.call("frames", json!([])).await;
        frames
            .as_array()
            .unwrap()
            .last()
            .unwrap()
            .as_str()
            .unwrap()
            .to_owned()
    }
}

/// Reconnects at once, so that no test waits for a delay.
pub(crate) fn at_once() -> ReconnectConfig {
    ReconnectConfig {
        min_delay: Duration::ZERO,
        max_delay: Duration::from_millis(5),
        ..ReconnectConfig::default()
    }
}

async fn get(command: &str, query: &[(&str, &str)]) -> Value {
    let query = query.iter().map(|(name, value)| {
        let value = value.bytes().map(|byte| match byte {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => char::from(byte).to_string(),
            _ => format!("%{byte:02x}"),
        });
        format!("{name}={}", value.collect::<String>())
    });
    let path = format!("/{command}?{}", query.collect::<Vec<_>>().join("&"));
    let body = platform::get(&path).await;
    let value: Value = serde_json::from_str(&body).unwrap();
    assert!(
        !value.as_str().is_some_and(|text| text.starts_with("Error")),
        "{path}: {value}"
    );
    value
}

#[cfg(not(target_arch = "wasm32"))]
mod platform {
    use std::io::{Read, Write};
    use std::net::TcpStream;

    pub(super) async fn get(path: &str) -> String {
        let cloud = std::env::var("ARDEXA_TEST_CLOUD")
            .expect("set by tests/api/api.test.mjs, which runs these tests");
        let host = cloud.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(host).unwrap();
        write!(stream, "GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n").unwrap();
        let mut response = String::new();
        stream.read_to_string(&mut response).unwrap();
        let (_, body) = response.split_once("\r\n\r\n").unwrap();
        body.to_owned()
    }
}

#[cfg(target_arch = "wasm32")]
mod platform {
    use js_sys::{Promise, Reflect};
    use wasm_bindgen::prelude::*;
    use wasm_bindgen_futures::JsFuture;

    #[wasm_bindgen]
    extern "C" {
        fn fetch(url: &str) -> Promise;
        type Response;
        #[wasm_bindgen(method)]
        fn text(this: &Response) -> Promise;
        #[wasm_bindgen(thread_local_v2, js_name = globalThis)]
        static GLOBAL: JsValue;
    }

    pub(super) async fn get(path: &str) -> String {
        let response = JsFuture::from(fetch(&[&cloud(), path].concat())).await;
        let text = response.unwrap().unchecked_into::<Response>().text();
        JsFuture::from(text).await.unwrap().as_string().unwrap()
    }

    /// From the environment in Node, from the fragment of the page's URL in a browser.
    fn cloud() -> String {
        let global = GLOBAL.with(Clone::clone);
        let of_node = at(&global, &["process", "env", "ARDEXA_TEST_CLOUD"]);
        let of_page = || {
            at(&global, &["location", "hash"])?
                .strip_prefix('#')
                .map(str::to_owned)
        };
        of_node
            .or_else(of_page)
            .expect("set by tests/api/api.test.mjs, which runs these tests")
    }

    fn at(object: &JsValue, path: &[&str]) -> Option<String> {
        let mut value = object.clone();
        for name in path {
            value = Reflect::get(&value, &(*name).into()).ok()?;
        }
        value.as_string()
    }
}
