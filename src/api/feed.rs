//! A live feed: a stream of its samples.

use super::call::Answered;
use super::gap::Gap;
use super::inner::Inner;
use super::platform::Shared;
use super::sample::FeedSample;
use super::subscriber::Subscriber;
use crate::client::{CallId, Command, Error, FeedGap};
use crate::clock::to_u64;
use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};
use futures_core::Stream;
use std::sync::Arc;

/// A live feed: a stream of [`FeedSample`]s. Dropping it stops it. After a lost connection it
/// resumes automatically, and the next sample has a [gap](FeedSample::gap) that says what was
/// missed.
///
/// It ends when it is stopped, when the client is closed, or with an [`error`](Self::error).
#[must_use = "a feed stops when it is dropped"]
pub struct Feed(pub(super) Subscription);

impl Feed {
    pub(super) fn opened(answered: Answered) -> Result<Self, Error> {
        Subscription::new(answered).map(Self)
    }

    /// The server's ID for the feed. It changes after a reconnect.
    #[must_use]
    pub fn id(&self) -> String {
        self.0.subscriber.feed_id()
    }

    /// Samples received so far.
    #[must_use]
    pub fn received(&self) -> u64 {
        self.0.subscriber.received()
    }

    /// Samples dropped, oldest first, because more than [`queue`](super::Call::queue) were unread.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.0.subscriber.dropped()
    }

    /// The error that ended the feed, if any.
    #[must_use]
    pub fn error(&self) -> Option<Error> {
        self.0.subscriber.error()
    }

    /// Stops the feed: the stream returns no more samples. Idempotent.
    pub fn stop(&self) {
        self.0.stop();
    }
}

impl Stream for Feed {
    type Item = FeedSample;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<FeedSample>> {
        let poll = self.0.subscriber.samples.poll_next(context);
        poll.map(|delivery| {
            let delivery = delivery?;
            let mut sample = FeedSample::read(delivery.payload);
            sample.gap = delivery.gap.map(|gap| self.0.gap(&gap));
            Some(sample)
        })
    }
}

impl fmt::Debug for Feed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Feed").field(&self.id()).finish()
    }
}

/// An open subscription, which ends when dropped.
pub(super) struct Subscription {
    pub(super) inner: Shared<Inner>,
    pub(super) call: CallId,
    pub(super) subscriber: Arc<Subscriber>,
}

impl Subscription {
    pub(super) fn new(answered: Answered) -> Result<Self, Error> {
        let Answered {
            inner,
            call,
            subscriber,
            ..
        } = answered;
        let none = || Error::invalid("feed", "has no subscriber");
        Ok(Self {
            inner,
            call,
            subscriber: subscriber.ok_or_else(none)?,
        })
    }

    pub(super) fn stop(&self) {
        let Self {
            inner,
            call,
            subscriber,
        } = self;
        subscriber.stop();
        let subscription = *call;
        inner.link.command(Command::StopFeed { subscription });
        if !subscriber.is_series {
            return inner.hub.forget(*call);
        }
        // If outputs are pending, the columns are pending with them. An output that is being
        // handled elsewhere right now still finds the subscriber, until it is dropped.
        let columns = inner.link.core_mut(|core| core.take_ended_series(*call));
        if let Some(columns) = columns {
            subscriber.keep_columns(columns);
        }
    }

    pub(super) fn gap(&self, gap: &FeedGap) -> Gap {
        let epoch_ms = |at| to_u64(self.inner.link.epoch_ms(at));
        Gap {
            from_ms: gap.from.map(epoch_ms),
            to_ms: epoch_ms(gap.to),
            last_message_id: gap.last_message_id.clone(),
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.stop();
        self.inner.hub.forget(self.call);
    }
}
