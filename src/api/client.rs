//! The client handle: the connection, and what can be read without asking the cloud.

use super::call::{Call, UnsentCommand, json_text};
use super::events::Events;
use super::hub::Hub;
use super::inner::Inner;
use super::options::Options;
use super::platform::{Shared, link};
use crate::client::{Client, Command, ConnectionState, Error, Payload, Stats};
use core::fmt;
use serde::Serialize;
use serde_json::value::RawValue;
use std::sync::Arc;

/// A client of one workgroup of a cloud. Clones are handles to the same client, and so are its
/// calls, feeds and series. The connection is closed when the last handle is dropped.
///
/// A lost connection is restored automatically. Calls that were open then fail with the code
/// `disconnected` and are not sent again; feeds are resumed and report what they missed.
#[derive(Clone)]
pub struct ArdexaClient {
    pub(super) inner: Shared<Inner>,
}

impl ArdexaClient {
    /// Connects: resolves when the cloud has accepted the client.
    ///
    /// # Errors
    /// `invalid-argument` if an option is invalid; `unauthorized`, `unreachable`, `timeout`,
    /// `protocol` or `disconnected` if the connection fails.
    pub async fn connect(options: Options) -> Result<Self, Error> {
        let client = Self::new(options)?;
        client.open().await?;
        Ok(client)
    }

    /// Creates a client without connecting, so that you can listen to its [`events`](Self::events)
    /// before you [open](Self::open) it.
    ///
    /// # Errors
    /// `invalid-argument` if an option is invalid.
    pub fn new(options: Options) -> Result<Self, Error> {
        let (config, setup) = options.check()?;
        let hub = Arc::<Hub>::default();
        let link = link(config, setup, &hub);
        Ok(Self {
            inner: Shared::new(Inner { hub, link }),
        })
    }

    /// Connects if the client is not connected, also after [`close`](Self::close). If the client is
    /// waiting to reconnect, it tries immediately.
    ///
    /// # Errors
    /// The same as [`connect`](Self::connect).
    pub fn open(&self) -> Call<()> {
        Call::new(&self.inner, Ok(UnsentCommand::Connect), |_| Ok(()))
    }

    /// Closes the connection. Pending calls fail with the error `closed`, and feeds end.
    /// Idempotent. Resolves once the socket has all outgoing data: natively when it has been sent,
    /// on the web when the platform has taken it.
    pub async fn close(&self) {
        self.inner.link.command(Command::Close);
        self.inner.link.flushed().await;
    }

    /// Reconnects immediately if the client is waiting to reconnect.
    pub fn reconnect_now(&self) {
        self.inner.link.command(Command::ReconnectNow);
    }

    /// The state of the connection.
    #[must_use]
    pub fn state(&self) -> ConnectionState {
        self.inner.link.core(Client::state)
    }

    /// The server's ID for the connection, while connected.
    #[must_use]
    pub fn id(&self) -> Option<String> {
        let id = |core: &Client| core.socket_id().map(str::to_owned);
        self.inner.link.core(id)
    }

    /// Counters since the client was created.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.inner.link.core(Client::stats)
    }

    /// A stream of the events from now on: those of the connection and of the workgroup's devices.
    pub fn events(&self) -> Events {
        Events(self.inner.hub.listen())
    }

    /// The message of the token function's last failure.
    #[must_use]
    pub fn token_failure(&self) -> Option<String> {
        self.inner.hub.token_failure()
    }

    /// Emits an event without waiting for a reply. `args` is a tuple, an array or a list of values
    /// that serde can serialize: `client.emit("greet", ("hello", 1))`.
    ///
    /// # Errors
    /// `not-connected` or `closed` without a connection, `too-large`, `invalid-argument`. Nothing
    /// has been sent in these cases.
    pub fn emit(&self, event: &str, args: impl Serialize) -> Result<(), Error> {
        let args = stringify_args(&args)?;
        self.inner.link.emit(event, &args, Vec::new())
    }

    /// Emits an event that the server acknowledges. Resolves with the arguments of the
    /// acknowledgement, a JSON array.
    ///
    /// # Errors
    /// Those of [`emit`](Self::emit); `timeout`, `disconnected`.
    pub fn emit_with_ack(&self, event: &str, args: impl Serialize) -> Call<Payload> {
        let unsent = stringify_args(&args).map(|args| UnsentCommand::EmitWithAck {
            event: event.to_owned(),
            args,
        });
        Call::new(&self.inner, unsent, |opened| Payload::read(opened.reply))
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

/// Serializes the arguments of an event to JSON.
fn stringify_args(args: &impl Serialize) -> Result<Vec<String>, Error> {
    let text = json_text("args", args)?;
    let args: Vec<Box<RawValue>> = serde_json::from_str(&text)
        .map_err(|_| Error::invalid("args", "must be a tuple, an array or a list"))?;
    Ok(args.into_iter().map(|arg| arg.get().to_owned()).collect())
}
