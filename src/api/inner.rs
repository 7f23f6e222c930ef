//! What is behind the handles of a client.

use super::hub::Hub;
use super::platform::Link;
use crate::client::Command;
use std::sync::Arc;

/// What is behind the handles of a client.
pub(super) struct Inner {
    pub(super) hub: Arc<Hub>,
    /// The core, and what drives it on this platform.
    pub(super) link: Link,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.link.command(Command::Close);
    }
}
