//! A call: a future that is sent when first polled and settles once.

use super::hub::{OpenCall, Settled, Steps};
use super::inner::Inner;
use super::platform::Shared;
use super::subscriber::Subscriber;
use crate::client::{CallId, CallOptions, Command, Error, Reply, SeriesOptions, Timeout};
use crate::device::{FeedRequest, InvalidArgument, Request};
use core::fmt;
use core::future::Future;
use core::pin::Pin;
use core::task::{Context, Poll, ready};
use core::time::Duration;
use futures_channel::oneshot;
use serde::Serialize;
use std::sync::Arc;

/// A call to the cloud. It is sent when first polled, settles once and is never sent twice.
/// Dropping it before it settles aborts it, but a command that was already sent may still run.
#[must_use = "futures do nothing unless polled"]
pub struct Call<T> {
    inner: Shared<Inner>,
    stage: Stage,
    finish: Finish<T>,
}

enum Stage {
    Unsent(Result<UnsentCommand, Error>),
    Sent(Sent),
    Done,
}

struct Sent {
    call: CallId,
    settled: oneshot::Receiver<Settled>,
    subscriber: Option<Arc<Subscriber>>,
}

/// Turns the reply of a call into its result.
type Finish<T> = fn(Answered) -> Result<T, Error>;

/// A reply, and what is needed to make a handle from it.
pub(super) struct Answered {
    pub(super) inner: Shared<Inner>,
    pub(super) call: CallId,
    pub(super) reply: Reply,
    pub(super) subscriber: Option<Arc<Subscriber>>,
}

/// What a call sends.
pub(super) enum UnsentCommand {
    Connect,
    StopAllFeeds,
    Request {
        request: Request,
        options: CallOptions,
        steps: Option<Arc<Steps>>,
    },
    EmitWithAck {
        event: String,
        args: Vec<String>,
        timeout: Option<Timeout>,
    },
    OpenFeed {
        request: FeedRequest,
        extra: Option<String>,
        options: CallOptions,
        kind: FeedKind,
    },
}

#[derive(Clone, Copy)]
pub(super) enum FeedKind {
    Samples { queue: usize },
    Series { capacity: usize },
}

impl UnsentCommand {
    pub(super) fn request(request: Request) -> Self {
        Self::Request {
            request,
            options: CallOptions::default(),
            steps: None,
        }
    }

    fn set_timeout(&mut self, new: Timeout) {
        match self {
            Self::Request { options, .. } | Self::OpenFeed { options, .. } => {
                options.timeout = Some(new);
            }
            Self::EmitWithAck { timeout, .. } => *timeout = Some(new),
            Self::Connect | Self::StopAllFeeds => {}
        }
    }
}

impl<T> Call<T> {
    pub(super) fn new(
        inner: &Shared<Inner>,
        unsent: Result<UnsentCommand, Error>,
        finish: Finish<T>,
    ) -> Self {
        Self {
            inner: inner.clone(),
            stage: Stage::Unsent(unsent),
            finish,
        }
    }

    /// Sets how long to wait. Default: the client's timeout, or else the request's own.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.change(|unsent| {
            unsent.set_timeout(Timeout::After(timeout));
            Ok(())
        });
        self
    }

    /// Waits without a timeout, until the connection ends.
    pub fn without_timeout(mut self) -> Self {
        self.change(|unsent| {
            unsent.set_timeout(Timeout::Never);
            Ok(())
        });
        self
    }

    /// Sets the request's ID. Default: a new UUID.
    pub fn request_id(mut self, id: impl Into<String>) -> Self {
        let id = id.into();
        self.change(|unsent| match unsent {
            UnsentCommand::Request { options, .. } | UnsentCommand::OpenFeed { options, .. } => {
                options.request_id = Some(id);
                Ok(())
            }
            _ => Err(Error::invalid(
                "request_id",
                "is only for requests and feeds",
            )),
        });
        self
    }

    /// Adds fields to the payload, after those of the API: a struct or a map.
    pub fn extra(mut self, fields: impl Serialize) -> Self {
        self.change(|unsent| {
            let fields = json_text("extra", &fields)?;
            match unsent {
                UnsentCommand::Request { request, .. } => {
                    *request = request.clone().with_extra(&fields)?;
                }
                UnsentCommand::OpenFeed { extra, .. } => *extra = Some(fields),
                _ => return Err(Error::invalid("extra", "is only for requests and feeds")),
            }
            Ok(())
        });
        self
    }

    /// Changes what is sent. An error is reported when the call is awaited.
    pub(super) fn change(&mut self, change: impl FnOnce(&mut UnsentCommand) -> Result<(), Error>) {
        if let Stage::Unsent(unsent) = &mut self.stage
            && let Ok(command) = unsent
            && let Err(error) = change(command)
        {
            *unsent = Err(error);
        }
    }

    /// Sends the call if it has not been sent yet.
    pub(super) fn start(&mut self) -> Result<(), Error> {
        let Stage::Unsent(_) = self.stage else {
            return Ok(());
        };
        if let Stage::Unsent(unsent) = core::mem::replace(&mut self.stage, Stage::Done) {
            let sent = self.inner.send(unsent?);
            self.stage = Stage::Sent(sent);
        }
        Ok(())
    }
}

impl Inner {
    fn send(&self, unsent: UnsentCommand) -> Sent {
        let (settle, settled) = oneshot::channel();
        let subscriber = match &unsent {
            UnsentCommand::OpenFeed { kind, .. } => Some(Arc::new(match *kind {
                FeedKind::Samples { queue } => Subscriber::of_feed(queue),
                FeedKind::Series { .. } => Subscriber::of_series(),
            })),
            _ => None,
        };
        let steps = match &unsent {
            UnsentCommand::Request { steps, .. } => steps.clone(),
            _ => None,
        };
        let call = self.hub.open(OpenCall {
            settle,
            steps,
            subscriber: subscriber.clone(),
        });
        self.link.command(match unsent {
            UnsentCommand::Connect => Command::Connect { call },
            UnsentCommand::StopAllFeeds => Command::StopAllFeeds { call },
            UnsentCommand::Request {
                request, options, ..
            } => Command::Request {
                call,
                request,
                options,
            },
            UnsentCommand::EmitWithAck {
                event,
                args,
                timeout,
            } => Command::EmitWithAck {
                call,
                event,
                args,
                attachments: Vec::new(),
                timeout,
            },
            UnsentCommand::OpenFeed {
                request,
                extra,
                options,
                kind,
            } => Command::OpenFeed {
                call,
                request,
                extra,
                options,
                series: match kind {
                    FeedKind::Samples { .. } => None,
                    FeedKind::Series { capacity } => Some(SeriesOptions {
                        capacity,
                        wants_updates: true,
                    }),
                },
            },
        });
        Sent {
            call,
            settled,
            subscriber,
        }
    }
}

impl<T> Future for Call<T> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if let Err(error) = this.start() {
            return Poll::Ready(Err(error));
        }
        let Stage::Sent(sent) = &mut this.stage else {
            // Polled after completion, or the first poll panicked.
            return Poll::Pending;
        };
        let settled = ready!(Pin::new(&mut sent.settled).poll(context));
        let (call, subscriber) = (sent.call, sent.subscriber.take());
        this.stage = Stage::Done;
        // Only a fallback: a client settles its calls before it is dropped.
        let reply = settled.unwrap_or_else(|_| Err(crate::client::ErrorKind::Closed.into()));
        Poll::Ready(reply.and_then(|reply| {
            (this.finish)(Answered {
                inner: this.inner.clone(),
                call,
                reply,
                subscriber,
            })
        }))
    }
}

impl<T> Drop for Call<T> {
    fn drop(&mut self) {
        let Stage::Sent(Sent {
            call, subscriber, ..
        }) = &self.stage
        else {
            return;
        };
        self.inner.hub.forget(*call);
        self.inner.link.command(Command::Abort { call: *call });
        // The reply may have arrived without being read, so the feed may be open.
        if subscriber.is_some() {
            let subscription = *call;
            self.inner.link.command(Command::StopFeed { subscription });
        }
    }
}

impl<T> fmt::Debug for Call<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match &self.stage {
            Stage::Unsent(_) => "Call(unsent)",
            Stage::Sent(_) => "Call(sent)",
            Stage::Done => "Call(done)",
        })
    }
}

/// Serializes a value of the caller to JSON.
pub(super) fn json_text(argument: &str, value: &impl Serialize) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| {
        Error::invalid(
            argument,
            ["cannot be sent as JSON: ", &error.to_string()].concat(),
        )
    })
}

/// Wraps a request, or the error in its arguments.
pub(super) fn unsent_request(
    request: Result<Request, InvalidArgument>,
) -> Result<UnsentCommand, Error> {
    Ok(UnsentCommand::request(request?))
}
