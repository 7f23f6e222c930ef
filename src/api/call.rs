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
    state: CallState,
    finish: Finish<T>,
}

enum CallState {
    Unsent(Result<Unsent, Error>),
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

/// A command and its options, and the receivers of what it leads to.
pub(super) struct Unsent {
    pub(super) command: UnsentCommand,
    pub(super) options: CallOptions,
    pub(super) steps: Option<Arc<Steps>>,
    /// For a feed.
    pub(super) subscriber: Option<Arc<Subscriber>>,
}

/// A [`Command`] without its call: the ID is assigned when it is sent, since calls that end
/// together settle in the order of their IDs.
pub(super) enum UnsentCommand {
    Connect,
    StopAllFeeds,
    Request(Request),
    EmitWithAck {
        event: String,
        args: Vec<String>,
    },
    OpenFeed {
        request: FeedRequest,
        extra: Option<String>,
        series: Option<SeriesOptions>,
    },
}

impl From<UnsentCommand> for Unsent {
    fn from(command: UnsentCommand) -> Self {
        Self {
            command,
            options: CallOptions::default(),
            steps: None,
            subscriber: None,
        }
    }
}

impl Unsent {
    /// Wraps a request, or the error in its arguments.
    pub(super) fn request(request: Result<Request, InvalidArgument>) -> Result<Self, Error> {
        Ok(UnsentCommand::Request(request?).into())
    }

    pub(super) fn feed(
        request: FeedRequest,
        subscriber: Subscriber,
        series: Option<SeriesOptions>,
    ) -> Self {
        let command = UnsentCommand::OpenFeed {
            request,
            extra: None,
            series,
        };
        Self {
            subscriber: Some(Arc::new(subscriber)),
            ..command.into()
        }
    }
}

impl UnsentCommand {
    /// Options that the command does not have are ignored.
    fn into_command(self, call: CallId, options: CallOptions) -> Command {
        match self {
            Self::Connect => Command::Connect { call },
            Self::StopAllFeeds => Command::StopAllFeeds { call },
            Self::Request(request) => Command::Request {
                call,
                request,
                options,
            },
            Self::EmitWithAck { event, args } => Command::EmitWithAck {
                call,
                event,
                args,
                attachments: Vec::new(),
                timeout: options.timeout,
            },
            Self::OpenFeed {
                request,
                extra,
                series,
            } => Command::OpenFeed {
                call,
                request,
                extra,
                options,
                series,
            },
        }
    }
}

impl<T> Call<T> {
    pub(super) fn new(
        inner: &Shared<Inner>,
        unsent: Result<impl Into<Unsent>, Error>,
        finish: Finish<T>,
    ) -> Self {
        Self {
            inner: inner.clone(),
            state: CallState::Unsent(unsent.map(Into::into)),
            finish,
        }
    }

    /// Sets how long to wait. Default: the client's timeout, or else the request's own.
    pub fn timeout(self, timeout: Duration) -> Self {
        self.with_timeout(Timeout::After(timeout))
    }

    /// Waits without a timeout, until the connection ends.
    pub fn without_timeout(self) -> Self {
        self.with_timeout(Timeout::Never)
    }

    fn with_timeout(self, timeout: Timeout) -> Self {
        self.change(|unsent| {
            unsent.options.timeout = Some(timeout);
            Ok(())
        })
    }

    /// Sets the request's ID. Default: a new UUID.
    pub fn request_id(self, id: impl Into<String>) -> Self {
        let id = id.into();
        self.change(|unsent| match unsent.command {
            UnsentCommand::Request(_) | UnsentCommand::OpenFeed { .. } => {
                unsent.options.request_id = Some(id);
                Ok(())
            }
            _ => Err(Error::invalid(
                "request_id",
                "is only for requests and feeds",
            )),
        })
    }

    /// Adds fields to the payload, after those of the API: a struct or a map.
    pub fn extra(self, fields: impl Serialize) -> Self {
        self.change(|unsent| {
            let fields = json_text("extra", &fields)?;
            match &mut unsent.command {
                UnsentCommand::Request(request) => {
                    *request = request.clone().with_extra(&fields)?;
                }
                UnsentCommand::OpenFeed { extra, .. } => *extra = Some(fields),
                _ => return Err(Error::invalid("extra", "is only for requests and feeds")),
            }
            Ok(())
        })
    }

    /// Changes what is sent. An error is reported when the call is awaited.
    pub(super) fn change(mut self, change: impl FnOnce(&mut Unsent) -> Result<(), Error>) -> Self {
        if let CallState::Unsent(result) = &mut self.state
            && let Ok(unsent) = result
            && let Err(error) = change(unsent)
        {
            *result = Err(error);
        }
        self
    }

    /// Sends the call if it has not been sent yet.
    pub(super) fn start(&mut self) -> Result<(), Error> {
        let CallState::Unsent(_) = self.state else {
            return Ok(());
        };
        if let CallState::Unsent(unsent) = core::mem::replace(&mut self.state, CallState::Done) {
            let sent = self.inner.send(unsent?);
            self.state = CallState::Sent(sent);
        }
        Ok(())
    }
}

impl Inner {
    fn send(&self, unsent: Unsent) -> Sent {
        let Unsent {
            command,
            options,
            steps,
            subscriber,
        } = unsent;
        let (settle, settled) = oneshot::channel();
        let call = self.hub.open(OpenCall {
            settle,
            steps,
            subscriber: subscriber.clone(),
        });
        self.link.command(command.into_command(call, options));
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
        let CallState::Sent(sent) = &mut this.state else {
            // Polled after completion, or the first poll panicked.
            return Poll::Pending;
        };
        let settled = ready!(Pin::new(&mut sent.settled).poll(context));
        let (call, subscriber) = (sent.call, sent.subscriber.take());
        this.state = CallState::Done;
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
        let CallState::Sent(Sent {
            call, subscriber, ..
        }) = &self.state
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
        f.write_str(match &self.state {
            CallState::Unsent(_) => "Call(unsent)",
            CallState::Sent(_) => "Call(sent)",
            CallState::Done => "Call(done)",
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
