//! A page in Leptos: the fleet as it comes and goes, a command, a live value. What follows the feed is
//! `../shared/watch.rs`, which the native program uses too.
//!
//! The connection comes from the page's address: `#url=…&workgroup=…&token=…&device=…`. A real page asks for the token,
//! or gets it from its own server.

use ardexa_client::{ArdexaClient, Error, Event, FeedRequest, Options};
use futures::StreamExt;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::collections::BTreeMap;

#[path = "../../shared/address.rs"]
mod address;
#[path = "../../shared/watch.rs"]
mod watch;

#[component]
fn App() -> impl IntoView {
    let (state, set_state) = signal("connecting".to_owned());
    let (fleet, set_fleet) = signal(BTreeMap::new());
    let (uptime, set_uptime) = signal(String::new());
    let (live, set_live) = signal(String::new());

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
            let set_line = if is_first { set_uptime } else { set_live };
            is_first = false;
            set_line.set(line);
        })
        .await
    };
    spawn_local(async move {
        if let Err(error) = run().await {
            set_state.set(error.to_string());
        }
    });

    view! {
        <p id="state">{state}</p>
        <ul id="fleet">
            {move || fleet.get().into_iter().map(|(id, online)| view! {
                <li>{id} " is " {if online { "online" } else { "offline" }}</li>
            }).collect_view()}
        </ul>
        <p id="uptime">{uptime}</p>
        <p id="live">{live}</p>
    }
}

fn main() {
    console_error_panic_hook::set_once();
    mount_to_body(App);
}
