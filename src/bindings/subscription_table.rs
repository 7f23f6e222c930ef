//! The tables of a client's open subscriptions.

use super::by_call::ByCall;
use super::frames::Route;
use super::subscription::Subscription;
use crate::client::{CallId, FeedSlot};
use std::rc::Rc;

/// The open subscriptions, by the slot of their feed and by the call that opened them.
#[derive(Default)]
pub(super) struct Subscriptions {
    /// An entry stays for the next feed in its slot.
    feeds: Vec<OpenFeed>,
    by_call: ByCall<Rc<Subscription>>,
    open_series: usize,
}

/// A feed on the server and the subscriptions that share it.
pub(super) struct OpenFeed {
    pub(super) subscriptions: Rc<Vec<Rc<Subscription>>>,
    pub(super) route: Route,
    /// The ID under which the route is registered.
    pub(super) routed_id: Option<String>,
}

impl Subscriptions {
    /// A feed's subscriptions. Must be cheap: it is called for every sample.
    pub(super) fn of(&self, feed: FeedSlot) -> Rc<Vec<Rc<Subscription>>> {
        let open = self.open(feed);
        open.map(|open| open.subscriptions.clone())
            .unwrap_or_default()
    }

    pub(super) fn open(&self, feed: FeedSlot) -> Option<&OpenFeed> {
        self.feeds.get(feed.index())
    }

    pub(super) fn open_mut(&mut self, feed: FeedSlot) -> Option<&mut OpenFeed> {
        self.feeds.get_mut(feed.index())
    }

    pub(super) fn by_call(&self, call: CallId) -> Option<Rc<Subscription>> {
        self.by_call.get(call).cloned()
    }

    pub(super) fn insert(&mut self, feed: FeedSlot, subscription: Rc<Subscription>) {
        self.by_call.insert(subscription.call, subscription.clone());
        self.open_series += usize::from(subscription.is_series);
        while self.feeds.len() <= feed.index() {
            self.feeds.push(OpenFeed {
                subscriptions: Rc::default(),
                route: Route::new(self.feeds.len()),
                routed_id: None,
            });
        }
        if let Some(open) = self.open_mut(feed) {
            Rc::make_mut(&mut open.subscriptions).push(subscription);
        }
    }

    pub(super) fn remove(&mut self, feed: FeedSlot, call: CallId) -> Option<Rc<Subscription>> {
        let subscription = self.by_call.remove(call)?;
        self.open_series -= usize::from(subscription.is_series);
        if let Some(open) = self.open_mut(feed) {
            Rc::make_mut(&mut open.subscriptions).retain(|other| !Rc::ptr_eq(other, &subscription));
        }
        Some(subscription)
    }

    pub(super) fn has_series(&self) -> bool {
        self.open_series > 0
    }
}
