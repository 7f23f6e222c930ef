//! What a session is told beforehand.

use core::time::Duration;

/// Which generation of the protocol to speak.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// Socket.IO 3 and 4, and Socket.IO 2 where the server turns out to be one.
    #[default]
    Auto,
    /// Socket.IO 3 and 4 (Engine.IO 4) only.
    V4,
    /// Socket.IO 2 (Engine.IO 3) only.
    V3,
}

/// Bounds on what a server can make the client hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Attachments of one packet, either way; servers take 10. Default: 10.
    pub max_attachments: usize,
    /// Bytes of all attachments of one packet that comes in. Default: 64 MiB.
    pub max_attachment_bytes: usize,
    /// How long the next attachment of a packet may take. Default: 60 s.
    pub attachment_timeout: Duration,
    /// Frames that come before the namespace is joined. Default: 1024.
    pub max_early_frames: usize,
    /// Bytes of those frames. Default: 8 MiB.
    pub max_early_bytes: usize,
    /// Events of the server that still want an answer; of more than these the one with the lowest
    /// id can no longer be answered. Default: 1024.
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

/// What a [`Session`](super::Session) is to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionConfig {
    /// The generation to speak. Default: [`Protocol::Auto`].
    pub protocol: Protocol,
    /// The namespace to join; a missing leading `/` is added. A query (`/admin?token=1`) reaches
    /// servers of Socket.IO 2 alone: to later ones it is part of the name. Default: `/`.
    pub namespace: String,
    /// Whether CONNECT is sent at once to a server that may be one of Socket.IO 2 as well. It makes a
    /// second socket there; a server of Socket.IO 3 may hang up where it is asked late. Default: no.
    pub connect_at_once: bool,
    /// Whether an event whose JSON cannot be read is told, as
    /// [`SessionEvent::Unreadable`](super::SessionEvent::Unreadable), instead of ending the session.
    /// Default: no.
    pub tells_unreadable_events: bool,
    /// Bounds. Default: [`Limits::default`].
    pub limits: Limits,
}

impl Default for SessionConfig {
    fn default() -> Self {
        Self {
            protocol: Protocol::Auto,
            namespace: super::MAIN.to_owned(),
            connect_at_once: false,
            tells_unreadable_events: false,
            limits: Limits::default(),
        }
    }
}
