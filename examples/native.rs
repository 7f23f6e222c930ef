//! A native program on the async API: runs `uptime` on a device, prints five samples of a feed, and exits. Its logic is
//! in `shared/watch.rs`, which the page in `leptos/` shares.
//!
//! ```console
//! $ npm run simulator -- --port 8787        # in another terminal; it prints a token and its device ids
//! $ export ARDEXA_URL=http://127.0.0.1:8787 ARDEXA_WORKGROUP=demo ARDEXA_TOKEN=… ARDEXA_DEVICE=…
//! $ export ARDEXA_TABLE=system ARDEXA_SOURCE=cpu_usage
//! $ cargo run --example native --features native
//! ```
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line program"
)]

#[cfg(not(target_arch = "wasm32"))]
#[path = "shared/watch.rs"]
mod watch;

#[cfg(not(target_arch = "wasm32"))]
async fn run() -> Result<(), Box<dyn std::error::Error>> {
    use ardexa_client::{ArdexaClient, FeedRequest, Options};
    use watch::{Shown, watch};
    let set = |name: &str| std::env::var(name).map_err(|_| format!("set {name}"));
    let field = set("ARDEXA_FIELD").ok();
    let device = set("ARDEXA_DEVICE")?;
    let (table, source) = (set("ARDEXA_TABLE")?, set("ARDEXA_SOURCE")?);
    let request = FeedRequest::new(&device, &table, &source, field.as_deref())?;
    let (url, workgroup) = (set("ARDEXA_URL")?, set("ARDEXA_WORKGROUP")?);
    let options = Options::new(url, workgroup, set("ARDEXA_TOKEN")?);
    let client = ArdexaClient::connect(options).await?;
    let show = |shown: Shown<'_>| match shown {
        Shown::Uptime(text) => println!("{text}"),
        Shown::Gap { ms } => println!("gap: {ms} ms without samples"),
        Shown::Sample(sample) => println!("{} {}", sample.event_time, sample.value),
    };
    watch(&client, &device, request, 5, show).await?;
    client.close().await;
    Ok(())
}

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    match futures::executor::block_on(run()) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            std::process::ExitCode::FAILURE
        }
    }
}

/// In WebAssembly a page replaces it: see `leptos/`.
#[cfg(target_arch = "wasm32")]
fn main() {}
