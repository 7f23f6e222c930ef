//! The native runtime and its host.

use super::hub::Hub;
use super::options::{Setup, Source};
use crate::client::{Client, Command, Config, Error, ErrorKind, Output};
use crate::native::{Host, Runtime, TokenResult, runtime};
use crate::time::Instant;
use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

/// The core of a client and its runtime.
pub(super) struct Link(Arc<Runtime>);

impl Link {
    pub(super) fn new(config: Config, setup: Setup, hub: &Arc<Hub>) -> Self {
        let host = Box::new(NativeHost {
            hub: hub.clone(),
            token: Arc::new(setup.token),
        });
        Self(runtime(config, host, setup.connect))
    }

    pub(super) fn core<T>(&self, look: impl FnOnce(&Client) -> T) -> T {
        self.0.core(look)
    }

    pub(super) fn core_mut<T>(&self, change: impl FnOnce(&mut Client) -> T) -> T {
        self.0.core_mut(change)
    }

    pub(super) fn command(&self, command: Command) {
        self.0.command(command);
    }

    pub(super) fn emit(&self, event: &str, args: &[String]) -> Result<(), Error> {
        self.0.emit(event, args)
    }

    /// Milliseconds since 1970.
    pub(super) fn epoch_ms(&self, at: Instant) -> u64 {
        self.0.epoch_ms(at)
    }

    /// Resolves once all outgoing data has been sent.
    pub(super) async fn flushed(&self) {
        self.0.flushed().await;
    }
}

struct NativeHost {
    hub: Arc<Hub>,
    token: Arc<Source>,
}

impl Host for NativeHost {
    fn token(&self) -> TokenResult {
        if let Source::Fixed(token) = &*self.token {
            return TokenResult::Ready(token.clone());
        }
        let (hub, source) = (self.hub.clone(), self.token.clone());
        let token = async move {
            match &*source {
                Source::Fixed(token) => Ok(token.clone()),
                Source::Function(function) => function().await,
            }
        };
        TokenResult::Pending(Box::pin(async move {
            // The caller's code: a panic in it must not take down the client.
            match AssertUnwindSafe(token).catch_unwind().await {
                Ok(token) => token.map_err(|failure| hub.token_error(failure)),
                Err(_) => Err(ErrorKind::TokenFailed.into()),
            }
        }))
    }

    fn output(&self, output: Output) {
        self.hub.output(output);
    }
}
