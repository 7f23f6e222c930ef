//! The requests of the API, one method for each event.

use super::call::{Answered, Call, Unsent, UnsentCommand, json_text};
use super::client::ArdexaClient;
use super::feed::Feed;
use super::payload::typed;
use super::series::Series;
use super::subscriber::Subscriber;
use super::upgrade::Upgrade;
use crate::client::{Error, Payload, SeriesOptions};
use crate::device::{CmdReply, CompleteReply, ConfigReply, FeedRequest, Request};
use serde::Serialize;
use std::sync::Arc;

/// Samples that a feed holds for a slow reader by default.
const FEED_QUEUE: usize = 1024;

impl ArdexaClient {
    /// Runs a command in the device's remote shell. An exit code other than 0 is a reply, not an
    /// error.
    ///
    /// ```no_run
    /// # async fn example(client: &ardexa_client::ArdexaClient, device: &str) -> Result<(), ardexa_client::Error> {
    /// let reply = client.cmd(device, "uptime").await?;
    /// assert_eq!(reply.return_code, 0);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `rejected` with the cloud's message, `timeout`, `disconnected`; `not-connected`, `closed`,
    /// `invalid-argument` or `too-large` if nothing was sent. The same applies to every request.
    pub fn cmd(&self, device_id: &str, cmd: &str) -> Call<CmdReply> {
        let request = Request::cmd(device_id, cmd);
        self.request_of(request, |opened| typed(opened.reply, CmdReply::parse))
    }

    /// Has the device check a configuration, the JSON text of an object. The text is sent byte for
    /// byte, since the order of keys decides whether anchors resolve.
    pub fn test_config(&self, device_id: &str, config_json: &str) -> Call<ConfigReply> {
        self.config(Request::test_config(device_id, config_json))
    }

    /// Like [`test_config`](Self::test_config), then saves it and restarts the agent.
    pub fn apply_config(&self, device_id: &str, config_json: &str) -> Call<ConfigReply> {
        self.config(Request::apply_config(device_id, config_json))
    }

    /// Like [`apply_config`](Self::apply_config), for a configuration in YAML.
    pub fn apply_yaml_config(&self, device_id: &str, yaml: &str) -> Call<ConfigReply> {
        self.config(Request::apply_yaml_config(device_id, yaml))
    }

    /// Has the device reload its scenarios.
    pub fn refresh_meta(&self, device_id: &str) -> Call<CompleteReply> {
        self.complete(Request::refresh_meta(device_id))
    }

    /// Sends the `ardexactl` control script to the device.
    pub fn send_ardexactl(&self, device_id: &str) -> Call<CompleteReply> {
        self.complete(Request::send_ardexactl(device_id))
    }

    /// Sends the `ardpkg` plugin manager to the device.
    pub fn send_ardpkg(&self, device_id: &str) -> Call<CompleteReply> {
        self.complete(Request::send_ardpkg(device_id))
    }

    /// Upgrades the agent to its latest version: a stream of the steps, or a future of the last
    /// one.
    pub fn do_upgrade(&self, device_id: &str) -> Upgrade {
        Upgrade::new(&self.inner, Request::do_upgrade(device_id))
    }

    /// Any other request of the API. The payload is a struct or a map.
    pub fn request(&self, event: &str, payload: impl Serialize) -> Call<Payload> {
        let unsent = json_text("payload", &payload)
            .and_then(|payload| Unsent::request(Request::generic(event, &payload)));
        Call::new(&self.inner, unsent, |opened| Payload::read(opened.reply))
    }

    /// Opens a live feed. Equal requests share one feed on the server.
    ///
    /// ```no_run
    /// # use ardexa_client::{ArdexaClient, Error, FeedRequest};
    /// # use futures_util::StreamExt;
    /// # async fn example(client: &ArdexaClient, device: &str) -> Result<(), Error> {
    /// let request = FeedRequest::new(device, "solar", "inverter-01", Some("AC Power"))?;
    /// let mut feed = client.feed(request).await?;
    /// while let Some(sample) = feed.next().await {
    ///     println!("{} {}", sample.event_time, sample.value);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn feed(&self, request: FeedRequest) -> Call<Feed> {
        let unsent = Unsent::feed(request, Subscriber::of_feed(FEED_QUEUE), None);
        Call::new(&self.inner, Ok(unsent), Feed::opened)
    }

    /// Opens a live feed and keeps its newest `capacity` samples as columns of numbers.
    pub fn series(&self, request: FeedRequest, capacity: usize) -> Call<Series> {
        let series = SeriesOptions {
            capacity,
            wants_updates: true,
        };
        let unsent = Unsent::feed(request, Subscriber::of_series(), Some(series));
        Call::new(&self.inner, Ok(unsent), Series::opened)
    }

    /// Stops every feed of this connection.
    pub fn stop_all_feeds(&self) -> Call<()> {
        Call::new(&self.inner, Ok(UnsentCommand::StopAllFeeds), |_| Ok(()))
    }

    fn config(
        &self,
        request: Result<Request, crate::device::InvalidArgument>,
    ) -> Call<ConfigReply> {
        self.request_of(request, |opened| typed(opened.reply, ConfigReply::parse))
    }

    fn complete(
        &self,
        request: Result<Request, crate::device::InvalidArgument>,
    ) -> Call<CompleteReply> {
        self.request_of(request, |opened| typed(opened.reply, CompleteReply::parse))
    }

    fn request_of<T>(
        &self,
        request: Result<Request, crate::device::InvalidArgument>,
        finish: fn(Answered) -> Result<T, Error>,
    ) -> Call<T> {
        Call::new(&self.inner, Unsent::request(request), finish)
    }
}

impl Call<Feed> {
    /// Samples that the feed holds for a slow reader; the oldest are dropped. Default: 1024.
    pub fn queue(self, samples: usize) -> Self {
        self.change(|unsent| {
            unsent.subscriber = Some(Arc::new(Subscriber::of_feed(samples)));
            Ok(())
        })
    }
}
