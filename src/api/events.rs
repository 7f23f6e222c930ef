//! What happens to a client, and to the devices of its workgroup.

use super::queue::Queue;
use crate::client::{Error, Event as CoreEvent};
use crate::device::{DeviceMetaChange, DeviceNew, DeviceStateChange};
use crate::socket::DisconnectReason;
use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use futures_core::Stream;
use std::sync::Arc;

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The server has accepted a connection.
    Connect {
        /// The server's ID of it.
        id: String,
        /// How many attempts it took.
        attempt: u32,
        /// Whether there was one before.
        reconnected: bool,
    },
    /// An accepted connection has ended.
    Disconnect {
        /// Why.
        reason: DisconnectReason,
        /// Whether the client tries again by itself.
        will_reconnect: bool,
        /// More, if it was an error.
        error: Option<Error>,
    },
    /// The client waits before its next attempt.
    Reconnecting {
        /// The number of the attempt to come.
        attempt: u32,
        /// How long it waits.
        delay: Duration,
    },
    /// An attempt failed.
    ConnectError {
        /// Why.
        error: Error,
        /// The attempt's number.
        attempt: u32,
        /// Whether the client tries again by itself.
        will_retry: bool,
    },
    /// A device went online or offline.
    StateChange(DeviceStateChange),
    /// A device was created.
    DeviceNew(DeviceNew),
    /// A device's configuration changed.
    MetaChange(DeviceMetaChange),
    /// Something that belongs to no call and harms nothing.
    Warning(Error),
}

impl Event {
    /// `None` for an event that is not for listeners. Payloads were checked by the core.
    pub(super) fn read(event: CoreEvent) -> Option<Self> {
        Some(match event {
            CoreEvent::Connect {
                id,
                attempt,
                reconnected,
            } => Self::Connect {
                id,
                attempt,
                reconnected,
            },
            CoreEvent::Disconnect {
                reason,
                will_reconnect,
                error,
            } => Self::Disconnect {
                reason,
                will_reconnect,
                error,
            },
            CoreEvent::Reconnecting { attempt, delay_ms } => Self::Reconnecting {
                attempt,
                delay: Duration::from_millis(delay_ms),
            },
            CoreEvent::ConnectError {
                error,
                attempt,
                will_retry,
            } => Self::ConnectError {
                error,
                attempt,
                will_retry,
            },
            CoreEvent::StateChange { payload, .. } => {
                Self::StateChange(DeviceStateChange::parse(&payload).ok()?)
            }
            CoreEvent::DeviceNew { payload, .. } => {
                Self::DeviceNew(DeviceNew::parse(&payload).ok()?)
            }
            CoreEvent::MetaChange { payload, .. } => {
                Self::MetaChange(DeviceMetaChange::parse(&payload).ok()?)
            }
            CoreEvent::Warning(error) => Self::Warning(error),
            CoreEvent::Any { .. } => return None,
        })
    }
}

/// The events of a client, from [`ArdexaClient::events`](super::ArdexaClient::events) on. Ends when
/// the client is gone; it does not keep it.
#[must_use = "streams do nothing unless polled"]
pub struct Events(pub(super) Arc<Queue<Event>>);

impl Events {
    /// How many events were let go, the oldest first, since more than 1024 were unread.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.0.dropped()
    }
}

impl Stream for Events {
    type Item = Event;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Event>> {
        self.0.poll_next(context)
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Events")
    }
}
