//! One subscription: the state behind the handle that `feed()` or `series()` returns. Its samples
//! go to a listener, to async iterators over a bounded queue, or into the columns of a series.

use super::promise::{Resolvers, new_promise};
use crate::client::{CallId, FeedSlot};
use crate::series::Columns;
use core::cell::{Cell, RefCell};
use js_sys::{Function, Object, Promise};
use std::collections::VecDeque;
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// Samples that an iterator holds for a slow consumer by default.
pub(super) const DEFAULT_QUEUE: usize = 1024;

/// The consumer of a subscription's samples.
pub(super) struct Consumer {
    pub(super) request: Object,
    pub(super) functions: Functions,
    pub(super) queue: usize,
    pub(super) is_series: bool,
}

/// The caller's functions.
#[derive(Default)]
pub(super) struct Functions {
    pub(super) listener: Option<Function>,
    pub(super) on_gap: Option<Function>,
    pub(super) on_end: Option<Function>,
    /// With its argument, the handle of the series, once that is open.
    pub(super) on_update: Option<(Function, JsValue)>,
}

pub(super) struct Subscription {
    /// The call that opened it.
    pub(super) call: CallId,
    /// The feed, until the subscription ends.
    pub(super) feed: Cell<Option<FeedSlot>>,
    pub(super) feed_id: RefCell<String>,
    pub(super) request: Object,
    pub(super) has_listener: bool,
    pub(super) is_series: bool,
    /// Cleared at the end: a listener usually refers to its feed.
    pub(super) functions: RefCell<Functions>,
    /// Samples held for the listener until the code that awaits the feed has resumed.
    held: RefCell<Option<VecDeque<JsValue>>>,
    /// Samples queued for iterators, at most `queue_limit`.
    queue: RefCell<VecDeque<JsValue>>,
    queue_limit: usize,
    /// Oldest first.
    waiting: RefCell<VecDeque<Waiting>>,
    /// Thrown once by an iterator, at its end.
    error: Cell<Option<JsValue>>,
    /// Iterators that are still in use.
    readers: Cell<u32>,
    /// The feed's count of samples when the subscription began.
    samples_before: u64,
    /// The feed's count of samples when the subscription ended.
    samples_at_end: Cell<u64>,
    pub(super) dropped: Cell<u64>,
    /// The columns of an ended series; until then the core has them.
    pub(super) columns: RefCell<Option<Columns>>,
}

/// Whether a loop over a feed has been left. One that has returns nothing more, even if samples are
/// queued.
pub(super) type WasLeft = Rc<Cell<bool>>;

/// A pending call of `next`.
struct Waiting {
    was_left: WasLeft,
    resolvers: Resolvers,
}

impl Subscription {
    pub(super) fn new(
        consumer: Consumer,
        call: CallId,
        feed: FeedSlot,
        feed_id: String,
        dropped: u64,
        samples_before: u64,
    ) -> Rc<Self> {
        let has_listener = consumer.functions.listener.is_some();
        Rc::new(Self {
            call,
            feed: Cell::new(Some(feed)),
            feed_id: RefCell::new(feed_id),
            request: consumer.request,
            has_listener,
            is_series: consumer.is_series,
            functions: RefCell::new(consumer.functions),
            held: RefCell::new(has_listener.then(VecDeque::new)),
            queue: RefCell::default(),
            queue_limit: consumer.queue,
            waiting: RefCell::default(),
            error: Cell::default(),
            readers: Cell::new(0),
            samples_before,
            samples_at_end: Cell::new(0),
            dropped: Cell::new(dropped),
            columns: RefCell::default(),
        })
    }

    /// Samples received so far, computed from the feed's count while it is open.
    pub(super) fn received(&self, samples_of: impl FnOnce(FeedSlot) -> u64) -> u64 {
        let feed = self.feed.get();
        let samples = feed.map_or_else(|| self.samples_at_end.get(), samples_of);
        samples.saturating_sub(self.samples_before)
    }

    /// The listener, if samples can go to it directly, bypassing this subscription.
    pub(super) fn direct_listener(&self) -> Option<Function> {
        let is_direct = self.held.borrow().is_none() && !self.is_queueing();
        self.listener().filter(|_| is_direct)
    }

    fn listener(&self) -> Option<Function> {
        self.functions.borrow().listener.clone()
    }

    /// Whether samples are queued: always without a listener; with one, only during iteration.
    fn is_queueing(&self) -> bool {
        !self.has_listener || self.readers.get() > 0
    }

    /// Takes a sample. Returns the listener if it is to be called now.
    pub(super) fn take(&self, sample: &JsValue) -> Option<Function> {
        if self.is_series || self.feed.get().is_none() {
            return None;
        }
        if self.is_queueing() {
            self.enqueue(sample);
        }
        match &mut *self.held.borrow_mut() {
            Some(held) => {
                held.push_back(sample.clone());
                None
            }
            None => self.listener(),
        }
    }

    fn enqueue(&self, sample: &JsValue) {
        let waiting = self.waiting.borrow_mut().pop_front();
        if let Some(waiting) = waiting {
            return waiting.resolvers.resolve(&Step::of(sample, false));
        }
        let mut queue = self.queue.borrow_mut();
        if queue.len() >= self.queue_limit {
            queue.pop_front();
            self.dropped.set(self.dropped.get() + 1);
        }
        queue.push_back(sample.clone());
    }

    /// The next sample held for the listener. After the last one, samples go there directly.
    pub(super) fn next_held(&self) -> Option<(Function, JsValue)> {
        let sample = self.held.borrow_mut().as_mut()?.pop_front();
        if sample.is_none() {
            self.discard_held();
        }
        Some((self.listener()?, sample?))
    }

    /// Stops holding samples for the listener. If the subscription has already ended, even if the
    /// server ended it, the listener is not called again.
    pub(super) fn discard_held(&self) {
        self.held.take();
        if self.feed.get().is_none() {
            self.functions.take();
        }
    }

    /// Ends the subscription. Iterators end after the queued samples. Without an error the caller
    /// has ended it, and the listener is not called again.
    pub(super) fn end(&self, samples: u64, error: Option<&JsValue>) {
        let was_open = self.feed.take().is_some();
        // Else held samples are still delivered, and the listener is dropped after them.
        if error.is_none() || self.held.borrow().is_none() {
            self.discard_held();
        }
        if !was_open {
            return;
        }
        self.samples_at_end.set(samples);
        let waiting = self.waiting.take();
        if waiting.is_empty() {
            self.error.set(error.cloned());
        }
        for (at, waiting) in waiting.into_iter().enumerate() {
            match error {
                Some(error) if at == 0 => waiting.resolvers.reject(error),
                _ => waiting.resolvers.resolve(&Step::last()),
            }
        }
    }

    /// Starts a loop: from now on samples are queued.
    pub(super) fn begin_reading(&self) {
        self.readers.set(self.readers.get() + 1);
    }

    /// Ends a loop over a feed with a listener, which has been left. The listener and other loops
    /// continue.
    pub(super) fn stop_reading(&self) {
        self.readers.set(self.readers.get().saturating_sub(1));
        if self.readers.get() == 0 {
            self.queue.borrow_mut().clear();
        }
        let waiting = self.waiting.take().into_iter();
        let (left, others): (VecDeque<_>, _) = waiting.partition(|waiting| waiting.was_left.get());
        self.waiting.replace(others);
        for waiting in left {
            waiting.resolvers.resolve(&Step::last());
        }
    }

    /// The next sample of a loop, as an iterator result.
    pub(super) fn next(&self, was_left: &WasLeft) -> Promise {
        if was_left.get() {
            return Promise::resolve(&Step::last());
        }
        let sample = self.queue.borrow_mut().pop_front();
        if let Some(sample) = sample {
            return Promise::resolve(&Step::of(&sample, false));
        }
        if let Some(error) = self.error.take() {
            return Promise::reject(&error);
        }
        if self.feed.get().is_none() {
            return Promise::resolve(&Step::last());
        }
        let (promise, resolvers) = new_promise();
        self.waiting.borrow_mut().push_back(Waiting {
            was_left: was_left.clone(),
            resolvers,
        });
        promise
    }
}

/// The result of an iterator's `next`: `{ value, done }`.
#[wasm_bindgen]
extern "C" {
    pub(super) type Step;
    #[wasm_bindgen(method, setter)]
    fn set_value(this: &Step, value: &JsValue);
    #[wasm_bindgen(method, setter)]
    fn set_done(this: &Step, done: bool);
}

impl Step {
    pub(super) fn of(value: &JsValue, done: bool) -> JsValue {
        let step: Self = Object::new().unchecked_into();
        step.set_value(value);
        step.set_done(done);
        step.into()
    }

    fn last() -> JsValue {
        let step: Self = Object::new().unchecked_into();
        step.set_done(true);
        step.into()
    }
}
