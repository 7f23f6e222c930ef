//! The Ardexa API: what a client may ask, what the cloud answers, what it tells unasked.
//!
//! This part knows the payloads and the names of events, and nothing of frames, sockets or time.
//! A request `X` goes out with a fresh `requestId`; the cloud answers with the events `X:rpc`
//! (taken on, or refused) and, for some requests, `X:reply` (done). [`Request`] builds the one,
//! [`Envelope`] and [`ReplyKind`] read the other, [`EventKind`] tells which is which.
//!
//! To add an API event: copy a neighbour in `request.rs`; where its answer has a new shape, add
//! a [`ReplyKind`] with its row in `reply.rs`.

mod envelope;
mod error;
mod event;
mod feed;
mod json;
mod refusal;
mod reply;
mod request;
mod token;
mod typed;

pub use envelope::Envelope;
pub use error::{InvalidArgument, ServerError};
pub use event::{DeviceMetaChange, DeviceNew, DeviceStateChange, EventKind};
pub use feed::FeedRequest;
pub(crate) use refusal::is_refusal;
pub use reply::{CmdReply, CompleteReply, ConfigReply, ReplyKind, SettledBy, UpgradeStep};
pub use request::Request;
pub use token::Token;
