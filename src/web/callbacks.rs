//! The closures that JavaScript calls: socket, token, page, network.

use super::clock::millis;
use super::driver::Shell;
use super::transport::Hooks;
use crate::client::{Attempt, Input};
use js_sys::Function;
use std::rc::Weak;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};

/// Made once for the life of a client, so that a thousand connections leave nothing behind. They
/// hold the shell weakly.
pub(super) struct Callbacks {
    pub(super) hooks: Hooks,
    pub(super) answered: Function,
    pub(super) wake: Function,
    pub(super) tick: Function,
    pub(super) leave: Function,
    _owners: Owners,
}

/// What keeps the functions callable.
type Owners = (
    Closure<dyn Fn(f64)>,
    Closure<dyn Fn(f64, JsValue)>,
    Closure<dyn Fn(f64, bool, JsValue)>,
    Closure<dyn Fn(f64, bool, JsValue)>,
    Closure<dyn Fn()>,
    Closure<dyn Fn()>,
    Closure<dyn Fn()>,
);

impl Callbacks {
    pub(super) fn new(shell: &Weak<Shell>) -> Self {
        let this = shell.clone();
        let opened: Closure<dyn Fn(f64)> = Closure::new(move |attempt| {
            with(&this, |shell| {
                shell.input(Input::Opened {
                    attempt: attempt_of(attempt),
                })
            });
        });
        let this = shell.clone();
        let message: Closure<dyn Fn(f64, JsValue)> = Closure::new(move |attempt, data: JsValue| {
            with(&this, |shell| shell.message(attempt_of(attempt), &data));
        });
        let this = shell.clone();
        let closed: Closure<dyn Fn(f64, bool, JsValue)> =
            Closure::new(move |attempt, failed, detail: JsValue| {
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
        let answered: Closure<dyn Fn(f64, bool, JsValue)> =
            Closure::new(move |attempt, ok, value: JsValue| {
                with(&this, |shell| {
                    shell.token_answered(attempt_of(attempt), ok, &value)
                });
            });
        let this = shell.clone();
        let wake: Closure<dyn Fn()> =
            Closure::new(move || with(&this, |shell| shell.input(Input::Wake)));
        let this = shell.clone();
        let tick: Closure<dyn Fn()> =
            Closure::new(move || with(&this, |shell| shell.input(Input::Tick)));
        let this = shell.clone();
        let leave: Closure<dyn Fn()> = Closure::new(move || with(&this, Shell::put_aside));
        Self {
            hooks: Hooks {
                opened: function(&opened),
                message: function(&message),
                closed: function(&closed),
            },
            answered: function(&answered),
            wake: function(&wake),
            tick: function(&tick),
            leave: function(&leave),
            _owners: (opened, message, closed, answered, wake, tick, leave),
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
