//! The logic of the examples, the same function natively and in a page.

use ardexa_client::{ArdexaClient, Error, FeedRequest, FeedSample};
use futures::StreamExt;

/// What `watch` shows.
pub(crate) enum Shown<'a> {
    Uptime(String),
    Gap { ms: u64 },
    Sample(&'a FeedSample),
}

/// Runs `uptime` on a device, then follows a feed for this many samples.
pub(crate) async fn watch(
    client: &ArdexaClient,
    device: &str,
    request: FeedRequest,
    samples: usize,
    show: impl Fn(Shown<'_>),
) -> Result<(), Error> {
    let reply = client.cmd(device, "uptime").await?;
    show(Shown::Uptime(reply.stdout.trim().to_owned()));
    let mut feed = client.feed(request).await?;
    let mut first = feed.by_ref().take(samples);
    while let Some(sample) = first.next().await {
        if let Some(gap) = &sample.gap {
            let ms = gap.to_ms - gap.from_ms.unwrap_or(gap.to_ms);
            show(Shown::Gap { ms });
        }
        show(Shown::Sample(&sample));
    }
    feed.error().map_or(Ok(()), Err)
}
