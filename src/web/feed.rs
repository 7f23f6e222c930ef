//! Subscriptions as JavaScript sees them: a listener, or an async iterator over a bounded queue.

use super::driver::Shell;
use super::errors::to_js;
use super::platform::deferred;
use super::series::Tape;
use super::values::object;
use crate::client::{CallId, Command, Error, FeedKey, Input};
use core::cell::{Cell, RefCell};
use js_sys::{Function, Object, Promise};
use std::collections::{HashMap, VecDeque};
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// Samples that an iterator holds for a slow consumer, unless told.
pub(super) const DEFAULT_QUEUE: usize = 1024;

/// One subscription: what `feed()` and `series()` give, without its handle.
pub(super) struct Subscription {
    call: Cell<Option<CallId>>,
    feed: Cell<Option<FeedKey>>,
    request: Object,
    feed_id: RefCell<String>,
    has_listener: bool,
    /// Whether samples go into the queue: without a listener always, with one while it is iterated.
    queueing: Cell<bool>,
    /// Let go at the end: a listener mostly knows its feed.
    callbacks: RefCell<Callbacks>,
    /// Set where it is a series.
    pub(super) tape: Option<Rc<Tape>>,
    /// Samples for the listener, until the code that awaits the feed has gone on.
    held: RefCell<Option<VecDeque<JsValue>>>,
    queue: RefCell<Queue>,
    /// The feed's count of samples when the subscription began.
    samples_before: Cell<u64>,
    /// Samples received in all, once it has ended.
    received: Cell<u64>,
    dropped: Cell<u64>,
}

#[derive(Default)]
struct Callbacks {
    listener: Option<Function>,
    on_gap: Option<Function>,
}

/// Who a subscription's samples are for.
#[derive(Default)]
pub(super) struct Consumer {
    pub(super) listener: Option<Function>,
    pub(super) on_gap: Option<Function>,
    pub(super) queue: Option<usize>,
    pub(super) tape: Option<Rc<Tape>>,
}

struct Queue {
    samples: VecDeque<JsValue>,
    most: usize,
    /// Calls of `next` that wait: how to resolve and how to reject them.
    waiting: VecDeque<(Function, Function)>,
    ended: bool,
    /// Told once by the iterator, at its end.
    error: Option<JsValue>,
}

impl Subscription {
    pub(super) fn new(request: Object, consumer: Consumer) -> Rc<Self> {
        let Consumer {
            listener,
            on_gap,
            queue,
            tape,
        } = consumer;
        Rc::new(Self {
            call: Cell::new(None),
            feed: Cell::new(None),
            request,
            feed_id: RefCell::default(),
            held: RefCell::new(listener.is_some().then(VecDeque::new)),
            has_listener: listener.is_some(),
            queueing: Cell::new(listener.is_none()),
            callbacks: RefCell::new(Callbacks { listener, on_gap }),
            tape,
            queue: RefCell::new(Queue {
                samples: VecDeque::new(),
                most: queue.unwrap_or(DEFAULT_QUEUE),
                waiting: VecDeque::new(),
                ended: false,
                error: None,
            }),
            samples_before: Cell::new(0),
            received: Cell::new(0),
            dropped: Cell::new(0),
        })
    }

    /// The call that opens it is its name.
    pub(super) fn named(&self, call: CallId) {
        self.call.set(Some(call));
    }

    pub(super) fn call(&self) -> Option<CallId> {
        self.call.get()
    }

    pub(super) fn opened(&self, feed: FeedKey, feed_id: &str, dropped: u64, samples_before: u64) {
        self.feed.set(Some(feed));
        self.resumed(feed_id);
        self.dropped.set(dropped);
        self.samples_before.set(samples_before);
    }

    pub(super) fn resumed(&self, feed_id: &str) {
        feed_id.clone_into(&mut self.feed_id.borrow_mut());
    }

    pub(super) fn feed_id(&self) -> String {
        self.feed_id.borrow().clone()
    }

    /// The listener, where samples can go to it past this subscription.
    pub(super) fn direct_listener(&self) -> Option<Function> {
        let direct =
            self.held.borrow().is_none() && !self.queueing.get() && !self.queue.borrow().ended;
        self.listener().filter(|_| direct)
    }

    fn listener(&self) -> Option<Function> {
        self.callbacks.borrow().listener.clone()
    }

    /// Whom to tell of a gap.
    pub(super) fn on_gap(&self) -> Option<Function> {
        self.callbacks.borrow().on_gap.clone()
    }

    /// Takes a sample in; answers the listener where it is to be called with it now.
    pub(super) fn take(&self, sample: &JsValue) -> Option<Function> {
        if self.queue.borrow().ended || self.tape.is_some() {
            return None;
        }
        if self.queueing.get() {
            self.enqueue(sample);
        }
        if !self.has_listener {
            return None;
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
            let waiting = queue.waiting.pop_front();
            if waiting.is_none() {
                if queue.samples.len() >= queue.most {
                    queue.samples.pop_front();
                    self.dropped.set(self.dropped.get() + 1);
                }
                queue.samples.push_back(sample.clone());
            }
            waiting
        };
        if let Some((resolve, _)) = waiting {
            let _ = resolve.call1(&JsValue::UNDEFINED, &step(sample));
        }
    }

    /// The next sample that waits for the listener; from the last one on, samples go there directly.
    pub(super) fn next_held(&self) -> Option<(Function, JsValue)> {
        let mut held = self.held.borrow_mut();
        let sample = held.as_mut().and_then(VecDeque::pop_front);
        if sample.is_none() {
            *held = None;
            if self.queue.borrow().ended {
                self.callbacks.take();
            }
        }
        Some((self.listener()?, sample?))
    }

    /// Nothing will come any more. Iterators end, after what is in the queue; a listener hears no
    /// more where it is by the caller's wish.
    pub(super) fn end(&self, samples: u64, error: Option<&JsValue>) {
        if error.is_none() {
            *self.held.borrow_mut() = None;
        }
        let waiting = {
            let mut queue = self.queue.borrow_mut();
            if queue.ended {
                return;
            }
            queue.ended = true;
            self.received
                .set(samples.saturating_sub(self.samples_before.get()));
            self.feed.set(None);
            if queue.waiting.is_empty() {
                queue.error = error.cloned();
            }
            core::mem::take(&mut queue.waiting)
        };
        // Where samples are held, they are still delivered, and the listener let go after them.
        if self.held.borrow().is_none() {
            self.callbacks.take();
        }
        for (at, (resolve, reject)) in waiting.into_iter().enumerate() {
            let _ = match error {
                Some(error) if at == 0 => reject.call1(&JsValue::UNDEFINED, error),
                _ => resolve.call1(&JsValue::UNDEFINED, &last_step()),
            };
        }
    }

    /// A loop over a feed with a listener was left: the listener stays.
    fn stop_queueing(&self) {
        self.queueing.set(false);
        let waiting = {
            let mut queue = self.queue.borrow_mut();
            queue.samples.clear();
            core::mem::take(&mut queue.waiting)
        };
        for (resolve, _) in waiting {
            let _ = resolve.call1(&JsValue::UNDEFINED, &last_step());
        }
    }

    fn next(&self) -> Promise {
        let mut queue = self.queue.borrow_mut();
        if let Some(sample) = queue.samples.pop_front() {
            return Promise::resolve(&step(&sample));
        }
        if let Some(error) = queue.error.take() {
            return Promise::reject(&error);
        }
        if queue.ended {
            return Promise::resolve(&last_step());
        }
        let deferred = deferred();
        queue
            .waiting
            .push_back((deferred.resolve(), deferred.reject()));
        deferred.promise()
    }
}

fn step(sample: &JsValue) -> JsValue {
    object(&[("value", sample.clone()), ("done", false.into())]).into()
}

fn last_step() -> JsValue {
    object(&[("done", true.into())]).into()
}

/// The subscriptions, by feed and by call.
#[derive(Default)]
pub(super) struct Feeds {
    by_feed: Vec<Rc<Vec<Rc<Subscription>>>>,
    by_call: HashMap<CallId, Rc<Subscription>>,
}

impl Feeds {
    /// A feed's subscriptions; cheap, since it is asked for every sample.
    pub(super) fn of(&self, feed: FeedKey) -> Rc<Vec<Rc<Subscription>>> {
        self.by_feed.get(feed.index()).cloned().unwrap_or_default()
    }

    /// The subscription that a call has opened.
    pub(super) fn by_call(&self, call: CallId) -> Option<Rc<Subscription>> {
        self.by_call.get(&call).cloned()
    }

    pub(super) fn insert(&mut self, feed: FeedKey, subscription: Rc<Subscription>) {
        if let Some(call) = subscription.call() {
            self.by_call.insert(call, subscription.clone());
        }
        while self.by_feed.len() <= feed.index() {
            self.by_feed.push(Rc::default());
        }
        if let Some(held) = self.by_feed.get_mut(feed.index()) {
            Rc::make_mut(held).push(subscription);
        }
    }

    pub(super) fn remove(&mut self, feed: FeedKey, call: CallId) -> Option<Rc<Subscription>> {
        let subscription = self.by_call.remove(&call)?;
        let held = Rc::make_mut(self.by_feed.get_mut(feed.index())?);
        held.retain(|other| !Rc::ptr_eq(other, &subscription));
        Some(subscription)
    }
}

/// A live feed.
#[wasm_bindgen(skip_typescript)]
pub struct Feed {
    shell: Rc<Shell>,
    subscription: Rc<Subscription>,
}

impl Feed {
    pub(super) const fn new(shell: Rc<Shell>, subscription: Rc<Subscription>) -> Self {
        Self {
            shell,
            subscription,
        }
    }

    fn end(&self) {
        let (Some(feed), Some(call)) = (self.subscription.feed.get(), self.subscription.call())
        else {
            return;
        };
        self.subscription
            .end(self.shell.core(|core| core.samples_of(feed)), None);
        // First, while the subscription can still be found: a series gets its columns back.
        self.shell
            .input(Input::Command(Command::StopFeed { subscription: call }));
        self.shell.feeds.borrow_mut().remove(feed, call);
        self.shell.set_sink(feed);
    }
}

impl Feed {
    fn queue_samples(&self, on: bool) {
        let subscription = &self.subscription;
        if on {
            subscription.queueing.set(true);
        } else {
            subscription.stop_queueing();
        }
        if let Some(feed) = subscription.feed.get() {
            self.shell.set_sink(feed);
        }
    }
}

#[wasm_bindgen]
impl Feed {
    /// The server's id of the feed; another one after a reconnection.
    #[wasm_bindgen(getter)]
    pub fn id(&self) -> String {
        self.subscription.feed_id()
    }

    /// What was asked for.
    #[wasm_bindgen(getter)]
    pub fn request(&self) -> Object {
        self.subscription.request.clone()
    }

    /// Samples received.
    #[wasm_bindgen(getter)]
    pub fn received(&self) -> f64 {
        let subscription = &self.subscription;
        let received = match subscription.feed.get() {
            Some(feed) => {
                let samples = self.shell.core(|core| core.samples_of(feed));
                samples.saturating_sub(subscription.samples_before.get())
            }
            None => subscription.received.get(),
        };
        received as f64
    }

    /// Samples let go for a slow consumer.
    #[wasm_bindgen(getter)]
    pub fn dropped(&self) -> f64 {
        self.subscription.dropped.get() as f64
    }

    /// Ends the subscription.
    pub fn stop(&self) -> Promise {
        self.end();
        Promise::resolve(&JsValue::UNDEFINED)
    }

    /// Ends the subscription.
    #[wasm_bindgen(js_name = "[Symbol.asyncDispose]")]
    pub fn async_dispose(&self) -> Promise {
        self.stop()
    }

    /// The samples from now on, each to one of the iterators.
    #[wasm_bindgen(js_name = "[Symbol.asyncIterator]")]
    pub fn async_iterator(&self) -> Result<Samples, JsValue> {
        if self.subscription.tape.is_some() {
            let problem = "is that of a series, which makes no samples; call feed() to iterate";
            return Err(to_js(&Error::invalid("feed", problem)));
        }
        self.queue_samples(true);
        let feed = Self {
            shell: self.shell.clone(),
            subscription: self.subscription.clone(),
        };
        Ok(Samples::new(feed))
    }
}

/// The async iterator of a feed.
#[wasm_bindgen(skip_typescript)]
pub struct Samples {
    feed: Feed,
    /// Whether the loop was left: nothing comes then, whatever is queued.
    left: Cell<bool>,
}

impl Samples {
    const fn new(feed: Feed) -> Self {
        let left = Cell::new(false);
        Self { feed, left }
    }
}

#[wasm_bindgen]
impl Samples {
    /// The next sample, as iterators give it.
    pub fn next(&self) -> Promise {
        if self.left.get() {
            return Promise::resolve(&last_step());
        }
        self.feed.subscription.next()
    }

    /// The loop was left: the subscription ends, since nobody else may hold it. One with a listener
    /// goes on.
    #[wasm_bindgen(js_name = return)]
    pub fn finish(&self) -> Promise {
        self.left.set(true);
        if self.feed.subscription.has_listener {
            self.feed.queue_samples(false);
        } else {
            self.feed.end();
        }
        Promise::resolve(&last_step())
    }

    /// An iterator is its own iterable.
    #[wasm_bindgen(js_name = "[Symbol.asyncIterator]")]
    pub fn async_iterator(&self) -> Samples {
        let feed = Feed {
            shell: self.feed.shell.clone(),
            subscription: self.feed.subscription.clone(),
        };
        Samples::new(feed)
    }
}
