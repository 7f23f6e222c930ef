//! A sample of a feed, as an owned value.

use super::gap::Gap;
use crate::client::{Error, Payload};
use crate::json;
use serde::de::DeserializeOwned;

/// A sample of a feed. A missing field is empty; one that is not a string is kept as JSON text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FeedSample {
    /// When the agent picked the message up, as ISO 8601 in UTC.
    pub event_time: String,
    /// The value as JSON text, or the array of all values of a CSV scenario.
    pub value: String,
    /// The device's ID.
    pub device: String,
    /// The scenario's table.
    pub table: String,
    /// The scenario's source.
    pub source: String,
    /// The device's own message counter.
    pub message_id: String,
    /// The feed's ID, which changes after a reconnect.
    pub feed_id: String,
    /// What was missed before this sample, if the connection was lost.
    pub gap: Option<Gap>,
    /// The binary data for placeholders in the value.
    pub attachments: Vec<Vec<u8>>,
}

impl FeedSample {
    /// Reads a payload that has been checked by the core.
    pub(super) fn read(payload: Payload) -> Self {
        let mut sample = Self {
            attachments: payload.attachments,
            ..Self::default()
        };
        for (name, value) in json::fields(json::trimmed(&payload.json)) {
            let field = match name.as_deref() {
                Some("event_time") => &mut sample.event_time,
                Some("device") => &mut sample.device,
                Some("table") => &mut sample.table,
                Some("source") => &mut sample.source,
                Some("messageId") => &mut sample.message_id,
                Some("feedId") => &mut sample.feed_id,
                Some("value") => {
                    value.clone_into(&mut sample.value);
                    continue;
                }
                _ => continue,
            };
            *field = json::text(value).map_or_else(|| value.to_owned(), Into::into);
        }
        sample
    }

    /// The value as a number, even if it is written as a string.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        let text = json::text(&self.value);
        let number = json::parse_f64(text.as_deref().unwrap_or(&self.value).as_bytes());
        (!number.is_nan()).then_some(number)
    }

    /// Deserializes the value into the caller's type, for example a `Vec<f64>`.
    ///
    /// # Errors
    /// `invalid-argument` if it does not match the type.
    pub fn value_as<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_str(&self.value)
            .map_err(|error| Error::invalid("value", error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn parses_the_documented_sample() {
        let sample = FeedSample::read(Payload::from(
            r#" {"feedId":"4c","event_time":"2023-08-09T03:55:37.000Z","table":"solar","source":"ü\u0030","device":"66","messageId":71391,"value":66920.0,"requestId":"b3"} "#.to_owned(),
        ));
        assert_eq!(sample.source, "ü0");
        assert_eq!(
            (sample.message_id.as_str(), sample.number()),
            ("71391", Some(66920.0))
        );
        assert_eq!(sample.value_as::<f64>().unwrap(), 66920.0);
    }

    #[test]
    fn a_value_is_a_number_a_list_or_other_json() {
        let sample = |value: &str| FeedSample::read(format!(r#"{{"value":{value}}}"#).into());
        assert_eq!(sample(r#""-1.5""#).number(), Some(-1.5));
        assert_eq!(sample("[1,2]").value_as::<Vec<f64>>().unwrap(), [1.0, 2.0]);
        for value in ["null", r#""on""#, "[1]", "{}", "true"] {
            assert_eq!(sample(value).number(), None, "{value}");
        }
        let error = sample("1").value_as::<String>().unwrap_err();
        assert!(error.to_string().starts_with("value: "), "{error}");
    }
}
