//! What the pages in Leptos and Yew share: the settings in the URL, the fleet, and the points of the chart.

use ardexa_client::{Error, Event, Events, FeedRequest, Options};
use futures::StreamExt;
use std::collections::BTreeMap;

/// Values in the chart.
pub(crate) const WIDTH: usize = 400;
const HEIGHT: f64 = 100.0;

/// The settings in the fragment of the page's URL, `#url=…&workgroup=…&token=…&device=…`: the client's options, the
/// device, and a feed of it. A real page asks for the token or gets it from its own server.
pub(crate) fn settings(fragment: &str) -> Result<(Options, String, FeedRequest), Error> {
    let part = |name: &str| {
        let parts = fragment.trim_start_matches('#').split('&');
        let mut parts = parts.filter_map(|part| part.split_once('='));
        let found = parts.find(|(own, _)| *own == name);
        found.map(|(_, value)| value.to_owned()).unwrap_or_default()
    };
    let device = part("device");
    let request = FeedRequest::new(&device, "solar", "inverter-01", Some("AC Power"))?;
    let options = Options::new(part("url"), part("workgroup"), part("token"));
    Ok((options, device, request))
}

/// Shows the connection's state, and the fleet with a line for each device, whenever they change.
pub(crate) async fn follow_events(
    mut events: Events,
    show_state: impl Fn(String),
    show_fleet: impl Fn(Vec<String>),
) {
    let mut fleet = BTreeMap::new();
    show_state("connected".to_owned());
    while let Some(event) = events.next().await {
        match event {
            Event::Connect { .. } => show_state("connected".to_owned()),
            Event::Disconnect { reason, .. } => show_state(reason.to_string()),
            Event::StateChange(change) => {
                let state = if change.online { "online" } else { "offline" };
                let id = change.device_id().unwrap_or(&change.cn).to_owned();
                fleet.insert(id, state);
                let lines = fleet.iter().map(|(id, state)| format!("{id} is {state}"));
                show_fleet(lines.collect());
            }
            _ => {}
        }
    }
}

/// The `points` of an SVG polyline through the values, a unit apart; a NaN leaves its place empty.
pub(crate) fn points(values: &[f64]) -> String {
    let top = values.iter().copied().fold(1.0, f64::max);
    let values = values
        .iter()
        .enumerate()
        .filter(|(_, value)| !value.is_nan());
    let points = values.map(|(x, value)| format!("{x},{} ", HEIGHT * (1.0 - value / top)));
    points.collect()
}
