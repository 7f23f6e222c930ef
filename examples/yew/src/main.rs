//! A page in Yew: the fleet as devices come and go, a command, a live chart.
//!
//! The connection settings come from the page's URL: `#url=…&workgroup=…&token=…&device=…`. A real page asks for the
//! token or gets it from its own server.

use ardexa_client::{ArdexaClient, Error, Event, Events, FeedRequest, Options};
use futures::StreamExt;
use std::collections::BTreeMap;
use yew::platform::spawn_local;
use yew::prelude::*;

#[path = "../../shared/address.rs"]
mod address;

const WIDTH: usize = 400;

async fn follow_fleet(mut events: Events, show: impl Fn(BTreeMap<String, bool>)) {
    let mut fleet = BTreeMap::new();
    while let Some(event) = events.next().await {
        if let Event::StateChange(change) = event {
            let id = change.device_id().unwrap_or(&change.cn).to_owned();
            fleet.insert(id, change.online);
            show(fleet.clone());
        }
    }
}

#[component]
fn App() -> Html {
    let state = use_state(|| "connecting".to_owned());
    let uptime = use_state(String::new);
    let fleet = use_state(BTreeMap::new);
    let spans = use_state(Vec::<f64>::new);

    let (to_state, to_uptime, to_fleet, to_spans) = (
        state.setter(),
        uptime.setter(),
        fleet.setter(),
        spans.setter(),
    );
    use_effect_with((), move |()| {
        let failed = to_state.clone();
        let run = async move || -> Result<(), Error> {
            let location = web_sys::window().map(|window| window.location());
            let fragment = location.and_then(|location| location.hash().ok());
            let part = |name| address::part(fragment.as_deref().unwrap_or_default(), name);
            let client =
                ArdexaClient::connect(Options::new(part("url"), part("workgroup"), part("token")))
                    .await?;
            to_state.set("connected".to_owned());
            spawn_local(follow_fleet(client.events(), move |fleet| {
                to_fleet.set(fleet)
            }));
            let device = part("device");
            to_uptime.set(client.cmd(&device, "uptime").await?.stdout);
            let request = FeedRequest::new(&device, "solar", "inverter-01", Some("AC Power"))?;
            let mut series = client.series(request, 10_000).await?;
            while series.updated().await {
                to_spans.set(series.min_max(WIDTH, 0, None)?);
            }
            series.error().map_or(Ok(()), Err)
        };
        spawn_local(async move {
            if let Err(error) = run().await {
                failed.set(error.to_string());
            }
        });
    });

    // A span is its time, its minimum and its maximum; NaN if it has no value.
    let seen = || {
        spans
            .chunks_exact(3)
            .enumerate()
            .filter(|(_, span)| span[1] <= span[2])
    };
    let top = seen().map(|(_, span)| span[2]).fold(1.0, f64::max);
    let points: String = seen()
        .map(|(x, span)| format!("{x},{} ", 100.0 * (1.0 - span[2] / top)))
        .collect();
    html! {
        <>
            <p id="state">{ (*state).clone() }</p>
            <ul id="fleet">
                { for fleet.iter().map(|(id, online)| html! {
                    <li>{ format!("{id} is {}", if *online { "online" } else { "offline" }) }</li>
                }) }
            </ul>
            <p id="uptime">{ (*uptime).clone() }</p>
            <svg width={WIDTH.to_string()} height="100">
                <polyline id="chart" fill="none" stroke="currentColor" points={points} />
            </svg>
        </>
    }
}

fn main() {
    console_error_panic_hook::set_once();
    yew::Renderer::<App>::new().render();
}
