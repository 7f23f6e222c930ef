//! A series as JavaScript sees it. Its documentation for callers is in `index.d.ts`.

use super::driver::Shell;
use super::errors::to_js;
use super::feed::{Feed, Subscription};
use super::options::MinMaxOptions;
use crate::client::Error;
use crate::series::{Columns, SeriesError};
use core::cell::RefCell;
use js_sys::{Float64Array, Function, Promise};
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// What a subscription has more where it is a series.
pub(super) struct Tape {
    /// Let go when it ends, as is the handle.
    on_update: RefCell<Option<Function>>,
    /// The `Series` to call back with; let go when it ends.
    handle: RefCell<Option<JsValue>>,
    /// Its columns, once it has ended; the core has them until then.
    ended: RefCell<Option<Columns>>,
}

impl Tape {
    pub(super) fn new(on_update: Option<Function>) -> Rc<Self> {
        Rc::new(Self {
            on_update: RefCell::new(on_update),
            handle: RefCell::default(),
            ended: RefCell::default(),
        })
    }

    pub(super) fn set_handle(&self, handle: &JsValue) {
        if self.on_update.borrow().is_some() {
            *self.handle.borrow_mut() = Some(handle.clone());
        }
    }

    /// Whom to tell of new samples, and with what.
    pub(super) fn update(&self) -> Option<(Function, JsValue)> {
        Some((
            self.on_update.borrow().clone()?,
            self.handle.borrow().clone()?,
        ))
    }

    pub(super) fn end(&self, columns: Columns) {
        *self.ended.borrow_mut() = Some(columns);
        *self.handle.borrow_mut() = None;
        *self.on_update.borrow_mut() = None;
    }
}

/// The newest samples of a feed, as columns of numbers.
#[wasm_bindgen(skip_typescript)]
pub struct Series {
    shell: Rc<Shell>,
    subscription: Rc<Subscription>,
    tape: Rc<Tape>,
}

impl Series {
    pub(super) const fn new(
        shell: Rc<Shell>,
        subscription: Rc<Subscription>,
        tape: Rc<Tape>,
    ) -> Self {
        Self {
            shell,
            subscription,
            tape,
        }
    }

    fn read<T>(&self, read: impl FnOnce(&Columns) -> T) -> Option<T> {
        if let Some(columns) = &*self.tape.ended.borrow() {
            return Some(read(columns));
        }
        let call = self.subscription.call()?;
        self.shell.core(|core| core.series(call).map(read))
    }

    fn handle(&self) -> Feed {
        Feed::new(self.shell.clone(), self.subscription.clone())
    }
}

#[wasm_bindgen]
impl Series {
    /// The feed behind it.
    #[wasm_bindgen(getter)]
    pub fn feed(&self) -> Feed {
        self.handle()
    }

    /// Samples held now.
    #[wasm_bindgen(getter)]
    pub fn length(&self) -> usize {
        self.read(Columns::len).unwrap_or_default()
    }

    /// Samples ever received.
    #[wasm_bindgen(getter)]
    pub fn total(&self) -> f64 {
        self.read(Columns::total).unwrap_or_default() as f64
    }

    /// Values per sample.
    #[wasm_bindgen(getter)]
    pub fn columns(&self) -> usize {
        self.read(Columns::columns).unwrap_or_default()
    }

    /// `event_time` of each sample.
    pub fn times(&self) -> Float64Array {
        let times = self.read(Columns::times).unwrap_or_default();
        Float64Array::from(times.as_slice())
    }

    /// The values of a column.
    pub fn values(&self, column: &JsValue) -> Result<Float64Array, JsValue> {
        let values = super::options::column(column)
            .and_then(|column| self.answer(|columns| columns.values(column)))
            .map_err(|error| to_js(&error))?;
        Ok(Float64Array::from(values.as_slice()))
    }

    /// Time and value of a column in the newest sample.
    pub fn last(&self, column: &JsValue) -> Result<JsValue, JsValue> {
        let last = super::options::column(column)
            .and_then(|column| self.answer(|columns| columns.last(column)))
            .map_err(|error| to_js(&error))?;
        Ok(last.map_or(JsValue::UNDEFINED, |(time, value)| {
            Float64Array::from([time, value].as_slice()).into()
        }))
    }

    /// Smallest and largest value of each span of time.
    #[wasm_bindgen(js_name = minMax)]
    pub fn min_max(&self, buckets: &JsValue, options: &JsValue) -> Result<Float64Array, JsValue> {
        let values = MinMaxOptions::read(buckets, options)
            .and_then(
                |MinMaxOptions {
                     buckets,
                     column,
                     from_ms,
                     to_ms,
                 }| {
                    self.answer(|columns| columns.min_max(buckets, column, from_ms, to_ms))
                },
            )
            .map_err(|error| to_js(&error))?;
        Ok(Float64Array::from(values.as_slice()))
    }

    /// Ends it; what it holds stays readable.
    pub fn stop(&self) -> Promise {
        self.handle().stop()
    }

    /// Ends it.
    #[wasm_bindgen(js_name = "[Symbol.asyncDispose]")]
    pub fn async_dispose(&self) -> Promise {
        self.stop()
    }
}

impl Series {
    fn answer<T: Default>(
        &self,
        ask: impl FnOnce(&Columns) -> Result<T, SeriesError>,
    ) -> Result<T, Error> {
        let answer = self.read(ask).unwrap_or_else(|| Ok(T::default()));
        answer.map_err(Error::from)
    }
}
