//! WebSockets over TCP and TLS: async-net, rustls and tungstenite.

use super::socket::{Connect, Opening, Socket};
use crate::engine::Frame;
use async_net::TcpStream;
use async_tungstenite::tungstenite::http::Uri;
use async_tungstenite::tungstenite::{Error, Message};
use async_tungstenite::{WebSocketStream, client_async};
use core::fmt;
use core::task::{Context, Poll, ready};
use futures_io::{AsyncRead, AsyncWrite};
use futures_rustls::TlsConnector;
use futures_rustls::rustls::crypto::ring;
use futures_rustls::rustls::pki_types::ServerName;
use futures_rustls::rustls::{ClientConfig, RootCertStore};
use futures_util::{SinkExt, StreamExt};
use std::collections::VecDeque;
use std::sync::Arc;

/// Opens WebSockets over TCP, and over TLS for `wss:`. By default it trusts Mozilla's root
/// certificates.
#[derive(Clone, Default)]
pub struct WebSocketConnector {
    tls: Option<Arc<ClientConfig>>,
}

impl WebSocketConnector {
    /// Uses a custom TLS configuration, for example with its own certificates.
    #[must_use]
    pub fn with_tls(config: Arc<ClientConfig>) -> Self {
        Self { tls: Some(config) }
    }
}

impl fmt::Debug for WebSocketConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebSocketConnector")
    }
}

impl Connect for WebSocketConnector {
    fn connect(&self, url: &str) -> Opening {
        let (tls, url) = (self.tls.clone(), url.to_owned());
        Box::pin(async move { open(&url, tls).await })
    }
}

async fn open(url: &str, tls: Option<Arc<ClientConfig>>) -> Result<Box<dyn Socket>, String> {
    let uri: Uri = url
        .parse()
        .map_err(|_| "the address is not valid in an HTTP request")?;
    let host = uri.host().unwrap_or_default();
    let name = host.trim_start_matches('[').trim_end_matches(']');
    let is_secure = uri.scheme_str() == Some("wss");
    let port = uri.port_u16().unwrap_or(if is_secure { 443 } else { 80 });
    let tcp = TcpStream::connect((name, port)).await.map_err(error_text)?;
    tcp.set_nodelay(true).map_err(error_text)?;
    if !is_secure {
        return handshake(url, tcp).await;
    }
    let tls = tls.map_or_else(trusting_mozilla, Ok)?;
    let server = ServerName::try_from(name.to_owned()).map_err(error_text)?;
    let tls = TlsConnector::from(tls).connect(server, tcp).await;
    handshake(url, tls.map_err(error_text)?).await
}

fn trusting_mozilla() -> Result<Arc<ClientConfig>, String> {
    let roots = webpki_roots::TLS_SERVER_ROOTS.iter().cloned();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(error_text)?
        .with_root_certificates(RootCertStore::from_iter(roots))
        .with_no_client_auth();
    Ok(Arc::new(config))
}

async fn handshake<S>(url: &str, stream: S) -> Result<Box<dyn Socket>, String>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    match client_async(url, stream).await {
        Ok((socket, _)) => Ok(Box::new(OverTcp(socket))),
        Err(Error::Http(response)) => Err(["HTTP status ", response.status().as_str()].concat()),
        Err(error) => Err(error_text(error)),
    }
}

/// The first line of an error message.
fn error_text(error: impl fmt::Display) -> String {
    let text = error.to_string();
    text.lines().next().unwrap_or_default().to_owned()
}

struct OverTcp<S>(WebSocketStream<S>);

impl<S> Socket for OverTcp<S>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    fn poll_read(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame, String>>> {
        loop {
            let message = match ready!(self.0.poll_next_unpin(context)) {
                Some(Ok(message)) => message,
                Some(Err(Error::ConnectionClosed | Error::AlreadyClosed)) | None => {
                    return Poll::Ready(None);
                }
                Some(Err(error)) => return Poll::Ready(Some(Err(error_text(error)))),
            };
            let frame = match message {
                Message::Text(text) => Frame::Text(text.as_str().to_owned()),
                Message::Binary(bytes) => Frame::Binary(bytes.into()),
                // Tungstenite handles pings and closing itself.
                _ => continue,
            };
            return Poll::Ready(Some(Ok(frame)));
        }
    }

    fn poll_write(
        &mut self,
        context: &mut Context<'_>,
        frames: &mut VecDeque<Frame>,
    ) -> Poll<Result<(), String>> {
        while !frames.is_empty() {
            ready!(self.0.poll_ready_unpin(context)).map_err(error_text)?;
            let message = match frames.pop_front() {
                Some(Frame::Text(text)) => Message::text(text),
                Some(Frame::Binary(bytes)) => Message::binary(bytes),
                None => break,
            };
            self.0.start_send_unpin(message).map_err(error_text)?;
        }
        self.0.poll_flush_unpin(context).map_err(error_text)
    }

    fn poll_close(&mut self, context: &mut Context<'_>) -> Poll<()> {
        self.0.poll_close_unpin(context).map(drop)
    }
}
