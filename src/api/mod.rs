//! The async API: [`ArdexaClient`] and its types. It is the same natively (feature `native`) and in
//! WebAssembly (feature `web`), and works with any executor.
//!
//! It turns calls into [`Command`](crate::client::Command)s for the core, and the core's outputs
//! into futures and streams. Sockets and timers are one layer below: `crate::runtime` on wasm32,
//! `crate::native` elsewhere.
//!
//! | file | holds |
//! |---|---|
//! | `client.rs`, `requests.rs`, `inner.rs` | [`ArdexaClient`]: connection; one method for each request; what is behind it |
//! | `options.rs` | [`Options`], [`TokenSource`] |
//! | `call.rs`, `upgrade.rs` | [`Call`], the future of a reply; [`Upgrade`], the stream of its steps |
//! | `feed.rs`, `sample.rs`, `gap.rs`, `series.rs` | [`Feed`], [`FeedSample`], [`Gap`], [`Series`] |
//! | `payload.rs` | replies as typed values |
//! | `events.rs` | [`Event`], [`Events`] |
//! | `hub.rs`, `subscriber.rs`, `queue.rs` | where outputs go: open calls, subscriptions, listeners |
//! | `platform.rs`, `web.rs`, `native.rs` | what differs between the platforms; the runtimes' hosts |

mod call;
mod client;
mod events;
mod feed;
mod gap;
mod hub;
mod inner;
#[cfg(not(target_arch = "wasm32"))]
mod native;
mod options;
mod payload;
mod platform;
mod queue;
mod requests;
mod sample;
mod series;
mod subscriber;
mod upgrade;
#[cfg(target_arch = "wasm32")]
mod web;

pub use call::Call;
pub use client::ArdexaClient;
pub use events::{Event, Events};
pub use feed::Feed;
pub use gap::Gap;
pub use options::{Options, TokenSource};
pub use platform::{MaybeSend, MaybeSync};
pub use sample::FeedSample;
pub use series::Series;
pub use upgrade::Upgrade;

// The types of its methods, under one path.
pub use crate::client::{ConnectionState, Error, ErrorKind, Payload, ReconnectConfig, Stats};
pub use crate::device::{
    CmdReply, CompleteReply, ConfigReply, DeviceMetaChange, DeviceNew, DeviceStateChange,
    FeedRequest, UpgradeStep,
};
pub use crate::socket::DisconnectReason;
