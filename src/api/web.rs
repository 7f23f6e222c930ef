//! The runtime on wasm32 and its host, for Rust callers.

use super::hub::Hub;
use super::options::{Setup, Source};
use crate::client::{Attempt, Config, Output};
use crate::runtime::{Host, OnMessage, Runtime, TokenResult};
use core::ops::Deref;
use std::rc::{Rc, Weak};
use std::sync::Arc;

/// The core of a client and its runtime, with the host, which the runtime does not keep alive.
pub(super) struct Link(Rc<WebHost>);

pub(super) fn link(config: Config, setup: Setup, hub: &Arc<Hub>) -> Link {
    Link(Rc::new_cyclic(|host: &Weak<WebHost>| WebHost {
        runtime: Runtime::new(config, host.clone()),
        hub: hub.clone(),
        token: setup.token,
    }))
}

impl Deref for Link {
    type Target = Runtime;

    fn deref(&self) -> &Runtime {
        &self.0.runtime
    }
}

impl Link {
    /// Resolves immediately: all outgoing data has been passed to the platform's socket.
    pub(super) async fn flushed(&self) {}
}

struct WebHost {
    runtime: Rc<Runtime>,
    hub: Arc<Hub>,
    token: Source,
}

impl Host for WebHost {
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

    fn on_message(&self, attempt: Attempt) -> OnMessage {
        self.runtime.on_message(attempt)
    }

    fn output(&self, output: Output) {
        self.hub.output(output);
    }
}
