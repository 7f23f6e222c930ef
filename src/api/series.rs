//! The newest samples of a feed, as columns of numbers.

use super::call::Answered;
use super::feed::Subscription;
use super::gap::Gap;
use crate::client::Error;
use crate::series::{Columns, SeriesError};
use core::fmt;
use core::future::poll_fn;
use core::ops::RangeInclusive;

/// The newest samples of a feed, as columns of numbers. Dropping it stops its feed. Each column is
/// one value of the sample: a single field has one column, a whole CSV scenario several.
#[must_use = "a series stops when it is dropped"]
pub struct Series(Subscription);

impl Series {
    pub(super) fn opened(answered: Answered) -> Result<Self, Error> {
        Subscription::new(answered).map(Self)
    }

    /// Waits for new samples. Returns `false` once the series has ended.
    pub async fn updated(&mut self) -> bool {
        let Subscription {
            inner,
            call,
            subscriber,
        } = &self.0;
        let update = poll_fn(|context| subscriber.updates.poll_next(context)).await;
        inner.link.core_mut(|core| core.mark_series_notified(*call));
        update.is_some()
    }

    /// Number of samples kept now.
    #[must_use]
    pub fn len(&self) -> usize {
        self.read(Columns::len).unwrap_or_default()
    }

    /// Whether the series is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of samples received in total.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.read(Columns::total).unwrap_or_default()
    }

    /// Number of columns of the widest sample.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.read(Columns::columns).unwrap_or_default()
    }

    /// The samples' times in milliseconds since 1970, oldest first.
    #[must_use]
    pub fn times(&self) -> Vec<f64> {
        self.read(Columns::times).unwrap_or_default()
    }

    /// The values of a column, oldest first; NaN where a value is not a number.
    ///
    /// # Errors
    /// `invalid-argument` if the column does not exist.
    pub fn values(&self, column: usize) -> Result<Vec<f64>, Error> {
        self.numbers(|columns| columns.values(column))
    }

    /// The last sample's time and value.
    ///
    /// # Errors
    /// `invalid-argument` if the column does not exist.
    pub fn last(&self, column: usize) -> Result<Option<(f64, f64)>, Error> {
        self.numbers(|columns| columns.last(column))
    }

    /// The minimum and maximum of each of `buckets` equal spans of time, for a chart, as a flat
    /// list of time, minimum, maximum; NaN if a span has no sample. Covers all samples, or those
    /// within a range of times.
    ///
    /// # Errors
    /// `invalid-argument` if the column does not exist or `buckets` is 0.
    pub fn min_max(
        &self,
        buckets: usize,
        column: usize,
        times: Option<RangeInclusive<f64>>,
    ) -> Result<Vec<f64>, Error> {
        let from = times.as_ref().map(|times| *times.start());
        let to = times.as_ref().map(|times| *times.end());
        self.numbers(|columns| columns.min_max(buckets, column, from, to))
    }

    /// The gaps of lost connections, oldest first. Only the newest 1024 are kept.
    #[must_use]
    pub fn gaps(&self) -> Vec<Gap> {
        let gaps = self.0.subscriber.gaps();
        gaps.iter().map(|gap| self.0.gap(gap)).collect()
    }

    /// The server's ID for the feed. It changes after a reconnect.
    #[must_use]
    pub fn id(&self) -> String {
        self.0.subscriber.feed_id()
    }

    /// The error that ended the series, if any.
    #[must_use]
    pub fn error(&self) -> Option<Error> {
        self.0.subscriber.error()
    }

    /// Stops the series. Its samples remain readable. Idempotent.
    pub fn stop(&self) {
        self.0.stop();
    }

    /// Reads the columns: from the core while the series is open, from the subscriber afterwards.
    fn read<T>(&self, read: impl Fn(&Columns) -> T) -> Option<T> {
        let Subscription {
            inner,
            call,
            subscriber,
        } = &self.0;
        subscriber
            .read_ended(&read)
            .or_else(|| inner.link.core(|core| core.series(*call).map(&read)))
    }

    fn numbers<T: Default>(
        &self,
        read: impl Fn(&Columns) -> Result<T, SeriesError>,
    ) -> Result<T, Error> {
        let numbers = self.read(read).unwrap_or_else(|| Ok(T::default()));
        numbers.map_err(Error::from)
    }
}

impl fmt::Debug for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Series")
            .field("id", &self.id())
            .field("len", &self.len())
            .finish()
    }
}
