//! Who listens to what.

use super::keep::{Keep, Slot};
use crate::client::Error;
use js_sys::{Function, Object};
use std::rc::Rc;

/// The events of the public API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Topic {
    Connect,
    Disconnect,
    Reconnecting,
    ConnectError,
    StateChange,
    DeviceNew,
    MetaChange,
    Warning,
    /// Not an event: `onAny`.
    Any,
    /// Not an event: `onFrame`.
    Frame,
}

/// The events that `on`, `once` and `off` take.
const EVENTS: [(&str, Topic); 8] = [
    ("connect", Topic::Connect),
    ("disconnect", Topic::Disconnect),
    ("reconnecting", Topic::Reconnecting),
    ("connect_error", Topic::ConnectError),
    ("device:stateChange", Topic::StateChange),
    ("device:new", Topic::DeviceNew),
    ("device:metaChange", Topic::MetaChange),
    ("warning", Topic::Warning),
];

impl Topic {
    /// The topic of an event's name.
    pub(super) fn of_event(name: Option<&str>) -> Result<Self, Error> {
        let found = EVENTS.iter().find(|(known, _)| Some(*known) == name);
        found.map(|(_, topic)| *topic).ok_or_else(|| {
            let known: Vec<&str> = EVENTS.iter().map(|(name, _)| *name).collect();
            Error::invalid(
                "event",
                format!(
                    "must be one of {}; onAny() hears every event of the server's",
                    known.join(", ")
                ),
            )
        })
    }

    pub(super) fn name(self) -> &'static str {
        let event = EVENTS.iter().find(|(_, topic)| *topic == self);
        event.map_or(
            if self == Self::Any {
                "onAny"
            } else {
                "onFrame"
            },
            |(name, _)| name,
        )
    }
}

struct Listener {
    /// Which subscription it is: an undo that was used must not stop a later one.
    serial: u32,
    topic: Topic,
    function: Slot,
    once: bool,
}

/// The listeners, in the order in which they came.
pub(super) struct Listeners {
    held: Vec<Listener>,
    last_serial: u32,
    keep: Rc<Keep>,
}

impl Listeners {
    pub(super) const fn new(keep: Rc<Keep>) -> Self {
        Self {
            held: Vec::new(),
            last_serial: 0,
            keep,
        }
    }

    /// Adds a listener; answers its subscription's number. One that is there already keeps its
    /// place, and stays from now on unless both want it once.
    pub(super) fn add(&mut self, topic: Topic, function: &Function, once: bool) -> u32 {
        let keep = &self.keep;
        let same = |held: &&mut Listener| held.topic == topic && is(keep, held.function, function);
        if let Some(held) = self.held.iter_mut().find(same) {
            held.once &= once;
            return held.serial;
        }
        self.last_serial = self.last_serial.wrapping_add(1);
        let serial = self.last_serial;
        self.held.push(Listener {
            serial,
            topic,
            function: self.keep.put(function),
            once,
        });
        serial
    }

    /// Removes a listener; harmless where it is not there.
    pub(super) fn remove(&mut self, topic: Topic, function: &Function) {
        let keep = &self.keep;
        let gone = |held: &mut Listener| held.topic == topic && is(keep, held.function, function);
        for listener in self.held.extract_if(.., gone) {
            keep.take(listener.function);
        }
    }

    /// Ends a subscription; harmless where it has ended.
    pub(super) fn end(&mut self, serial: u32) {
        for listener in self.held.extract_if(.., |held| held.serial == serial) {
            self.keep.take(listener.function);
        }
    }

    pub(super) fn has(&self, topic: Topic) -> bool {
        self.held.iter().any(|held| held.topic == topic)
    }

    /// The functions to call now; those that are called once only are taken out.
    pub(super) fn take_due(&mut self, topic: Topic) -> Vec<Function> {
        let functions = self
            .held
            .iter()
            .filter(|held| held.topic == topic)
            .filter_map(|held| self.keep.get(held.function))
            .collect();
        let over = |held: &mut Listener| held.topic == topic && held.once;
        for listener in self.held.extract_if(.., over) {
            self.keep.take(listener.function);
        }
        functions
    }
}

fn is(keep: &Keep, held: Slot, function: &Function) -> bool {
    keep.get(held)
        .is_some_and(|held| Object::is(&held, function))
}
