//! The subscriptions of a client and their life cycle: opening, samples, updates, resuming, ending.

use super::error::to_js;
use super::feed::Feed;
use super::handle::handle;
use super::inner::ClientInner;
use super::schedule::{after_microtasks, before_next_frame};
use super::series::Series;
use super::subscription::Subscription;
use crate::client::{CallId, Command, Error, FeedGap, FeedSlot};
use crate::series::Columns;
use js_sys::{Array, JsString};
use serde::Serialize;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};

/// `FeedGap` of `index.d.ts`. Every field is present, as the contract requires.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Gap {
    from_ms: Option<f64>,
    to_ms: f64,
    last_message_id: Option<String>,
}

impl ClientInner {
    /// Registers an open subscription and returns its handle, a `Feed` or a `Series`.
    pub(super) fn feed_opened(
        self: &Rc<Self>,
        feed: FeedSlot,
        subscription: Rc<Subscription>,
    ) -> JsValue {
        self.subscriptions
            .borrow_mut()
            .insert(feed, subscription.clone());
        self.route_feed(feed);
        if subscription.has_listener {
            self.release_later(feed, &subscription);
        }
        let opened = Feed {
            client: self.clone(),
            subscription: subscription.clone(),
        };
        if !subscription.is_series {
            return handle(opened);
        }
        let series = handle(Series::new(opened));
        if let Some((_, handle)) = &mut subscription.functions.borrow_mut().on_update {
            handle.clone_from(&series);
        }
        series
    }

    /// Updates the route of a feed's samples. Called on every change.
    pub(super) fn route_feed(&self, feed: FeedSlot) {
        let reader = &self.reader;
        let mut subscriptions = self.subscriptions.borrow_mut();
        let Some(open) = subscriptions.open_mut(feed) else {
            return;
        };
        let wants_objects = !open.subscriptions.iter().any(|one| one.is_series);
        let first = open.subscriptions.first().filter(|_| wants_objects);
        let id = first.map(|one| one.feed_id.borrow().clone());
        let listener = match open.subscriptions.as_slice() {
            [sole] => sole.direct_listener(),
            _ => None,
        };
        open.route.set_listener(listener.as_ref());
        if open.routed_id != id {
            if let Some(earlier) = &open.routed_id {
                reader.remove_route(earlier, &open.route);
            }
            if let Some(id) = &id {
                reader.routes().set(&id.into(), &open.route);
            }
            open.routed_id = id;
        }
        reader.set_has_series(subscriptions.has_series());
    }

    /// Delivers a sample to the subscriptions of its feed.
    pub(super) fn deliver(&self, feed: FeedSlot, sample: &JsValue) {
        let subscriptions = self.subscriptions.borrow().of(feed);
        for (at, subscription) in subscriptions.iter().enumerate() {
            // The listener of an earlier one may have ended this one.
            if (at == 0 || self.is_open(subscription))
                && let Some(listener) = subscription.take(sample)
            {
                self.call_back("device:feed", &listener, &Array::of1(sample));
            }
        }
    }

    fn is_open(&self, subscription: &Subscription) -> bool {
        self.runtime
            .core(|core| core.has_subscription(subscription.call))
    }

    /// Holds the samples of a subscription until the code that awaits the feed has resumed.
    fn release_later(self: &Rc<Self>, feed: FeedSlot, subscription: &Rc<Subscription>) {
        let (client, subscription) = (self.clone(), subscription.clone());
        let stops = self.stops_of_all.get();
        after_microtasks(move || {
            // The core no longer knows subscriptions that the server has ended in the meantime.
            if client.stops_of_all.get() != stops {
                subscription.discard_held();
            }
            while let Some((listener, sample)) = subscription.next_held() {
                client.call_back("device:feed", &listener, &Array::of1(&sample));
            }
            client.route_feed(feed);
        });
    }

    pub(super) fn feed_resumed(&self, feed: FeedSlot, feed_id: &str, gap: &FeedGap) {
        let subscriptions = self.subscriptions.borrow().of(feed);
        for subscription in subscriptions.iter() {
            feed_id.clone_into(&mut subscription.feed_id.borrow_mut());
        }
        self.route_feed(feed);
        for subscription in subscriptions.iter() {
            // The `onGap` of an earlier one may have ended this one.
            let on_gap = subscription.functions.borrow().on_gap.clone();
            if let Some(on_gap) = on_gap.filter(|_| self.is_open(subscription)) {
                let gap = self.gap_value(feed, gap);
                self.call_back("onGap", &on_gap, &Array::of1(&gap));
            }
        }
    }

    fn gap_value(&self, feed: FeedSlot, gap: &FeedGap) -> JsValue {
        let last_message_id = if gap.last_was_parsed_by_driver {
            let subscriptions = self.subscriptions.borrow();
            subscriptions
                .open(feed)
                .and_then(|open| well_formed(open.route.last_message_id()))
        } else {
            gap.last_message_id.clone()
        };
        let gap = Gap {
            from_ms: gap.from.map(|from| self.runtime.epoch_ms(from)),
            to_ms: self.runtime.epoch_ms(gap.to),
            last_message_id,
        };
        serde_wasm_bindgen::to_value(&gap).unwrap_or_default()
    }

    /// Ends a subscription for the caller. If it has already ended, only discards the samples that
    /// are still held.
    pub(super) fn end_subscription(&self, subscription: &Subscription) {
        let Some(feed) = subscription.feed.get() else {
            return subscription.discard_held();
        };
        let call = subscription.call;
        let samples = self.runtime.core(|core| core.samples_of(feed));
        subscription.end(samples, None);
        self.runtime
            .command(Command::StopFeed { subscription: call });
        // Inside a callback the core's outputs are pending, and the columns with them.
        let columns = self.runtime.core_mut(|core| core.take_ended_series(call));
        if columns.is_some() {
            subscription.columns.replace(columns);
        }
        self.subscriptions.borrow_mut().remove(feed, call);
        self.route_feed(feed);
    }

    pub(super) fn feed_ended(
        &self,
        feed: FeedSlot,
        subscriptions: &[CallId],
        samples: u64,
        error: Option<&Error>,
    ) {
        let error = error.map(to_js);
        let mut ended = Vec::new();
        for call in subscriptions {
            let subscription = self.subscriptions.borrow_mut().remove(feed, *call);
            if let Some(subscription) = subscription {
                let on_end = subscription.functions.borrow().on_end.clone();
                // Without an error it was ended by the caller's own close().
                ended.extend(on_end.filter(|_| error.is_some()));
                subscription.end(samples, error.as_ref());
            }
        }
        self.route_feed(feed);
        let args = Array::from_iter(error);
        for on_end in ended {
            self.call_back("onEnd", &on_end, &args);
        }
    }

    /// Notes that the caller has ended all subscriptions together.
    pub(super) fn note_stop_of_all(&self) {
        self.stops_of_all
            .set(self.stops_of_all.get().wrapping_add(1));
    }

    /// A series has new samples: its callback runs before the next frame is drawn.
    pub(super) fn series_updated(&self, series: CallId) {
        let is_first = {
            let mut updated = self.updated.borrow_mut();
            updated.push(series);
            updated.len() == 1
        };
        if is_first {
            let client = self.this.clone();
            before_next_frame(move || {
                if let Some(client) = client.upgrade() {
                    client.notify_series();
                }
            });
        }
    }

    fn notify_series(&self) {
        for series in self.updated.take() {
            self.runtime
                .core_mut(|core| core.mark_series_notified(series));
            let subscription = self.subscriptions.borrow().by_call(series);
            let on_update = subscription.and_then(|one| one.functions.borrow().on_update.clone());
            if let Some((on_update, handle)) = on_update {
                self.call_back("onUpdate", &on_update, &Array::of1(&handle));
            }
        }
    }

    pub(super) fn series_ended(&self, series: CallId, columns: Columns) {
        let subscription = self.subscriptions.borrow().by_call(series);
        if let Some(subscription) = subscription {
            subscription.columns.replace(Some(columns));
        }
    }
}

/// A string without unpaired surrogates, which Rust strings cannot represent.
fn well_formed(value: JsValue) -> Option<String> {
    let text: JsString = value.dyn_into().ok()?;
    text.is_valid_utf16().then(|| text.into())
}
