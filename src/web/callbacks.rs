//! The closures that JavaScript calls: socket, token, page, network, drawing.

use super::buffer::ReceiveBuffer;
use super::clock::millis;
use super::driver::Shell;
use super::platform::Lane;
use super::values::object;
use crate::client::{Attempt, Input};
use js_sys::{Array, Function};
use std::rc::Weak;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};

/// Made once for the life of a client, so that a thousand connections leave nothing behind. They
/// hold the shell weakly.
pub(super) struct Callbacks {
    pub(super) lane: Lane,
    pub(super) answered: Function,
    pub(super) wake: Function,
    pub(super) tick: Function,
    pub(super) leave: Function,
    pub(super) drawn: Function,
    _owners: Owners,
}

type OnText = Closure<dyn Fn(f64, u32, f64) -> i32>;
type OnClosed = Closure<dyn Fn(f64, bool, JsValue)>;
type OnValue = Closure<dyn Fn(f64, JsValue)>;

/// What keeps the functions callable.
struct Owners {
    _receive: OnText,
    _closed: [OnClosed; 2],
    _values: [OnValue; 2],
    _opened: Closure<dyn Fn(f64)>,
    _threw: Closure<dyn Fn(JsValue)>,
    _plain: [Closure<dyn Fn()>; 5],
}

impl Callbacks {
    pub(super) fn new(
        shell: &Weak<Shell>,
        buffer: &ReceiveBuffer,
        [sinks, ids, lasts]: &[&Array; 3],
    ) -> Self {
        let plain = |then: fn(&Shell)| -> Closure<dyn Fn()> {
            let this = shell.clone();
            Closure::new(move || with(&this, then))
        };
        let this = shell.clone();
        let opened: Closure<dyn Fn(f64)> = Closure::new(move |attempt| {
            with(&this, |shell| {
                shell.input(Input::Opened {
                    attempt: attempt_of(attempt),
                })
            });
        });
        let this = shell.clone();
        let receive: OnText = Closure::new(move |attempt, written: u32, now_ms| {
            let shell = this.upgrade();
            shell.map_or(-1, |shell| {
                shell.receive(attempt_of(attempt), written as usize, now_ms)
            })
        });
        let this = shell.clone();
        let message: OnValue = Closure::new(move |attempt, data: JsValue| {
            with(&this, |shell| shell.message(attempt_of(attempt), &data));
        });
        let this = shell.clone();
        let deliver: OnValue = Closure::new(move |feed, sample: JsValue| {
            with(&this, |shell| shell.deliver_parsed(feed, &sample));
        });
        let this = shell.clone();
        let threw: Closure<dyn Fn(JsValue)> = Closure::new(move |thrown: JsValue| {
            with(&this, |shell| shell.threw("device:feed", &thrown));
        });
        let this = shell.clone();
        let closed: OnClosed = Closure::new(move |attempt, failed, detail: JsValue| {
            let detail = detail.as_string().filter(|detail| !detail.is_empty());
            let attempt = attempt_of(attempt);
            with(&this, |shell| {
                shell.input(Input::Closed {
                    attempt,
                    failed,
                    detail,
                })
            });
        });
        let this = shell.clone();
        let answered: OnClosed = Closure::new(move |attempt, ok, value: JsValue| {
            with(&this, |shell| {
                shell.token_answered(attempt_of(attempt), ok, &value)
            });
        });
        let refuse = plain(Shell::refuse);
        let wake = plain(|shell| shell.input(Input::Wake));
        let tick = plain(|shell| shell.input(Input::Tick));
        let leave = plain(Shell::put_aside);
        let drawn = plain(Shell::tell_updates);
        let callbacks = object(&[
            ("opened", function(&opened).into()),
            ("message", function(&message).into()),
            ("closed", function(&closed).into()),
            ("receive", function(&receive).into()),
            ("refuse", function(&refuse).into()),
            ("deliver", function(&deliver).into()),
            ("threw", function(&threw).into()),
        ]);
        let size = u32::try_from(ReceiveBuffer::size()).unwrap_or_default();
        let memory = wasm_bindgen::memory();
        Self {
            lane: Lane::new(
                &memory,
                buffer.address(),
                size,
                sinks,
                ids,
                lasts,
                &callbacks,
            ),
            answered: function(&answered),
            wake: function(&wake),
            tick: function(&tick),
            leave: function(&leave),
            drawn: function(&drawn),
            _owners: Owners {
                _receive: receive,
                _closed: [closed, answered],
                _values: [message, deliver],
                _opened: opened,
                _threw: threw,
                _plain: [refuse, wake, tick, leave, drawn],
            },
        }
    }
}

fn with(shell: &Weak<Shell>, then: impl FnOnce(&Shell)) {
    if let Some(shell) = shell.upgrade() {
        then(&shell);
    }
}

fn function<T: ?Sized>(closure: &Closure<T>) -> Function {
    closure.as_ref().clone().unchecked_into()
}

fn attempt_of(number: f64) -> Attempt {
    Attempt::from_number(millis(number))
}
