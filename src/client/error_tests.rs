use super::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// Every variant with its code, message and data.
fn table() -> Vec<(ErrorKind, &'static str, &'static str, Option<&'static str>)> {
    let after = Duration::from_millis(1500);
    vec![
        (
            ErrorKind::Aborted { why: None },
            "aborted",
            "aborted by the caller; a command that was sent may still run",
            None,
        ),
        (
            ErrorKind::Aborted {
                why: some("stopAllFeeds() was called"),
            },
            "aborted",
            "aborted by the caller (stopAllFeeds() was called); a command that was sent may still run",
            None,
        ),
        (
            ErrorKind::AbortedBefore,
            "aborted",
            "aborted by the caller: nothing was sent",
            None,
        ),
        (
            ErrorKind::Closed,
            "closed",
            "the client is closed; call connect() first",
            None,
        ),
        (
            ErrorKind::Disconnected {
                reason: "ping timeout".to_owned(),
                data: None,
            },
            "disconnected",
            "the connection was lost after sending (ping timeout): whether the device acted is unknown; check before sending it again",
            None,
        ),
        (
            ErrorKind::IdleCut {
                silence: Duration::from_millis(59_600),
                ping_interval: Duration::from_secs(90),
            },
            "disconnected",
            "the connection was closed three times after about 60 s of silence, probably by an idle timeout on the way; set that timeout above the server's ping interval of 90 s",
            None,
        ),
        (
            ErrorKind::ServerDisconnected {
                message: None,
                data: None,
                hint: None,
                token_retry: false,
            },
            "disconnected",
            "the server ended the connection; call connect() to try again",
            None,
        ),
        (
            ErrorKind::ServerDisconnected {
                message: some("jwt expired ü"),
                data: some(r#"{"code":401}"#),
                hint: some("the token expired 2 hours ago; get a new one"),
                token_retry: false,
            },
            "disconnected",
            "the server ended the connection: jwt expired ü (the token expired 2 hours ago; get a new one); call connect() to try again",
            Some(r#"{"code":401}"#),
        ),
        (
            ErrorKind::ServerDisconnected {
                message: some("jwt expired"),
                data: None,
                hint: None,
                token_retry: true,
            },
            "disconnected",
            "the server ended the connection: jwt expired; retrying once with a fresh token",
            None,
        ),
        (
            ErrorKind::InvalidArgument {
                argument: "deviceId".to_owned(),
                problem: "must not be empty".to_owned(),
            },
            "invalid-argument",
            "deviceId: must not be empty",
            None,
        ),
        (
            ErrorKind::NotConnected {
                state: ConnectionState::Reconnecting,
            },
            "not-connected",
            "not connected (reconnecting): nothing was sent; wait for connect() or the connect event",
            None,
        ),
        (
            ErrorKind::Suspect,
            "not-connected",
            "the clock jumped, and it is not known yet whether the connection is alive: nothing was sent; try again in a few seconds",
            None,
        ),
        (
            ErrorKind::Protocol {
                reason: "feedId is missing".to_owned(),
                data: some("{}"),
            },
            "protocol",
            "the server broke the protocol: feedId is missing",
            Some("{}"),
        ),
        (
            ErrorKind::Rejected {
                message: "no such device ü".to_owned(),
                data: "\"no such device ü\"".to_owned(),
            },
            "rejected",
            "no such device ü",
            Some("\"no such device ü\""),
        ),
        (
            ErrorKind::Timeout {
                awaited: "reply",
                after,
            },
            "timeout",
            "no reply within 1500 ms; timeoutMs sets how long to wait",
            None,
        ),
        (
            ErrorKind::Timeout {
                awaited: AWAITED_ACCEPTANCE,
                after,
            },
            "timeout",
            "no acceptance by the server after its handshake within 1500 ms; connectTimeoutMs sets how long to wait",
            None,
        ),
        (
            ErrorKind::Timeout {
                awaited: AWAITED_HANDSHAKE,
                after,
            },
            "timeout",
            "no handshake over the open WebSocket within 1500 ms; connectTimeoutMs sets how long to wait; if that is long enough, check the URL and `path`: it may not be a Socket.IO server",
            None,
        ),
        (
            ErrorKind::Timeout {
                awaited: AWAITED_RESUMPTION,
                after,
            },
            "timeout",
            "no feedId after the reconnection within 1500 ms; the feed has ended; open it again",
            None,
        ),
        (
            ErrorKind::NotAccepted {
                host: "cloud.example".to_owned(),
                how: "closed the connection",
                progress: Progress::ConnectSent,
                detail: some("code 1006"),
                advice: "check the token and the workgroup",
            },
            "unreachable",
            "cloud.example closed the connection before accepting the connection: the handshake arrived, but CONNECT was not answered (code 1006); check the token and the workgroup",
            None,
        ),
        (
            ErrorKind::NoSocketIo {
                host: "cloud.example".to_owned(),
                reason: "its first frame is \"é\"".to_owned(),
            },
            "unreachable",
            "cloud.example is not a Socket.IO server (its first frame is \"é\"); check the URL and `path`",
            None,
        ),
        (
            ErrorKind::TokenFailed,
            "unauthorized",
            "the token function failed; `cause` is its error",
            None,
        ),
        (
            ErrorKind::TooLarge {
                size: 2000,
                limit: 1000,
            },
            "too-large",
            "the packet has 2000 bytes, and the server accepts 1000 (maxPayload): nothing was sent; send it in smaller parts",
            None,
        ),
        (
            ErrorKind::Unauthorized {
                message: "bad token".to_owned(),
                data: some("7"),
                hint: None,
            },
            "unauthorized",
            "the cloud refused the connection: bad token; check the token and the workgroup",
            Some("7"),
        ),
        (
            ErrorKind::Unreachable {
                host: "cloud.example:8443".to_owned(),
                detail: some("no answer within 20000 ms"),
                hint: None,
            },
            "unreachable",
            "cannot reach cloud.example:8443 (no answer within 20000 ms); check the URL, `path`, the network and the token",
            None,
        ),
        (
            ErrorKind::Unreachable {
                host: "cloud.example".to_owned(),
                detail: some("connect ECONNREFUSED"),
                hint: some("nothing listens there"),
            },
            "unreachable",
            "cannot reach cloud.example (connect ECONNREFUSED); nothing listens there",
            None,
        ),
    ]
}

#[test]
fn every_variant_has_its_code_and_message() {
    for (kind, code, sentence, data) in table() {
        assert_eq!(kind.code(), code);
        assert_eq!(kind.to_string(), sentence);
        assert_eq!(kind.data(), data);
        assert!(!sentence.ends_with('.'));
        // No wildcard: a new variant must be added to the table above.
        match kind {
            ErrorKind::Aborted { .. }
            | ErrorKind::AbortedBefore
            | ErrorKind::Closed
            | ErrorKind::Disconnected { .. }
            | ErrorKind::ServerDisconnected { .. }
            | ErrorKind::InvalidArgument { .. }
            | ErrorKind::NotConnected { .. }
            | ErrorKind::Suspect
            | ErrorKind::Protocol { .. }
            | ErrorKind::Rejected { .. }
            | ErrorKind::Timeout { .. }
            | ErrorKind::TooLarge { .. }
            | ErrorKind::TokenFailed
            | ErrorKind::Unauthorized { .. }
            | ErrorKind::NotAccepted { .. }
            | ErrorKind::NoSocketIo { .. }
            | ErrorKind::IdleCut { .. }
            | ErrorKind::Unreachable { .. } => {}
        }
    }
}

#[test]
fn codes_match_the_public_api() {
    let mut codes: Vec<&str> = table().iter().map(|(kind, ..)| kind.code()).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(
        codes,
        [
            "aborted",
            "closed",
            "disconnected",
            "invalid-argument",
            "not-connected",
            "protocol",
            "rejected",
            "timeout",
            "too-large",
            "unauthorized",
            "unreachable",
        ]
    );
}

#[test]
fn an_error_starts_with_its_operation_and_keeps_its_request() {
    let error = Error::from(ErrorKind::Closed).of("device:cmd", Some("r"));
    assert_eq!(
        error.to_string(),
        "device:cmd: the client is closed; call connect() first"
    );
    let again = error.of("device:cmd", None);
    assert_eq!(again.request_id.as_deref(), Some("r"));
}
