//! The logic of the examples, the same function natively and in a page.

use ardexa_client::{ArdexaClient, Error, FeedRequest};
use futures::StreamExt;

/// Runs `uptime` on a device, then follows a feed for this many samples. Shows a line for each.
pub(crate) async fn watch(
    client: &ArdexaClient,
    device: &str,
    request: FeedRequest,
    samples: usize,
    mut show: impl FnMut(String),
) -> Result<(), Error> {
    let reply = client.cmd(device, "uptime").await?;
    show(reply.stdout.trim().to_owned());
    let mut feed = client.feed(request).await?;
    let mut first = feed.by_ref().take(samples);
    while let Some(sample) = first.next().await {
        if let Some(gap) = sample.gap {
            let from = gap.from_ms.unwrap_or(gap.to_ms);
            show(format!("gap: {} ms without samples", gap.to_ms - from));
        }
        show(format!("{} {}", sample.event_time, sample.value));
    }
    feed.error().map_or(Ok(()), Err)
}
