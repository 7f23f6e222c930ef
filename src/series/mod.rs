//! Columns of numbers, parsed directly from the JSON of feed samples.
//!
//! A sample arrives as `{"feedId":…,"event_time":"…","value":66920,…}`. [`scan_object`] finds its
//! parts in one pass over the bytes without allocating, and [`TemplateScanner`] does so faster,
//! since it expects the layout of a recent sample; [`parse_number`] and [`parse_event_time`] turn
//! two of them into numbers; [`Columns`] keeps the newest of those. Numbers have the values that
//! `JSON.parse` returns for the same text.
//!
//! | file | holds |
//! |---|---|
//! | `scan.rs`, `template.rs` | the parts of a sample, found in one pass; the layout to expect |
//! | `event_time.rs` | `event_time` to milliseconds |
//! | `columns.rs`, `ring.rs` | [`Columns`]: the newest samples, by index and by time; their rows |
//! | `min_max.rs`, `blocks.rs` | the extremes in each of several spans of time; those of whole blocks |
//! | `error.rs` | invalid queries |

mod blocks;
mod columns;
mod error;
mod event_time;
mod min_max;
mod ring;
mod scan;
mod template;

pub use crate::json::double::parse_f64 as parse_number;
pub use columns::{Columns, MAX_COLUMNS, Pushed};
pub use error::{MAX_BUCKETS, SeriesError};
pub use event_time::parse_event_time;
pub use scan::{Scanned, scan_object};
pub use template::TemplateScanner;
