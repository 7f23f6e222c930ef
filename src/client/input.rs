//! What goes into the client: what happened outside, and what the caller wants.

use super::Timeout;
use super::error::Error;
use super::ids::{AckHandle, Attempt, CallId};
use crate::device::{FeedRequest, Request, Token};

/// Something that happened outside, or that the caller wants.
#[derive(Debug)]
#[non_exhaustive]
pub enum Input<'a> {
    /// The token that [`Output::AskToken`](super::Output::AskToken) asked for, or why it is missing.
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
        /// Settled when the server has accepted, with [`Reply::Done`](super::Reply::Done).
        call: CallId,
    },
    /// While waiting to reconnect: try now. Otherwise nothing.
    ReconnectNow,
    /// End everything. Idempotent; pending calls fail with `closed`, and `Connect` may follow.
    Close,
    /// Send a request of the API and wait for its final reply.
    Request {
        /// Settled with [`Reply::Payload`](super::Reply::Payload) or [`Reply::Binary`](super::Reply::Binary).
        call: CallId,
        /// The request.
        request: Request,
        /// Its options.
        options: CallOptions,
    },
    /// Emit an event that the server acknowledges.
    EmitWithAck {
        /// Settled with [`Reply::Ack`](super::Reply::Ack).
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
        /// Settled with [`Reply::Feed`](super::Reply::Feed); it is the subscription's name from then on.
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
        /// Settled with [`Reply::Done`](super::Reply::Done) once sent.
        call: CallId,
    },
}

impl Command {
    /// The call of a command that sends something and waits for a reply.
    pub(super) const fn reply_call(&self) -> Option<CallId> {
        match self {
            Self::Request { call, .. }
            | Self::EmitWithAck { call, .. }
            | Self::OpenFeed { call, .. } => Some(*call),
            _ => None,
        }
    }
}

/// How a request is sent and waited for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallOptions {
    /// Default: the client's, else the request's own.
    pub timeout: Option<Timeout>,
    /// Default: a fresh UUID.
    pub request_id: Option<String>,
}

/// How a series is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeriesOptions {
    /// Samples kept.
    pub capacity: usize,
    /// Whether to tell of new samples.
    pub wants_updates: bool,
}
