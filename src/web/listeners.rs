//! Who listens to what.

use crate::client::Error;
use js_sys::{Function, Object};

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
    topic: Topic,
    function: Function,
    once: bool,
}

/// The listeners, in the order in which they came.
#[derive(Default)]
pub(super) struct Listeners(Vec<Listener>);

impl Listeners {
    /// Adds a listener; one that is there already stays as it is.
    pub(super) fn add(&mut self, topic: Topic, function: Function, once: bool) {
        if self.position(topic, &function).is_none() {
            self.0.push(Listener {
                topic,
                function,
                once,
            });
        }
    }

    /// Removes a listener; harmless where it is not there.
    pub(super) fn remove(&mut self, topic: Topic, function: &Function) {
        if let Some(at) = self.position(topic, function) {
            self.0.remove(at);
        }
    }

    fn position(&self, topic: Topic, function: &Function) -> Option<usize> {
        self.0
            .iter()
            .position(|held| held.topic == topic && Object::is(&held.function, function))
    }

    pub(super) fn has(&self, topic: Topic) -> bool {
        self.0.iter().any(|held| held.topic == topic)
    }

    /// The functions to call now; those that are called once only are taken out.
    pub(super) fn take_due(&mut self, topic: Topic) -> Vec<Function> {
        let functions = self
            .0
            .iter()
            .filter(|held| held.topic == topic)
            .map(|held| held.function.clone())
            .collect();
        self.0.retain(|held| held.topic != topic || !held.once);
        functions
    }
}
