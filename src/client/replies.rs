//! The hot path for answers: a short one that ends its request well is found without reading its
//! frame more than once.

use super::calls::Waiting;
use super::{Attempt, CallId, Client};
use crate::device::{EventFamily, ReplyKind, event_family};
use crate::time::Instant;

/// What such an answer says.
#[derive(Default)]
struct Answer<'a> {
    request_id: Option<&'a [u8]>,
    is_complete: bool,
    is_success: bool,
}

impl Client {
    /// The hot path for answers: takes a text frame if it is a good `:rpc` that ends an open
    /// request, written as plainly as the API page's, and does for it what
    /// [`handle_input`](Self::handle_input) would do. Answers the call, which the caller settles,
    /// and where in the frame the payload begins; it ends before the last byte. What comes before
    /// it is ASCII. `None` for everything else; nothing has happened then, and the frame goes to
    /// `handle_input`.
    pub fn take_reply(
        &mut self,
        attempt: Attempt,
        frame: &[u8],
        now: Instant,
    ) -> Option<(CallId, usize)> {
        if !self.may_bypass(attempt, now) {
            return None;
        }
        let (name, rest) = plain_text(frame.strip_prefix(b"42[")?)?;
        let payload = rest.strip_prefix(b",")?.strip_suffix(b"]")?;
        let name = core::str::from_utf8(name)
            .ok()
            .filter(|name| name.is_ascii())?;
        let EventFamily::Rpc(base) = event_family(name) else {
            return None;
        };
        let answer = Answer::read(payload)?;
        let request_id = core::str::from_utf8(answer.request_id?).ok()?;
        let call = self.calls.by_request(request_id)?;
        let fits = match self.calls.get(call)? {
            Waiting::Reply { event, kind, .. } if event == base => match kind {
                ReplyKind::Complete => answer.is_complete,
                ReplyKind::Config => answer.is_success,
                ReplyKind::Generic => true,
                _ => false,
            },
            _ => false,
        };
        if !fits {
            return None;
        }
        self.session.as_mut()?.touch(now);
        self.count_in(frame.len(), now);
        self.calls.close(call, &mut self.timers);
        self.has_worked = true;
        Some((call, frame.len() - 1 - payload.len()))
    }
}

impl<'a> Answer<'a> {
    /// Reads an object of these fields alone, none of them twice, without space or escapes.
    fn read(payload: &'a [u8]) -> Option<Self> {
        let mut answer = Self::default();
        let mut rest = payload.strip_prefix(b"{")?;
        loop {
            let (name, after) = plain_text(rest)?;
            let value = after.strip_prefix(b":")?;
            let after = match name {
                b"requestId" if answer.request_id.is_none() => {
                    let (id, after) = plain_text(value)?;
                    answer.request_id = Some(id);
                    after
                }
                b"complete" if !answer.is_complete => {
                    answer.is_complete = true;
                    value.strip_prefix(b"true")?
                }
                b"result" if !answer.is_success => {
                    answer.is_success = true;
                    value.strip_prefix(b"\"success\"")?
                }
                _ => return None,
            };
            match after {
                [b',', more @ ..] => rest = more,
                [b'}'] => return Some(answer),
                _ => return None,
            }
        }
    }
}

/// A JSON string that needs no escapes, without its quotes, and what comes after it.
fn plain_text(json: &[u8]) -> Option<(&[u8], &[u8])> {
    let json = json.strip_prefix(b"\"")?;
    let end = json
        .iter()
        .position(|&byte| byte == b'"' || byte == b'\\' || byte < b' ')?;
    let (text, after) = json.split_at_checked(end)?;
    Some((text, after.strip_prefix(b"\"")?))
}
