//! JSON with binary data: what the server's events and replies carry.

/// JSON text and the binary data that it refers to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Payload {
    /// The JSON text: an event's payload, or an array of arguments.
    pub json: String,
    /// The binary data for the placeholders (`{"_placeholder":true,"num":n}`) in the text.
    pub attachments: Vec<Vec<u8>>,
}

impl Payload {
    /// JSON text, and the attachments in the order of the placeholders' numbers.
    pub fn new(json: impl Into<String>, attachments: Vec<Vec<u8>>) -> Self {
        Self {
            json: json.into(),
            attachments,
        }
    }
}

impl From<String> for Payload {
    fn from(json: String) -> Self {
        Self::new(json, Vec::new())
    }
}
