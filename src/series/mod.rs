//! Columns of numbers, read straight from the text of feed samples.
//!
//! A sample comes as `{"feedId":…,"event_time":"…","value":66920,…}`. [`scan_object`] finds the
//! parts of it in one pass over the bytes, without an allocation, and [`TemplateScanner`] faster, since it
//! expects what the last sample looked like; [`parse_number`] and
//! [`parse_event_time`] turn two of them into numbers; [`Columns`] keeps the newest of those.
//! What a number is, is what `JSON.parse` makes of the same text.

mod blocks;
mod columns;
mod error;
mod event_time;
mod min_max;
mod number;
mod ring;
mod scan;
mod template;

pub use columns::{Columns, MAX_COLUMNS, Pushed};
pub use error::{MAX_BUCKETS, SeriesError};
pub use event_time::parse_event_time;
pub use number::parse_number;
pub use scan::{Scanned, scan_object};
pub use template::TemplateScanner;
