//! A page in Leptos: the fleet as devices come and go, a command, a live chart. `../shared/watch.rs`, which the native
//! program shares, follows the feed.
//!
//! The connection settings come from the page's URL: `#url=…&workgroup=…&token=…&device=…`. A real page asks for the
//! token or gets it from its own server.

use ardexa_client::{ArdexaClient, Error, Event, FeedRequest, Options};
use futures::StreamExt;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::collections::BTreeMap;

#[path = "../../shared/address.rs"]
mod address;
#[path = "../../shared/watch.rs"]
mod watch;

/// Values in the chart, one per pixel.
const WIDTH: usize = 400;

#[component]
fn App() -> impl IntoView {
    let (state, set_state) = signal("connecting".to_owned());
    let (fleet, set_fleet) = signal(BTreeMap::new());
    let (uptime, set_uptime) = signal(String::new());
    let (live, set_live) = signal(String::new());
    let (values, set_values) = signal(Vec::<f64>::new());

    let run = async move || -> Result<(), Error> {
        let fragment = window().location().hash().unwrap_or_default();
        let part = |name| address::part(&fragment, name);
        let options = Options::new(part("url"), part("workgroup"), part("token"));
        let client = ArdexaClient::connect(options).await?;
        set_state.set("connected".to_owned());
        let mut events = client.events();
        spawn_local(async move {
            while let Some(event) = events.next().await {
                match event {
                    Event::StateChange(change) => {
                        let id = change.device_id().unwrap_or(&change.cn).to_owned();
                        set_fleet.update(|fleet| {
                            fleet.insert(id, change.online);
                        });
                    }
                    Event::Connect { .. } => set_state.set("connected".to_owned()),
                    Event::Disconnect { reason, .. } => set_state.set(reason.to_string()),
                    _ => {}
                }
            }
        });
        let device = part("device");
        let request = FeedRequest::new(&device, "solar", "inverter-01", Some("AC Power"))?;
        let mut is_first = true;
        watch::watch(&client, &device, request, usize::MAX, |line| {
            if core::mem::replace(&mut is_first, false) {
                return set_uptime.set(line);
            }
            if let Some(Ok(value)) = line.rsplit(' ').next().map(str::parse) {
                set_values.update(|values| {
                    values.push(value);
                    values.drain(..values.len().saturating_sub(WIDTH));
                });
            }
            set_live.set(line);
        })
        .await
    };
    spawn_local(async move {
        if let Err(error) = run().await {
            set_state.set(error.to_string());
        }
    });

    let points = move || {
        let values = values.get();
        let top = values.iter().copied().fold(1.0, f64::max);
        let points = values.iter().enumerate();
        points
            .map(|(x, value)| format!("{x},{} ", 100.0 * (1.0 - value / top)))
            .collect::<String>()
    };
    view! {
        <p id="state">{state}</p>
        <ul id="fleet">
            {move || fleet.get().into_iter().map(|(id, online)| view! {
                <li>{id} " is " {if online { "online" } else { "offline" }}</li>
            }).collect_view()}
        </ul>
        <p id="uptime">{uptime}</p>
        <p id="live">{live}</p>
        <svg width=WIDTH height="100">
            <polyline id="chart" fill="none" stroke="currentColor" points=points />
        </svg>
    }
}

fn main() {
    console_error_panic_hook::set_once();
    mount_to_body(App);
}
