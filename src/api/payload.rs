//! Replies as typed values.

use crate::client::{Error, ErrorKind, Payload, Reply};
use serde::de::DeserializeOwned;

impl Payload {
    /// Deserializes it into the caller's type.
    ///
    /// # Errors
    /// `protocol` if it does not match the type.
    pub fn read_as<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_str(&self.json).map_err(|error| unexpected(&error.to_string(), &self.json))
    }

    pub(super) fn read(reply: Reply) -> Result<Self, Error> {
        Ok(match reply {
            Reply::Payload(payload) => payload,
            Reply::Done | Reply::Feed { .. } => Self::default(),
        })
    }
}

/// A reply of the API. The core has checked its fields.
pub(super) fn typed<T>(reply: Reply, parse: fn(&str) -> Result<T, String>) -> Result<T, Error> {
    let Payload { json, .. } = Payload::read(reply)?;
    parse(&json).map_err(|problem| unexpected(&problem, &json))
}

fn unexpected(problem: &str, payload: &str) -> Error {
    ErrorKind::Protocol {
        reason: ["unexpected payload: ", problem].concat(),
        data: Some(payload.to_owned()),
    }
    .into()
}
