//! What a feed missed.

/// What a feed missed while disconnected. Times are in milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Gap {
    /// When the last sample before the gap arrived; `None` if there was none.
    pub from_ms: Option<u64>,
    /// When the feed resumed.
    pub to_ms: u64,
    /// The last sample's `messageId`.
    pub last_message_id: Option<String>,
}
