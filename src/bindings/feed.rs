//! `Feed` and its async iterator. Their documentation for callers is in `index.d.ts`.

use super::handle::handle;
use super::inner::ClientInner;
use super::promise::PromiseResult;
use super::subscription::{Step, Subscription, WasLeft};
use crate::client::Error;
use js_sys::{Object, Promise, Reflect};
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise};

/// A live feed.
#[derive(Clone)]
#[wasm_bindgen(skip_typescript)]
pub struct Feed {
    pub(super) client: Rc<ClientInner>,
    pub(super) subscription: Rc<Subscription>,
}

impl Feed {
    fn route(&self) {
        if let Some(feed) = self.subscription.feed.get() {
            self.client.route_feed(feed);
        }
    }
}

#[wasm_bindgen]
#[allow(missing_docs, reason = "documented in index.d.ts")]
impl Feed {
    #[wasm_bindgen(getter, skip_jsdoc)]
    pub fn id(&self) -> String {
        self.subscription.feed_id.borrow().clone()
    }

    #[wasm_bindgen(getter, skip_jsdoc)]
    pub fn request(&self) -> Result<Object, JsValue> {
        Ok(self.subscription.request.clone())
    }

    #[wasm_bindgen(getter, skip_jsdoc)]
    pub fn received(&self) -> f64 {
        let samples_of = |feed| self.client.runtime.core(|core| core.samples_of(feed));
        self.subscription.received(samples_of) as f64
    }

    #[wasm_bindgen(getter, skip_jsdoc)]
    pub fn dropped(&self) -> f64 {
        self.subscription.dropped.get() as f64
    }

    #[wasm_bindgen(skip_jsdoc)]
    pub fn stop(&self) -> PromiseResult {
        self.client.end_subscription(&self.subscription);
        Ok(Promise::resolve(&JsValue::UNDEFINED))
    }

    #[wasm_bindgen(js_name = "[Symbol.asyncDispose]", skip_jsdoc)]
    pub fn async_dispose(&self) -> PromiseResult {
        self.stop()
    }

    #[wasm_bindgen(js_name = "[Symbol.asyncIterator]", skip_jsdoc)]
    pub fn async_iterator(&self) -> Result<JsValue, JsValue> {
        if self.subscription.is_series {
            let problem = "belongs to a series and cannot be iterated; use feed()";
            return Err(Error::invalid("feed", problem).into());
        }
        self.subscription.begin_reading();
        self.route();
        Ok(handle(FeedIterator {
            feed: self.clone(),
            was_left: WasLeft::default(),
        }))
    }

    #[wasm_bindgen(js_name = toJSON, skip_jsdoc)]
    pub fn to_json(&self) -> Result<Object, JsValue> {
        let shown = Object::new();
        Reflect::set(&shown, &"id".into(), &self.id().into())?;
        Reflect::set(&shown, &"request".into(), &self.subscription.request)?;
        Ok(shown)
    }
}

/// The async iterator of a feed: one loop over it.
#[derive(Clone)]
#[wasm_bindgen(skip_typescript)]
pub struct FeedIterator {
    feed: Feed,
    was_left: WasLeft,
}

impl FeedIterator {
    /// Ends the subscription, since nothing else may hold it. A subscription with a listener
    /// continues, and so do its other loops.
    fn leave(&self) {
        if self.was_left.replace(true) {
            return;
        }
        let subscription = &self.feed.subscription;
        if subscription.has_listener {
            subscription.stop_reading();
            self.feed.route();
        } else {
            self.feed.client.end_subscription(subscription);
        }
    }
}

#[wasm_bindgen]
#[allow(missing_docs, reason = "the protocol of async iterators")]
impl FeedIterator {
    #[wasm_bindgen(skip_jsdoc)]
    pub fn next(&self) -> PromiseResult {
        Ok(self.feed.subscription.next(&self.was_left))
    }

    #[wasm_bindgen(js_name = return, skip_jsdoc)]
    pub fn finish(&self, value: &JsValue) -> PromiseResult {
        self.leave();
        let value = Promise::resolve(value);
        Ok(future_to_promise(async move {
            Ok(Step::of(&JsFuture::from(value).await?, true))
        }))
    }

    /// Called by `yield*` when an error is thrown into the enclosing generator.
    #[wasm_bindgen(js_name = throw, skip_jsdoc)]
    pub fn fail(&self, error: &JsValue) -> PromiseResult {
        self.leave();
        Ok(Promise::reject(error))
    }

    #[wasm_bindgen(js_name = "[Symbol.asyncIterator]", skip_jsdoc)]
    pub fn async_iterator(&self) -> Result<JsValue, JsValue> {
        Ok(handle(self.clone()))
    }
}
