//! The events of a client and of the devices in its workgroup.

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

/// An event of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The server has accepted a connection.
    Connect {
        /// The server's ID for the connection.
        id: String,
        /// How many attempts it took.
        attempt: u32,
        /// Whether the client was connected before.
        reconnected: bool,
    },
    /// An accepted connection has ended.
    Disconnect {
        /// Why.
        reason: DisconnectReason,
        /// Whether the client reconnects automatically.
        will_reconnect: bool,
        /// Details, if it ended with an error.
        error: Option<Error>,
    },
    /// The client is waiting before its next attempt.
    Reconnecting {
        /// The number of the next attempt.
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
        /// Whether the client tries again automatically.
        will_retry: bool,
    },
    /// A device went online or offline.
    StateChange(DeviceStateChange),
    /// A device was created.
    DeviceNew(DeviceNew),
    /// A device's configuration changed.
    MetaChange(DeviceMetaChange),
    /// A problem that belongs to no call and does no harm.
    Warning(Error),
}

impl Event {
    /// `None` for an event that is not for listeners. The core has checked the payloads.
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
                Self::StateChange(DeviceStateChange::parse(&payload.json).ok()?)
            }
            CoreEvent::DeviceNew(payload) => Self::DeviceNew(DeviceNew::parse(&payload.json).ok()?),
            CoreEvent::MetaChange(payload) => {
                Self::MetaChange(DeviceMetaChange::parse(&payload.json).ok()?)
            }
            CoreEvent::Warning(error) => Self::Warning(error),
            CoreEvent::Any { .. } => return None,
        })
    }
}

/// The events of a client from the call to [`ArdexaClient::events`](super::ArdexaClient::events)
/// on. It does not keep the client alive and ends when the client is dropped.
#[must_use = "streams do nothing unless polled"]
pub struct Events(pub(super) Arc<Queue<Event>>);

impl Events {
    /// How many events were dropped, oldest first, because more than 1024 were unread.
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
