//! What goes into the client and what comes out of it.

use super::calls::CallId;
use super::error::Error;
use super::feed::{FeedGap, FeedKey};
use super::intake::SeriesOptions;
use super::{ConnectionState, Timeout};
use crate::device::{FeedRequest, Request, Token};
use crate::engine::Frame;
use crate::series::Columns;
use crate::socket::{AckId, DisconnectReason};
use crate::text;
use crate::time::Instant;
use core::fmt;

/// The number of a connection attempt. Whatever comes late from an earlier one is dropped by it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Attempt(u64);

impl Attempt {
    pub(super) const fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// Its number, for a caller that has to carry it through something that takes no types.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }

    /// The attempt of a number that [`Attempt::number`] gave.
    #[must_use]
    pub const fn from_number(number: u64) -> Self {
        Self(number)
    }
}

/// Something that happened outside, or that the caller wants.
#[derive(Debug)]
#[non_exhaustive]
pub enum Input<'a> {
    /// The token that [`Output::AskToken`] asked for, or why there is none.
    Token {
        /// The attempt that asked.
        attempt: Attempt,
        /// The token.
        token: Result<Token, Error>,
    },
    /// The socket is open.
    Opened {
        /// The attempt it belongs to.
        attempt: Attempt,
    },
    /// A text frame came.
    Text {
        /// The attempt it belongs to.
        attempt: Attempt,
        /// The frame.
        frame: &'a str,
    },
    /// A binary frame came.
    Binary {
        /// The attempt it belongs to.
        attempt: Attempt,
        /// The frame.
        frame: &'a [u8],
    },
    /// The socket closed, or could not be opened.
    Closed {
        /// The attempt it belongs to.
        attempt: Attempt,
        /// Whether it closed by an error.
        failed: bool,
        /// What the platform said of it, if anything.
        detail: Option<Detail>,
    },
    /// Nothing but time: look after the deadlines. Harmless at any moment.
    Tick,
    /// The machine woke, the page was shown or the network came back: look after the deadlines, and
    /// where the client waits to reconnect, try now.
    Wake,
    /// The page goes into the back-forward cache: it will not run until a [`Wake`](Self::Wake). The
    /// socket is closed, since the server would go on sending; an attempt waits for the wake.
    Suspend,
    /// The caller wants something.
    Command(Command),
}

/// What a platform says of a socket that closed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Detail {
    /// Why it closed, on one line, if the platform knows.
    pub reason: Option<String>,
    /// What to do about it, in place of the general advice.
    pub hint: Option<String>,
}

impl From<String> for Detail {
    fn from(reason: String) -> Self {
        Self {
            reason: Some(reason),
            hint: None,
        }
    }
}

/// What a caller can want. Everything that carries a [`CallId`] is settled exactly once.
#[derive(Debug)]
#[non_exhaustive]
pub enum Command {
    /// Connect. Idempotent; calls share one attempt. While the client waits to reconnect, it tries
    /// now, and the call settles with that attempt; where
    /// [`first_connect`](super::ReconnectConfig::first_connect) is on, with the first success, a
    /// refusal, the last attempt allowed or the end.
    Connect {
        /// Settled when the server has accepted, with [`Reply::Done`].
        call: CallId,
    },
    /// While waiting to reconnect: try now. Otherwise nothing.
    ReconnectNow,
    /// End everything. Idempotent; whoever waits is told `closed`, and `Connect` may follow.
    Close,
    /// Send a request of the API and wait for its final reply.
    Request {
        /// Settled with [`Reply::Payload`] or [`Reply::Binary`].
        call: CallId,
        /// The request.
        request: Request,
        /// Its options.
        options: CallOptions,
    },
    /// Emit an event that the server acknowledges.
    EmitWithAck {
        /// Settled with [`Reply::Ack`].
        call: CallId,
        /// The event's name.
        event: String,
        /// Each argument as JSON text.
        args: Vec<String>,
        /// What the arguments' placeholders stand for.
        attachments: Vec<Vec<u8>>,
        /// How long to wait.
        timeout: Option<Timeout>,
    },
    /// Answer an event for which the server wants an acknowledgement. Answered once at the most, and
    /// on the connection that asked.
    Ack {
        /// Which event.
        handle: AckHandle,
        /// Each argument as JSON text.
        args: Vec<String>,
        /// What the arguments' placeholders stand for.
        attachments: Vec<Vec<u8>>,
    },
    /// Give up waiting for a call. Harmless for one that is settled. A feed that opens all the same
    /// is ended at the server.
    Abort {
        /// Which one.
        call: CallId,
    },
    /// Subscribe to a feed; equal requests share one feed of the server's.
    OpenFeed {
        /// Settled with [`Reply::Feed`]; it is the subscription's name from then on.
        call: CallId,
        /// Which feed.
        request: FeedRequest,
        /// Further fields for the payload, as a JSON object.
        extra: Option<String>,
        /// Its options.
        options: CallOptions,
        /// Set where the samples are to be kept as columns and not told.
        series: Option<SeriesOptions>,
    },
    /// End a subscription. The last one ends the feed at the server. A feed that is still being
    /// opened is none yet: [`Abort`](Self::Abort) its call.
    StopFeed {
        /// The call that opened it.
        subscription: CallId,
    },
    /// End every feed of this connection; calls that wait for one are given up.
    StopAllFeeds {
        /// Settled with [`Reply::Done`] once sent.
        call: CallId,
    },
}

/// How a request is sent and waited for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallOptions {
    /// Default: the client's, else the request's own.
    pub timeout: Option<Timeout>,
    /// Default: a fresh UUID.
    pub request_id: Option<String>,
}

/// The server's wish to have an event acknowledged, bound to the connection that it came over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AckHandle {
    pub(super) attempt: Attempt,
    pub(super) id: AckId,
}

impl AckHandle {
    /// Its numbers, for a caller that has to carry it through something that takes no types.
    #[must_use]
    pub const fn numbers(self) -> (Attempt, u64) {
        (self.attempt, self.id.value())
    }

    /// The handle of the numbers that [`AckHandle::numbers`] gave.
    #[must_use]
    pub const fn from_numbers(attempt: Attempt, id: u64) -> Self {
        let id = AckId::new(id);
        Self { attempt, id }
    }
}

/// What the caller has to do, or is told. Drain them after every input until [`Output::Timeout`].
#[derive(Debug)]
#[non_exhaustive]
pub enum Output {
    /// Ask for the token and give it back as [`Input::Token`].
    AskToken {
        /// To be given back with it.
        attempt: Attempt,
    },
    /// Open a WebSocket.
    Open {
        /// To be given back with everything that the socket tells.
        attempt: Attempt,
        /// Where.
        url: ConnectUrl,
    },
    /// Send a frame.
    Send {
        /// Over the socket of this attempt.
        attempt: Attempt,
        /// The frame.
        frame: Frame,
    },
    /// Close the socket of this attempt and forget it. Told for every socket, one that has closed
    /// by itself too.
    CloseSocket {
        /// Which one.
        attempt: Attempt,
    },
    /// Tell the listeners.
    Event(Event),
    /// How the frames of samples begin, up to the payload: for a driver that reads them by itself,
    /// see [`Client::take_read_sample`](super::Client::take_read_sample). Told when it has been
    /// learned from the first sample, and when it is another one.
    SampleHead(String),
    /// A feed gave a sample.
    Sample {
        /// Which feed.
        feed: FeedKey,
        /// The payload as JSON text.
        payload: String,
        /// What its placeholders stand for.
        attachments: Vec<Vec<u8>>,
    },
    /// A series has new samples. Told once, and again only after
    /// [`Client::series_told`](super::Client::series_told).
    SeriesUpdated {
        /// The call that opened it.
        series: CallId,
    },
    /// A series has ended, by whatever cause; its columns are the caller's now.
    SeriesEnded {
        /// The call that opened it.
        series: CallId,
        /// What it kept.
        columns: Columns,
    },
    /// A feed is back after a reconnection.
    FeedResumed {
        /// Which feed.
        feed: FeedKey,
        /// Its new id.
        feed_id: String,
        /// What was missed.
        gap: FeedGap,
    },
    /// A feed has ended without its subscribers' doing.
    FeedEnded {
        /// Which feed.
        feed: FeedKey,
        /// The subscriptions that it had.
        subscriptions: Vec<CallId>,
        /// What [`Client::samples_of`](super::Client::samples_of) said at its end.
        samples: u64,
        /// Why, where it was an error.
        error: Option<Error>,
    },
    /// A step of a call that is not over.
    Progress {
        /// Which call.
        call: CallId,
        /// The payload as JSON text.
        payload: String,
        /// What its placeholders stand for.
        attachments: Vec<Vec<u8>>,
    },
    /// A call is over.
    Settle {
        /// Which call.
        call: CallId,
        /// How it ended.
        result: Result<Reply, Error>,
    },
    /// Nothing more to do until then, or until the next input.
    Timeout(Option<Instant>),
}

/// How a call ended well.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reply {
    /// Done; there is nothing to tell.
    Done,
    /// The final reply's payload as JSON text.
    Payload(String),
    /// The same, where binary data came with it.
    Binary {
        /// The payload as JSON text.
        payload: String,
        /// What its placeholders stand for.
        attachments: Vec<Vec<u8>>,
    },
    /// An acknowledgement.
    Ack {
        /// The arguments as a JSON array.
        args: String,
        /// What its placeholders stand for.
        attachments: Vec<Vec<u8>>,
    },
    /// A subscription.
    Feed {
        /// The feed that it shares.
        feed: FeedKey,
        /// The server's id of it.
        feed_id: String,
        /// Samples that came before the id and had to be let go.
        dropped: u64,
        /// What [`Client::samples_of`](super::Client::samples_of) said before this subscription.
        samples_before: u64,
    },
}

/// What listeners are told. The names in brackets are those of the public API.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The server has accepted a connection (`connect`).
    Connect {
        /// The server's id of it.
        id: String,
        /// How many attempts it took.
        attempt: u32,
        /// Whether there was one before.
        reconnected: bool,
    },
    /// An accepted connection has ended (`disconnect`).
    Disconnect {
        /// Why.
        reason: DisconnectReason,
        /// Whether the client tries again by itself.
        will_reconnect: bool,
        /// More, where it was an error.
        error: Option<Error>,
    },
    /// The client waits before the next attempt (`reconnecting`).
    Reconnecting {
        /// The number of the attempt to come.
        attempt: u32,
        /// How long it waits, in milliseconds.
        delay_ms: u64,
    },
    /// An attempt failed (`connect_error`).
    ConnectError {
        /// Why.
        error: Error,
        /// The attempt's number.
        attempt: u32,
        /// Whether the client tries again by itself.
        will_retry: bool,
    },
    /// A device came or went (`device:stateChange`).
    StateChange {
        /// The payload as JSON text.
        payload: String,
        /// The device's id, where `cn` has the known form.
        device_id: Option<String>,
        /// What its placeholders stand for.
        attachments: Vec<Vec<u8>>,
    },
    /// A device was made (`device:new`).
    DeviceNew {
        /// The payload as JSON text.
        payload: String,
        /// What its placeholders stand for.
        attachments: Vec<Vec<u8>>,
    },
    /// A device's configuration has changed (`device:metaChange`).
    MetaChange {
        /// The payload as JSON text.
        payload: String,
        /// What its placeholders stand for.
        attachments: Vec<Vec<u8>>,
    },
    /// Something that belongs to no call and harms nothing (`warning`).
    Warning(Error),
    /// Any event of the server's, told only while it is asked for (`onAny`).
    Any {
        /// Name and arguments as a JSON array.
        data: String,
        /// What its placeholders stand for.
        attachments: Vec<Vec<u8>>,
        /// How to acknowledge it, where the server wants that.
        ack: Option<AckHandle>,
    },
}

/// The address of an attempt. It carries the token, so it does not print.
#[derive(Clone, PartialEq, Eq)]
pub struct ConnectUrl(pub(super) String);

impl ConnectUrl {
    /// The address, token included.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ConnectUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let before = text::split(&self.0, "?").map(|(before, _)| before);
        f.write_str(before.unwrap_or("ConnectUrl"))
    }
}

impl fmt::Display for ConnectionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn an_attempt_is_its_number() {
        assert_eq!(Attempt::default().next().next().number(), 2);
        assert_eq!(Attempt::from_number(7).number(), 7);
    }

    #[test]
    fn an_address_prints_without_its_token() {
        for (url, printed) in [
            ("wss://a.b/c/?EIO=4&token=secret", "wss://a.b/c/"),
            ("token", "ConnectUrl"),
        ] {
            assert_eq!(format!("{:?}", ConnectUrl(url.to_owned())), printed);
        }
    }
}
