//! `Series`: the newest samples of a feed, as columns of numbers in the module's memory. Its
//! documentation for callers is in `index.d.ts`.

use super::feed::Feed;
use super::handle::handle;
use super::promise::PromiseResult;
use super::request_options::{MinMaxOptions, read_column};
use crate::client::Error;
use crate::series::{Columns, SeriesError};
use core::cell::OnceCell;
use js_sys::{Float64Array, Object};
use wasm_bindgen::prelude::*;

/// The newest samples of a feed.
#[wasm_bindgen(skip_typescript)]
pub struct Series {
    feed: Feed,
    /// The handle of its feed, created on first use.
    feed_handle: OnceCell<JsValue>,
}

impl Series {
    pub(super) const fn new(feed: Feed) -> Self {
        Self {
            feed,
            feed_handle: OnceCell::new(),
        }
    }

    /// Reads the columns: from the core while the series is open, from the subscription afterwards.
    #[inline(never)]
    fn read<T>(&self, read: &dyn Fn(&Columns) -> T) -> Option<T> {
        let (client, subscription) = (&self.feed.client, &self.feed.subscription);
        let ended = subscription.columns.borrow();
        client.runtime.core(|core| {
            let columns = ended.as_ref().or_else(|| core.series(subscription.call));
            columns.map(read)
        })
    }

    fn numbers<T: Default>(
        &self,
        read: &dyn Fn(&Columns) -> Result<T, SeriesError>,
    ) -> Result<T, JsValue> {
        let numbers = self.read(read).unwrap_or_else(|| Ok(T::default()));
        Ok(numbers.map_err(Error::from)?)
    }
}

#[wasm_bindgen]
#[allow(missing_docs, reason = "documented in index.d.ts")]
impl Series {
    #[wasm_bindgen(getter, skip_jsdoc)]
    pub fn feed(&self) -> Result<JsValue, JsValue> {
        let feed = || handle(self.feed.clone());
        Ok(self.feed_handle.get_or_init(feed).clone())
    }

    #[wasm_bindgen(getter, skip_jsdoc)]
    pub fn length(&self) -> usize {
        self.read(&Columns::len).unwrap_or_default()
    }

    #[wasm_bindgen(getter, skip_jsdoc)]
    pub fn total(&self) -> f64 {
        self.read(&Columns::total).unwrap_or_default() as f64
    }

    #[wasm_bindgen(getter, skip_jsdoc)]
    pub fn columns(&self) -> usize {
        self.read(&Columns::columns).unwrap_or_default()
    }

    #[wasm_bindgen(skip_jsdoc)]
    pub fn times(&self) -> Result<Float64Array, JsValue> {
        Ok(array(&self.read(&Columns::times).unwrap_or_default()))
    }

    #[wasm_bindgen(skip_jsdoc)]
    pub fn values(&self, column: &JsValue) -> Result<Float64Array, JsValue> {
        let column = read_column(column)?;
        Ok(array(&self.numbers(&|columns| columns.values(column))?))
    }

    #[wasm_bindgen(skip_jsdoc)]
    pub fn last(&self, column: &JsValue) -> Result<Option<Float64Array>, JsValue> {
        let column = read_column(column)?;
        let last = self.numbers(&|columns| columns.last(column))?;
        Ok(last.map(|(time, value)| array(&[time, value])))
    }

    #[wasm_bindgen(js_name = minMax, skip_jsdoc)]
    pub fn min_max(&self, buckets: &JsValue, options: &JsValue) -> Result<Float64Array, JsValue> {
        let MinMaxOptions {
            buckets,
            column,
            from_ms,
            to_ms,
        } = MinMaxOptions::read(buckets, options)?;
        let values = self.numbers(&|columns| columns.min_max(buckets, column, from_ms, to_ms))?;
        Ok(array(&values))
    }

    #[wasm_bindgen(skip_jsdoc)]
    pub fn stop(&self) -> PromiseResult {
        self.feed.stop()
    }

    #[wasm_bindgen(js_name = "[Symbol.asyncDispose]", skip_jsdoc)]
    pub fn async_dispose(&self) -> PromiseResult {
        self.stop()
    }

    #[wasm_bindgen(js_name = toJSON, skip_jsdoc)]
    pub fn to_json(&self) -> Result<Object, JsValue> {
        let shown = self.feed.to_json()?;
        js_sys::Reflect::set(&shown, &"length".into(), &JsValue::from(self.length()))?;
        Ok(shown)
    }
}

fn array(values: &[f64]) -> Float64Array {
    Float64Array::from(values)
}
