//! What to stream.

use super::error::{InvalidArgument, not_blank};

/// What to stream: one field of a scenario, or all of them. Equal requests share one feed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct FeedRequest {
    /// The device's ID.
    pub device_id: String,
    /// The scenario's table.
    pub table: String,
    /// The scenario's source.
    pub source: String,
    /// One field of a CSV scenario; without it, a sample's value is the array of all fields.
    pub field: Option<String>,
}

impl FeedRequest {
    /// Creates a valid request; fails if a string is empty.
    pub fn new(
        device_id: &str,
        table: &str,
        source: &str,
        field: Option<&str>,
    ) -> Result<Self, InvalidArgument> {
        let checked = |argument, text| not_blank(argument, text).map(str::to_owned);
        Ok(Self {
            device_id: checked("deviceId", device_id)?,
            table: checked("table", table)?,
            source: checked("source", source)?,
            field: field.map(|field| checked("field", field)).transpose()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn an_empty_argument_is_named() {
        let cases = [
            (FeedRequest::new("", "t", "s", None), "deviceId"),
            (FeedRequest::new("d", " ", "s", None), "table"),
            (FeedRequest::new("d", "t", "\n", None), "source"),
            (FeedRequest::new("d", "t", "s", Some("")), "field"),
        ];
        for (request, argument) in cases {
            assert_eq!(request.unwrap_err().argument, argument);
        }
        assert_eq!(
            FeedRequest::new("ü", "t", "a/b", None),
            FeedRequest::new("ü", "t", "a/b", None)
        );
    }
}
