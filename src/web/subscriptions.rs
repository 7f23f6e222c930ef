//! What happens to subscriptions, carried out: opened, samples, updates, resumed, ended.

use super::driver::Shell;
use super::errors::to_js;
use super::feed::{Feed, Subscription};
use super::platform::{later, next_frame};
use super::series::Series;
use super::values::{object, set};
use crate::client::{CallId, Error, FeedGap, FeedKey};
use crate::series::Columns;
use std::rc::Rc;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};

impl Shell {
    /// A subscription is open: its handle, `Feed` or `Series`.
    pub(super) fn feed_opened(&self, feed: FeedKey, subscription: Rc<Subscription>) -> JsValue {
        let Some(shell) = self.this.upgrade() else {
            return JsValue::UNDEFINED;
        };
        self.feeds.borrow_mut().insert(feed, subscription.clone());
        self.set_sink(feed);
        self.release_later(feed, &subscription);
        match &subscription.tape {
            Some(tape) => {
                let handle = JsValue::from(Series::new(shell, subscription.clone(), tape.clone()));
                tape.set_handle(&handle);
                handle
            }
            None => Feed::new(shell, subscription).into(),
        }
    }

    /// Tells the lane where a feed's samples go.
    pub(super) fn set_sink(&self, feed: FeedKey) {
        let subscriptions = self.feeds.borrow().of(feed);
        let mut told = subscriptions
            .iter()
            .filter(|subscription| subscription.tape.is_none());
        let sink = match (told.next(), told.next()) {
            (Some(sole), None) => sole.direct_listener(),
            _ => None,
        };
        let Ok(index) = u32::try_from(feed.index()) else {
            return;
        };
        self.sinks
            .set(index, sink.map_or(JsValue::UNDEFINED, JsValue::from));
        let id = subscriptions
            .first()
            .map(|subscription| subscription.feed_id());
        self.ids.set(index, id.into());
    }

    /// Hands a sample to the subscriptions of its feed.
    pub(super) fn deliver(&self, feed: FeedKey, sample: &JsValue) {
        let subscriptions = self.feeds.borrow().of(feed);
        for subscription in subscriptions.iter() {
            if let Some(listener) = subscription.take(sample) {
                self.call_back("device:feed", &listener, core::slice::from_ref(sample));
            }
        }
    }

    /// A subscription's samples wait until the code that awaits the feed has gone on.
    fn release_later(&self, feed: FeedKey, subscription: &Rc<Subscription>) {
        let (shell, subscription) = (self.this.clone(), Rc::downgrade(subscription));
        let release = Closure::once_into_js(move || {
            let (Some(shell), Some(subscription)) = (shell.upgrade(), subscription.upgrade())
            else {
                return;
            };
            while let Some((listener, sample)) = subscription.next_held() {
                shell.call_back("device:feed", &listener, &[sample]);
            }
            shell.set_sink(feed);
        });
        later(release.unchecked_ref());
    }

    pub(super) fn feed_resumed(&self, feed: FeedKey, feed_id: &str, gap: &FeedGap) {
        let subscriptions = self.feeds.borrow().of(feed);
        for subscription in subscriptions.iter() {
            subscription.resumed(feed_id);
        }
        self.set_sink(feed);
        for subscription in subscriptions.iter() {
            if let Some(on_gap) = subscription.on_gap() {
                self.call_back("onGap", &on_gap, &[self.gap_value(feed, gap)]);
            }
        }
    }

    fn gap_value(&self, feed: FeedKey, gap: &FeedGap) -> JsValue {
        let told = object(&[("toMs", self.epoch_ms(gap.to).into())]);
        // Present even where there is none, as the contract says.
        let from = gap.from.map(|from| self.epoch_ms(from));
        set(&told, "fromMs", &from.into());
        let index = u32::try_from(feed.index()).unwrap_or(u32::MAX);
        let last_id = match self.callbacks() {
            Some(callbacks) if gap.last_was_taken => callbacks.lane.last_id(index),
            _ => gap.last_message_id.as_deref().into(),
        };
        set(&told, "lastMessageId", &last_id);
        told.into()
    }

    pub(super) fn feed_ended(
        &self,
        feed: FeedKey,
        subscriptions: &[CallId],
        samples: u64,
        error: Option<&Error>,
    ) {
        let error = error.map(to_js);
        for id in subscriptions {
            let subscription = self.feeds.borrow_mut().remove(feed, *id);
            if let Some(subscription) = subscription {
                subscription.end(samples, error.as_ref());
            }
        }
        self.set_sink(feed);
        if let Ok(index) = u32::try_from(feed.index()) {
            self.lasts.set(index, JsValue::UNDEFINED);
        }
    }

    /// A series has new samples: its listener is told before the next frame is drawn.
    pub(super) fn series_updated(&self, series: CallId) {
        let first = {
            let mut updated = self.updated.borrow_mut();
            updated.push(series);
            updated.len() == 1
        };
        if first && let Some(callbacks) = self.callbacks() {
            next_frame(&callbacks.drawn);
        }
    }

    pub(super) fn tell_updates(&self) {
        let updated = self.updated.take();
        for series in updated {
            self.core.borrow_mut().series_told(series);
            let subscription = self.feeds.borrow().by_call(series);
            let tape = subscription.and_then(|subscription| subscription.tape.clone());
            if let Some((on_update, handle)) = tape.and_then(|tape| tape.update()) {
                self.call_back("onUpdate", &on_update, &[handle]);
            }
        }
    }

    pub(super) fn series_ended(&self, series: CallId, columns: Columns) {
        let subscription = self.feeds.borrow().by_call(series);
        if let Some(tape) = subscription.and_then(|subscription| subscription.tape.clone()) {
            tape.end(columns);
        }
    }
}
