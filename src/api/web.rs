//! The runtime on wasm32 and its owner, for Rust callers.

use super::hub::Hub;
use super::options::{Setup, Source};
use crate::client::{Client, Command, Config, Error, Output};
use crate::clock::millis;
use crate::runtime::{Owner, PlainHost, Runtime, TokenResult};
use crate::time::Instant;
use std::rc::Rc;
use std::sync::Arc;

/// The core of a client and its runtime.
pub(super) struct Link {
    runtime: Rc<Runtime>,
    _host: Rc<PlainHost<WebOwner>>,
}

impl Link {
    pub(super) fn new(config: Config, setup: Setup, hub: &Arc<Hub>) -> Self {
        let owner = WebOwner {
            hub: hub.clone(),
            token: setup.token,
        };
        let (runtime, host) = PlainHost::start(config, owner);
        Self {
            runtime,
            _host: host,
        }
    }

    pub(super) fn core<T>(&self, look: impl FnOnce(&Client) -> T) -> T {
        self.runtime.core(look)
    }

    pub(super) fn core_mut<T>(&self, change: impl FnOnce(&mut Client) -> T) -> T {
        self.runtime.core_mut(change)
    }

    pub(super) fn command(&self, command: Command) {
        self.runtime.command(command);
    }

    pub(super) fn emit(&self, event: &str, args: &[String]) -> Result<(), Error> {
        self.runtime.emit(event, args, Vec::new())
    }

    /// Milliseconds since 1970.
    pub(super) fn epoch_ms(&self, at: Instant) -> u64 {
        millis(self.runtime.epoch_ms(at))
    }

    /// Resolves immediately: all outgoing data has been passed to the platform's socket.
    pub(super) async fn flushed(&self) {}
}

struct WebOwner {
    hub: Arc<Hub>,
    token: Source,
}

impl Owner for WebOwner {
    fn token(&self) -> TokenResult {
        let token = match &self.token {
            Source::Fixed(token) => return TokenResult::Ready(Ok(token.clone())),
            Source::Function(function) => function(),
        };
        let hub = self.hub.clone();
        TokenResult::Pending(Box::pin(async move {
            token.await.map_err(|failure| hub.token_error(failure))
        }))
    }

    fn output(&self, output: Output) {
        self.hub.output(output);
    }
}
