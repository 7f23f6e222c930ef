//! Opens a feed with rust_socketio and counts its samples: `rust-socketio-bench URL SAMPLES`. Prints the processor time
//! used, in milliseconds.

use rust_socketio::{ClientBuilder, Payload, RawClient, TransportType};
use serde_json::json;
use std::sync::mpsc;

#[path = "../../shared/processor_time.rs"]
mod processor_time;

fn main() {
    let mut args = std::env::args().skip(1);
    let url = args.next().expect("URL SAMPLES");
    let wanted: u32 = args
        .next()
        .expect("URL SAMPLES")
        .parse()
        .expect("a number of samples");
    let (connected, until_connected) = mpsc::channel();
    let (done, until_done) = mpsc::channel();
    let (mut count, mut sum) = (0, 0.0);
    let sample = move |payload: Payload, _: RawClient| {
        if let Payload::Text(values) = payload {
            sum += values[0]["value"].as_f64().expect("a number");
            count += 1;
        }
        if count == wanted {
            done.send(sum).expect("the receiver is alive");
        }
    };
    let client = ClientBuilder::new(url)
        .transport_type(TransportType::Websocket)
        .on("open", move |_, _| {
            connected.send(()).expect("the receiver is alive")
        })
        .on("device:feed:reply", sample)
        .connect()
        .expect("a connection");
    until_connected.recv().expect("a connection");
    let before = processor_time::spent();
    client
        .emit("device:feed", json!({ "requestId": "r" }))
        .expect("a connection");
    assert_eq!(
        until_done.recv().expect("samples"),
        f64::from(wanted) * 66920.0
    );
    println!("{}", (processor_time::spent() - before).as_millis());
    std::process::exit(0);
}
