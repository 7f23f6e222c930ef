//! What is queued but not told yet. While the driver tells one output, the core is ahead of what the
//! caller has been shown. Two rules hold for a callback that runs then: what it reads agrees with
//! what was told, and nothing is told afterwards that it has just ended.

use super::{CallId, Client, Error, ErrorKind, Event, FeedKey, Output, Phase, Reply};
use crate::series::Columns;

impl Client {
    /// Samples that a feed has had since it was first opened. Of one that has ended, until
    /// [`Output::FeedEnded`] is polled.
    #[must_use]
    pub fn samples_of(&self, feed: FeedKey) -> u64 {
        let ended = self.outputs.iter().find_map(|output| match output {
            Output::FeedEnded {
                feed: ended,
                samples,
                ..
            } if *ended == feed => Some(*samples),
            _ => None,
        });
        ended.unwrap_or_else(|| self.feeds.samples_of(feed))
    }

    /// The columns of a series. Of one that has ended, until [`Output::SeriesEnded`] is polled.
    #[must_use]
    pub fn series(&self, series: CallId) -> Option<&Columns> {
        self.feeds.series(series).or_else(|| {
            self.outputs.iter().find_map(|output| match output {
                Output::SeriesEnded {
                    series: ended,
                    columns,
                } if *ended == series => Some(columns),
                _ => None,
            })
        })
    }

    /// Whether a subscription is open. One that has just ended may not be told of it yet.
    #[must_use]
    pub fn has_subscription(&self, subscription: CallId) -> bool {
        self.feeds.by_subscription(subscription).is_some()
    }

    /// Whether the listeners are still to be told of this connection: `reconnected` of that event.
    pub(super) fn untold_connect(&self) -> Option<bool> {
        if self.phase == Phase::Connected && !self.announced {
            return Some(self.was_connected);
        }
        self.outputs.iter().find_map(|output| match output {
            Output::Event(Event::Connect { reconnected, .. }) => Some(*reconnected),
            _ => None,
        })
    }

    /// Takes the columns of a series that has ended before [`Output::SeriesEnded`] is polled, which
    /// is not told then.
    pub fn take_ended_series(&mut self, series: CallId) -> Option<Columns> {
        let is_ended = |output: &Output| matches!(output, Output::SeriesEnded { series: ended, .. } if *ended == series);
        let at = self.outputs.iter().position(is_ended)?;
        match self.outputs.remove(at)? {
            Output::SeriesEnded { columns, .. } => Some(columns),
            _ => None,
        }
    }

    /// The caller closes: only what was done, settles or ends is still told. Returns whether the
    /// listeners had been told of the connection.
    pub(super) fn withdraw_for_close(&mut self) -> bool {
        let mut is_connect_told = true;
        self.outputs.retain_mut(|output| match output {
            Output::Event(Event::Disconnect { will_reconnect, .. }) => {
                *will_reconnect = false;
                true
            }
            Output::Event(Event::Connect { .. }) => {
                is_connect_told = false;
                false
            }
            Output::AskToken { .. }
            | Output::Open { .. }
            | Output::Event(_)
            | Output::Sample { .. }
            | Output::SeriesUpdated { .. }
            | Output::FeedResumed { .. }
            | Output::Progress { .. } => false,
            _ => true,
        });
        if !is_connect_told {
            self.stats.connections -= 1;
        }
        is_connect_told
    }

    /// The caller has ended a feed: its samples and its return are told no more.
    pub(super) fn withdraw_feed(&mut self, feed: FeedKey) {
        self.outputs.retain(|output| match output {
            Output::Sample { feed: of, .. } | Output::FeedResumed { feed: of, .. } => *of != feed,
            _ => true,
        });
    }

    /// The caller stops a subscription that has ended, but was not told of that yet.
    pub(super) fn withdraw_end(&mut self, subscription: CallId) {
        for output in &mut self.outputs {
            if let Output::FeedEnded { subscriptions, .. } = output {
                subscriptions.retain(|ended| *ended != subscription);
            }
        }
    }

    /// Of the subscriptions of a feed that has ended, those that the caller has. One that is not told
    /// of yet is told the error instead.
    pub(super) fn withdraw_subscriptions(
        &mut self,
        mut subscriptions: Vec<CallId>,
        error: Option<&Error>,
    ) -> Vec<CallId> {
        if !self.outputs.iter().any(is_opened_feed) {
            return subscriptions;
        }
        let error = match error {
            Some(error) => error.clone(),
            None if self.phase == Phase::Closed => ErrorKind::Closed.into(),
            None => ErrorKind::Aborted { why: None }.into(),
        };
        subscriptions.retain(|call| !self.replace_opened_feed(*call, error.clone()));
        subscriptions
    }

    /// The caller gives up a call whose feed is open but not told of yet.
    pub(super) fn withdraw_opened_feed(&mut self, call: CallId, error: Error) {
        self.outputs
            .retain(|output| !matches!(output, Output::Progress { call: of, .. } if *of == call));
        if self.replace_opened_feed(call, error) {
            self.stop_feed(call);
        }
    }

    fn replace_opened_feed(&mut self, call: CallId, error: Error) -> bool {
        let queued = self.outputs.iter_mut().find_map(|output| match output {
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

fn is_opened_feed(output: &Output) -> bool {
    matches!(
        output,
        Output::Settle {
            result: Ok(Reply::Feed { .. }),
            ..
        }
    )
}
