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
    pub(super) listener: Option<Function>,
    pub(super) on_gap: Option<Function>,
    pub(super) on_end: Option<Function>,
    pub(super) queue: usize,
    pub(super) on_update: Option<Function>,
    pub(super) is_series: bool,
}

pub(super) struct Subscription {
    call: Cell<Option<CallId>>,
    /// The feed, while it is open.
    feed: Cell<Option<FeedSlot>>,
    request: Object,
    feed_id: RefCell<String>,
    has_listener: bool,
    pub(super) is_series: bool,
    /// Cleared at the end: a listener usually refers to its feed.
    consumer: RefCell<Functions>,
    /// Samples held for the listener until the code that awaits the feed has resumed.
    held: RefCell<Option<VecDeque<JsValue>>>,
    /// Whether samples are queued: always without a listener; with one, only during iteration.
    is_queueing: Cell<bool>,
    queue: RefCell<Queue>,
    /// Iterators that are still in use.
    readers: Cell<u32>,
    last_reader: Cell<u32>,
    /// The feed's count of samples when the subscription began.
    samples_before: Cell<u64>,
    /// Samples received in total, set once it has ended.
    received: Cell<u64>,
    dropped: Cell<u64>,
    /// The columns of an ended series; until then the core has them.
    columns: RefCell<Option<Columns>>,
}

#[derive(Default)]
struct Functions {
    listener: Option<Function>,
    on_gap: Option<Function>,
    on_end: Option<Function>,
    on_update: Option<Function>,
    /// The handle of the series, for `on_update`.
    handle: Option<JsValue>,
}

struct Queue {
    samples: VecDeque<JsValue>,
    limit: usize,
    /// Oldest first.
    waiting: Vec<Waiting>,
    has_ended: bool,
    /// Thrown once by an iterator, at its end.
    error: Option<JsValue>,
}

/// A pending call of `next`.
struct Waiting {
    reader: u32,
    resolvers: Resolvers,
}

impl Subscription {
    pub(super) fn new(request: Object, consumer: Consumer) -> Rc<Self> {
        let Consumer {
            listener,
            on_gap,
            on_end,
            queue: limit,
            on_update,
            is_series,
        } = consumer;
        let has_listener = listener.is_some();
        Rc::new(Self {
            call: Cell::new(None),
            feed: Cell::new(None),
            request,
            feed_id: RefCell::default(),
            has_listener,
            is_series,
            consumer: RefCell::new(Functions {
                listener,
                on_gap,
                on_end,
                on_update,
                handle: None,
            }),
            held: RefCell::new(has_listener.then(VecDeque::new)),
            is_queueing: Cell::new(!has_listener),
            queue: RefCell::new(Queue {
                samples: VecDeque::new(),
                limit,
                waiting: Vec::new(),
                has_ended: false,
                error: None,
            }),
            readers: Cell::new(0),
            last_reader: Cell::new(0),
            samples_before: Cell::new(0),
            received: Cell::new(0),
            dropped: Cell::new(0),
            columns: RefCell::new(None),
        })
    }

    /// Sets the ID of the call that opens the subscription.
    pub(super) fn set_call(&self, call: CallId) {
        self.call.set(Some(call));
    }

    pub(super) fn call(&self) -> Option<CallId> {
        self.call.get()
    }

    pub(super) fn opened(&self, feed: FeedSlot, feed_id: &str, dropped: u64, samples_before: u64) {
        self.feed.set(Some(feed));
        self.set_feed_id(feed_id);
        self.dropped.set(dropped);
        self.samples_before.set(samples_before);
    }

    pub(super) fn set_feed_id(&self, feed_id: &str) {
        feed_id.clone_into(&mut self.feed_id.borrow_mut());
    }

    pub(super) fn feed(&self) -> Option<FeedSlot> {
        self.feed.get()
    }

    pub(super) fn feed_id(&self) -> String {
        self.feed_id.borrow().clone()
    }

    pub(super) fn request(&self) -> Object {
        self.request.clone()
    }

    pub(super) fn has_listener(&self) -> bool {
        self.has_listener
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped.get()
    }

    /// Samples received so far, computed from the feed's count while it is open.
    pub(super) fn received(&self, samples_of: impl FnOnce(FeedSlot) -> u64) -> u64 {
        match self.feed.get() {
            Some(feed) => samples_of(feed).saturating_sub(self.samples_before.get()),
            None => self.received.get(),
        }
    }

    /// The listener, if samples can go to it directly, bypassing this subscription.
    pub(super) fn direct_listener(&self) -> Option<Function> {
        let is_direct = self.held.borrow().is_none()
            && !self.is_queueing.get()
            && !self.queue.borrow().has_ended;
        self.listener().filter(|_| is_direct)
    }

    fn listener(&self) -> Option<Function> {
        self.consumer.borrow().listener.clone()
    }

    pub(super) fn on_gap(&self) -> Option<Function> {
        self.consumer.borrow().on_gap.clone()
    }

    /// The callback for its end, which is cleared when it ends.
    pub(super) fn on_end(&self) -> Option<Function> {
        self.consumer.borrow().on_end.clone()
    }

    /// The callback for new samples of a series, and the handle of the series.
    pub(super) fn on_update(&self) -> Option<(Function, JsValue)> {
        let consumer = self.consumer.borrow();
        Some((consumer.on_update.clone()?, consumer.handle.clone()?))
    }

    /// Keeps the handle if a callback needs it.
    pub(super) fn set_handle(&self, handle: &JsValue) {
        let mut consumer = self.consumer.borrow_mut();
        if consumer.on_update.is_some() {
            consumer.handle = Some(handle.clone());
        }
    }

    /// Takes a sample. Returns the listener if it is to be called now.
    pub(super) fn take(&self, sample: &JsValue) -> Option<Function> {
        if self.is_series || self.queue.borrow().has_ended {
            return None;
        }
        if self.is_queueing.get() {
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
        let waiting = {
            let mut queue = self.queue.borrow_mut();
            if queue.waiting.is_empty() {
                if queue.samples.len() >= queue.limit {
                    queue.samples.pop_front();
                    self.dropped.set(self.dropped.get() + 1);
                }
                queue.samples.push_back(sample.clone());
                return;
            }
            queue.waiting.remove(0)
        };
        waiting.resolvers.resolve(&Step::of(sample));
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
        *self.held.borrow_mut() = None;
        if self.queue.borrow().has_ended {
            self.consumer.take();
        }
    }

    /// Ends the subscription. Iterators end after the queued samples. Without an error the caller
    /// has ended it, and the listener is not called again.
    pub(super) fn end(&self, samples: u64, error: Option<&JsValue>) {
        if error.is_none() {
            self.discard_held();
        }
        let waiting = {
            let mut queue = self.queue.borrow_mut();
            if queue.has_ended {
                return;
            }
            queue.has_ended = true;
            self.received
                .set(samples.saturating_sub(self.samples_before.get()));
            self.feed.set(None);
            if queue.waiting.is_empty() {
                queue.error = error.cloned();
            }
            core::mem::take(&mut queue.waiting)
        };
        // Held samples are still delivered, and the listener is dropped after them.
        if self.held.borrow().is_none() {
            self.consumer.take();
        }
        for (at, waiting) in waiting.into_iter().enumerate() {
            match error {
                Some(error) if at == 0 => waiting.resolvers.reject(error),
                _ => waiting.resolvers.resolve(&Step::last()),
            }
        }
    }

    /// Starts a loop: from now on samples are queued. Returns the number of its reader.
    pub(super) fn begin_reading(&self) -> u32 {
        self.is_queueing.set(true);
        self.readers.set(self.readers.get() + 1);
        self.last_reader.set(self.last_reader.get().wrapping_add(1));
        self.last_reader.get()
    }

    /// Ends a loop over a feed with a listener. The listener and other loops continue.
    pub(super) fn stop_reading(&self, reader: u32) {
        let left: Vec<_> = {
            let mut queue = self.queue.borrow_mut();
            let left = queue
                .waiting
                .extract_if(.., |waiting| waiting.reader == reader);
            left.collect()
        };
        self.readers.set(self.readers.get().saturating_sub(1));
        if self.readers.get() == 0 {
            self.is_queueing.set(false);
            self.queue.borrow_mut().samples.clear();
        }
        for waiting in left {
            waiting.resolvers.resolve(&Step::last());
        }
    }

    /// The next sample of a reader, as an iterator result.
    pub(super) fn next(&self, reader: u32) -> Promise {
        let mut queue = self.queue.borrow_mut();
        if let Some(sample) = queue.samples.pop_front() {
            drop(queue);
            return Promise::resolve(&Step::of(&sample));
        }
        if let Some(error) = queue.error.take() {
            drop(queue);
            return Promise::reject(&error);
        }
        if queue.has_ended {
            return Promise::resolve(&Step::last());
        }
        drop(queue);
        let (promise, resolvers) = new_promise();
        self.queue
            .borrow_mut()
            .waiting
            .push(Waiting { reader, resolvers });
        promise
    }

    /// Keeps the columns of a series that has ended.
    pub(super) fn keep_columns(&self, columns: Columns) {
        *self.columns.borrow_mut() = Some(columns);
    }

    /// Reads the columns of a series that has ended.
    pub(super) fn read_ended<T>(&self, read: impl FnOnce(&Columns) -> T) -> Option<T> {
        self.columns.borrow().as_ref().map(read)
    }
}

/// The result of an iterator's `next`: `{ value, done }`.
#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(extends = Object)]
    pub(super) type Step;
    #[wasm_bindgen(method, setter)]
    fn set_value(this: &Step, value: &JsValue);
    #[wasm_bindgen(method, setter)]
    fn set_done(this: &Step, done: bool);
}

impl Step {
    fn of(sample: &JsValue) -> JsValue {
        Self::with(sample, false)
    }

    pub(super) fn last() -> JsValue {
        let step: Self = Object::new().unchecked_into();
        step.set_done(true);
        step.into()
    }

    pub(super) fn with(value: &JsValue, done: bool) -> JsValue {
        let step: Self = Object::new().unchecked_into();
        step.set_value(value);
        step.set_done(done);
        step.into()
    }
}
