//! Upgrades: their steps, and how they end.

use crate::cloud::{Cloud, Raw};
use crate::support::{assert_error, send, settled};
use ardexa_client::{Error, Upgrade, UpgradeStep};
use core::time::Duration;
use futures::StreamExt;
use futures::future::poll_immediate;
use serde_json::json;

fn step(status: &str, is_last: bool) -> String {
    let fields = json!({ "status": status, "complete": is_last }).to_string();
    let fields = fields.strip_prefix('{').unwrap();
    format!(r#"42["device:doUpgrade:reply",{{"requestId":$id,{fields}]"#)
}

/// A server that answers an upgrade with these frames.
fn answering(frames: &[String]) -> serde_json::Value {
    json!({ "replies": { "device:doUpgrade": [frames], "test:echo": [["43$ack[]"]] } })
}

/// Every step, and the error at the end if there is one.
async fn all(upgrade: &mut Upgrade) -> (Vec<UpgradeStep>, Option<Error>) {
    let mut steps = Vec::new();
    while let Some(step) = upgrade.next().await {
        match step {
            Ok(step) => steps.push(step),
            Err(error) => {
                assert!(upgrade.next().await.is_none(), "an error is the end");
                return (steps, Some(error));
            }
        }
    }
    (steps, None)
}

api_test! {
    async fn every_step_is_reported_and_the_last_one_completes() {
        let (cloud, client) = Cloud::connected().await;
        let mut upgrade = client.do_upgrade(cloud.device());
        let (steps, error) = all(&mut upgrade).await;
        assert_eq!((steps.len(), error), (8, None));
        assert_eq!(steps[0].status, "Arch detected: amd64");
        assert_eq!((steps[7].status.as_str(), steps[7].complete), ("Complete", true));
        assert!(steps.iter().all(|step| step.request_id == steps[0].request_id));
        assert!(steps[..7].iter().all(|step| !step.complete));
        let sent = json!([{ "requestId": steps[0].request_id, "deviceId": cloud.device() }]);
        assert_eq!(cloud.received("device:doUpgrade").await, [sent]);
        assert!(upgrade.next().await.is_none(), "and stays at its end");
        client.close().await;
    }
}

api_test! {
    async fn awaiting_returns_the_last_step_before_and_after_the_others_are_read() {
        let frames = [step("one", false), step("two", false), step("ü", true)];
        let (_raw, client) = Raw::connected(answering(&frames)).await;
        for reads in 0..=4 {
            let mut upgrade = client.do_upgrade("d");
            for _ in 0..reads {
                upgrade.next().await;
            }
            let last = upgrade.await.unwrap();
            assert_eq!((last.status.as_str(), last.complete), ("ü", true), "after {reads} reads");
        }
        client.close().await;
    }
}

api_test! {
    async fn an_upgrade_refused_midway_yields_its_steps_and_the_error() {
        let refusal = r#"42["device:doUpgrade:reply",{"requestId":$id,"error":"Internal error occurred"}]"#;
        let frames = [step("one", false), step("two", false), step("three", false), refusal.to_owned()];
        let (_raw, client) = Raw::connected(answering(&frames)).await;
        let (steps, error) = all(&mut client.do_upgrade("d")).await;
        assert_eq!(steps.len(), 3);
        let error = error.unwrap();
        assert_error(&error, "rejected", Some("device:doUpgrade"), "Internal error occurred");
        assert_eq!(error.kind.data(), Some(r#""Internal error occurred""#));
        assert_error(&client.do_upgrade("d").await.unwrap_err(), "rejected", Some("device:doUpgrade"), "");
        assert_eq!(client.stats().open_requests, 0);
        client.close().await;
    }
}

api_test! {
    async fn awaiting_an_upgrade_whose_error_was_read_returns_the_error_again() {
        let (_cloud, client) = Cloud::connected().await;
        let mut upgrade = client.do_upgrade("none");
        let (steps, error) = all(&mut upgrade).await;
        assert_eq!((steps.len(), upgrade.await.err()), (0, error));
        client.close().await;
    }
}

api_test! {
    async fn a_step_of_the_wrong_shape_ends_the_upgrade() {
        let wrong = r#"42["device:doUpgrade:reply",{"requestId":$id,"status":"x"}]"#.to_owned();
        let (_raw, client) = Raw::connected(answering(&[step("one", false), wrong])).await;
        let (steps, error) = all(&mut client.do_upgrade("d")).await;
        assert_eq!(steps.len(), 1);
        assert_error(&error.unwrap(), "protocol", Some("device:doUpgrade"), "complete is missing");
        client.close().await;
    }
}

api_test! {
    async fn an_upgrade_that_is_cut_off_ends_with_an_error() {
        for (closes, code) in [(true, "closed"), (false, "disconnected")] {
            let (raw, client) = Raw::connected(answering(&[step("one", false)])).await;
            let mut upgrade = client.do_upgrade("d");
            assert_eq!(upgrade.next().await.unwrap().unwrap().status, "one");
            if closes {
                client.close().await;
            } else {
                raw.call("cut", json!([])).await;
            }
            let (steps, error) = all(&mut upgrade).await;
            assert_eq!(steps.len(), 0);
            assert_error(&error.unwrap(), code, Some("device:doUpgrade"), "");
            client.close().await;
        }
    }
}

api_test! {
    async fn a_timeout_counts_from_step_to_step() {
        let (raw, client) = Raw::connected(answering(&[step("one", false)])).await;
        let mut upgrade = client.do_upgrade("d").timeout(Duration::from_millis(300));
        assert_eq!(upgrade.next().await.unwrap().unwrap().status, "one");
        let (steps, error) = all(&mut upgrade).await;
        assert_eq!(steps.len(), 0);
        assert_error(&error.unwrap(), "timeout", Some("device:doUpgrade"), "within 300 ms");
        raw.call("got", json!(["device:doUpgrade", 1])).await;
        client.close().await;
        // Eight steps of 150 ms: longer together than the timeout, each far within it.
        let (cloud, client) = Cloud::connected_with(json!({ "upgradeStepMs": 150 })).await;
        let upgrade = client.do_upgrade(cloud.device()).timeout(Duration::from_secs(1));
        assert!(upgrade.await.unwrap().complete);
        client.close().await;
    }
}

api_test! {
    async fn options_apply_to_an_upgrade() {
        let (cloud, client) = Cloud::connected().await;
        let upgrade = client.do_upgrade(cloud.device()).request_id("mine").extra(json!({ "more": "ü" }));
        assert!(upgrade.without_timeout().await.unwrap().complete);
        let sent = &cloud.received("device:doUpgrade").await[0][0];
        assert_eq!((&sent["requestId"], &sent["more"]), (&json!("mine"), &json!("ü")));
        let forbidden = client.do_upgrade("d").extra(json!({ "deviceId": "x" }));
        assert_error(&forbidden.await.unwrap_err(), "invalid-argument", None, "extra.deviceId");
        client.close().await;
    }
}

api_test! {
    async fn a_dropped_upgrade_only_stops_listening() {
        let (raw, client) = Raw::connected(answering(&[step("one", false)])).await;
        let mut events = client.events();
        let mut upgrade = client.do_upgrade("d");
        upgrade.next().await.unwrap().unwrap();
        drop(upgrade);
        assert_eq!(client.stats().open_requests, 0);
        let frames = raw.call("frames", json!([])).await;
        let (_, id) = frames[1].as_str().unwrap().split_once(r#""requestId":"#).unwrap();
        let (id, _) = id.split_once(',').unwrap();
        raw.send(&[step("two", false).replace("$id", id), step("three", true).replace("$id", id)]).await;
        settled(&client).await;
        assert_eq!(crate::support::drain(&mut events), []);
        assert_eq!(raw.call("frames", json!([])).await.as_array().unwrap().len(), 3, "nothing else was sent");
        client.close().await;
        assert_eq!(client.stats().table_entries, 0);
    }
}

api_test! {
    async fn a_finished_upgrade_can_be_polled_by_hand() {
        let (_raw, client) = Raw::connected(answering(&[])).await;
        let mut finished = IntoFuture::into_future(client.do_upgrade("d"));
        send(&mut finished).await;
        assert_eq!(client.stats().open_requests, 1);
        assert!(poll_immediate(&mut finished).await.is_none());
        client.close().await;
        assert_eq!(finished.await.unwrap_err().code(), "closed");
    }
}
