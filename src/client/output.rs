//! What comes out of the client: what to do, and what to tell.

use super::error::Error;
use super::ids::{AckHandle, Attempt, CallId, FeedSlot};
use crate::engine::Frame;
use crate::series::Columns;
use crate::socket::DisconnectReason;
use crate::text;
use crate::time::Instant;
use core::fmt;

/// What the caller has to do, or is told. Drain them after every input until [`Output::Timeout`].
#[derive(Debug)]
#[non_exhaustive]
pub enum Output {
    /// Ask for the token and give it back as [`Input::Token`](super::Input::Token).
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
    /// see [`Client::record_parsed_sample`](super::Client::record_parsed_sample). Told when it has been
    /// learned from the first sample, and when it is another one.
    SamplePrefix(String),
    /// A feed gave a sample.
    Sample {
        /// Which feed.
        feed: FeedSlot,
        /// The payload as JSON text.
        payload: String,
        /// What its placeholders stand for.
        attachments: Vec<Vec<u8>>,
    },
    /// A series has new samples. Told once, and again only after
    /// [`Client::mark_series_told`](super::Client::mark_series_told).
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
        feed: FeedSlot,
        /// Its new id.
        feed_id: String,
        /// What was missed.
        gap: FeedGap,
    },
    /// A feed has ended without its subscribers' doing.
    FeedEnded {
        /// Which feed.
        feed: FeedSlot,
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
        feed: FeedSlot,
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

/// What a feed missed while there was no connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedGap {
    /// When the last sample before the break came.
    pub from: Option<Instant>,
    /// When the feed was back.
    pub to: Instant,
    /// The last sample's `messageId`.
    pub last_message_id: Option<String>,
    /// Whether the last sample was one that the caller had read, see
    /// [`record_parsed_sample`](super::Client::record_parsed_sample): then its `messageId` is not known here.
    pub last_was_parsed_by_driver: bool,
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

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

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
