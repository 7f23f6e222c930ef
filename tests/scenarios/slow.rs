//! A client whose outputs a test polls one by one.

use crate::link::{config, solar};
use ardexa_client::client::{
    Attempt, CallId, CallOptions, Client, Command, Config, Event, FeedSlot, Input, Output, Reply,
    SeriesOptions,
};
use ardexa_client::device::Token;
use ardexa_client::engine::Frame;
use ardexa_client::time::Instant;

pub(crate) const CONNECT: CallId = CallId::new(1);
pub(crate) const FEED: CallId = CallId::new(2);
pub(crate) const SERIES: Option<SeriesOptions> = Some(SeriesOptions {
    capacity: 8,
    wants_updates: false,
});
pub(crate) const NOW: Instant = Instant::from_millis(1_000_000);
pub(crate) const OPEN: &str =
    r#"0{"sid":"e","pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#;

/// The feed that an output opens.
pub(crate) fn opened_feed(output: Output) -> Option<FeedSlot> {
    match output {
        Output::Settle {
            result: Ok(Reply::Feed { feed, .. }),
            ..
        } => Some(feed),
        _ => None,
    }
}

/// A client whose outputs a test polls one by one.
pub(crate) struct Slow {
    pub(crate) client: Client,
    pub(crate) attempt: Attempt,
}

impl Slow {
    /// In its first attempt, with CONNECT sent.
    pub(crate) fn connecting(config: Config) -> Self {
        let mut client = Client::new(config, 7);
        client.handle_input(Input::Command(Command::Connect { call: CONNECT }), NOW);
        let Output::RequestToken { attempt } = client.poll_output() else {
            panic!("no token was requested");
        };
        let mut slow = Self { client, attempt };
        let token = Ok(Token::new("secret"));
        slow.input(Input::Token { attempt, token });
        slow.input(Input::Opened { attempt });
        slow.drain();
        slow.text(OPEN);
        slow.drain();
        slow
    }

    pub(crate) fn connected() -> Self {
        let mut slow = Self::connecting(config());
        slow.text(r#"40{"sid":"s"}"#);
        slow.drain();
        slow
    }

    /// Connected, with an open series that has three samples.
    pub(crate) fn with_series() -> (Self, FeedSlot) {
        let mut slow = Self::connected();
        slow.open(FEED, SERIES);
        slow.drain();
        slow.text(r#"42["device:feed:rpc",{"requestId":"r","feedId":"f"}]"#);
        let feed = slow.drain().into_iter().find_map(opened_feed);
        for n in 1..=3 {
            slow.text(&format!(
                r#"42["device:feed:reply",{{"feedId":"f","event_time":"2026-01-01T00:00:0{n}Z","value":{n}}}]"#
            ));
        }
        slow.drain();
        (slow, feed.unwrap())
    }

    /// Requests the feed. The first request has the id `r`, the others share its feed.
    pub(crate) fn open(&mut self, call: CallId, series: Option<SeriesOptions>) {
        let request_id = (call == FEED).then(|| "r".to_owned());
        self.open_feed("a", call, request_id, series);
    }

    pub(crate) fn open_feed(
        &mut self,
        device: &str,
        call: CallId,
        request_id: Option<String>,
        series: Option<SeriesOptions>,
    ) {
        self.command(Command::OpenFeed {
            call,
            request: solar(device),
            extra: None,
            options: CallOptions {
                request_id,
                ..CallOptions::default()
            },
            series,
        });
    }

    /// Connects after a break. Returns the `requestId` that requests the feed again.
    pub(crate) fn accept_again(&mut self) -> String {
        let Output::RequestToken { attempt } = self.client.poll_output() else {
            panic!("no token was requested");
        };
        self.attempt = attempt;
        let token = Ok(Token::new("secret"));
        self.input(Input::Token { attempt, token });
        self.input(Input::Opened { attempt });
        self.text(OPEN);
        self.text(r#"40{"sid":"t"}"#);
        let sent = self.drain().into_iter().find_map(|output| match output {
            Output::Send {
                frame: Frame::Text(frame),
                ..
            } => frame.strip_prefix("42").map(str::to_owned),
            _ => None,
        });
        let (_, payload): (String, serde_json::Value) =
            serde_json::from_str(&sent.unwrap()).unwrap();
        payload["requestId"].as_str().unwrap().to_owned()
    }

    pub(crate) fn input(&mut self, input: Input<'_>) {
        self.client.handle_input(input, NOW);
    }

    pub(crate) fn command(&mut self, command: Command) {
        self.input(Input::Command(command));
    }

    pub(crate) fn text(&mut self, frame: &str) {
        let attempt = self.attempt;
        self.input(Input::Text { attempt, frame });
    }

    pub(crate) fn drain(&mut self) -> Vec<Output> {
        core::iter::from_fn(|| match self.client.poll_output() {
            Output::Timeout(_) => None,
            output => Some(output),
        })
        .collect()
    }

    /// Polls up to an event, and marks its listener as running.
    pub(crate) fn until(&mut self, is_wanted: impl Fn(&Event) -> bool) {
        loop {
            match self.client.poll_output() {
                Output::Event(event) if is_wanted(&event) => return,
                Output::Timeout(_) => panic!("the event was not emitted"),
                _ => {}
            }
        }
    }
}

pub(crate) fn stop_all(slow: &mut Slow) {
    let call = CallId::new(9);
    slow.command(Command::StopAllFeeds { call });
}

pub(crate) fn closed_by_network(slow: &mut Slow) {
    slow.input(Input::Closed {
        attempt: slow.attempt,
        failed: false,
        detail: None,
    });
}
