//! The Ardexa API: client requests, the cloud's replies, and unsolicited events.
//!
//! This part knows payloads and event names, but not frames, sockets or time. A request `X` is sent
//! with a new `requestId`; the cloud replies with the events `X:rpc` (accepted or refused) and, for
//! some requests, `X:reply` (done). [`Request`] builds requests, [`Envelope`] and [`ReplyKind`]
//! read replies, and [`EventKind`] tells events apart.
//!
//! To add an API event, copy a neighbour in `request.rs`; if its reply has a new shape, add a
//! [`ReplyKind`] with its row in `reply.rs`.

mod envelope;
mod error;
mod event;
mod feed;
mod json;
mod refusal;
mod reply;
mod request;
mod token;

pub use envelope::Envelope;
pub use error::{InvalidArgument, ServerError};
pub use event::{DeviceMetaChange, DeviceNew, DeviceStateChange, EventKind};
pub use feed::FeedRequest;
pub(crate) use refusal::is_refusal;
pub use reply::{CmdReply, CompleteReply, ConfigReply, ReplyKind, SettledBy, UpgradeStep};
pub use request::Request;
pub use token::Token;
