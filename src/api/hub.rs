//! Routes a client's outputs to open calls, subscriptions and listeners. It is the same on every
//! platform; the driver passes it every output except those for the socket, the timer and the
//! token.
//!
//! No lock is held while a waker runs, since the waker may poll immediately and call anything.

use super::events::Event;
use super::platform::{TokenFailure, caught};
use super::queue::Queue;
use super::subscriber::{Delivery, Subscriber};
use crate::client::{CallId, Error, ErrorKind, FeedSlot, Output, Payload, Reply};
use futures_channel::oneshot;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

/// How many steps of an upgrade, or events, a slow reader may leave unread.
pub(super) const QUEUE: usize = 1024;

/// How a call ended.
pub(super) type Settled = Result<Reply, Error>;

/// Steps of a call that has not finished, as JSON.
pub(super) type Steps = Queue<String>;

/// The tables of one client.
#[derive(Default)]
pub(super) struct Hub(Mutex<Tables>);

#[derive(Default)]
struct Tables {
    last_call: u32,
    calls: HashMap<CallId, OpenCall>,
    /// The subscriptions that share a feed, by its key.
    feeds: HashMap<FeedSlot, Sharing>,
    subscriptions: HashMap<CallId, FeedSlot>,
    listeners: Vec<Weak<Queue<Event>>>,
    token_failure: Option<String>,
}

/// The subscriptions that share a feed. Cheap to clone, since it is cloned for each sample.
type Sharing = Arc<Vec<(CallId, Arc<Subscriber>)>>;

/// The receivers of a call's outcome.
pub(super) struct OpenCall {
    pub(super) settle: oneshot::Sender<Settled>,
    pub(super) steps: Option<Arc<Steps>>,
    /// Receives the samples, if the call opens a feed.
    pub(super) subscriber: Option<Arc<Subscriber>>,
}

impl Hub {
    /// Opens a call and returns its ID, for the command that must follow.
    pub(super) fn open(&self, open: OpenCall) -> CallId {
        let mut tables = self.lock();
        tables.last_call = tables.last_call.wrapping_add(1);
        let call = CallId::new(tables.last_call);
        tables.calls.insert(call, open);
        call
    }

    /// Forgets a call, or the subscription that it opened: nothing more is delivered.
    pub(super) fn forget(&self, call: CallId) {
        let mut tables = self.lock();
        let _open = tables.calls.remove(&call);
        let _subscriber = tables.unsubscribe(call);
        drop(tables);
    }

    /// Returns a queue of the events from now on.
    pub(super) fn listen(&self) -> Arc<Queue<Event>> {
        let queue = Arc::new(Queue::new(QUEUE));
        self.lock().listeners.push(Arc::downgrade(&queue));
        queue
    }

    /// Returns the error for a failed token function and keeps the function's own message.
    pub(super) fn token_error(&self, failure: TokenFailure) -> Error {
        match failure {
            TokenFailure::Unusable(error) => error,
            TokenFailure::Failed(message) => {
                self.lock().token_failure = Some(message);
                ErrorKind::TokenFailed.into()
            }
        }
    }

    pub(super) fn token_failure(&self) -> Option<String> {
        self.lock().token_failure.clone()
    }

    /// Handles an output.
    pub(super) fn output(&self, output: Output) {
        match output {
            Output::Settle { call, result } => self.settle(call, result),
            Output::Progress { call, payload } => {
                let steps = self
                    .lock()
                    .calls
                    .get(&call)
                    .and_then(|open| open.steps.clone());
                if let Some(steps) = steps {
                    steps.push(payload.json, |_, _| {});
                }
            }
            Output::Event(event) => {
                if let Some(event) = Event::read(event) {
                    self.notify(&event);
                }
            }
            Output::Sample { feed, payload } => self.deliver(feed, payload),
            Output::SeriesUpdated { series } => {
                if let Some(subscriber) = self.subscriber(series) {
                    subscriber.updates.push((), |(), ()| {});
                }
            }
            Output::SeriesEnded { series, columns } => {
                if let Some(subscriber) = self.subscriber(series) {
                    subscriber.keep_columns(columns);
                }
            }
            Output::FeedResumed { feed, feed_id, gap } => {
                for (_, subscriber) in self.subscribers(feed).iter() {
                    subscriber.resumed(&feed_id, &gap);
                }
            }
            Output::FeedEnded {
                subscriptions,
                error,
                ..
            } => {
                for call in subscriptions {
                    let subscriber = self.lock().unsubscribe(call);
                    if let Some(subscriber) = subscriber {
                        subscriber.end(error.clone());
                    }
                }
            }
            // Handled by the driver.
            _ => {}
        }
    }

    /// Settles a call once. From then on a feed's subscriber receives samples, even if the reply
    /// has not been read yet.
    fn settle(&self, call: CallId, result: Settled) {
        let open = {
            let mut tables = self.lock();
            let Some(open) = tables.calls.remove(&call) else {
                return;
            };
            if let (
                Some(subscriber),
                Ok(Reply::Feed {
                    feed,
                    feed_id,
                    dropped,
                    ..
                }),
            ) = (&open.subscriber, &result)
            {
                subscriber.opened(feed_id, *dropped);
                tables.subscriptions.insert(call, *feed);
                let sharing = tables.feeds.entry(*feed).or_default();
                Arc::make_mut(sharing).push((call, subscriber.clone()));
            }
            open
        };
        // Fails if the future was dropped, which aborts the call.
        let _ = caught(|| open.settle.send(result));
        if let Some(steps) = open.steps {
            steps.close(false);
        }
    }

    fn deliver(&self, feed: FeedSlot, payload: Payload) {
        let subscribers = self.subscribers(feed);
        let takes_samples = |(_, subscriber): &&(CallId, Arc<Subscriber>)| !subscriber.is_series;
        let mut consumers = subscribers.iter().filter(takes_samples).peekable();
        let mut delivery = Some(Delivery::new(payload));
        while let Some((_, subscriber)) = consumers.next() {
            // The last one takes the original; the others get copies.
            let copy = if consumers.peek().is_some() {
                delivery.clone()
            } else {
                delivery.take()
            };
            if let Some(copy) = copy {
                subscriber.deliver(copy);
            }
        }
    }

    fn notify(&self, event: &Event) {
        let listeners: Vec<_> = {
            let mut tables = self.lock();
            tables
                .listeners
                .retain(|listener| listener.strong_count() > 0);
            tables.listeners.iter().filter_map(Weak::upgrade).collect()
        };
        for listener in listeners {
            listener.push(event.clone(), |_, _| {});
        }
    }

    fn subscribers(&self, feed: FeedSlot) -> Sharing {
        self.lock().feeds.get(&feed).cloned().unwrap_or_default()
    }

    fn subscriber(&self, call: CallId) -> Option<Arc<Subscriber>> {
        let tables = self.lock();
        let feed = tables.subscriptions.get(&call)?;
        let sharing = tables.feeds.get(feed)?;
        let (_, subscriber) = sharing.iter().find(|(other, _)| *other == call)?;
        Some(subscriber.clone())
    }

    /// A poisoned lock is safe to use: no consumer code runs while it is held.
    fn lock(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends the event streams, after the last output has been handled.
impl Drop for Hub {
    fn drop(&mut self) {
        let listeners = core::mem::take(&mut self.lock().listeners);
        for listener in listeners.iter().filter_map(Weak::upgrade) {
            listener.close(false);
        }
    }
}

impl Tables {
    fn unsubscribe(&mut self, call: CallId) -> Option<Arc<Subscriber>> {
        let feed = self.subscriptions.remove(&call)?;
        let sharing = Arc::make_mut(self.feeds.get_mut(&feed)?);
        let at = sharing.iter().position(|(other, _)| *other == call)?;
        let (_, subscriber) = sharing.remove(at);
        if sharing.is_empty() {
            self.feeds.remove(&feed);
        }
        Some(subscriber)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn dropped_listeners_are_forgotten() {
        let hub = Hub::default();
        let kept = hub.listen();
        drop(hub.listen());
        hub.notify(&Event::Warning(ErrorKind::TokenFailed.into()));
        assert_eq!(hub.lock().listeners.len(), 1);
        drop(kept);
    }

    #[test]
    fn a_forgotten_call_is_gone() {
        let hub = Hub::default();
        let (settle, mut settled) = oneshot::channel();
        let call = hub.open(OpenCall {
            settle,
            steps: None,
            subscriber: None,
        });
        hub.forget(call);
        assert!(hub.lock().calls.is_empty());
        assert!(settled.try_recv().is_err(), "the call can still settle");
    }
}
