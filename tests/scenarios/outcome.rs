//! Outcomes: the state of calls, and the story as lines of text.

use crate::link::World;
use ardexa_client::client::{CallId, ConnectionState, Error, Event, FeedSlot, Reply};
use serde_json::Value;
use std::collections::BTreeSet;

impl World {
    /// The state of a call: `pending`, `ok`, or its error code.
    pub(crate) fn code(&self, call: CallId) -> &'static str {
        match &self.calls[&call] {
            None => "pending",
            Some(Ok(_)) => "ok",
            Some(Err(error)) => error.code(),
        }
    }

    pub(crate) fn error(&self, call: CallId) -> &Error {
        match &self.calls[&call] {
            Some(Err(error)) => error,
            other => panic!("not an error: {other:?}"),
        }
    }

    pub(crate) fn reply(&self, call: CallId) -> &Reply {
        match &self.calls[&call] {
            Some(Ok(reply)) => reply,
            other => panic!("not a reply: {other:?}"),
        }
    }

    /// The final payload of a request.
    pub(crate) fn payload(&self, call: CallId) -> Value {
        match self.reply(call) {
            Reply::Payload(payload) => serde_json::from_str(&payload.json).unwrap(),
            other => panic!("not a payload: {other:?}"),
        }
    }

    pub(crate) fn feed_id(&self, call: CallId) -> String {
        match self.reply(call) {
            Reply::Feed { feed_id, .. } => feed_id.clone(),
            other => panic!("not a feed: {other:?}"),
        }
    }

    /// The server's ids of the feeds that the client holds.
    pub(crate) fn held_ids(&self) -> Vec<String> {
        let mut ids: Vec<String> = self
            .held_keys()
            .iter()
            .filter_map(|key| self.feed_ids[key].clone())
            .collect();
        ids.sort();
        ids
    }

    /// The feeds that the client holds, including those to be resumed.
    pub(crate) fn held_keys(&self) -> BTreeSet<FeedSlot> {
        self.held.values().copied().collect()
    }

    pub(crate) fn pending_calls(&self) -> Vec<CallId> {
        let pending = self.calls.iter().filter(|(_, end)| end.is_none());
        pending.map(|(&call, _)| call).collect()
    }

    /// The story since the last call, in order.
    pub(crate) fn story(&mut self) -> Vec<String> {
        core::mem::take(&mut self.story)
    }

    /// Asserts the story since the last call.
    #[track_caller]
    pub(crate) fn expect_story(&mut self, story: &[&str]) {
        assert_eq!(self.story(), story);
    }

    pub(crate) fn state(&self) -> ConnectionState {
        self.client.state()
    }

    /// The `messageId`s of the samples so far.
    pub(crate) fn message_ids(&self) -> Vec<u64> {
        let ids = self.samples.iter().map(|(_, payload)| {
            let payload: Value = serde_json::from_str(payload).unwrap();
            payload["messageId"].as_str().unwrap().parse().unwrap()
        });
        ids.collect()
    }

    /// The delays before all attempts so far.
    pub(crate) fn delays(&self) -> Vec<u64> {
        let delays = self.events.iter().filter_map(|event| match event {
            Event::Reconnecting { delay_ms, .. } => Some(*delay_ms),
            _ => None,
        });
        delays.collect()
    }

    pub(crate) fn warnings(&self) -> Vec<&Error> {
        let warnings = self.events.iter().filter_map(|event| match event {
            Event::Warning(error) => Some(error),
            _ => None,
        });
        warnings.collect()
    }
}

/// A client's frame, without what differs between runs.
pub(crate) fn frame_summary(frame: &str) -> String {
    let head = frame.find('[').unwrap_or(frame.len());
    match serde_json::from_str::<Vec<Value>>(&frame[head..]) {
        Ok(args) if frame.starts_with("42") => args[0].as_str().unwrap_or("?").to_owned(),
        _ => frame.to_owned(),
    }
}

pub(crate) fn describe_event(event: &Event) -> String {
    match event {
        Event::Connect {
            attempt,
            reconnected,
            ..
        } => {
            let again = if *reconnected { "reconnect" } else { "connect" };
            format!("{again} {attempt}")
        }
        Event::Disconnect {
            reason,
            will_reconnect,
            ..
        } => {
            let end = if *will_reconnect { "" } else { ", final" };
            format!("disconnect {reason}{end}")
        }
        Event::Reconnecting { attempt, .. } => format!("reconnecting {attempt}"),
        Event::ConnectError {
            error,
            attempt,
            will_retry,
        } => {
            let end = if *will_retry { "" } else { ", final" };
            format!("connect_error {attempt} {}{end}", error.code())
        }
        Event::Warning(error) => format!("warning {}", error.code()),
        Event::StateChange { .. } => "device:stateChange".to_owned(),
        Event::DeviceNew(_) => "device:new".to_owned(),
        Event::MetaChange(_) => "device:metaChange".to_owned(),
        Event::Any { array, .. } => format!("any {}", array.json),
        _ => "?".to_owned(),
    }
}
