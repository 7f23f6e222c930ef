//! The state behind the handles of a client.

use super::hub::Hub;
use super::platform::Link;
use crate::client::Command;
use std::sync::Arc;

/// The state behind the handles of a client.
pub(super) struct Inner {
    pub(super) hub: Arc<Hub>,
    /// The core and its driver on this platform.
    pub(super) link: Link,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.link.command(Command::Close);
    }
}
