//! Queued outputs that were not delivered: a callback sees only what was delivered, and can cancel
//! what is still queued.

use crate::link::config;
use crate::slow::{CONNECT, FEED, OPEN, SERIES, Slow, closed_by_network, opened_feed, stop_all};
use ardexa_client::client::{CallId, CallOptions, Command, ConnectionState, Event, Input, Output};
use ardexa_client::device::{Request, Token};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

#[test]
fn close_in_disconnect_suppresses_reconnecting() {
    let mut slow = Slow::connected();
    closed_by_network(&mut slow);
    slow.until(|event| matches!(event, Event::Disconnect { .. }));
    slow.command(Command::Close);
    let outputs = slow.drain();
    assert!(
        !outputs.iter().any(|o| matches!(o, Output::Event(_))),
        "{outputs:?}"
    );
    assert_eq!(slow.client.state(), ConnectionState::Closed);
}

#[test]
fn close_before_disconnect_is_delivered_announces_no_reconnection() {
    let mut slow = Slow::connected();
    closed_by_network(&mut slow);
    slow.command(Command::Close);
    let outputs = slow.drain();
    let disconnects: Vec<_> = outputs
        .iter()
        .filter_map(|output| match output {
            Output::Event(Event::Disconnect { will_reconnect, .. }) => Some(*will_reconnect),
            _ => None,
        })
        .collect();
    assert_eq!(disconnects, [false], "{outputs:?}");
}

#[test]
fn progress_of_an_aborted_call_is_dropped() {
    let mut slow = Slow::connected();
    let call = CallId::new(3);
    slow.command(Command::Request {
        call,
        request: Request::do_upgrade("d").unwrap(),
        options: CallOptions {
            request_id: Some("r".to_owned()),
            ..CallOptions::default()
        },
    });
    slow.drain();
    let step =
        r#"42["device:doUpgrade:reply",{"requestId":"r","status":"copying","complete":false}]"#;
    let is_progress = |output: &Output| matches!(output, Output::Progress { .. });
    slow.text(step);
    assert!(slow.drain().iter().any(is_progress));
    slow.text(step);
    slow.command(Command::Abort { call });
    let outputs = slow.drain();
    assert!(!outputs.iter().any(is_progress), "{outputs:?}");
}

#[test]
fn a_socket_of_an_earlier_attempt_does_not_open_the_next_one() {
    let mut slow = Slow::connected();
    let earlier = slow.attempt;
    closed_by_network(&mut slow);
    slow.drain();
    slow.command(Command::ReconnectNow);
    let Output::RequestToken { attempt } = slow.client.poll_output() else {
        panic!("no token was requested");
    };
    let token = Ok(Token::new("secret"));
    slow.input(Input::Token { attempt, token });
    slow.input(Input::Opened { attempt: earlier });
    slow.attempt = attempt;
    closed_by_network(&mut slow);
    let outputs = slow.drain();
    let error = outputs.iter().find_map(|output| match output {
        Output::Event(Event::ConnectError { error, .. }) => Some(error.to_string()),
        _ => None,
    });
    let error = error.unwrap();
    assert!(error.starts_with("cannot reach"), "{error}");
}

#[test]
fn close_in_connect_error_of_a_refusal_suppresses_the_token_request() {
    let mut config = config();
    config.token_may_change = true;
    let mut slow = Slow::connecting(config);
    slow.text(r#"44{"message":"no"}"#);
    slow.until(|event| {
        matches!(
            event,
            Event::ConnectError {
                will_retry: true,
                ..
            }
        )
    });
    slow.command(Command::Close);
    let outputs = slow.drain();
    let is_asked = |o: &Output| matches!(o, Output::RequestToken { .. } | Output::Open { .. });
    assert!(!outputs.iter().any(is_asked), "{outputs:?}");
}

#[test]
fn close_in_connect_rejects_the_pending_connect_with_closed() {
    let mut slow = Slow::connecting(config());
    slow.text(r#"40{"sid":"s"}"#);
    slow.until(|event| matches!(event, Event::Connect { .. }));
    slow.command(Command::Close);
    let codes: Vec<_> = slow
        .drain()
        .into_iter()
        .filter_map(settled_connect)
        .collect();
    assert_eq!(codes, ["closed"]);
}

fn settled_connect(output: Output) -> Option<&'static str> {
    match output {
        Output::Settle { call, result } if call == CONNECT => {
            Some(result.map_or_else(|error| error.code(), |_| "ok"))
        }
        _ => None,
    }
}

#[test]
fn an_undelivered_connection_was_never_connected() {
    let mut slow = Slow::connecting(config());
    slow.text(r#"40{"sid":"s"}"#);
    assert_eq!(slow.client.state(), ConnectionState::Connecting);
    assert_eq!(slow.client.socket_id(), None);
    assert_eq!(slow.client.stats().connections, 0);
    slow.command(Command::Close);
    assert_eq!(slow.client.stats().connections, 0);
    let outputs = slow.drain();
    assert!(
        !outputs.iter().any(|o| matches!(o, Output::Event(_))),
        "{outputs:?}"
    );
}

#[test]
fn a_series_is_readable_until_its_end_is_delivered() {
    let ends: [fn(&mut Slow); 3] = [
        |slow| slow.text("41"),
        |slow| slow.command(Command::Close),
        stop_all,
    ];
    for end in ends {
        let (mut slow, feed) = Slow::with_series();
        end(&mut slow);
        loop {
            let length = slow.client.series(FEED).map(|columns| columns.len());
            match slow.client.poll_output() {
                Output::SeriesEnded { columns, .. } => {
                    assert_eq!((length, columns.len()), (Some(3), 3));
                    break;
                }
                Output::Timeout(_) => panic!("the series did not end"),
                _ => assert_eq!((length, slow.client.samples_of(feed)), (Some(3), 3)),
            }
        }
        assert_eq!(slow.client.samples_of(feed), 3);
        slow.drain();
        assert_eq!(slow.client.samples_of(feed), 0);
    }
}

#[test]
fn each_ended_series_is_read_by_its_own_call() {
    let (mut slow, _) = Slow::with_series();
    let later = CallId::new(3);
    slow.open(later, SERIES);
    slow.drain();
    slow.command(Command::Close);
    let lengths = [FEED, later].map(|call| slow.client.series(call).map(|columns| columns.len()));
    assert_eq!(lengths, [Some(3), Some(0)]);
}

#[test]
fn each_ended_feed_is_counted_by_itself() {
    let mut slow = Slow::connected();
    let later = CallId::new(3);
    let reply = |id: &str, feed: &str| {
        format!(r#"42["device:feed:rpc",{{"requestId":"{id}","feedId":"{feed}"}}]"#)
    };
    slow.open(FEED, None);
    slow.text(&reply("r", "f"));
    slow.open_feed("b", later, Some("other".to_owned()), None);
    slow.text(&reply("other", "g"));
    let feeds: Vec<_> = slow.drain().into_iter().filter_map(opened_feed).collect();
    for feed in ["f", "g", "g"] {
        slow.text(&format!(
            r#"42["device:feed:reply",{{"feedId":"{feed}","value":1}}]"#
        ));
    }
    slow.drain();
    slow.command(Command::Close);
    let counts: Vec<_> = feeds
        .iter()
        .map(|feed| slow.client.samples_of(*feed))
        .collect();
    assert_eq!(counts, [1, 2]);
}

#[test]
fn the_columns_of_a_stopped_series_can_be_taken_before_delivery() {
    let (mut slow, _) = Slow::with_series();
    slow.command(Command::StopFeed { subscription: FEED });
    assert!(!slow.client.has_subscription(FEED));
    let columns = slow.client.take_ended_series(FEED).unwrap();
    assert_eq!(columns.len(), 3);
    assert!(slow.client.take_ended_series(FEED).is_none());
    let outputs = slow.drain();
    assert!(
        !outputs
            .iter()
            .any(|o| matches!(o, Output::SeriesEnded { .. }))
    );
}

#[test]
fn a_feed_aborted_before_delivery_is_not_open() {
    let (mut slow, _) = Slow::with_series();
    let call = CallId::new(3);
    slow.open(call, None);
    slow.command(Command::Abort { call });
    let settled = |output| match output {
        Output::Settle { call: of, result } if of == call => Some(result.unwrap_err().code()),
        _ => None,
    };
    let results: Vec<_> = slow.drain().into_iter().filter_map(settled).collect();
    assert_eq!(results, ["aborted"]);
    assert!(!slow.client.has_subscription(call));
    assert!(slow.client.has_subscription(FEED));
}

/// A way for the only feed to end, and the code that its opening then fails with.
type End = (fn(&mut Slow), &'static str);

#[test]
fn a_feed_that_ends_before_its_opening_is_delivered_fails_to_open() {
    let ends: [End; 3] = [
        (|slow| slow.command(Command::Close), "closed"),
        (stop_all, "aborted"),
        (
            |slow| slow.text(r#"42["device:feed:reply",{"feedId":"f","error":"gone"}]"#),
            "rejected",
        ),
    ];
    for (end, code) in ends {
        let mut slow = Slow::connected();
        slow.open(FEED, None);
        slow.drain();
        // Another call settles first.
        slow.open(CallId::new(3), None);
        slow.command(Command::Abort {
            call: CallId::new(3),
        });
        slow.text(r#"42["device:feed:rpc",{"requestId":"r","feedId":"f"}]"#);
        end(&mut slow);
        let outputs = slow.drain();
        let settled = outputs.iter().filter_map(|output| match output {
            Output::Settle { call, result } if *call == FEED => Some(result),
            _ => None,
        });
        let codes: Vec<_> = settled
            .map(|result| result.as_ref().map_or_else(|error| error.code(), |_| "ok"))
            .collect();
        assert_eq!(codes, [code]);
        assert!(
            !outputs
                .iter()
                .any(|o| matches!(o, Output::FeedEnded { .. })),
            "{outputs:?}"
        );
    }
}

#[test]
fn early_samples_of_a_resumed_feed_are_dropped_on_close_and_stop_all() {
    let ends: [fn(&mut Slow); 2] = [|slow| slow.command(Command::Close), stop_all];
    for end in ends {
        let mut slow = Slow::connected();
        slow.open(FEED, None);
        slow.text(r#"42["device:feed:rpc",{"requestId":"r","feedId":"f"}]"#);
        slow.drain();
        closed_by_network(&mut slow);
        slow.drain();
        slow.command(Command::ReconnectNow);
        let request_id = slow.accept_again();
        for n in 1..=2 {
            slow.text(&format!(
                r#"42["device:feed:reply",{{"requestId":"{request_id}","feedId":"g","value":{n}}}]"#
            ));
        }
        slow.text(&format!(
            r#"42["device:feed:rpc",{{"requestId":"{request_id}","feedId":"g"}}]"#
        ));
        let Output::FeedResumed { .. } = slow.client.poll_output() else {
            panic!("the feed was not resumed");
        };
        let Output::Sample { .. } = slow.client.poll_output() else {
            panic!("the early sample was not emitted");
        };
        end(&mut slow);
        let outputs = slow.drain();
        assert!(
            !outputs.iter().any(|o| matches!(o, Output::Sample { .. })),
            "{outputs:?}"
        );
    }
}

#[test]
fn a_page_hidden_during_its_handshake_continues_when_shown() {
    let mut slow = Slow::connecting(config());
    slow.input(Input::Suspend);
    let outputs = slow.drain();
    assert!(
        matches!(outputs[..], [Output::CloseSocket { .. }]),
        "{outputs:?}"
    );
    assert_eq!(slow.client.state(), ConnectionState::Connecting);
    slow.input(Input::Wake);
    let Output::RequestToken { attempt } = slow.client.poll_output() else {
        panic!("no attempt followed");
    };
    slow.attempt = attempt;
    slow.input(Input::Token {
        attempt,
        token: Ok(Token::new("secret")),
    });
    slow.input(Input::Opened { attempt });
    slow.text(OPEN);
    slow.text(r#"40{"sid":"s"}"#);
    slow.until(|event| matches!(event, Event::Connect { attempt: 1, .. }));
    let codes: Vec<_> = slow
        .drain()
        .into_iter()
        .filter_map(settled_connect)
        .collect();
    assert_eq!(codes, ["ok"]);
}
