//! The page's settings in its URL: `#url=…&workgroup=…&token=…&device=…`.

/// One parameter of the URL's fragment; empty if missing.
pub(crate) fn part(fragment: &str, name: &str) -> String {
    let parts = fragment.trim_start_matches('#').split('&');
    let mut parts = parts.filter_map(|part| part.split_once('='));
    let found = parts.find(|(own, _)| *own == name);
    found.map(|(_, value)| value.to_owned()).unwrap_or_default()
}
