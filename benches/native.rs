//! What a feed costs natively: samples over loopback, from a server in a process of its own.
//!
//! ```console
//! $ cargo bench --bench native --features native
//! ```
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a program for the terminal; what is wrong ends it"
)]

#[cfg(target_arch = "wasm32")]
fn main() {}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("--server") => native::serve(),
        _ => native::measure(),
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod native {
    use ardexa_client::{ArdexaClient, FeedRequest, Options};
    use futures::StreamExt;
    use futures::executor::block_on;
    use std::io::{BufRead, BufReader};
    use std::net::TcpListener;
    use std::process::{Command, Stdio};
    use std::time::Duration;
    use tungstenite::Message;

    const SAMPLES: u32 = 1_000_000;
    const FEED_ID: &str = "4cbfb5cb-87ab-4ae9-8f5e-0f0ff9b2e5a1";

    /// A server of one connection: it accepts, opens a feed, and sends its samples as fast as it can.
    pub(super) fn serve() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        println!("{}", listener.local_addr().unwrap().port());
        let (stream, _) = listener.accept().unwrap();
        let mut socket = tungstenite::accept(stream).unwrap();
        let mut send = |text: String| socket.send(Message::text(text));
        send(r#"0{"sid":"a","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#.into()).unwrap();
        let request_id = loop {
            let Message::Text(text) = socket.read().unwrap() else {
                continue;
            };
            if text.starts_with("40") {
                let accepted = r#"40{"sid":"b"}"#;
                socket.send(Message::text(accepted)).unwrap();
            } else if let Some(payload) = text.strip_prefix(r#"42["device:feed","#) {
                let payload: serde_json::Value =
                    serde_json::from_str(payload.strip_suffix(']').unwrap()).unwrap();
                break payload["requestId"].as_str().unwrap().to_owned();
            }
        };
        let opened =
            format!(r#"42["device:feed:rpc",{{"requestId":"{request_id}","feedId":"{FEED_ID}"}}]"#);
        socket.send(Message::text(opened)).unwrap();
        for sample in 0..SAMPLES {
            // As the API page has it, 290 bytes or so.
            let text = format!(
                r#"42["device:feed:reply",{{"feedId":"{FEED_ID}","event_time":"2023-08-09T03:55:37.000Z","table":"solar","source":"inverter-01","device":"66e0a3c8-5d1e-4c66-8b7d-1f0e5a1c7b20","messageId":"{sample}","value":66920.0,"requestId":"{request_id}"}}]"#
            );
            socket.write(Message::text(text)).unwrap();
        }
        socket.flush().unwrap();
        // Until the client has closed.
        while socket.read().is_ok() {}
    }

    pub(super) fn measure() {
        let program = std::env::current_exe().unwrap();
        let mut server = Command::new(program)
            .arg("--server")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut port = String::new();
        let said = server.stdout.take().unwrap();
        BufReader::new(said).read_line(&mut port).unwrap();
        let url = format!("http://127.0.0.1:{}", port.trim());
        block_on(async {
            let client = ArdexaClient::connect(Options::new(url, "demo", "token"));
            let client = client.await.unwrap();
            let request = FeedRequest::new("d", "solar", "inverter-01", None).unwrap();
            let before = processor_time();
            let feed = client.feed(request).queue(SAMPLES as usize).await.unwrap();
            let mut samples = feed.take(SAMPLES as usize);
            let (mut count, mut sum) = (0, 0.0);
            while let Some(sample) = samples.next().await {
                count += 1;
                sum += sample.number().unwrap();
            }
            assert_eq!((count, sum), (SAMPLES, f64::from(SAMPLES) * 66920.0));
            let spent = processor_time().saturating_sub(before);
            drop(samples);
            client.close().await;
            let each = spent / SAMPLES;
            let rate = f64::from(SAMPLES) / spent.as_secs_f64();
            println!(
                "{SAMPLES} samples: {spent:?} of processor time, {each:?} each, {rate:.0} a second on one core"
            );
        });
        server.wait().unwrap();
    }

    /// What this process has spent so far, all threads together. Linux alone.
    fn processor_time() -> Duration {
        let stat = std::fs::read_to_string("/proc/self/stat").expect("this bench is for Linux");
        let (_, fields) = stat.rsplit_once(") ").unwrap();
        let fields: Vec<_> = fields.split(' ').collect();
        let ticks: u64 = [fields[11], fields[12]]
            .map(|ticks| ticks.parse::<u64>().unwrap())
            .iter()
            .sum();
        // A tick is a hundredth of a second on Linux, whatever the machine.
        Duration::from_millis(ticks * 10)
    }
}
