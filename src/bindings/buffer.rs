//! The receive buffer: memory that JavaScript writes text frames into.
#![allow(
    unsafe_code,
    reason = "JavaScript writes here, which no safe type can express"
)]

use core::cell::UnsafeCell;

/// Enough for all frames except large arrays and command outputs, which cross as strings.
pub(super) const SIZE: usize = 64 * 1024;

/// Shared by all clients of a module. It never holds two frames, since a frame is read before any
/// other code runs. `js/frames.js` writes a frame into it with `TextEncoder.encodeInto` and reports
/// how many bytes it wrote.
struct BufferMemory(UnsafeCell<[u8; SIZE]>);

// SAFETY: wasm32 without threads has one thread. With threads, each has its own module instance
// writing here from JavaScript; this crate is not built for that.
unsafe impl Sync for BufferMemory {}

static BUFFER: BufferMemory = BufferMemory(UnsafeCell::new([0; SIZE]));

/// The address of the buffer in the module's memory.
pub(super) fn address() -> usize {
    BUFFER.0.get().addr()
}

/// Reads the first `written` bytes. `read` must not run JavaScript while it looks at them.
pub(super) fn with_bytes<T>(written: usize, read: impl FnOnce(&[u8]) -> T) -> T {
    // SAFETY: the buffer is initialised and lives for ever. JavaScript writes to it only in
    // `FrameReader`, which cannot run while Rust code holds this borrow, since that code runs no
    // JavaScript.
    let bytes = unsafe { &*BUFFER.0.get() };
    read(bytes.get(..written).unwrap_or_default())
}
