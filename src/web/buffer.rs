//! The receive buffer: memory that JavaScript writes frames into.
#![allow(
    unsafe_code,
    reason = "JavaScript writes here, which no safe type can express"
)]

/// Bytes at a fixed address for the life of a client. JavaScript writes a frame into them with
/// `TextEncoder.encodeInto` and says how many bytes it wrote; that costs a tenth of what handing
/// the string over costs (see benches/README.md).
pub(super) struct ReceiveBuffer {
    start: *mut u8,
}

/// Enough for every frame but large arrays and command outputs, which take the general path.
const SIZE: usize = 64 * 1024;

impl ReceiveBuffer {
    pub(super) fn new() -> Self {
        let bytes: Box<[u8; SIZE]> = vec![0; SIZE]
            .try_into()
            .unwrap_or_else(|_| Box::new([0; SIZE]));
        Self {
            start: Box::into_raw(bytes).cast(),
        }
    }

    /// Where it is in the module's memory.
    pub(super) fn address(&self) -> u32 {
        u32::try_from(self.start.addr()).unwrap_or_default()
    }

    pub(super) const fn size() -> usize {
        SIZE
    }

    /// The first `written` bytes. The caller reads them before it runs JavaScript again.
    pub(super) fn bytes(&self, written: usize) -> &[u8] {
        // SAFETY: `start` is the start of SIZE initialised bytes that live as long as `self`.
        // JavaScript writes to them only from `Lane.text`, which cannot run while Rust code that
        // holds this borrow runs, since that code calls no JavaScript.
        unsafe { core::slice::from_raw_parts(self.start, written.min(SIZE)) }
    }
}

impl Drop for ReceiveBuffer {
    fn drop(&mut self) {
        // SAFETY: `start` came from `Box::into_raw` of a box of this type and is dropped once. The
        // lane that writes to it is unreachable by then: it is called by a socket only, and the
        // sockets of a client are closed before it goes.
        drop(unsafe { Box::from_raw(self.start.cast::<[u8; SIZE]>()) });
    }
}
