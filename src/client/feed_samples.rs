//! What samples ask of the table of feeds.

use super::calls::CallId;
use super::feed::FeedKey;
use super::feeds::Feeds;
use super::intake::{Intake, Tape};
use crate::series::Columns;
use crate::time::Instant;

impl Feeds {
    /// The open feed of this id.
    #[inline]
    pub(super) fn by_id(&self, feed_id: &[u8]) -> Option<FeedKey> {
        let is = |feed| {
            let intake = self.intake(FeedKey(feed));
            intake.is_some_and(|intake| intake.has_feed_id(feed_id))
        };
        self.by_id.find(feed_id, is).map(FeedKey)
    }

    /// Takes an open feed's sample; answers whether there is somebody to tell.
    pub(super) fn note(&mut self, key: FeedKey, payload: &[u8], now: Instant) -> bool {
        let (Some(intake), Some(tape)) = (
            self.intakes.get_mut(key.index()),
            self.tapes.get_mut(key.index()),
        ) else {
            return false;
        };
        intake.note(tape, payload, &mut self.scanner, now);
        intake.has_listener
    }

    /// The same for the hot path: `None` where the payload is out of the ordinary.
    #[inline]
    pub(super) fn take(
        &mut self,
        key: FeedKey,
        payload: &[u8],
        feed_id: &[u8],
        now: Instant,
    ) -> Option<bool> {
        let intake = self.intakes.get_mut(key.index())?;
        let tape = self.tapes.get_mut(key.index())?;
        intake.take(tape, payload, feed_id, &mut self.scanner, now)?;
        Some(intake.has_listener)
    }

    /// Takes a sample that the caller has read. Answers whether it was taken.
    pub(super) fn take_read(&mut self, key: FeedKey, now: Instant) -> bool {
        let intake = self.intakes.get_mut(key.index());
        intake.is_some_and(|intake| intake.take_read(now))
    }

    pub(super) fn samples_of(&self, key: FeedKey) -> u64 {
        self.intake(key).map_or(0, Intake::received)
    }

    /// The series to tell of, each once.
    #[inline]
    pub(super) fn updated(&mut self, key: FeedKey) -> Vec<CallId> {
        if !self.intake(key).is_some_and(|intake| intake.has_series) {
            return Vec::new();
        }
        self.tape_mut(key).map(Tape::updated).unwrap_or_default()
    }

    pub(super) fn series(&self, id: CallId) -> Option<&Columns> {
        let key = self.by_subscription(id)?;
        self.tapes.get(key.index())?.series(id)
    }

    pub(super) fn series_told(&mut self, id: CallId) {
        let key = self.by_subscription(id);
        if let Some(tape) = key.and_then(|key| self.tape_mut(key)) {
            tape.told(id);
        }
    }

    /// Keeps a sample that came before its feed's id.
    pub(super) fn keep_early(&mut self, key: FeedKey, payload: &str, most: usize) {
        if let Some(feed) = self.get_mut(key) {
            feed.early.push_back(payload.to_owned());
            if feed.early.len() > most {
                feed.early.pop_front();
                feed.early_dropped += 1;
            }
        }
    }
}
