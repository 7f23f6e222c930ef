//! The payload of a reply, as JSON text or as a typed value.

use crate::client::{Error, ErrorKind, Reply};
use serde::de::DeserializeOwned;

/// An untyped reply.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Payload {
    /// The payload, or the arguments of an acknowledgement, as JSON text.
    pub json: String,
    /// The binary data for its placeholders (`{"_placeholder":true,"num":n}`).
    pub attachments: Vec<Vec<u8>>,
}

impl Payload {
    /// Deserializes it into the caller's type.
    ///
    /// # Errors
    /// `protocol` if it does not match the type.
    pub fn read_as<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_str(&self.json).map_err(|error| unexpected(&error.to_string(), &self.json))
    }

    pub(super) fn read(reply: Reply) -> Result<Self, Error> {
        let (json, attachments) = match reply {
            Reply::Payload(payload) => (payload, Vec::new()),
            Reply::Binary {
                payload: json,
                attachments,
            }
            | Reply::Ack {
                args: json,
                attachments,
            } => (json, attachments),
            Reply::Done | Reply::Feed { .. } => (String::new(), Vec::new()),
        };
        Ok(Self { json, attachments })
    }
}

/// A reply of the API. The core has checked its fields.
pub(super) fn typed<T>(reply: &Reply, parse: fn(&str) -> Result<T, String>) -> Result<T, Error> {
    let payload = match reply {
        Reply::Payload(payload) | Reply::Binary { payload, .. } => payload.as_str(),
        _ => "",
    };
    parse(payload).map_err(|problem| unexpected(&problem, payload))
}

fn unexpected(problem: &str, payload: &str) -> Error {
    ErrorKind::Protocol {
        reason: ["unexpected payload: ", problem].concat(),
        data: Some(payload.to_owned()),
    }
    .into()
}
