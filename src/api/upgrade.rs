//! An upgrade, as a stream of its steps.

use super::call::{Call, Unsent};
use super::hub::{QUEUE, Steps};
use super::inner::Inner;
use super::payload::typed;
use super::platform::Shared;
use crate::client::Error;
use crate::device::{InvalidArgument, Request, UpgradeStep};
use core::fmt;
use core::future::{Future, IntoFuture};
use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use futures_core::Stream;
use serde::Serialize;
use std::sync::Arc;

/// An upgrade of a device's agent: a stream of its steps, the last of which is the completed step
/// or an error. Awaiting it returns only that last item, even if the stream has already returned
/// it. Like a [`Call`], it is sent when first polled. Dropping it only stops listening: the upgrade
/// itself continues.
///
/// ```no_run
/// # use futures_util::StreamExt;
/// # async fn example(client: &ardexa_client::ArdexaClient, device: &str) -> Result<(), ardexa_client::Error> {
/// let mut upgrade = client.do_upgrade(device);
/// while let Some(step) = upgrade.next().await {
///     println!("{}", step?.status);
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "streams do nothing unless polled"]
pub struct Upgrade {
    /// `None` once it has settled.
    call: Option<Call<UpgradeStep>>,
    last: Option<Result<UpgradeStep, Error>>,
    /// Whether the stream has returned the error at its end.
    error_was_read: bool,
    steps: Arc<Steps>,
}

impl Upgrade {
    pub(super) fn new(inner: &Shared<Inner>, request: Result<Request, InvalidArgument>) -> Self {
        let steps = Arc::new(Steps::new(QUEUE));
        let unsent = Unsent::request(request).map(|unsent| Unsent {
            steps: Some(steps.clone()),
            ..unsent
        });
        let call = Call::new(inner, unsent, |opened| {
            typed(opened.reply, UpgradeStep::parse)
        });
        Self {
            call: Some(call),
            last: None,
            error_was_read: false,
            steps,
        }
    }

    /// How long to wait for each step. Default: 5 minutes.
    pub fn timeout(self, timeout: Duration) -> Self {
        self.with(|call| call.timeout(timeout))
    }

    /// Waits without a timeout, until the connection ends.
    pub fn without_timeout(self) -> Self {
        self.with(Call::without_timeout)
    }

    /// Sets the request's ID. Default: a new UUID.
    pub fn request_id(self, id: impl Into<String>) -> Self {
        self.with(|call| call.request_id(id))
    }

    /// Adds fields to the payload, after those of the API: a struct or a map.
    pub fn extra(self, fields: impl Serialize) -> Self {
        self.with(|call| call.extra(fields))
    }

    fn with(mut self, change: impl FnOnce(Call<UpgradeStep>) -> Call<UpgradeStep>) -> Self {
        self.call = self.call.map(change);
        self
    }
}

impl Stream for Upgrade {
    type Item = Result<UpgradeStep, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        // Polled first, since its first poll sends the request. It settles after the steps before
        // it.
        if let Some(call) = &mut this.call
            && let Poll::Ready(last) = Pin::new(call).poll(context)
        {
            this.call = None;
            this.last = Some(last);
            this.steps.close(false);
        }
        match this.steps.poll_next(context) {
            Poll::Ready(Some(step)) => {
                // The core has checked the fields.
                let step = UpgradeStep::parse(&step);
                Poll::Ready(Some(
                    step.map_err(|problem| Error::invalid("step", problem)),
                ))
            }
            // The last step is also in the queue; an error is not.
            Poll::Ready(None) => {
                let is_read = core::mem::replace(&mut this.error_was_read, true);
                let error = this.last.as_ref().filter(|last| last.is_err() && !is_read);
                Poll::Ready(error.cloned())
            }
            Poll::Pending => Poll::Pending,
        }
    }
}

impl IntoFuture for Upgrade {
    type Output = Result<UpgradeStep, Error>;
    type IntoFuture = Finished;

    fn into_future(self) -> Finished {
        Finished(self)
    }
}

/// The last step of an [`Upgrade`].
#[must_use = "futures do nothing unless polled"]
#[derive(Debug)]
pub struct Finished(Upgrade);

impl Future for Finished {
    type Output = Result<UpgradeStep, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0.call {
            Some(call) => Pin::new(call).poll(context),
            None => match self.0.last.take() {
                Some(last) => Poll::Ready(last),
                None => Poll::Pending,
            },
        }
    }
}

impl fmt::Debug for Upgrade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Upgrade").field(&self.call).finish()
    }
}
