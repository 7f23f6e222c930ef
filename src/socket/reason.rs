//! Why a connection ended, by Socket.IO's own names.

use core::fmt;

/// Why an accepted connection ended.
///
/// The names are those of the reference client's `disconnect` event. The WebSocket close code
/// carries no information: a Socket.IO server never sets one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DisconnectReason {
    /// The server sent DISCONNECT (`41`): no reconnection.
    ServerDisconnect,
    /// The caller disconnected: no reconnection.
    ClientDisconnect,
    /// The heartbeat timed out.
    PingTimeout,
    /// The socket closed, or the server sent the Engine.IO close packet.
    TransportClose,
    /// The socket closed with an error.
    TransportError,
    /// The server violated the protocol.
    ParseError,
}

impl DisconnectReason {
    /// The reason's name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ServerDisconnect => "io server disconnect",
            Self::ClientDisconnect => "io client disconnect",
            Self::PingTimeout => "ping timeout",
            Self::TransportClose => "transport close",
            Self::TransportError => "transport error",
            Self::ParseError => "parse error",
        }
    }
}

impl fmt::Display for DisconnectReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::DisconnectReason;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn names_match_the_reference_client() {
        for (reason, name) in [
            (DisconnectReason::ServerDisconnect, "io server disconnect"),
            (DisconnectReason::ClientDisconnect, "io client disconnect"),
            (DisconnectReason::PingTimeout, "ping timeout"),
            (DisconnectReason::TransportClose, "transport close"),
            (DisconnectReason::TransportError, "transport error"),
            (DisconnectReason::ParseError, "parse error"),
        ] {
            assert_eq!(reason.as_str(), name);
            assert_eq!(reason.to_string(), name);
        }
    }
}
