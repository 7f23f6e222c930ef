//! The client's handle: connecting, closing, and what can be asked of it without the cloud.

use super::call::{Call, Wish, json_text};
use super::events::Events;
use super::hub::Hub;
use super::inner::Inner;
use super::options::Options;
use super::payload::Payload;
use super::platform::{Link, Shared};
use crate::client::{Client, Command, ConnectionState, Error, Stats};
use core::fmt;
use serde::Serialize;
use serde_json::value::RawValue;
use std::sync::Arc;

/// A client of one workgroup of a cloud. Clones are handles of the same client; its calls, feeds and
/// series are handles too. When the last handle is dropped, the connection is closed.
///
/// A lost connection comes back by itself. Calls that were open then fail with the code
/// `disconnected` and are not sent again; feeds are resumed, and say what they missed.
#[derive(Clone)]
pub struct ArdexaClient {
    pub(super) inner: Shared<Inner>,
}

impl ArdexaClient {
    /// Connects: resolves when the cloud has accepted the client.
    ///
    /// # Errors
    /// `invalid-argument` for an option that cannot be used, `unauthorized`, `unreachable`,
    /// `timeout`, `protocol` or `disconnected` if there is no connection.
    pub async fn connect(options: Options) -> Result<Self, Error> {
        let client = Self::new(options)?;
        client.open().await?;
        Ok(client)
    }

    /// A client that is not connected yet: to listen to its [`events`](Self::events) before it is
    /// [opened](Self::open).
    ///
    /// # Errors
    /// `invalid-argument` for an option that cannot be used.
    pub fn new(options: Options) -> Result<Self, Error> {
        let (config, setup) = options.check()?;
        let hub = Arc::<Hub>::default();
        let link = Link::new(config, setup, &hub);
        Ok(Self {
            inner: Shared::new(Inner { hub, link }),
        })
    }

    /// Connects, unless it is connected. Also after [`close`](Self::close). While the client waits to
    /// reconnect, it tries at once.
    ///
    /// # Errors
    /// As of [`connect`](Self::connect).
    pub fn open(&self) -> Call<()> {
        Call::new(&self.inner, Ok(Wish::Connect), |_| Ok(()))
    }

    /// Closes the connection. Whoever waits gets the error `closed`; feeds end. Idempotent. Resolves
    /// when everything has gone out.
    pub async fn close(&self) {
        self.inner.link.command(Command::Close);
        self.inner.link.flushed().await;
    }

    /// Tries at once if the client waits to reconnect.
    pub fn reconnect_now(&self) {
        self.inner.link.command(Command::ReconnectNow);
    }

    /// The state of the connection.
    #[must_use]
    pub fn state(&self) -> ConnectionState {
        self.inner.link.core(Client::state)
    }

    /// The server's ID of the connection, while there is one.
    #[must_use]
    pub fn id(&self) -> Option<String> {
        let id = |core: &Client| core.socket_id().map(str::to_owned);
        self.inner.link.core(id)
    }

    /// Counters since the client was made.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.inner.link.core(Client::stats)
    }

    /// What happens from now on: to the connection, and to the devices of the workgroup.
    pub fn events(&self) -> Events {
        Events(self.inner.hub.listen())
    }

    /// What the token function said when it failed last.
    #[must_use]
    pub fn token_failure(&self) -> Option<String> {
        self.inner.hub.token_failure()
    }

    /// Emits an event without waiting for anything. `args` is a tuple, an array or a list of what
    /// serde can write: `client.emit("greet", ("hello", 1))`.
    ///
    /// # Errors
    /// `not-connected` or `closed` without a connection, `too-large`, `invalid-argument`. Nothing was
    /// sent then.
    pub fn emit(&self, event: &str, args: impl Serialize) -> Result<(), Error> {
        self.inner.link.emit(event, &argument_texts(&args)?)
    }

    /// Emits an event that the server acknowledges: resolves with the arguments of its answer, a
    /// JSON array.
    ///
    /// # Errors
    /// As of [`emit`](Self::emit); `timeout`, `disconnected`.
    pub fn emit_with_ack(&self, event: &str, args: impl Serialize) -> Call<Payload> {
        let wish = argument_texts(&args).map(|args| Wish::EmitWithAck {
            event: event.to_owned(),
            args,
            timeout: None,
        });
        Call::new(&self.inner, wish, |opened| Payload::read(opened.reply))
    }
}

impl fmt::Debug for ArdexaClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("ArdexaClient")
            .field("state", &state)
            .finish_non_exhaustive()
    }
}

/// The JSON texts of an event's arguments.
fn argument_texts(args: &impl Serialize) -> Result<Vec<String>, Error> {
    let text = json_text("args", args)?;
    let args: Vec<Box<RawValue>> = serde_json::from_str(&text)
        .map_err(|_| Error::invalid("args", "must be a tuple, an array or a list"))?;
    Ok(args.into_iter().map(|arg| arg.get().to_owned()).collect())
}
