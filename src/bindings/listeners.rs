//! The registered listeners.

use super::callbacks::{CallbackSlot, Callbacks};
use crate::client::Error;
use js_sys::{Function, Object};
use std::rc::Rc;

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
    pub(super) fn of_event(name: Option<&str>) -> Result<Self, Error> {
        let found = EVENTS.iter().find(|topic| name == Some(topic.name()));
        found.copied().ok_or_else(|| {
            let known = EVENTS.map(Self::name).join(", ");
            let problem = [
                "must be one of ",
                &known,
                "; onAny() receives every event from the server",
            ]
            .concat();
            Error::invalid("event", problem)
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

/// A listener that is about to be called.
#[derive(Default)]
pub(super) struct Due {
    /// `None` if an earlier listener has removed it.
    pub(super) function: Option<Function>,
    /// Whether this call was its last one.
    pub(super) is_last: bool,
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
        let callbacks = &self.callbacks;
        let is_same =
            |held: &&mut Listener| held.topic == topic && is_at(callbacks, held.function, function);
        if let Some(held) = self.held.iter_mut().find(is_same) {
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
        let callbacks = self.callbacks.clone();
        self.remove_matching(|held| {
            held.topic == topic && is_at(&callbacks, held.function, function)
        });
    }

    /// Removes a listener, if it still exists.
    pub(super) fn remove_id(&mut self, id: ListenerId) {
        self.remove_matching(|held| held.id == id);
    }

    fn remove_matching(&mut self, is_over: impl Fn(&Listener) -> bool) {
        for listener in self.held.extract_if(.., |held| is_over(held)) {
            self.callbacks.remove(listener.function);
        }
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
    pub(super) fn due(&mut self, id: ListenerId) -> Due {
        let Some(listener) = self.held.iter().find(|held| held.id == id) else {
            return Due::default();
        };
        let due = Due {
            function: self.callbacks.get(listener.function),
            is_last: listener.once,
        };
        if due.is_last {
            self.remove_id(id);
        }
        due
    }
}

fn is_at(callbacks: &Callbacks, slot: CallbackSlot, function: &Function) -> bool {
    callbacks
        .get(slot)
        .is_some_and(|held| Object::is(&held, function))
}
