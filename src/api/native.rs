//! The native runtime and its host.

use super::hub::Hub;
use super::options::{Setup, Source};
use super::platform::TokenFailure;
use crate::client::{Config, Output};
use crate::native::{Guarded, Host, Runtime, TokenResult, runtime};
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
        let token = Box::pin(async move {
            match &*source {
                Source::Fixed(token) => Ok(token.clone()),
                Source::Function(function) => function().await,
            }
        });
        TokenResult::Pending(Box::pin(async move {
            let token = Guarded::new(token).await.unwrap_or_else(|| {
                let panicked = "the token function panicked".to_owned();
                Err(TokenFailure::Failed(panicked))
            });
            token.map_err(|failure| hub.token_error(failure))
        }))
    }

    fn output(&self, output: Output) {
        self.hub.output(output);
    }
}
