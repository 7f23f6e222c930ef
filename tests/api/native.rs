//! Native specifics: threads, custom connectors, TLS.

use crate::cloud::{Cloud, Raw};
use crate::support::send;
use ardexa_client::native::rustls::crypto::ring;
use ardexa_client::native::rustls::pki_types::{CertificateDer, pem::PemObject};
use ardexa_client::native::rustls::{ClientConfig, RootCertStore};
use ardexa_client::native::{Connect, Opening, WebSocketConnector};
use ardexa_client::{ArdexaClient, Call, CmdReply, Events, Feed, ReconnectConfig, Series, Upgrade};
use futures::channel::mpsc::{UnboundedSender, unbounded};
use futures::channel::oneshot;
use futures::executor::block_on;
use futures::future::{join, pending};
use futures::task::{ArcWake, Context};
use futures::{FutureExt, StreamExt};
use serde_json::json;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

#[test]
fn public_types_are_send() {
    fn moves<T: Send + 'static>() {}
    moves::<ArdexaClient>();
    moves::<Call<CmdReply>>();
    moves::<Upgrade>();
    moves::<Feed>();
    moves::<Series>();
    moves::<Events>();
}

#[test]
fn a_client_is_shared_between_threads() {
    let (cloud, client) = block_on(Cloud::connected());
    let device: Arc<str> = cloud.device().into();
    let threads = (0..4).map(|thread| {
        let (client, device) = (client.clone(), device.clone());
        thread::spawn(move || {
            for call in 0..25 {
                let text = format!("{thread}-{call}");
                let reply = block_on(client.cmd(&device, &format!("echo {text}"))).unwrap();
                assert_eq!(reply.stdout.trim(), text);
            }
        })
    });
    for thread in threads.collect::<Vec<_>>() {
        thread.join().unwrap();
    }
    assert_eq!(client.stats().open_requests, 0);
    block_on(client.close());
}

/// Uses its client whenever something wakes it.
struct UsesClient(ArdexaClient, AtomicU32);

impl ArcWake for UsesClient {
    fn wake_by_ref(waker: &Arc<Self>) {
        let Self(client, wakes) = &**waker;
        wakes.fetch_add(1, Ordering::Relaxed);
        let _ = (client.state(), client.id(), client.stats());
        client.reconnect_now();
        let _ = client.emit("test:woken", [1]);
        drop(client.events());
        let _ = client.cmd("none", "ls").now_or_never();
    }
}

#[test]
fn a_waker_may_use_the_client() {
    let (cloud, client) = block_on(Cloud::connected());
    let waker = Arc::new(UsesClient(client.clone(), AtomicU32::new(0)));
    let mut feed = block_on(client.feed(cloud.solar())).unwrap();
    let mut series = block_on(client.series(cloud.solar(), 5)).unwrap();
    let mut events = client.events();
    let mut call = client.cmd(cloud.device(), "slow");
    let task = futures::task::waker(waker.clone());
    let mut context = Context::from_waker(&task);
    while feed.received() < 20 {
        // A sample wakes it for the next one.
        while feed.poll_next_unpin(&mut context).is_ready() {}
        let _ = pin!(series.updated()).poll(&mut context);
        let _ = events.poll_next_unpin(&mut context);
        let _ = call.poll_unpin(&mut context);
        thread::yield_now();
    }
    block_on(client.close());
    assert!(waker.1.load(Ordering::Relaxed) > 1);
    assert_eq!(block_on(call).unwrap_err().code(), "closed");
    assert_eq!(client.stats().table_entries, 0);
}

/// Fails the first time.
struct Fickle(AtomicBool, WebSocketConnector);

impl Connect for Fickle {
    fn connect(&self, url: &str) -> Opening {
        if self.0.swap(true, Ordering::Relaxed) {
            return self.1.connect(url);
        }
        Box::pin(async { Err("the tunnel is flooded".to_owned()) })
    }
}

#[test]
fn a_custom_connector_opens_the_sockets() {
    block_on(async {
        let cloud = Cloud::start(json!({})).await;
        let fickle = Fickle(AtomicBool::new(false), WebSocketConnector::default());
        let client = ArdexaClient::new(cloud.options().connector(fickle)).unwrap();
        let error = client.open().await.unwrap_err();
        assert_eq!(error.code(), "unreachable");
        assert!(
            error.to_string().contains("the tunnel is flooded"),
            "{error}"
        );
        client.open().await.unwrap();
        client.cmd(cloud.device(), "uptime").await.unwrap();
        client.close().await;
    });
}

/// Begins to connect, says so, and never succeeds.
struct Never(UnboundedSender<oneshot::Receiver<()>>);

impl Connect for Never {
    fn connect(&self, _url: &str) -> Opening {
        let (kept, dropped) = oneshot::channel::<()>();
        self.0.unbounded_send(dropped).unwrap();
        Box::pin(async move {
            let _kept = kept;
            pending().await
        })
    }
}

#[test]
fn close_drops_an_attempt_in_progress() {
    block_on(async {
        let cloud = Cloud::start(json!({})).await;
        let (begun, mut attempts) = unbounded();
        let client = ArdexaClient::new(cloud.options().connector(Never(begun))).unwrap();
        let mut open = client.open();
        send(&mut open).await;
        let mut dropped = attempts.next().await.unwrap();
        client.close().await;
        assert!(dropped.try_recv().is_err(), "the attempt goes on");
        assert_eq!(open.await.unwrap_err().code(), "closed");
    });
}

#[test]
fn an_attempt_that_times_out_is_dropped_at_once() {
    block_on(async {
        let cloud = Cloud::start(json!({})).await;
        let (begun, mut attempts) = unbounded();
        let an_hour = Duration::from_secs(3_600);
        let options = cloud
            .options()
            .connector(Never(begun))
            .connect_timeout(Duration::from_millis(50))
            .reconnect(ReconnectConfig {
                first_connect: true,
                min_delay: an_hour,
                max_delay: an_hour,
                ..ReconnectConfig::default()
            });
        let client = ArdexaClient::new(options).unwrap();
        let mut open = client.open();
        send(&mut open).await;
        let mut dropped = attempts.next().await.unwrap();
        let began = Instant::now();
        while dropped.try_recv().is_ok() {
            assert!(began.elapsed().as_secs() < 20, "the attempt goes on");
            thread::sleep(Duration::from_millis(1));
        }
        client.close().await;
        assert_eq!(open.await.unwrap_err().code(), "closed");
    });
}

#[test]
fn close_sends_everything_first() {
    block_on(async {
        let (raw, client) = Raw::not_reading(10).await;
        join(raw.call("resume", json!([])), client.close()).await;
        raw.call("got", json!(["bulk", 10])).await;
    });
}

#[test]
fn close_gives_a_server_that_has_stopped_reading_some_time() {
    block_on(async {
        let (_raw, client) = Raw::not_reading(10).await;
        let begun = Instant::now();
        client.close().await;
        assert!(begun.elapsed() >= Duration::from_secs(1));
    });
}

/// Trusts the tests' own certificate authority.
fn trusting_the_tests() -> WebSocketConnector {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/node/lib/certificates/ca.pem"
    );
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(path).unwrap())
        .unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    WebSocketConnector::with_tls(Arc::new(config))
}

#[test]
fn tls_connects_if_the_certificate_is_trusted() {
    block_on(async {
        let cloud = Cloud::start(json!({})).await;
        let connect = async |certificate: &str, connector: WebSocketConnector| {
            let url = format!("https://127.0.0.1:{}", cloud.tls(certificate).await);
            let options = ardexa_client::Options::new(url, &cloud.workgroup, cloud.token.as_str());
            ArdexaClient::connect(options.connector(connector)).await
        };
        let client = connect("good", trusting_the_tests()).await.unwrap();
        client.cmd(cloud.device(), "uptime").await.unwrap();
        client.close().await;
        for (certificate, connector, why) in [
            ("expired", trusting_the_tests(), "expired"),
            ("other-host", trusting_the_tests(), "not valid for name"),
            ("good", WebSocketConnector::default(), "UnknownIssuer"),
        ] {
            let error = connect(certificate, connector).await.unwrap_err();
            assert_eq!(error.code(), "unreachable");
            assert!(error.to_string().contains(why), "{error}");
        }
    });
}
