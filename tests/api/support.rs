//! What many tests do with a client.

use ardexa_client::{ArdexaClient, Error, Event, Events, FeedRequest};
use core::fmt::Debug;
use core::future::Future;
use futures::future::poll_immediate;
use futures::{FutureExt, StreamExt};

/// The next event that passes.
pub(crate) async fn next_event(events: &mut Events, wanted: impl Fn(&Event) -> bool) -> Event {
    loop {
        let event = events.next().await.expect("the event comes before the end");
        if wanted(&event) {
            return event;
        }
    }
}

/// The next connection.
pub(crate) async fn next_connect(events: &mut Events) {
    next_event(events, |event| matches!(event, Event::Connect { .. })).await;
}

/// The next warning.
pub(crate) async fn next_warning(events: &mut Events) -> Error {
    loop {
        if let Event::Warning(error) = events.next().await.expect("a warning before the end") {
            return error;
        }
    }
}

/// The events that have already come.
pub(crate) fn drain(events: &mut Events) -> Vec<Event> {
    let mut drained = Vec::new();
    while let Some(Some(event)) = events.next().now_or_never() {
        drained.push(event);
    }
    drained
}

/// Polls a call for the first time, which sends it.
pub(crate) async fn send<F>(call: &mut F)
where
    F: Future + Unpin,
    F::Output: Debug,
{
    let settled = poll_immediate(call).await;
    assert!(settled.is_none(), "settled at once: {settled:?}");
}

/// Returns once everything sent both ways before has arrived.
pub(crate) async fn settled(client: &ArdexaClient) {
    client.emit_with_ack("test:echo", [0]).await.unwrap();
}

/// Asserts an error's code and event, and that its message contains these words.
#[track_caller]
pub(crate) fn assert_error(error: &Error, code: &str, event: Option<&str>, words: &str) {
    assert_eq!(error.code(), code, "{error}");
    assert_eq!(error.event.as_deref(), event, "{error}");
    let message = error.to_string();
    assert!(message.contains(words), "{message}");
    let prefix = event
        .map(|event| [event, ": "].concat())
        .unwrap_or_default();
    assert!(message.starts_with(&prefix), "{message}");
}

/// What a scripted server's feed is asked for.
pub(crate) fn request() -> FeedRequest {
    FeedRequest::new("d", "t", "s", None).unwrap()
}

/// The frame of a sample of the feed `f` with this value, as JSON text.
pub(crate) fn sample(value: &str) -> String {
    sample_of("f", value)
}

pub(crate) fn sample_of(feed_id: &str, value: &str) -> String {
    format!(
        r#"42["device:feed:reply",{{"feedId":"{feed_id}","event_time":"2023-08-09T03:55:37.000Z","table":"t","source":"s","device":"d","messageId":"1","value":{value}}}]"#
    )
}
