//! What the other half of the shell tells: the socket, the token, the page, the caller's wishes.

use super::clock::millis;
use super::driver::Shell;
use super::options::whole;
use crate::client::{AckHandle, Attempt, CallId, Command, Error, ErrorKind, FeedKey, Input};
use crate::device::Token;
use crate::engine::Frame;
use crate::json;
use wasm_bindgen::closure::Closure;

/// One for everything: what happened, and a number that belongs to it.
pub(super) type TellFn = Closure<dyn Fn(u32, f64) -> f64>;

impl Shell {
    /// The numbers are those of `src/js/port.js`.
    pub(super) fn tell(&self, what: u32, number: f64) -> f64 {
        let attempt = Attempt::from_number(millis(number));
        let call = CallId::new(whole(number));
        match what {
            0 => self.input(Input::Opened { attempt }),
            1 => self.receive_text(attempt, self.port.text(0).unwrap_or_default()),
            2 => self.receive_binary(attempt),
            3 | 4 => self.closed(attempt, what == 4, self.port.text(0)),
            5..=7 => self.token_answered(attempt, what),
            8 => self.input(Input::Wake),
            9 => {
                if number != 0.0 {
                    self.armed.set(None);
                }
                self.input(Input::Tick);
            }
            10 => self.put_aside(),
            11 => self.command(Command::Abort { call }),
            12 => {
                let id = self.port.text(0).and_then(|id| json::whole(&id));
                let handle = AckHandle::from_numbers(attempt, id.unwrap_or_default());
                let (args, attachments) = self.arguments(1);
                self.command(Command::Ack {
                    handle,
                    args,
                    attachments,
                });
            }
            13 => self.command(Command::StopFeed { subscription: call }),
            14 => {
                let observed = whole(number);
                self.core.borrow_mut().observe_events(observed & 1 != 0);
                self.showing.set(observed & 2 != 0);
            }
            15 => {
                let feed = FeedKey::from_index(call.value() as usize);
                return self.core(|core| core.samples_of(feed)) as f64;
            }
            16 => self.core.borrow_mut().series_told(call),
            _ => {
                let text = self.port.text(0).unwrap_or_default();
                let text = self.core(|core| core.redact(&text).into_owned());
                self.port.set_text(&text);
            }
        }
        0.0
    }

    fn token_answered(&self, attempt: Attempt, what: u32) {
        let token = match what {
            5 => Ok(Token::new(self.port.text(0).unwrap_or_default())),
            7 => Err(ErrorKind::TokenFailed.into()),
            _ => Err(Error::invalid(
                "token",
                "the function must give a string that is not empty, or a promise of one",
            )),
        };
        self.input(Input::Token { attempt, token });
    }

    /// The arguments of an event, as JSON texts, and the binary data in them.
    pub(super) fn arguments(&self, first: u32) -> (Vec<String>, Vec<Vec<u8>>) {
        let mut args = Vec::new();
        let mut at = first;
        while let Some(arg) = self.port.text(at) {
            args.push(arg);
            at += 1;
        }
        (args, self.attachments())
    }

    pub(super) fn attachments(&self) -> Vec<Vec<u8>> {
        core::iter::from_fn(|| self.port.take_bytes()).collect()
    }

    pub(super) fn show_frame(&self, direction: &str, frame: &Frame) {
        if !self.showing.get() {
            return;
        }
        match frame {
            Frame::Text(text) => {
                let text = self.core(|core| core.redact(text).into_owned());
                self.port.frame(direction, Some(&text));
            }
            Frame::Binary(bytes) => {
                self.port.add_bytes(bytes);
                self.port.frame(direction, None);
            }
        }
    }
}
