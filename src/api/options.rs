//! The options of a client.

use super::platform::{MaybeSend, MaybeSync, TokenFailure, TokenFunction};
use crate::client::{Config, DEFAULT_PATH, Endpoint, Error, ReconnectConfig, Timeout};
use crate::device::Token;
#[cfg(not(target_arch = "wasm32"))]
use crate::native::{Connect, WebSocketConnector};
use crate::socket::Protocol;
use core::fmt;
use core::future::Future;
use core::time::Duration;
#[cfg(not(target_arch = "wasm32"))]
use std::sync::Arc;

/// Where to connect, with which credentials, and how long to wait. Created by [`Options::new`];
/// everything else has a default. Values are checked when a client is created from them.
#[must_use]
pub struct Options {
    url: String,
    workgroup: String,
    token: TokenSource,
    path: String,
    allow_insecure: bool,
    protocol: Protocol,
    connect_timeout: Option<Duration>,
    timeout: Option<Timeout>,
    reconnect: Option<ReconnectConfig>,
    #[cfg(not(target_arch = "wasm32"))]
    connect: Arc<dyn Connect>,
}

/// What a client's link needs in addition to its configuration.
pub(super) struct Setup {
    pub(super) token: Source,
    #[cfg(not(target_arch = "wasm32"))]
    pub(super) connect: Arc<dyn Connect>,
}

impl Options {
    /// Takes the cloud's base URL (for example `https://app.ardexa.com`), the workgroup's ID (under
    /// Admin, Workgroup in the cloud), and an API token or a [function](TokenSource::function) that
    /// returns one.
    pub fn new(
        url: impl Into<String>,
        workgroup: impl Into<String>,
        token: impl Into<TokenSource>,
    ) -> Self {
        Self {
            url: url.into(),
            workgroup: workgroup.into(),
            token: token.into(),
            path: DEFAULT_PATH.to_owned(),
            allow_insecure: false,
            protocol: Protocol::Auto,
            connect_timeout: None,
            timeout: None,
            reconnect: Some(ReconnectConfig::default()),
            #[cfg(not(target_arch = "wasm32"))]
            connect: Arc::new(WebSocketConnector::default()),
        }
    }

    /// The path of the socket. Default: `/socket.io-client`.
    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = path.into();
        self
    }

    /// Allows an unencrypted connection to another machine, which sends the token over the network
    /// in the clear.
    pub fn allow_insecure(mut self) -> Self {
        self.allow_insecure = true;
        self
    }

    /// The generation of the protocol. Default: detected.
    pub fn protocol(mut self, protocol: Protocol) -> Self {
        self.protocol = protocol;
        self
    }

    /// How long a connection attempt may take, from requesting the token to the server's
    /// acceptance. Default: 20 s.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = Some(timeout);
        self
    }

    /// How long to wait for each reply. Default: 30 s, or 5 min for commands and upgrade steps.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(Timeout::After(timeout));
        self
    }

    /// Waits for replies without a timeout, until the connection ends.
    pub fn without_timeout(mut self) -> Self {
        self.timeout = Some(Timeout::Never);
        self
    }

    /// How to reconnect.
    pub fn reconnect(mut self, reconnect: ReconnectConfig) -> Self {
        self.reconnect = Some(reconnect);
        self
    }

    /// Disables automatic reconnects.
    pub fn without_reconnect(mut self) -> Self {
        self.reconnect = None;
        self
    }

    /// What opens sockets, for a network that plain TCP does not reach. Not available on wasm32.
    #[cfg(not(target_arch = "wasm32"))]
    pub fn connector(mut self, connect: impl Connect + 'static) -> Self {
        self.connect = Arc::new(connect);
        self
    }

    /// Checks the options and splits them into the core's configuration and the rest.
    pub(super) fn check(self) -> Result<(Config, Setup), Error> {
        if let Source::Fixed(token) = &self.token.0 {
            Token::parse(token.expose())?;
        }
        let endpoint = Endpoint::parse(&self.url, &self.path, self.allow_insecure)?;
        let mut config = Config::new(endpoint, &self.workgroup)?;
        config.protocol = self.protocol;
        config.token_may_change = matches!(self.token.0, Source::Function(_));
        config.timeout = self.timeout;
        config.reconnect = self.reconnect;
        if let Some(timeout) = self.connect_timeout {
            if timeout.is_zero() {
                return Err(Error::invalid("connect_timeout", "must be above 0"));
            }
            config.connect_timeout = timeout;
        }
        let setup = Setup {
            token: self.token.0,
            #[cfg(not(target_arch = "wasm32"))]
            connect: self.connect,
        };
        Ok((config, setup))
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("url", &self.url)
            .field("workgroup", &self.workgroup)
            .field("token", &self.token)
            .finish_non_exhaustive()
    }
}

/// Where tokens come from: a fixed token, or a function that is called for each connection attempt.
pub struct TokenSource(pub(super) Source);

pub(super) enum Source {
    Fixed(Token),
    Function(TokenFunction),
}

impl TokenSource {
    /// Uses a function that returns a fresh token for each connection attempt. Its error message is
    /// available from [`ArdexaClient::token_failure`](super::ArdexaClient::token_failure).
    ///
    /// ```
    /// # use ardexa_client::TokenSource;
    /// # async fn fetch_token() -> Result<String, std::io::Error> { Ok("token".to_owned()) }
    /// let token = TokenSource::function(|| async { fetch_token().await });
    /// ```
    pub fn function<F, T, E>(function: F) -> Self
    where
        F: Fn() -> T + MaybeSync + 'static,
        T: Future<Output = Result<String, E>> + MaybeSend + 'static,
        E: fmt::Display,
    {
        Self(Source::Function(Box::new(move || {
            let token = function();
            Box::pin(async move {
                let token = token.await;
                let token = token.map_err(|error| TokenFailure::Failed(error.to_string()))?;
                Token::parse(&token).map_err(|error| TokenFailure::Unusable(error.into()))
            })
        })))
    }
}

impl From<Token> for TokenSource {
    fn from(token: Token) -> Self {
        Self(Source::Fixed(token))
    }
}

impl From<String> for TokenSource {
    fn from(token: String) -> Self {
        Token::new(token).into()
    }
}

impl From<&str> for TokenSource {
    fn from(token: &str) -> Self {
        Token::new(token).into()
    }
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Source::Fixed(_) => "TokenSource(…)",
            Source::Function(_) => "TokenSource(function)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    const URL: &str = "https://app.ardexa.com";

    #[test]
    fn a_wrong_value_is_named() {
        let cases = [
            (Options::new("app.ardexa.com", "w", "token"), "url: "),
            (Options::new("http://10.0.0.1", "w", "token"), "url: "),
            (Options::new(URL, "", "token"), "workgroup: "),
            (Options::new(URL, "w", ""), "token: "),
            (Options::new(URL, "w", "token\n"), "token: "),
            (Options::new(URL, "w", "token").path("/a?b"), "path: "),
            (
                Options::new(URL, "w", "token").connect_timeout(Duration::ZERO),
                "connect_timeout: ",
            ),
        ];
        for (options, named) in cases {
            let error = options.check().map(drop).unwrap_err();
            assert_eq!(error.code(), "invalid-argument");
            assert!(error.to_string().starts_with(named), "{error}");
        }
    }

    #[test]
    fn the_token_is_not_printed() {
        let options = Options::new(URL, "w", "secret-token");
        assert!(!format!("{options:?}").contains("secret-token"));
    }
}
