//! What `{:?}` shows of the API's types. That none of them shows the token is in `secrecy.rs`.

use crate::cloud::Cloud;
use crate::support::send;
use ardexa_client::{Options, TokenSource};
use core::fmt::Debug;

#[track_caller]
fn shows(value: &impl Debug, expected: &str) {
    assert_eq!(format!("{value:?}"), expected);
}

api_test! {
    async fn a_client_and_its_calls_show_their_state() {
        let (cloud, client) = Cloud::connected().await;
        shows(&client, "ArdexaClient { state: Connected, .. }");
        shows(&client.events(), "Events");
        let mut call = client.cmd(cloud.device(), "true");
        shows(&call, "Call(unsent)");
        send(&mut call).await;
        shows(&call, "Call(sent)");
        (&mut call).await.unwrap();
        shows(&call, "Call(done)");
        shows(&client.do_upgrade(cloud.device()), "Upgrade(Some(Call(unsent)))");
        client.close().await;
        shows(&client, "ArdexaClient { state: Closed, .. }");
    }
}

api_test! {
    async fn feeds_and_series_show_their_id() {
        let (cloud, client) = Cloud::connected().await;
        let feed = client.feed(cloud.solar()).await.unwrap();
        shows(&feed, &format!("Feed({:?})", feed.id()));
        let mut series = client.series(cloud.solar(), 1).await.unwrap();
        series.updated().await;
        // One is the most that it keeps.
        shows(&series, &format!("Series {{ id: {:?}, len: 1 }}", series.id()));
        client.close().await;
    }
}

api_test! {
    async fn options_show_where_they_connect_to() {
        let options = Options::new("https://cloud.example", "demo", "secret");
        shows(
            &options,
            r#"Options { url: "https://cloud.example", workgroup: "demo", token: TokenSource(…), .. }"#,
        );
        let function = TokenSource::function(|| async { Ok::<_, String>("secret".to_owned()) });
        shows(&function, "TokenSource(function)");
    }
}

#[cfg(not(target_arch = "wasm32"))]
#[test]
fn a_connector_shows_its_name() {
    let connector = ardexa_client::native::WebSocketConnector::default();
    shows(&connector, "WebSocketConnector");
}
