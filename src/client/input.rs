//! Inputs of the client: external events and the caller's commands.

use super::Timeout;
use super::error::Error;
use super::ids::{AckHandle, Attempt, CallId};
use crate::device::{FeedRequest, Request, Token};

/// An external event or a command from the caller.
#[derive(Debug)]
#[non_exhaustive]
pub enum Input<'a> {
    /// The token requested by [`Output::RequestToken`](super::Output::RequestToken), or why it is missing.
    Token {
        /// The attempt that requested it.
        attempt: Attempt,
        /// The token.
        token: Result<Token, Error>,
    },
    /// The socket is open.
    Opened {
        /// The attempt it belongs to.
        attempt: Attempt,
    },
    /// A text frame arrived.
    Text {
        /// The attempt it belongs to.
        attempt: Attempt,
        /// The frame.
        frame: &'a str,
    },
    /// A binary frame arrived.
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
        /// Whether it closed because of an error.
        failed: bool,
        /// What the platform reported, if anything.
        detail: Option<Detail>,
    },
    /// Only time has passed: handles due deadlines. Harmless at any time.
    Tick,
    /// The machine woke, the page was shown or the network came back: handles due deadlines, and
    /// reconnects immediately if the client waits to reconnect.
    Wake,
    /// The page enters the back-forward cache and will not run until a [`Wake`](Self::Wake). The
    /// socket is closed, since the server would keep sending; an attempt waits for the wake.
    Suspend,
    /// A command from the caller.
    Command(Command),
}

/// What a platform reports about a closed socket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Detail {
    /// Why it closed, on one line, if the platform knows.
    pub reason: Option<String>,
    /// Advice that replaces the general advice.
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

/// A command from the caller. Each one that carries a [`CallId`] is settled exactly once.
#[derive(Debug)]
#[non_exhaustive]
pub enum Command {
    /// Connect. Idempotent; calls share one attempt. While the client waits to reconnect, it starts
    /// an attempt immediately, and the call settles with that attempt; if
    /// [`first_connect`](super::ReconnectConfig::first_connect) is on, with the first success, a
    /// refusal, the last allowed attempt or the end.
    Connect {
        /// Settled when the server has accepted, with [`Reply::Done`](super::Reply::Done).
        call: CallId,
    },
    /// Start the next attempt immediately if waiting to reconnect; otherwise do nothing.
    ReconnectNow,
    /// End everything. Idempotent; pending calls fail with `closed`, and `Connect` may follow.
    Close,
    /// Send an API request and wait for its final reply.
    Request {
        /// Settled with [`Reply::Payload`](super::Reply::Payload).
        call: CallId,
        /// The request.
        request: Request,
        /// Its options.
        options: CallOptions,
    },
    /// Emit an event that the server acknowledges.
    EmitWithAck {
        /// Settled with the arguments of the ack as a [`Reply::Payload`](super::Reply::Payload).
        call: CallId,
        /// The event's name.
        event: String,
        /// The arguments, each as JSON text.
        args: Vec<String>,
        /// The attachments for the arguments' placeholders.
        attachments: Vec<Vec<u8>>,
        /// How long to wait.
        timeout: Option<Timeout>,
    },
    /// Acknowledge an event for which the server requested it: at most once, and only on the
    /// connection that delivered the event.
    Ack {
        /// The event's handle.
        handle: AckHandle,
        /// The arguments, each as JSON text.
        args: Vec<String>,
        /// The attachments for the arguments' placeholders.
        attachments: Vec<Vec<u8>>,
    },
    /// Stop waiting for a call. Harmless if it is settled. If its feed opens anyway, the feed is
    /// ended at the server.
    Abort {
        /// The call.
        call: CallId,
    },
    /// Subscribe to a feed. Equal requests share one feed at the server.
    OpenFeed {
        /// Settled with [`Reply::Feed`](super::Reply::Feed); it is the subscription's name from then on.
        call: CallId,
        /// The feed.
        request: FeedRequest,
        /// Extra fields for the payload, as a JSON object.
        extra: Option<String>,
        /// Its options.
        options: CallOptions,
        /// Set if the samples are to be kept as columns and not delivered.
        series: Option<SeriesOptions>,
    },
    /// End a subscription. The last one ends the feed at the server. For a feed that is still being
    /// opened, [`Abort`](Self::Abort) its call instead.
    StopFeed {
        /// The call that opened it.
        subscription: CallId,
    },
    /// End every feed of this connection and abort the calls that wait for one.
    StopAllFeeds {
        /// Settled with [`Reply::Done`](super::Reply::Done) once sent.
        call: CallId,
    },
}

impl Command {
    /// The call and the event of a command that sends something and waits for a reply.
    pub(super) fn awaiting_reply(&self) -> Option<(CallId, &str)> {
        match self {
            Self::Request { call, request, .. } => Some((*call, request.event())),
            Self::EmitWithAck { call, event, .. } => Some((*call, event)),
            Self::OpenFeed { call, .. } => Some((*call, "device:feed")),
            _ => None,
        }
    }
}

/// Options of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallOptions {
    /// Default: the client's timeout, else the request's own.
    pub timeout: Option<Timeout>,
    /// Default: a new UUID.
    pub request_id: Option<String>,
}

/// Options of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeriesOptions {
    /// How many samples to keep.
    pub capacity: usize,
    /// Whether to report new samples.
    pub wants_updates: bool,
}
