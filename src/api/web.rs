//! The runtime on wasm32 and its owner, for Rust callers.

use super::hub::Hub;
use super::options::{Setup, Source};
use crate::client::{Config, Output};
use crate::runtime::{Owner, PlainHost, Runtime, TokenResult};
use core::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;

/// The core of a client and its runtime, with the host, which the runtime does not keep alive.
pub(super) struct Link {
    runtime: Rc<Runtime>,
    _host: Rc<PlainHost<WebOwner>>,
}

pub(super) fn link(config: Config, setup: Setup, hub: &Arc<Hub>) -> Link {
    let owner = WebOwner {
        hub: hub.clone(),
        token: setup.token,
    };
    let (runtime, host) = PlainHost::start(config, owner);
    Link {
        runtime,
        _host: host,
    }
}

impl Deref for Link {
    type Target = Runtime;

    fn deref(&self) -> &Runtime {
        &self.runtime
    }
}

impl Link {
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
