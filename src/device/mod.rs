//! The Ardexa API: client requests, the cloud's replies, and unsolicited events.
//!
//! This part knows payloads and event names, but not frames, sockets or time. A request `X` is sent
//! with a new `requestId`; the cloud replies with the events `X:rpc` (accepted or refused) and, for
//! some requests, `X:reply` (done). [`Request`] builds requests, [`Envelope`] and [`ReplyKind`]
//! read replies, and [`EventKind`] tells events apart.
//!
//! To add an API event, copy a neighbour in `request.rs`; if its reply has a new shape, add a
//! [`ReplyKind`] with its row in `reply.rs`.
//!
//! | file | holds |
//! |---|---|
//! | `request.rs`, `feed.rs` | a constructor for each request; what a feed is of |
//! | `reply.rs` | [`ReplyKind`]: what settles a request, its timeout, the shape of its reply |
//! | `event.rs` | [`EventKind`]: what an event's name means; the payloads of unsolicited events |
//! | `envelope.rs` | ids and status of an incoming payload, read in one pass |
//! | `refusal.rs`, `error.rs` | what counts as a refusal; the two ways in which a request fails |
//! | `token.rs` | the API token, which is never shown |
//! | `json.rs` | fields of objects, written and read without changing their bytes |

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
