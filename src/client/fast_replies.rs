//! The fast path for replies: reads the frame of a short, successful final reply only once.

use super::calls::PendingReply;
use super::{Attempt, CallId, Client};
use crate::device::{EventKind, ReplyKind};
use crate::json::cursor::Cursor;
use crate::socket::Session;
use crate::time::Instant;

/// The fields of such a reply.
#[derive(Default)]
struct ShortReply<'a> {
    request_id: Option<&'a [u8]>,
    is_complete: bool,
    is_success: bool,
}

impl Client {
    /// The fast path for replies: takes a text frame if it is a successful `:rpc` that completes an
    /// open request and is written as plainly as those on the API page. Does what
    /// [`handle_input`](Self::handle_input) would do, and returns the call, which the caller
    /// settles, and the offset of the payload in the frame. The payload ends before the last byte;
    /// everything before it is ASCII. Returns `None` for any other frame, with nothing changed:
    /// pass it to `handle_input`.
    pub fn try_fast_reply(
        &mut self,
        attempt: Attempt,
        frame: &[u8],
        now: Instant,
    ) -> Option<(CallId, usize)> {
        if !self.may_bypass(attempt, now) {
            return None;
        }
        let (name, payload) = Session::split_event(frame)?;
        let EventKind::Rpc(base) = EventKind::from_name(name) else {
            return None;
        };
        let reply = ShortReply::read(payload)?;
        let request_id = core::str::from_utf8(reply.request_id?).ok()?;
        let call = self.calls.by_request(request_id)?;
        let fits = match self.calls.get(call)? {
            PendingReply::Reply { event, kind, .. } if event == base => match kind {
                ReplyKind::Complete => reply.is_complete,
                ReplyKind::Config => reply.is_success,
                ReplyKind::Generic => true,
                _ => false,
            },
            _ => false,
        };
        if !fits {
            return None;
        }
        self.note_bypassed(frame.len(), now);
        self.calls.close(call);
        self.connection.has_worked();
        Some((call, frame.len() - 1 - payload.len()))
    }
}

impl<'a> ShortReply<'a> {
    /// Reads an object with only these fields, each at most once, without spaces or escapes.
    fn read(payload: &'a [u8]) -> Option<Self> {
        let mut reply = Self::default();
        let mut cursor = Cursor::new(payload);
        cursor.take(b'{')?;
        loop {
            let name = cursor.plain_string()?;
            cursor.take(b':')?;
            match name {
                b"requestId" if reply.request_id.is_none() => {
                    reply.request_id = Some(cursor.plain_string()?);
                }
                b"complete" if !reply.is_complete => {
                    reply.is_complete = true;
                    cursor.take_literal(b"true")?;
                }
                b"result" if !reply.is_success => {
                    reply.is_success = true;
                    cursor.take_literal(b"\"success\"")?;
                }
                _ => return None,
            }
            match cursor.next()? {
                b',' => {}
                b'}' if cursor.peek().is_none() => return Some(reply),
                _ => return None,
            }
        }
    }
}
