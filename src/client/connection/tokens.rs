//! The tokens of the last two attempts, for redaction: the server may still repeat the earlier one.

use crate::device::Token;
use crate::json::quote;
use crate::text::{self, decimal};
use crate::time::Instant;
use std::borrow::Cow;

#[derive(Debug, Default)]
pub(in super::super) struct Tokens {
    current: Option<Token>,
    earlier: Option<Token>,
}

impl Tokens {
    pub(super) fn set(&mut self, token: Token) {
        if self.current.as_ref() != Some(&token) {
            self.earlier = self.current.replace(token);
        }
    }

    /// Redacts both tokens in a text.
    pub(in super::super) fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut text = Cow::Borrowed(text);
        for token in [&self.current, &self.earlier].into_iter().flatten() {
            if let Cow::Owned(redacted) = token.redact(&text) {
                text = Cow::Owned(redacted);
            }
        }
        text
    }

    /// Like `redact`, for a message that quotes the beginning of a frame: if the quote ends within
    /// the token, the part shown is redacted too.
    pub(in super::super) fn redact_excerpt(&self, text: &str) -> String {
        let text = self.redact(text).into_owned();
        let (Some(token), Some((before, after))) = (&self.current, text::split_last(&text, "…"))
        else {
            return text;
        };
        let begun = (SHORTEST_BEGINNING..=before.len())
            .rev()
            .filter_map(|length| token.expose().get(..length))
            .find_map(|beginning| strip_escaped(before, beginning));
        match begun {
            Some(before) => [before, "[token]…", after].concat(),
            None => text,
        }
    }

    /// A hint if the token is a JWT that has expired.
    pub(in super::super) fn expiry_hint(&self, now: Instant) -> Option<String> {
        let expires_at_ms = self.current.as_ref()?.expires_at_ms()?;
        let expired_for_ms = now.as_millis().checked_sub(expires_at_ms)?;
        let ago = format_span(expired_for_ms);
        Some(["the token expired ", &ago, " ago; get a new one"].concat())
    }
}

/// The text before `end`, which may be escaped: once in the frame, again if the frame is quoted.
fn strip_escaped<'t>(text: &'t str, end: &str) -> Option<&'t str> {
    let escape = |text: &str| {
        let quoted = quote(text);
        quoted.get(1..quoted.len() - 1).map(str::to_owned)
    };
    let once = escape(end)?;
    let twice = escape(&once)?;
    // The frame may be cut within an escape sequence.
    let cut = text.bytes().rposition(|byte| byte != b'\\');
    let text = cut.and_then(|last| text.get(..=last)).unwrap_or_default();
    [end, &once, &twice]
        .into_iter()
        .find_map(|end| text.strip_suffix(end))
}

fn format_span(millis: u64) -> String {
    let minutes = millis / 60_000;
    match minutes {
        0 => "less than a minute".to_owned(),
        1 => "a minute".to_owned(),
        2..=119 => decimal(minutes) + " minutes",
        120..=2879 => decimal(minutes / 60) + " hours",
        _ => decimal(minutes / 1440) + " days",
    }
}

/// Fewer characters reveal nothing about a token.
const SHORTEST_BEGINNING: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn durations_are_formatted_for_reading() {
        for (minutes, words) in [
            (0, "less than a minute"),
            (1, "a minute"),
            (2, "2 minutes"),
            (119, "119 minutes"),
            (120, "2 hours"),
            (2879, "47 hours"),
            (2880, "2 days"),
        ] {
            assert_eq!(format_span(minutes * 60_000 + 59_999), words);
        }
    }
}
