//! Panics in the caller's code: consumers, token functions, wakers, custom connectors and sockets.

use crate::cloud::{Cloud, Raw};
use crate::support::{assert_error, drain, next_connect, request, sample, settled};
use ardexa_client::native::{Connect, Frame, Opening, Socket, WebSocketConnector};
use ardexa_client::{ArdexaClient, Event, TokenSource};
use futures::executor::block_on;
use futures::future::join;
use futures::task::{ArcWake, Context, Poll, waker};
use futures::{FutureExt, StreamExt};
use serde_json::json;
use std::collections::VecDeque;
use std::fmt::Debug;
use std::future::{Future, pending};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;

#[test]
fn a_panicking_consumer_does_not_affect_others() {
    let (cloud, client) = block_on(Cloud::connected());
    let mut feed = block_on(client.feed(cloud.solar())).unwrap();
    let mut other = block_on(client.feed(cloud.solar())).unwrap();
    let consumer = thread::spawn(move || {
        block_on(async {
            feed.next().await.unwrap();
            panic!("on purpose");
        })
    });
    assert!(consumer.join().is_err());
    block_on(async {
        for _ in 0..3 {
            other.next().await.unwrap();
        }
        client.cmd(cloud.device(), "uptime").await.unwrap();
        drop(other);
        cloud.until("feeds", 0).await;
        client.close().await;
        assert_eq!(client.stats().table_entries, 0);
    });
}

#[test]
fn a_panicking_token_function_only_fails_the_attempt() {
    block_on(async {
        let cloud = Cloud::start(json!({})).await;
        let (calls, token) = (AtomicU32::new(0), cloud.token.clone());
        let source = TokenSource::function(move || {
            let is_first = calls.fetch_add(1, Ordering::Relaxed) == 0;
            assert!(!is_first, "on purpose");
            let token = token.clone();
            async move { Ok::<_, String>(token) }
        });
        let client = ArdexaClient::new(cloud.options_with(source)).unwrap();
        assert_eq!(client.open().await.unwrap_err().code(), "unauthorized");
        let failure = client.token_failure();
        assert_eq!(failure.as_deref(), Some("the token function panicked"));
        client.open().await.unwrap();
        client.close().await;
    });
}

/// Panics when it is dropped.
struct PanicsOnDrop;

impl Drop for PanicsOnDrop {
    fn drop(&mut self) {
        panic!("on purpose, while dropped");
    }
}

/// Says that it has begun, never ends, and panics when it is dropped.
async fn endless(began: Sender<()>) {
    let _held = PanicsOnDrop;
    began.send(()).unwrap();
    pending().await
}

#[test]
fn a_cancelled_token_that_panics_while_dropped_does_no_harm() {
    block_on(async {
        let cloud = Cloud::start(json!({})).await;
        let (first, token) = (AtomicBool::new(true), cloud.token.clone());
        let (began, beginnings) = channel();
        let source = TokenSource::function(move || {
            let is_first = first.swap(false, Ordering::Relaxed);
            let (began, token) = (began.clone(), token.clone());
            async move {
                if is_first {
                    endless(began).await;
                }
                Ok::<_, String>(token)
            }
        });
        let client = ArdexaClient::new(cloud.options_with(source)).unwrap();
        cancel(&client, &beginnings).await;
        client.open().await.unwrap();
        client.cmd(cloud.device(), "uptime").await.unwrap();
        client.close().await;
    });
}

/// Begins an attempt, and closes the client within it.
async fn cancel(client: &ArdexaClient, beginnings: &Receiver<()>) {
    let mut opening = pin!(client.open());
    assert!(opening.as_mut().now_or_never().is_none());
    beginnings.recv().unwrap();
    client.close().await;
    assert_eq!(opening.await.unwrap_err().code(), "closed");
}

/// Notes that it has been woken, and panics.
#[derive(Default)]
struct Panics(AtomicBool);

impl ArcWake for Panics {
    fn wake_by_ref(waker: &Arc<Self>) {
        waker.0.store(true, Ordering::Relaxed);
        panic!("on purpose");
    }
}

impl Panics {
    /// Polls once, which must be pending, with a waker that panics.
    fn waiting<T: Debug>(poll: impl FnOnce(&mut Context<'_>) -> Poll<T>) -> Arc<Self> {
        let panics = Arc::new(Self::default());
        let waker = waker(panics.clone());
        let polled = poll(&mut Context::from_waker(&waker));
        assert!(polled.is_pending(), "ready at once: {polled:?}");
        panics
    }

    fn has_been_woken(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

#[test]
fn a_panicking_waker_loses_nothing() {
    block_on(async {
        let (raw, client) = Raw::feeding(&[]).await;
        let mut feed = client.feed(request()).await.unwrap();
        let mut same_feed = client.feed(request()).await.unwrap();
        let mut series = client.series(request(), 5).await.unwrap();
        let (mut events, mut other_events) = (client.events(), client.events());
        let mut upgrade = client.do_upgrade("d").request_id("upgrade");
        let mut cmd = client.cmd("d", "true").request_id("cmd");
        let wakers = [
            Panics::waiting(|context| feed.poll_next_unpin(context)),
            Panics::waiting(|context| pin!(series.updated()).poll(context)),
            Panics::waiting(|context| events.poll_next_unpin(context)),
            Panics::waiting(|context| upgrade.poll_next_unpin(context)),
            Panics::waiting(|context| cmd.poll_unpin(context)),
        ];
        raw.send(&[
            sample("1").as_str(),
            r#"42["device:metaChange",{"id":"d"}]"#,
            r#"42["device:doUpgrade:reply",{"requestId":"upgrade","status":"one","complete":false}]"#,
            r#"42["device:doUpgrade:reply",{"requestId":"upgrade","status":"two","complete":true}]"#,
            r#"42["device:cmd:reply",{"requestId":"cmd","stdout":"ü","stderr":"","returnCode":0}]"#,
        ])
        .await;
        settled(&client).await;
        assert_eq!(wakers.map(|waker| waker.has_been_woken()), [true; 5]);
        // All of it has come, and the connection is still the first one.
        assert_eq!(
            feed.next().now_or_never().flatten().unwrap().number(),
            Some(1.0)
        );
        assert_eq!(
            same_feed.next().now_or_never().flatten().unwrap().number(),
            Some(1.0)
        );
        assert_eq!(series.updated().now_or_never(), Some(true));
        for events in [&mut events, &mut other_events] {
            assert!(matches!(drain(events)[..], [Event::MetaChange(_)]));
        }
        let steps: Vec<_> = upgrade.map(|step| step.unwrap().status).collect().await;
        assert_eq!(steps, ["one", "two"]);
        assert_eq!(cmd.await.unwrap().stdout, "ü");
        client.close().await;
        assert_eq!(client.stats().table_entries, 0);
    });
}

#[test]
fn a_panicking_waker_does_not_stop_closing() {
    block_on(async {
        let (raw, client) = Raw::not_reading(10).await;
        let mut call = client.emit_with_ack("test:echo", [1]);
        let calling = Panics::waiting(|context| call.poll_unpin(context));
        {
            let mut closed = pin!(client.close());
            let closing = Panics::waiting(|context| closed.as_mut().poll(context));
            join(raw.call("resume", json!([])), client.close()).await;
            assert!(calling.has_been_woken() && closing.has_been_woken());
        }
        assert_eq!(call.await.unwrap_err().code(), "closed");
        client.open().await.unwrap();
        client.close().await;
    });
}

/// Where a connection panics.
#[derive(Clone, Copy, Debug, PartialEq)]
enum At {
    Connect,
    Opening,
    Read,
    Write,
    Close,
    /// When the socket is dropped.
    Dropped,
    Nowhere,
}

fn panic_at(here: At, at: At) {
    assert!(here != at, "on purpose, at {at:?}");
}

/// Each attempt panics at a place of its own; the attempts after them, nowhere.
struct Panicking(Mutex<VecDeque<At>>, WebSocketConnector);

impl Panicking {
    fn each_at<const N: usize>(places: [At; N]) -> Self {
        Self(Mutex::new(places.into()), WebSocketConnector::default())
    }
}

impl Connect for Panicking {
    fn connect(&self, url: &str) -> Opening {
        let next = self.0.lock().unwrap().pop_front();
        let at = next.unwrap_or(At::Nowhere);
        panic_at(At::Connect, at);
        let opening = self.1.connect(url);
        Box::pin(async move {
            panic_at(At::Opening, at);
            let socket = opening.await?;
            Ok(Box::new(PanickingSocket(at, socket)) as Box<dyn Socket>)
        })
    }
}

struct PanickingSocket(At, Box<dyn Socket>);

impl Socket for PanickingSocket {
    fn poll_read(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame, String>>> {
        panic_at(At::Read, self.0);
        self.1.poll_read(context)
    }

    fn poll_write(
        &mut self,
        context: &mut Context<'_>,
        frames: &mut VecDeque<Frame>,
    ) -> Poll<Result<(), String>> {
        // Not for a socket that is closing with nothing to send.
        if !frames.is_empty() {
            panic_at(At::Write, self.0);
        }
        self.1.poll_write(context, frames)
    }

    fn poll_close(&mut self, context: &mut Context<'_>) -> Poll<()> {
        panic_at(At::Close, self.0);
        self.1.poll_close(context)
    }
}

impl Drop for PanickingSocket {
    fn drop(&mut self) {
        panic_at(At::Dropped, self.0);
    }
}

#[test]
fn a_panicking_connector_or_socket_only_fails_the_attempt() {
    block_on(async {
        let cloud = Cloud::start(json!({})).await;
        let failing = [
            (At::Connect, "the connector panicked"),
            (At::Opening, "the connector panicked"),
            (At::Read, "the socket panicked"),
            (At::Write, "the socket panicked"),
        ];
        let connector = Panicking::each_at(failing.map(|(at, _)| at));
        let client = ArdexaClient::new(cloud.options().connector(connector)).unwrap();
        for (_, who) in failing {
            let error = client.open().await.unwrap_err();
            assert_error(&error, "unreachable", None, who);
        }
        client.open().await.unwrap();
        client.cmd(cloud.device(), "uptime").await.unwrap();
        client.close().await;
        assert_eq!(client.stats().table_entries, 0);
    });
}

#[test]
fn a_client_reconnects_after_panics_of_its_connector() {
    block_on(async {
        let cloud = Cloud::start(json!({})).await;
        let places = [At::Nowhere, At::Connect, At::Opening, At::Read, At::Write];
        let options = cloud.options().connector(Panicking::each_at(places));
        let client = ArdexaClient::connect(options).await.unwrap();
        let mut events = client.events();
        cloud.call("dropAll", json!([])).await;
        next_connect(&mut events).await;
        client.cmd(cloud.device(), "uptime").await.unwrap();
        client.close().await;
    });
}

#[test]
fn a_socket_that_panics_while_closing_is_closed() {
    block_on(async {
        let cloud = Cloud::start(json!({})).await;
        let options = cloud.options().connector(Panicking::each_at([At::Close]));
        let client = ArdexaClient::connect(options).await.unwrap();
        client.close().await;
        client.open().await.unwrap();
        client.cmd(cloud.device(), "uptime").await.unwrap();
        client.close().await;
    });
}

#[test]
fn a_client_reconnects_after_a_socket_that_panics_while_dropped() {
    block_on(async {
        let cloud = Cloud::start(json!({})).await;
        let connector = Panicking::each_at([At::Dropped, At::Dropped]);
        let options = cloud.options().connector(connector);
        let client = ArdexaClient::connect(options).await.unwrap();
        let mut events = client.events();
        cloud.call("dropAll", json!([])).await;
        next_connect(&mut events).await;
        client.close().await;
        client.open().await.unwrap();
        client.cmd(cloud.device(), "uptime").await.unwrap();
        client.close().await;
    });
}

/// The first attempt is endless.
struct EndlessOnce {
    began: Sender<()>,
    first: AtomicBool,
    then: WebSocketConnector,
}

impl Connect for EndlessOnce {
    fn connect(&self, url: &str) -> Opening {
        if !self.first.swap(false, Ordering::Relaxed) {
            return self.then.connect(url);
        }
        let endless = endless(self.began.clone());
        Box::pin(async move {
            endless.await;
            Err("it ended".to_owned())
        })
    }
}

#[test]
fn a_cancelled_attempt_that_panics_while_dropped_does_no_harm() {
    block_on(async {
        let cloud = Cloud::start(json!({})).await;
        let (began, beginnings) = channel();
        let connector = EndlessOnce {
            began,
            first: AtomicBool::new(true),
            then: WebSocketConnector::default(),
        };
        let client = ArdexaClient::new(cloud.options().connector(connector)).unwrap();
        cancel(&client, &beginnings).await;
        client.open().await.unwrap();
        client.cmd(cloud.device(), "uptime").await.unwrap();
        client.close().await;
    });
}
