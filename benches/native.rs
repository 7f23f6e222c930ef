//! Opens a feed natively and counts its samples: `native URL SAMPLES`. Prints the processor time used, in milliseconds.
//! `npm run bench -- rust` runs it.
#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a benchmark program; any error ends it"
)]

#[cfg(not(target_arch = "wasm32"))]
#[path = "shared/processor_time.rs"]
mod processor_time;

#[cfg(target_arch = "wasm32")]
fn main() {}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    use ardexa_client::{ArdexaClient, FeedRequest, Options};
    use futures::StreamExt;
    let args: Vec<_> = std::env::args().collect();
    let [_, url, samples, ..] = args.as_slice() else {
        println!("native URL SAMPLES; npm run bench -- rust sets both");
        return;
    };
    let wanted: u32 = samples.parse().expect("a number of samples");
    futures::executor::block_on(async {
        let client = ArdexaClient::connect(Options::new(url, "demo", "token"));
        let client = client.await.expect("a connection");
        let before = processor_time::spent();
        let request = FeedRequest::new("d", "solar", "inverter-01", None).expect("a request");
        let feed = client.feed(request).queue(wanted as usize).await;
        let mut samples = feed.expect("a feed").take(wanted as usize);
        let mut sum = 0.0;
        while let Some(sample) = samples.next().await {
            sum += sample.number().expect("a number");
        }
        assert_eq!(sum, f64::from(wanted) * 66920.0, "samples were lost");
        println!("{}", (processor_time::spent() - before).as_millis());
        client.close().await;
    });
}
