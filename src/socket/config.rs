//! The configuration of a session.

use core::time::Duration;

/// The protocol generation to speak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// Socket.IO 3 and 4, with fallback to Socket.IO 2 if the server turns out to speak it.
    #[default]
    Auto,
    /// Socket.IO 3 and 4 (Engine.IO 4) only.
    V4,
    /// Socket.IO 2 (Engine.IO 3) only.
    V3,
}

/// Limits on what a server can make the client hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Attachments of one packet, in either direction; servers accept 10. Default: 10.
    pub max_attachments: usize,
    /// Bytes of all attachments of one incoming packet. Default: 64 MiB.
    pub max_attachment_bytes: usize,
    /// How long the next attachment of a packet may take. Default: 60 s.
    pub attachment_timeout: Duration,
    /// Frames that arrive before the namespace is joined. Default: 1024.
    pub max_early_frames: usize,
    /// Bytes of those frames. Default: 8 MiB.
    pub max_early_bytes: usize,
    /// Server events that still await an ack; beyond this, the one with the lowest id can no longer
    /// be acknowledged. Default: 1024.
    pub max_open_acks: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_attachments: 10,
            max_attachment_bytes: 64 * 1024 * 1024,
            attachment_timeout: Duration::from_secs(60),
            max_early_frames: 1024,
            max_early_bytes: 8 * 1024 * 1024,
            max_open_acks: 1024,
        }
    }
}

/// The configuration of a [`Session`](super::Session).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionConfig {
    /// The generation to speak. Default: [`Protocol::Auto`].
    pub protocol: Protocol,
    /// The namespace to join; a missing leading `/` is added. A query (`/admin?token=1`) works only
    /// with servers of Socket.IO 2: later ones treat it as part of the name. Default: `/`.
    pub namespace: String,
    /// Whether to send CONNECT immediately even if the server may be Socket.IO 2. It creates a
    /// second socket there; a Socket.IO 3 server may disconnect if CONNECT comes late. Default: no.
    pub connect_immediately: bool,
    /// Whether an event with invalid JSON is reported as
    /// [`SessionEvent::Unreadable`](super::SessionEvent::Unreadable) instead of ending the session.
    /// Default: no.
    pub report_unreadable_events: bool,
    /// The limits. Default: [`Limits::default`].
    pub limits: Limits,
}

impl Default for SessionConfig {
    fn default() -> Self {
        Self {
            protocol: Protocol::Auto,
            namespace: super::MAIN.to_owned(),
            connect_immediately: false,
            report_unreadable_events: false,
            limits: Limits::default(),
        }
    }
}
