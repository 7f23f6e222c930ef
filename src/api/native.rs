//! The native runtime and its host.

use super::hub::Hub;
use super::options::{Setup, Source};
use crate::client::{Config, ErrorKind, Output};
use crate::native::{Host, Runtime, TokenResult, runtime};
use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

/// The core of a client and its runtime.
pub(super) type Link = Arc<Runtime>;

pub(super) fn link(config: Config, setup: Setup, hub: &Arc<Hub>) -> Link {
    let host = Box::new(NativeHost {
        hub: hub.clone(),
        token: Arc::new(setup.token),
    });
    runtime(config, host, setup.connect)
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
