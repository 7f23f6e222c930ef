//! A page in Yew: the fleet as devices come and go, a command, a live chart of a series. `../shared/page.rs`, which the
//! page in Leptos shares, reads the settings and draws the chart.

use ardexa_client::{ArdexaClient, Error};
use yew::platform::spawn_local;
use yew::prelude::*;

#[path = "../../shared/page.rs"]
mod page;

#[component]
fn App() -> Html {
    let state = use_state(|| "connecting".to_owned());
    let fleet = use_state(Vec::<String>::new);
    let uptime = use_state(String::new);
    let values = use_state(Vec::<f64>::new);

    let (set_state, set_fleet) = (state.setter(), fleet.setter());
    let (set_uptime, set_values) = (uptime.setter(), values.setter());
    use_effect_with((), move |()| {
        let set_failed = set_state.clone();
        let run = async move || -> Result<(), Error> {
            let fragment = web_sys::window().and_then(|window| window.location().hash().ok());
            let (options, device, request) = page::settings(&fragment.unwrap_or_default())?;
            let client = ArdexaClient::connect(options).await?;
            let events = client.events();
            let show_state = move |text| set_state.set(text);
            spawn_local(page::follow_events(events, show_state, move |lines| {
                set_fleet.set(lines)
            }));
            set_uptime.set(client.cmd(&device, "uptime").await?.stdout);
            let mut series = client.series(request, 10_000).await?;
            while series.updated().await {
                // A span is its time, its minimum and its maximum.
                let spans = series.min_max(page::WIDTH / 2, 0, None)?;
                set_values.set(
                    spans
                        .chunks_exact(3)
                        .flat_map(|span| [span[1], span[2]])
                        .collect(),
                );
            }
            series.error().map_or(Ok(()), Err)
        };
        spawn_local(async move {
            if let Err(error) = run().await {
                set_failed.set(error.to_string());
            }
        });
    });

    html! {
        <>
            <p id="state">{ (*state).clone() }</p>
            <ul id="fleet">{ for fleet.iter().map(|line| html! { <li>{ line }</li> }) }</ul>
            <p id="uptime">{ (*uptime).clone() }</p>
            <svg width={page::WIDTH.to_string()} height="100">
                <polyline id="chart" fill="none" stroke="currentColor" points={page::points(&values)} />
            </svg>
        </>
    }
}

fn main() {
    console_error_panic_hook::set_once();
    yew::Renderer::<App>::new().render();
}
