//! The registered listeners.

use super::callbacks::{CallbackSlot, Callbacks};
use crate::client::Error;
use js_sys::{Function, Object};
use std::rc::Rc;
use wasm_bindgen::JsValue;

/// What a listener receives: an event of the public API, or what `onAny` and `onFrame` report.
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
    Any,
    Frame,
}

/// The events that `on`, `once` and `off` take.
const EVENTS: [Topic; 8] = [
    Topic::Connect,
    Topic::Disconnect,
    Topic::Reconnecting,
    Topic::ConnectError,
    Topic::StateChange,
    Topic::DeviceNew,
    Topic::MetaChange,
    Topic::Warning,
];

impl Topic {
    /// The topic of an event's name.
    pub(super) fn of_event(name: &JsValue) -> Result<Self, Error> {
        let name = name.as_string().unwrap_or_default();
        let found = EVENTS.into_iter().find(|topic| topic.name() == name);
        found.ok_or_else(|| {
            let known = EVENTS.map(Self::name).join(", ");
            let hint = "; onAny() receives every event from the server";
            Error::invalid("event", ["must be one of ", &known, hint].concat())
        })
    }

    /// Its name in the public API.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Disconnect => "disconnect",
            Self::Reconnecting => "reconnecting",
            Self::ConnectError => "connect_error",
            Self::StateChange => "device:stateChange",
            Self::DeviceNew => "device:new",
            Self::MetaChange => "device:metaChange",
            Self::Warning => "warning",
            Self::Any => "onAny",
            Self::Frame => "onFrame",
        }
    }
}

/// One `on`, `once`, `onAny` or `onFrame`. A used undo function must not remove a later listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ListenerId(u32);

struct Listener {
    id: ListenerId,
    topic: Topic,
    function: CallbackSlot,
    once: bool,
}

/// The listeners, in order of registration.
pub(super) struct Listeners {
    held: Vec<Listener>,
    last_id: u32,
    callbacks: Rc<Callbacks>,
}

impl Listeners {
    pub(super) const fn new(callbacks: Rc<Callbacks>) -> Self {
        Self {
            held: Vec::new(),
            last_id: 0,
            callbacks,
        }
    }

    /// Adds a listener. An existing one keeps its position, and stays permanent unless both calls
    /// register it for one call only.
    pub(super) fn add(&mut self, topic: Topic, function: &Function, once: bool) -> ListenerId {
        if let Some(held) = self.find(topic, function) {
            held.once &= once;
            return held.id;
        }
        self.last_id = self.last_id.wrapping_add(1);
        let id = ListenerId(self.last_id);
        self.held.push(Listener {
            id,
            topic,
            function: self.callbacks.put(function),
            once,
        });
        id
    }

    /// Removes a listener, if it exists.
    pub(super) fn remove(&mut self, topic: Topic, function: &Function) {
        if let Some(id) = self.find(topic, function).map(|held| held.id) {
            self.remove_id(id);
        }
    }

    /// Removes a listener, if it still exists.
    pub(super) fn remove_id(&mut self, id: ListenerId) {
        for listener in self.held.extract_if(.., |held| held.id == id) {
            self.callbacks.remove(listener.function);
        }
    }

    fn find(&mut self, topic: Topic, function: &Function) -> Option<&mut Listener> {
        let is_at = |slot| {
            let held = self.callbacks.get(slot);
            held.is_some_and(|held| Object::is(&held, function))
        };
        let mut held = self.held.iter_mut();
        held.find(|held| held.topic == topic && is_at(held.function))
    }

    pub(super) fn has(&self, topic: Topic) -> bool {
        self.held.iter().any(|held| held.topic == topic)
    }

    /// The current listeners of a topic; [`due`](Self::due) returns the function of each.
    pub(super) fn of(&self, topic: Topic) -> Vec<ListenerId> {
        let of_topic = self.held.iter().filter(|held| held.topic == topic);
        of_topic.map(|held| held.id).collect()
    }

    /// The function to call, unless an earlier listener has removed it. Also removes a listener
    /// that is called only once.
    pub(super) fn due(&mut self, id: ListenerId) -> Option<Function> {
        let listener = self.held.iter().find(|held| held.id == id)?;
        let function = self.callbacks.get(listener.function);
        if listener.once {
            self.remove_id(id);
        }
        function
    }
}
