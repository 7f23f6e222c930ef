//! Outputs of the client: actions for the driver and notifications for the caller.

use super::error::Error;
use super::ids::{AckHandle, Attempt, CallId, FeedSlot};
use super::payload::Payload;
use crate::engine::Frame;
use crate::series::Columns;
use crate::socket::DisconnectReason;
use crate::text;
use crate::time::Instant;
use core::fmt;

/// An action or a notification. Drain outputs after every input until [`Output::Timeout`].
#[derive(Debug)]
#[non_exhaustive]
pub enum Output {
    /// Request the token and return it as [`Input::Token`](super::Input::Token).
    RequestToken {
        /// To be returned with the token.
        attempt: Attempt,
    },
    /// Open a WebSocket.
    Open {
        /// To be returned with every input from the socket.
        attempt: Attempt,
        /// The address.
        url: ConnectUrl,
    },
    /// Send a frame.
    Send {
        /// The attempt whose socket to use.
        attempt: Attempt,
        /// The frame.
        frame: Frame,
    },
    /// Close the socket of this attempt and forget it. Emitted for every socket, including one that
    /// has closed by itself.
    CloseSocket {
        /// The attempt.
        attempt: Attempt,
    },
    /// Notify the listeners.
    Event(Event),
    /// How the frames of samples begin, up to the payload, for a driver that parses them itself:
    /// see [`Client::record_parsed_sample`](super::Client::record_parsed_sample). Emitted when it
    /// is learned from the first sample, and whenever it changes.
    SamplePrefix(String),
    /// A feed received a sample.
    Sample {
        /// The feed.
        feed: FeedSlot,
        /// Its payload.
        payload: Payload,
    },
    /// A series has new samples. Emitted once, and again only after
    /// [`Client::mark_series_notified`](super::Client::mark_series_notified).
    SeriesUpdated {
        /// The call that opened it.
        series: CallId,
    },
    /// A series has ended, for whatever reason; its columns now belong to the caller.
    SeriesEnded {
        /// The call that opened it.
        series: CallId,
        /// Its columns.
        columns: Columns,
    },
    /// A feed was resumed after a reconnection.
    FeedResumed {
        /// The feed.
        feed: FeedSlot,
        /// Its new id.
        feed_id: String,
        /// What was missed.
        gap: FeedGap,
    },
    /// A feed has ended, and its subscribers did not end it.
    FeedEnded {
        /// The feed.
        feed: FeedSlot,
        /// Its subscriptions.
        subscriptions: Vec<CallId>,
        /// The value of [`Client::samples_of`](super::Client::samples_of) at its end.
        samples: u64,
        /// Why, if it was an error.
        error: Option<Error>,
    },
    /// Progress of a call that is still open.
    Progress {
        /// The call.
        call: CallId,
        /// The reply's payload.
        payload: Payload,
    },
    /// A call has ended.
    Settle {
        /// The call.
        call: CallId,
        /// Its result.
        result: Result<Reply, Error>,
    },
    /// Nothing more to do until this time or the next input.
    Timeout(Option<Instant>),
}

/// The result of a successful call.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reply {
    /// Done; there is no result.
    Done,
    /// The payload of the final reply, or the arguments of the acknowledgement as a JSON array.
    Payload(Payload),
    /// A subscription.
    Feed {
        /// The feed that it shares.
        feed: FeedSlot,
        /// The id that the server assigned to it.
        feed_id: String,
        /// Samples that arrived before the id and were dropped.
        dropped: u64,
        /// The value of [`Client::samples_of`](super::Client::samples_of) before this subscription.
        samples_before: u64,
    },
}

/// Notifications for listeners. The names in parentheses are those of the public API.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The server has accepted a connection (`connect`).
    Connect {
        /// The id that the server assigned.
        id: String,
        /// How many attempts it took.
        attempt: u32,
        /// Whether there was a connection before.
        reconnected: bool,
    },
    /// An accepted connection has ended (`disconnect`).
    Disconnect {
        /// Why.
        reason: DisconnectReason,
        /// Whether the client reconnects automatically.
        will_reconnect: bool,
        /// Details, if it was an error.
        error: Option<Error>,
    },
    /// The client waits before the next attempt (`reconnecting`).
    Reconnecting {
        /// The number of the next attempt.
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
        /// Whether the client retries automatically.
        will_retry: bool,
    },
    /// A device went online or offline (`device:stateChange`).
    StateChange {
        /// Its payload.
        payload: Payload,
        /// The device's id, if `cn` has the known form.
        device_id: Option<String>,
    },
    /// A device was created (`device:new`).
    DeviceNew(Payload),
    /// A device's configuration has changed (`device:metaChange`).
    MetaChange(Payload),
    /// A harmless problem that belongs to no call (`warning`).
    Warning(Error),
    /// Any event from the server, emitted only while requested (`onAny`).
    Any {
        /// Name and arguments as a JSON array.
        array: Payload,
        /// How to acknowledge it, if the server requested that.
        ack: Option<AckHandle>,
    },
}

/// What a feed missed while disconnected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeedGap {
    /// When the last sample before the break arrived.
    pub from: Option<Instant>,
    /// When the feed was resumed.
    pub to: Instant,
    /// The last sample's `messageId`.
    pub last_message_id: Option<String>,
    /// Whether the driver parsed the last sample, see
    /// [`record_parsed_sample`](super::Client::record_parsed_sample). If so, its `messageId` is not
    /// known here.
    pub last_was_parsed_by_driver: bool,
}

/// The URL of an attempt. It carries the token, so it is not printed.
#[derive(Clone, PartialEq, Eq)]
pub struct ConnectUrl(pub(super) String);

impl ConnectUrl {
    /// The URL, including the token.
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
    fn an_address_is_printed_without_its_token() {
        for (url, printed) in [
            ("wss://a.b/c/?EIO=4&token=secret", "wss://a.b/c/"),
            ("token", "ConnectUrl"),
        ] {
            assert_eq!(format!("{:?}", ConnectUrl(url.to_owned())), printed);
        }
    }
}
