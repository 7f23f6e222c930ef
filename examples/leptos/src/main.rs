//! A page in Leptos: the fleet as devices come and go, a command, a live chart. The native program follows its feed by
//! the same function, in `../shared/watch.rs`; `../shared/page.rs` reads the settings and draws the chart.

use ardexa_client::{ArdexaClient, Error};
use leptos::prelude::*;
use leptos::task::spawn_local;

#[path = "../../shared/page.rs"]
mod page;
#[path = "../../shared/watch.rs"]
mod watch;
use watch::{Shown, watch};

#[component]
fn App() -> impl IntoView {
    let state = RwSignal::new("connecting".to_owned());
    let fleet = RwSignal::new(Vec::<String>::new());
    let uptime = RwSignal::new(String::new());
    let live = RwSignal::new(String::new());
    let values = RwSignal::new(Vec::<f64>::new());

    let run = async move || -> Result<(), Error> {
        let fragment = window().location().hash().unwrap_or_default();
        let (options, device, request) = page::settings(&fragment)?;
        let client = ArdexaClient::connect(options).await?;
        let events = client.events();
        let show_state = move |text| state.set(text);
        spawn_local(page::follow_events(events, show_state, move |lines| {
            fleet.set(lines)
        }));
        let show = |shown: Shown<'_>| match shown {
            Shown::Uptime(text) => uptime.set(text),
            Shown::Gap { ms } => live.set(format!("nothing for {ms} ms")),
            Shown::Sample(sample) => {
                live.set(format!("{} {}", sample.event_time, sample.value));
                values.update(|values| {
                    values.push(sample.number().unwrap_or(f64::NAN));
                    values.drain(..values.len().saturating_sub(page::WIDTH));
                });
            }
        };
        watch(&client, &device, request, usize::MAX, show).await
    };
    spawn_local(async move {
        if let Err(error) = run().await {
            state.set(error.to_string());
        }
    });

    view! {
        <p id="state">{state}</p>
        <ul id="fleet">
            {move || fleet.get().into_iter().map(|line| view! { <li>{line}</li> }).collect_view()}
        </ul>
        <p id="uptime">{uptime}</p>
        <p id="live">{live}</p>
        <svg width=page::WIDTH height="100">
            <polyline id="chart" fill="none" stroke="currentColor" points=move || page::points(&values.read()) />
        </svg>
    }
}

fn main() {
    console_error_panic_hook::set_once();
    mount_to_body(App);
}
