//! The columns of a series, behind the `Series` of `src/js/feed.js`.

use super::driver::Shell;
use super::options::whole;
use super::platform::to_js;
use crate::client::CallId;
use crate::series::Columns;
use core::cell::RefCell;
use js_sys::Float64Array;
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// The columns, once the series has ended; the core has them until then.
pub(super) type Ended = Rc<RefCell<Option<Columns>>>;

/// The columns of one series.
#[wasm_bindgen(skip_typescript)]
pub struct Tape {
    shell: Rc<Shell>,
    call: CallId,
    ended: Ended,
}

impl Tape {
    pub(super) fn new(shell: Rc<Shell>, call: CallId) -> Self {
        let ended = Ended::default();
        shell.tapes.borrow_mut().push((call, ended.clone()));
        Self { shell, call, ended }
    }

    #[inline(never)]
    fn look<T: Default>(&self, read: &dyn Fn(&Columns) -> T) -> T {
        if let Some(columns) = &*self.ended.borrow() {
            return read(columns);
        }
        self.shell
            .core(|core| core.series(self.call).map(read))
            .unwrap_or_default()
    }
}

#[wasm_bindgen]
impl Tape {
    #[doc(hidden)]
    #[wasm_bindgen(skip_jsdoc)]
    pub fn count(&self, what: u32) -> f64 {
        self.look(&|columns| match what {
            0 => columns.len() as f64,
            1 => columns.total() as f64,
            _ => columns.columns() as f64,
        })
    }

    #[doc(hidden)]
    #[wasm_bindgen(skip_jsdoc)]
    pub fn read(
        &self,
        what: u32,
        column: f64,
        buckets: f64,
        from_ms: f64,
        to_ms: f64,
    ) -> Result<Option<Float64Array>, JsValue> {
        let given = |ms: f64| Some(ms).filter(|ms| !ms.is_nan());
        let (column, buckets) = (whole(column) as usize, whole(buckets) as usize);
        let values = self.look(&|columns| {
            Some(match what {
                3 => Ok(Some(columns.times())),
                4 => columns.values(column).map(Some),
                5 => columns
                    .last(column)
                    .map(|last| last.map(|(time, value)| vec![time, value])),
                _ => columns
                    .min_max(buckets, column, given(from_ms), given(to_ms))
                    .map(Some),
            })
        });
        match values {
            Some(Ok(values)) => Ok(values.map(|values| Float64Array::from(values.as_slice()))),
            Some(Err(error)) => Err(to_js(&error.into())),
            None => Ok((what != 5).then(|| Float64Array::from([].as_slice()))),
        }
    }
}
