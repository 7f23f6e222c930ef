//! Outputs queued for the driver, as callbacks may see and withdraw them.
//!
//! While the driver delivers one output, the core is ahead of what the caller has seen. Two rules
//! hold for a callback that runs then: what it reads agrees with the events delivered so far, and
//! nothing is delivered afterwards for something that it has just ended.

use super::error::Error;
use super::ids::{CallId, FeedSlot};
use super::output::{Event, Output, Reply};
use crate::series::Columns;
use std::collections::VecDeque;

/// The queue of outputs.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    queue: VecDeque<Output>,
}

impl Outbox {
    pub(super) fn push(&mut self, output: Output) {
        self.queue.push_back(output);
    }

    pub(super) fn event(&mut self, event: Event) {
        self.push(Output::Event(event));
    }

    pub(super) fn warn(&mut self, error: Error) {
        self.event(Event::Warning(error));
    }

    pub(super) fn settle(&mut self, call: CallId, result: Result<Reply, Error>) {
        self.push(Output::Settle { call, result });
    }

    pub(super) fn pop(&mut self) -> Option<Output> {
        self.queue.pop_front()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// The sample count of a feed whose end has not been delivered yet.
    pub(super) fn samples_of_ended(&self, feed: FeedSlot) -> Option<u64> {
        self.queue.iter().find_map(|output| match output {
            Output::FeedEnded {
                feed: ended,
                samples,
                ..
            } if *ended == feed => Some(*samples),
            _ => None,
        })
    }

    /// The columns of a series whose end has not been delivered yet.
    pub(super) fn ended_series(&self, series: CallId) -> Option<&Columns> {
        self.queue.iter().find_map(|output| match output {
            Output::SeriesEnded {
                series: ended,
                columns,
            } if *ended == series => Some(columns),
            _ => None,
        })
    }

    /// Takes the columns of a series whose end has not been delivered yet, and drops that output.
    pub(super) fn take_ended_series(&mut self, series: CallId) -> Option<Columns> {
        let is_ended = |output: &Output| matches!(output, Output::SeriesEnded { series: ended, .. } if *ended == series);
        let at = self.queue.iter().position(is_ended)?;
        match self.queue.remove(at)? {
            Output::SeriesEnded { columns, .. } => Some(columns),
            _ => None,
        }
    }

    /// `reconnected` of a `connect` event that has not been delivered yet.
    pub(super) fn unannounced_connect(&self) -> Option<bool> {
        self.queue.iter().find_map(|output| match output {
            Output::Event(Event::Connect { reconnected, .. }) => Some(*reconnected),
            _ => None,
        })
    }

    /// The caller closes the client: keeps only outputs that settle or end something. Returns
    /// whether the `connect` event had been delivered.
    pub(super) fn withdraw_for_close(&mut self) -> bool {
        let mut is_connect_announced = true;
        self.queue.retain_mut(|output| match output {
            Output::Event(Event::Disconnect { will_reconnect, .. }) => {
                *will_reconnect = false;
                true
            }
            Output::Event(Event::Connect { .. }) => {
                is_connect_announced = false;
                false
            }
            Output::RequestToken { .. }
            | Output::Open { .. }
            | Output::Event(_)
            | Output::Sample { .. }
            | Output::SeriesUpdated { .. }
            | Output::FeedResumed { .. }
            | Output::Progress { .. } => false,
            _ => true,
        });
        is_connect_announced
    }

    /// The caller has ended a feed: drops its queued samples and its resumption.
    pub(super) fn withdraw_feed(&mut self, feed: FeedSlot) {
        self.queue.retain(|output| match output {
            Output::Sample { feed: of, .. } | Output::FeedResumed { feed: of, .. } => *of != feed,
            _ => true,
        });
    }

    /// The caller stops a subscription whose end has not been delivered yet.
    pub(super) fn withdraw_end(&mut self, subscription: CallId) {
        for output in &mut self.queue {
            if let Output::FeedEnded { subscriptions, .. } = output {
                subscriptions.retain(|ended| *ended != subscription);
            }
        }
    }

    /// The caller gives up a call: drops its progress.
    pub(super) fn withdraw_progress(&mut self, call: CallId) {
        self.queue
            .retain(|output| !matches!(output, Output::Progress { call: of, .. } if *of == call));
    }

    /// Whether the opening of any feed has not been delivered yet.
    pub(super) fn has_opened_feed(&self) -> bool {
        self.queue.iter().any(|output| {
            matches!(
                output,
                Output::Settle {
                    result: Ok(Reply::Feed { .. }),
                    ..
                }
            )
        })
    }

    /// Replaces the undelivered opening of a feed with an error. Returns whether there was one.
    pub(super) fn replace_opened_feed(&mut self, call: CallId, error: Error) -> bool {
        let queued = self.queue.iter_mut().find_map(|output| match output {
            Output::Settle { call: of, result } if *of == call => Some(result),
            _ => None,
        });
        match queued {
            Some(result) if matches!(result, Ok(Reply::Feed { .. })) => {
                *result = Err(error.of("device:feed", None));
                true
            }
            _ => false,
        }
    }
}
