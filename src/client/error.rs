//! Errors, as callers see them.

use super::ConnectionState;
use crate::series::SeriesError;
use crate::socket::Progress;
use crate::text;
use crate::time::whole_millis;
use core::fmt;
use core::ops::Deref;
use core::time::Duration;
use std::sync::Arc;

/// Why an operation failed. [`Error`] adds which operation it was.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The caller stopped waiting.
    #[error("aborted by the caller{}; a command that was sent may still run", note(.why))]
    Aborted {
        /// The cause, if it was not the caller's own signal.
        why: Option<String>,
    },
    /// The caller's signal had fired before anything was sent.
    #[error("aborted by the caller: nothing was sent")]
    AbortedBefore,
    /// The client is closed.
    #[error("the client is closed; call connect() first")]
    Closed,
    /// The connection was lost after the request went out.
    #[error(
        "the connection was lost after sending ({reason}): whether the device acted is unknown; check before sending it again"
    )]
    Disconnected {
        /// What ended the connection, with the server's message if there is one.
        reason: String,
        /// Further data from the server, as JSON text.
        data: Option<String>,
    },
    /// The server ended the connection.
    #[error("the server ended the connection{}{}; {}", detail(.message), note(.hint), retry_advice(*.token_retry))]
    ServerDisconnected {
        /// The server's message.
        message: Option<String>,
        /// Further data from the server, as JSON text.
        data: Option<String>,
        /// Additional information, for example that the token has expired.
        hint: Option<String>,
        /// Whether the client retries once automatically, with a fresh token.
        token_retry: bool,
    },
    /// The caller passed an invalid value. Nothing was sent.
    #[error("{argument}: {problem}")]
    InvalidArgument {
        /// The path of the value: `deviceId`, `reconnect.minDelayMs`.
        argument: String,
        /// What is wrong with it and what would be valid.
        problem: String,
    },
    /// Connections were repeatedly closed after the same silence.
    #[error(
        "the connection was closed three times after about {} s of silence, probably by an idle timeout on the way; set that timeout above the server's ping interval of {} s",
        whole_seconds(*.silence), whole_seconds(*.ping_interval)
    )]
    IdleCut {
        /// How long nothing had been received.
        silence: Duration,
        /// The server's ping interval, from its handshake.
        ping_interval: Duration,
    },
    /// There is no connection. Nothing was sent.
    #[error("not connected ({state}): nothing was sent; wait for connect() or the connect event")]
    NotConnected {
        /// The state at that time.
        state: ConnectionState,
    },
    /// The clock has jumped, and no frame has arrived since. Nothing was sent.
    #[error(
        "the clock jumped, and it is not known yet whether the connection is alive: nothing was sent; try again in a few seconds"
    )]
    Suspect,
    /// The server violated the protocol.
    #[error("the server broke the protocol: {reason}")]
    Protocol {
        /// What was wrong.
        reason: String,
        /// The payload in question, as JSON text, if any.
        data: Option<String>,
    },
    /// The server returned an error.
    #[error("{message}")]
    Rejected {
        /// The server's message.
        message: String,
        /// The `error` field as received, as JSON text.
        data: String,
    },
    /// Nothing arrived in time.
    #[error("no {awaited} within {} ms; {}", whole_millis(*.after), advice_on(.awaited))]
    Timeout {
        /// What did not arrive.
        awaited: &'static str,
        /// How long the client waited.
        after: Duration,
    },
    /// The function that provides the token failed.
    #[error("the token function failed; `cause` is its error")]
    TokenFailed,
    /// The packet exceeds the server's limit. Nothing was sent.
    #[error(
        "the packet has {size} bytes, and the server accepts {limit} (maxPayload): nothing was sent; send it in smaller parts"
    )]
    TooLarge {
        /// Size of the largest frame in bytes.
        size: u64,
        /// The server's limit in bytes.
        limit: u64,
    },
    /// The server refused the connection.
    #[error("the cloud refused the connection: {message}{}; check the token and the workgroup", note(.hint))]
    Unauthorized {
        /// The server's message.
        message: String,
        /// The refusal's `data` as received, as JSON text.
        data: Option<String>,
        /// Additional information, for example that the token has expired.
        hint: Option<String>,
    },
    /// No connection could be established.
    #[error("cannot reach {host}{}; {}", note(.detail), .hint.as_deref().unwrap_or(CHECK_ALL))]
    Unreachable {
        /// Host and port.
        host: String,
        /// What the platform reported.
        detail: Option<String>,
        /// Advice, if the platform has any.
        hint: Option<String>,
    },
    /// The server was reached, but the connection ended before the server accepted it.
    #[error("{host} {how} before accepting the connection: {}{}; {advice}", stage(*.progress), note(.detail))]
    NotAccepted {
        /// Host and port.
        host: String,
        /// What the server did.
        how: &'static str,
        /// How far the handshake got.
        progress: Progress,
        /// What the platform reported.
        detail: Option<String>,
        /// Advice.
        advice: &'static str,
    },
    /// The host responds, but is not a Socket.IO server.
    #[error("{host} is not a Socket.IO server ({reason}); check the URL and `path`")]
    NoSocketIo {
        /// Host and port.
        host: String,
        /// What it sent.
        reason: String,
    },
}

/// Rounded to the nearest second.
fn whole_seconds(span: Duration) -> u64 {
    (whole_millis(span) + 500) / 1000
}

const fn stage(progress: Progress) -> &'static str {
    match progress {
        Progress::Silent => "the WebSocket opened, but no handshake arrived",
        Progress::HandshakeReceived => "the handshake arrived, but CONNECT was not sent yet",
        Progress::ConnectSent => "the handshake arrived, but CONNECT was not answered",
    }
}

/// An optional remark in parentheses.
fn note(text: &Option<String>) -> String {
    let note = text.as_ref().map(|text| [" (", text, ")"].concat());
    note.unwrap_or_default()
}

/// The server's message, if there is one.
fn detail(message: &Option<String>) -> String {
    let detail = message.as_ref().map(|message| [": ", message].concat());
    detail.unwrap_or_default()
}

const fn retry_advice(token_retry: bool) -> &'static str {
    if token_retry {
        "retrying once with a fresh token"
    } else {
        "call connect() to try again"
    }
}

/// Advice on a timeout: usually the option that sets it, under its public name.
fn advice_on(awaited: &str) -> &'static str {
    match awaited {
        AWAITED_TOKEN | AWAITED_ACCEPTANCE | AWAITED_CONNECT => {
            "connectTimeoutMs sets how long to wait"
        }
        AWAITED_SOCKET => "check the URL, `path`, the network, and whether a proxy is needed",
        AWAITED_HANDSHAKE => {
            "connectTimeoutMs sets how long to wait; if that is long enough, check the URL and `path`: it may not be a Socket.IO server"
        }
        AWAITED_RESUMPTION => "the feed has ended; open it again",
        _ => "timeoutMs sets how long to wait",
    }
}

/// What a feed waits for after a reconnection.
pub(super) const AWAITED_RESUMPTION: &str = "feedId after the reconnection";
/// What an attempt to connect waits for.
pub(super) const AWAITED_TOKEN: &str = "answer from the token function";
pub(super) const AWAITED_SOCKET: &str = "open WebSocket";
pub(super) const AWAITED_HANDSHAKE: &str = "handshake over the open WebSocket";
pub(super) const AWAITED_ACCEPTANCE: &str = "acceptance by the server after its handshake";
pub(super) const AWAITED_CONNECT: &str = "reply to CONNECT after the server's handshake";

/// Advice for a failure about which nothing more is known.
const CHECK_ALL: &str = "check the URL, `path`, the network and the token";

impl ErrorKind {
    /// The closed set of codes that callers may match on.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Aborted { .. } | Self::AbortedBefore => "aborted",
            Self::Closed => "closed",
            Self::Disconnected { .. } | Self::ServerDisconnected { .. } | Self::IdleCut { .. } => {
                "disconnected"
            }
            Self::InvalidArgument { .. } => "invalid-argument",
            Self::NotConnected { .. } | Self::Suspect => "not-connected",
            Self::Protocol { .. } => "protocol",
            Self::Rejected { .. } => "rejected",
            Self::Timeout { .. } => "timeout",
            Self::TooLarge { .. } => "too-large",
            Self::Unauthorized { .. } | Self::TokenFailed => "unauthorized",
            Self::Unreachable { .. } | Self::NotAccepted { .. } | Self::NoSocketIo { .. } => {
                "unreachable"
            }
        }
    }

    /// What the server sent, as JSON text.
    #[must_use]
    pub fn data(&self) -> Option<&str> {
        match self {
            Self::Rejected { data, .. } => Some(data),
            Self::Unauthorized { data, .. }
            | Self::Protocol { data, .. }
            | Self::ServerDisconnected { data, .. }
            | Self::Disconnected { data, .. } => data.as_deref(),
            _ => None,
        }
    }
}

/// A failed operation and its cause. One pointer wide: results are moved often and rarely fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(Box<Failure>);

/// The contents of an [`Error`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// Why it failed. Shared by all calls that end with the same loss.
    pub kind: Arc<ErrorKind>,
    /// The API event that failed, for example `device:cmd`.
    pub event: Option<String>,
    /// The request's id, if it had one.
    pub request_id: Option<String>,
}

impl Deref for Error {
    type Target = Failure;

    fn deref(&self) -> &Failure {
        &self.0
    }
}

impl core::error::Error for Error {}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(event) = &self.event {
            f.write_str(event)?;
            f.write_str(": ")?;
        }
        self.kind.fmt(f)
    }
}

impl Error {
    /// See [`ErrorKind::code`].
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.kind.code()
    }

    /// Records which operation failed. An existing request id is kept if `request_id` is `None`.
    #[inline(never)]
    pub(crate) fn of(mut self, event: &str, request_id: Option<&str>) -> Self {
        self.0.event = Some(event.to_owned());
        if let Some(id) = request_id {
            self.0.request_id = Some(id.to_owned());
        }
        self
    }

    /// The error for an invalid value from the caller: which value, and what would be valid.
    #[must_use]
    pub fn invalid(argument: impl AsRef<str>, problem: impl AsRef<str>) -> Self {
        invalid(argument.as_ref(), problem.as_ref())
    }

    /// The error for a server that violates the protocol.
    #[cold]
    #[inline(never)]
    pub(super) fn protocol(reason: &str, data: Option<&str>) -> Self {
        ErrorKind::Protocol {
            reason: reason.to_owned(),
            data: data.map(str::to_owned),
        }
        .into()
    }
}

// Not inlined: errors are constructed in a hundred places.

#[cold]
#[inline(never)]
fn invalid(argument: &str, problem: &str) -> Error {
    ErrorKind::InvalidArgument {
        argument: argument.to_owned(),
        problem: problem.to_owned(),
    }
    .into()
}

impl From<SeriesError> for Error {
    fn from(error: SeriesError) -> Self {
        let said = error.to_string();
        // `SeriesError` names its argument first, and so does this error.
        let problem = text::split(&said, ": ").map_or(said.as_str(), |(_, problem)| problem);
        Self::invalid(error.argument(), problem)
    }
}

impl From<ErrorKind> for Error {
    #[inline(never)]
    fn from(kind: ErrorKind) -> Self {
        Self(Box::new(Failure {
            kind: Arc::new(kind),
            event: None,
            request_id: None,
        }))
    }
}

#[cfg(test)]
#[path = "error_tests.rs"]
mod tests;
