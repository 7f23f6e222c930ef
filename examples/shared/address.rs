//! What a page is told by its address: `#url=…&workgroup=…&token=…&device=…`.

/// A part of the address's fragment; empty if it is not there.
pub(crate) fn part(fragment: &str, name: &str) -> String {
    let parts = fragment.trim_start_matches('#').split('&');
    let mut parts = parts.filter_map(|part| part.split_once('='));
    let found = parts.find(|(own, _)| *own == name);
    found.map(|(_, value)| value.to_owned()).unwrap_or_default()
}
