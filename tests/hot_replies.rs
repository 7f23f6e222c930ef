//! The hot path for replies agrees with the general path: of two clients with the same open
//! requests, one tries [`Client::try_fast_reply`] first on each frame, and both must have the same
//! output.
#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "test helpers may panic")]

use ardexa_client::client::{
    Attempt, CallId, CallOptions, Client, Command, Config, DEFAULT_PATH, Endpoint, Input, Output,
    Reply,
};
use ardexa_client::device::{FeedRequest, Request, Token};
use ardexa_client::time::Instant;

const NOW: Instant = Instant::from_millis(1000);

/// A connected client with open requests, `r0` and up.
struct Requests {
    client: Client,
    attempt: Attempt,
    settled: Vec<String>,
}

impl Requests {
    fn new() -> Self {
        let endpoint = Endpoint::parse("https://cloud.example", DEFAULT_PATH, false).unwrap();
        let client = Client::new(Config::new(endpoint, "dev").unwrap(), 7);
        let (attempt, settled) = (Attempt::default(), Vec::new());
        let mut this = Self {
            client,
            attempt,
            settled,
        };
        let call = CallId::new(99);
        this.input(Input::Command(Command::Connect { call }));
        let (attempt, token) = (this.attempt, Ok(Token::new("secret")));
        this.input(Input::Token { attempt, token });
        this.input(Input::Opened { attempt });
        this.text(r#"0{"sid":"e","upgrades":[],"pingInterval":25000,"pingTimeout":20000}"#);
        this.text(r#"40{"sid":"s"}"#);
        let requests = [
            Request::refresh_meta("d"),
            Request::test_config("d", "{}"),
            Request::generic("device:cmd", "{}"),
            Request::cmd("d", "ls"),
            Request::do_upgrade("d"),
            Request::send_ardpkg("d"),
        ];
        for (number, request) in (0..).zip(requests) {
            this.input(Input::Command(Command::Request {
                call: CallId::new(number),
                request: request.unwrap(),
                options: options(number),
            }));
        }
        this.input(Input::Command(Command::OpenFeed {
            call: CallId::new(6),
            request: FeedRequest::new("d", "t", "s", None).unwrap(),
            extra: None,
            options: options(6),
            series: None,
        }));
        this.settled.clear();
        this
    }

    fn text(&mut self, frame: &str) {
        let attempt = self.attempt;
        self.input(Input::Text { attempt, frame });
    }

    /// As in `Runtime::receive_bytes`.
    fn text_by_hot_path(&mut self, frame: &str) -> bool {
        let taken = self
            .client
            .try_fast_reply(self.attempt, frame.as_bytes(), NOW);
        match taken {
            Some((call, start)) => {
                let payload = frame.get(start..frame.len() - 1).unwrap().to_owned();
                self.settled.push(format!(
                    "{call:?} {:?}",
                    Ok::<_, ()>(Reply::Payload(payload.into()))
                ));
                assert!(frame.get(..start).unwrap().is_ascii());
            }
            None => self.text(frame),
        }
        taken.is_some()
    }

    fn input(&mut self, input: Input<'_>) {
        self.client.handle_input(input, NOW);
        loop {
            match self.client.poll_output() {
                Output::Timeout(_) => return,
                Output::RequestToken { attempt } => self.attempt = attempt,
                Output::Settle { call, result } => {
                    self.settled.push(format!("{call:?} {result:?}"));
                }
                _ => {}
            }
        }
    }
}

fn options(number: u32) -> CallOptions {
    CallOptions {
        request_id: Some(format!("r{number}")),
        timeout: None,
    }
}

/// Whether the hot path takes the frame; in either case both clients behave the same.
fn takes(frame: &str) -> bool {
    let (mut hot, mut general) = (Requests::new(), Requests::new());
    let taken = hot.text_by_hot_path(frame);
    general.text(frame);
    assert_eq!(hot.settled, general.settled, "{frame}");
    assert_eq!(hot.client.stats(), general.client.stats(), "{frame}");
    // The second time it matches no request, on either path.
    let again = hot.text_by_hot_path(frame);
    general.text(frame);
    assert!(!(taken && again), "{frame}");
    assert_eq!(hot.settled, general.settled, "{frame}, again");
    assert_eq!(hot.client.stats(), general.client.stats(), "{frame}, again");
    taken
}

#[test]
fn documented_replies_take_the_hot_path() {
    for frame in [
        r#"42["device:refreshMeta:rpc",{"requestId":"r0","complete":true}]"#,
        r#"42["device:refreshMeta:rpc",{"complete":true,"requestId":"r0"}]"#,
        r#"42["device:testConfig:rpc",{"requestId":"r1","result":"success"}]"#,
        r#"42["device:cmd:rpc",{"requestId":"r2"}]"#,
        r#"42["device:cmd:rpc",{"requestId":"r2","complete":true,"result":"success"}]"#,
        r#"42["device:sendArdpkg:rpc",{"requestId":"r5","complete":true}]"#,
    ] {
        assert!(takes(frame), "{frame}");
    }
}

#[test]
fn unusual_replies_take_the_general_path() {
    for frame in [
        // Not the final reply, or not to this request.
        r#"42["device:refreshMeta:rpc",{"requestId":"r0","complete":false}]"#,
        r#"42["device:refreshMeta:rpc",{"requestId":"r0"}]"#,
        r#"42["device:refreshMeta:rpc",{"requestId":"r0","result":"success"}]"#,
        r#"42["device:refreshMeta:reply",{"requestId":"r0","complete":true}]"#,
        r#"42["device:refreshMeta:rpc",{"requestId":"r1","complete":true}]"#,
        r#"42["device:refreshMeta:rpc",{"requestId":"r5","complete":true}]"#,
        r#"42["device:refreshMeta:rpc",{"requestId":"r9","complete":true}]"#,
        r#"42["device:refreshMeta:rpc",{"complete":true}]"#,
        r#"42["device:cmd:rpc",{"requestId":"r3","complete":true}]"#,
        r#"42["device:doUpgrade:rpc",{"requestId":"r4","complete":true}]"#,
        r#"42["device:feed:rpc",{"requestId":"r6","complete":true}]"#,
        // An error, or followed by further replies.
        r#"42["device:refreshMeta:rpc",{"requestId":"r0","complete":true,"error":"no"}]"#,
        r#"42["device:testConfig:rpc",{"requestId":"r1","result":"error"}]"#,
        r#"42["device:refreshMeta:rpc",{"requestId":"r0","complete":true,"more":1}]"#,
        r#"42["device:refreshMeta:rpc",{"requestId":"r9","requestId":"r0","complete":true}]"#,
        r#"42["device:refreshMeta:rpc",{"requestId":"r0","complete":true,"complete":true}]"#,
        r#"42["device:testConfig:rpc",{"requestId":"r1","result":"success","result":"success"}]"#,
        // Other formatting.
        r#"42["device:refreshMeta:rpc",{"requestId":"\u0072\u0030","complete":true}]"#,
        r#"42["device:refreshMeta:rpc", {"requestId":"r0","complete":true}]"#,
        r#"42["device:refreshMeta:rpc",{"requestId":"r0","complete":true },1]"#,
        r#"42["device:refreshMeta:rpc",{"requestId":"r0","complete":true},1]"#,
        r#"42/x,["device:refreshMeta:rpc",{"requestId":"r0","complete":true}]"#,
        r#"421["device:refreshMeta:rpc",{"requestId":"r0","complete":true}]"#,
        // Not JSON.
        r#"42["device:refreshMeta:rpc",{"requestId":"r0","complete":true,}]"#,
        r#"42["device:refreshMeta:rpc",{"requestId":"r0","complete":true}"#,
        r#"42["device:refreshMeta:rpc",{"requestId":"r0","complete":truer}]"#,
        "42[\"device:refreshMeta:rpc\",{\"requestId\":\"r0\n\",\"complete\":true}]",
    ] {
        assert!(!takes(frame), "{frame}");
    }
}

#[test]
fn replies_take_the_general_path_while_all_events_are_observed() {
    let frame = r#"42["device:refreshMeta:rpc",{"requestId":"r0","complete":true}]"#;
    let mut asked = Requests::new();
    asked.client.observe_events(true);
    assert!(!asked.text_by_hot_path(frame));
    assert_eq!(asked.settled.len(), 1);
    let late = Instant::from_millis(1000 + 30_000);
    let mut asked = Requests::new();
    let taken = asked
        .client
        .try_fast_reply(asked.attempt, frame.as_bytes(), late);
    assert_eq!(taken, None, "it has timed out");
}
