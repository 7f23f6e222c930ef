//! The client's validated configuration: a [`Config`] that exists can be used.

use super::connection::backoff::ReconnectConfig;
use super::error::Error;
use crate::device::Token;
use crate::engine::Revision;
use crate::json;
use crate::socket::{Limits, Protocol};
use crate::text;
use core::time::Duration;

/// The path that Ardexa clouds serve their socket on.
pub const DEFAULT_PATH: &str = "/socket.io-client";

/// What to connect to, how, and how long to wait.
#[derive(Clone, Debug)]
pub struct Config {
    /// The address of the cloud.
    pub endpoint: Endpoint,
    /// The workgroup ID, sent as `orgName`.
    pub workgroup: String,
    /// Protocol generation. Default: detected.
    pub protocol: Protocol,
    /// Limit for each attempt, from asking for the token to the server's acceptance. Default 20 s.
    pub connect_timeout: Duration,
    /// Timeout for every request; `None` leaves each request its own default.
    pub timeout: Option<Timeout>,
    /// How long the server may take to resume a feed after a reconnection. Default 2 minutes.
    pub resume_timeout: Duration,
    /// How long a connection has to deliver a frame after a clock jump, caused by sleep or by
    /// setting the clock. Default 3 s.
    pub jump_grace: Duration,
    /// `None` turns reconnection off.
    pub reconnect: Option<ReconnectConfig>,
    /// Whether the token can differ between attempts; if so, a refusal is retried with a fresh one.
    pub token_may_change: bool,
    /// Limits on what the server can make this client hold.
    pub limits: Limits,
    /// Samples kept for a feed whose `:rpc` is outstanding; the oldest are dropped. Default 1024.
    pub max_early_samples: usize,
}

impl Config {
    /// The defaults for an endpoint and a workgroup.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`](super::ErrorKind::InvalidArgument) if the workgroup is empty.
    pub fn new(endpoint: Endpoint, workgroup: &str) -> Result<Self, Error> {
        if workgroup.is_empty() {
            return Err(Error::invalid(
                "workgroup",
                "must not be empty; find it under Admin, Workgroup in the cloud",
            ));
        }
        Ok(Self {
            endpoint,
            workgroup: workgroup.to_owned(),
            protocol: Protocol::Auto,
            connect_timeout: Duration::from_secs(20),
            timeout: None,
            resume_timeout: Duration::from_secs(120),
            jump_grace: Duration::from_secs(3),
            reconnect: Some(ReconnectConfig::default()),
            token_may_change: false,
            limits: Limits::default(),
            max_early_samples: 1024,
        })
    }

    /// Whether a failed first connection is retried.
    pub(super) fn retries_first_connect(&self) -> bool {
        let reconnect = self.reconnect.as_ref();
        reconnect.is_some_and(|reconnect| reconnect.first_connect)
    }

    /// Whether the client may make the attempt with this number automatically.
    pub(super) fn allows(&self, attempt: u32) -> bool {
        let reconnect = self.reconnect.as_ref();
        reconnect.is_some_and(|reconnect| attempt <= reconnect.max_attempts)
    }

    /// How long a call waits: the requested timeout, else the configured one, else its own default.
    pub(super) fn timeout_of(&self, requested: Option<Timeout>, default: Duration) -> Timeout {
        requested
            .or(self.timeout)
            .unwrap_or(Timeout::After(default))
    }

    /// The URL of one attempt. It carries the token and must not be printed.
    pub(super) fn url(&self, token: &Token, revision: Revision) -> String {
        let encoded = |text| text::percent_encoded(text, u8::to_ascii_uppercase);
        [
            &self.endpoint.origin,
            &self.endpoint.path,
            "?token=",
            &encoded(token.expose()),
            "&orgName=",
            &encoded(&self.workgroup),
            "&EIO=",
            &text::decimal(revision.number().into()),
            "&transport=websocket",
        ]
        .concat()
    }
}

/// How long to wait for a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Timeout {
    /// Give up after this long.
    After(Duration),
    /// Wait until the connection ends.
    Never,
}

/// The validated address of a cloud: scheme, host, port and path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    origin: String,
    path: String,
}

impl Endpoint {
    /// Parses `https://host[:port]` (or http, ws, wss) and the path of the socket.
    ///
    /// # Errors
    /// [`ErrorKind::InvalidArgument`](super::ErrorKind::InvalidArgument) that names `url` or
    /// `path`; also if an unencrypted scheme would send the token to another machine and
    /// `allow_insecure` is false.
    pub fn parse(url: &str, path: &str, allow_insecure: bool) -> Result<Self, Error> {
        let wrong = |problem: &str| Error::invalid("url", problem);
        let (scheme, rest) = text::split(url.trim_ascii(), "://").ok_or_else(|| {
            wrong("must be the cloud's base URL, for example \"https://app.ardexa.com\"")
        })?;
        let (scheme, default_port) = match scheme.to_ascii_lowercase().as_str() {
            "https" | "wss" => ("wss", 443),
            "http" | "ws" => ("ws", 80),
            _ => return Err(wrong("must begin with https:, http:, wss: or ws:")),
        };
        let authority = rest.strip_suffix('/').unwrap_or(rest);
        if authority.bytes().any(|b| matches!(b, b'?' | b'#')) {
            return Err(wrong(
                "must not contain a query or a fragment; pass the token and the workgroup as options",
            ));
        }
        if authority.as_bytes().contains(&b'@') {
            return Err(wrong(
                "must not contain a user name or password; pass the token as an option",
            ));
        }
        if authority.as_bytes().contains(&b'/') {
            return Err(wrong("must not contain a path; pass it as `path`"));
        }
        let (host, port) = split_port(authority)
            .ok_or_else(|| wrong("has a port that is not a number from 1 to 65535"))?;
        let host = host.to_ascii_lowercase();
        if !is_host(&host) {
            return Err(wrong("has no valid host name"));
        }
        if scheme == "ws" && !allow_insecure && !is_loopback(&host) {
            return Err(wrong(
                "is not encrypted, so the token would cross the network in the clear; use https:, or set `allowInsecure`",
            ));
        }
        let mut origin = [scheme, "://", &host].concat();
        if let Some(port) = port.filter(|&port| port != default_port) {
            origin.push(':');
            origin.push_str(&text::decimal(port.into()));
        }
        Ok(Self {
            origin,
            path: normal_path(path)?,
        })
    }

    /// Host and port, for messages.
    pub(super) fn host(&self) -> &str {
        text::split(&self.origin, "://").map_or(self.origin.as_str(), |(_, host)| host)
    }
}

/// The reference server matches the path with its trailing slash and hangs up without it.
fn normal_path(path: &str) -> Result<String, Error> {
    if path
        .bytes()
        .any(|b| matches!(b, b'?' | b'#' | 0..=b' ' | 0x7f))
    {
        return Err(Error::invalid(
            "path",
            "must be a plain path such as \"/socket.io-client\", without query, fragment or spaces",
        ));
    }
    Ok(match path.trim_matches('/') {
        "" => "/".to_owned(),
        inner => ["/", inner, "/"].concat(),
    })
}

/// `host`, `host:port`, `[v6]`, `[v6]:port`.
fn split_port(authority: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = match text::split_last(authority, ":") {
        Some((host, port)) if !port.ends_with(']') => (host, port),
        _ => return Some((authority, None)),
    };
    let port = u16::try_from(json::parse_u64(port)?).ok()?;
    (port != 0).then_some((host, Some(port)))
}

fn is_host(host: &str) -> bool {
    if let Some(inner) = host.strip_prefix('[') {
        return inner.strip_suffix(']').is_some_and(is_ipv6);
    }
    // The platform decides which non-ASCII characters a name may contain.
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._".contains(&b) || !b.is_ascii();
    !host.is_empty() && host.bytes().all(plain) && !host.starts_with('.')
}

/// Eight groups of hexadecimal digits, or fewer around one `::`.
fn is_ipv6(host: &str) -> bool {
    let mut full = 0;
    let mut empty = 0;
    for group in text::parts(host, ":") {
        match group.len() {
            0 => empty += 1,
            1..=4 if group.bytes().all(|b| b.is_ascii_hexdigit()) => full += 1,
            _ if is_ipv4(group) && host.ends_with(group) => full += 2,
            _ => return false,
        }
    }
    // `::` leaves an empty string between its colons, and another if it is at the start or the end.
    let around = usize::from(host.starts_with("::")) + usize::from(host.ends_with("::"));
    match empty {
        0 => full == 8,
        _ => text::find(host, "::").is_some() && empty == 1 + around && full < 8,
    }
}

fn is_ipv4(host: &str) -> bool {
    let byte = |part: &str| {
        (part == "0" || !part.starts_with('0'))
            && json::parse_u64(part).is_some_and(|part| part < 256)
    };
    text::parts(host, ".").count() == 4 && text::parts(host, ".").all(byte)
}

fn is_loopback(host: &str) -> bool {
    let v6 = || {
        let one = host.strip_prefix('[')?.strip_suffix("1]")?;
        Some(!one.is_empty() && one.bytes().all(|b| b == b':' || b == b'0'))
    };
    host == "localhost"
        || host.ends_with(".localhost")
        || (host.starts_with("127.") && is_ipv4(host))
        || v6() == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn url(base: &str, path: &str) -> String {
        let endpoint = Endpoint::parse(base, path, false).unwrap();
        let config = Config::new(endpoint, "my org/ü+1").unwrap();
        config.url(&Token::new("aaa.bbb-_.ccc"), Revision::V4)
    }

    fn problem(base: &str) -> String {
        Endpoint::parse(base, DEFAULT_PATH, false)
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn the_url_matches_the_reference_client() {
        let want = "wss://app.ardexa.com/socket.io-client/?token=aaa.bbb-_.ccc&orgName=my%20org%2F%C3%BC%2B1&EIO=4&transport=websocket";
        for (base, path) in [
            ("https://app.ardexa.com", "/socket.io-client"),
            ("https://app.ardexa.com/", "/socket.io-client/"),
            ("wss://app.ardexa.com:443", "socket.io-client"),
            (" HTTPS://App.Ardexa.com ", DEFAULT_PATH),
        ] {
            assert_eq!(url(base, path), want);
        }
    }

    #[test]
    fn ports_and_ipv6_are_kept() {
        assert!(
            url("https://cloud.example:8443", "/").starts_with("wss://cloud.example:8443/?token=")
        );
        assert!(url("http://[::1]:3000", "/a/b").starts_with("ws://[::1]:3000/a/b/?token="));
        assert!(url("http://[::1]", "/").starts_with("ws://[::1]/?"));
        assert!(url("http://127.0.0.1:80", "/").starts_with("ws://127.0.0.1/?"));
    }

    #[test]
    fn ip_addresses_match_the_standard_library() {
        use core::net::{Ipv4Addr, Ipv6Addr};
        for host in [
            "::",
            "::1",
            "1::",
            "1::2",
            "1:2:3:4:5:6:7:8",
            "fe80::a:B",
            "::ffff:1.2.3.4",
            "1:2:3:4:5:6:1.2.3.4",
            "",
            ":",
            ":::",
            "1:",
            ":1",
            "1:::2",
            "1::2::3",
            "12345::",
            "g::",
            "1:2:3:4:5:6:7",
            "1:2:3:4:5:6:7:8:9",
            "1.2.3.4",
            "1.2.3.4::",
            "1:2:3:4:5:6:7::",
            "1:2:3:4:5:6:7:1.2.3.4",
            "1:2:3:4::5:6:7:8",
            "::1.2.3",
            "0:0:0:0:0:0:0:1",
            "::0001",
            "::10",
            "1::1",
            "127.0.0.1",
            "127.1.2.255",
            "127.0.0.256",
            "127.0.0",
            "127.0.0.01",
            "127.0.0.1.2",
            "128.0.0.1",
        ] {
            let (v4, v6) = (host.parse::<Ipv4Addr>(), host.parse::<Ipv6Addr>());
            assert_eq!(is_ipv4(host), v4.is_ok(), "{host}");
            assert_eq!(is_ipv6(host), v6.is_ok(), "{host}");
            assert_eq!(
                is_loopback(host),
                v4.is_ok_and(|ip| ip.is_loopback()),
                "{host}"
            );
            if let Ok(v6) = v6 {
                assert_eq!(
                    is_loopback(&format!("[{host}]")),
                    v6.is_loopback(),
                    "{host}"
                );
            }
        }
    }

    #[test]
    fn an_invalid_url_names_its_fault() {
        for (base, said) in [
            ("app.ardexa.com", "base URL"),
            ("", "base URL"),
            ("ftp://app.ardexa.com", "must begin with"),
            ("https://app.ardexa.com/path", "`path`"),
            ("https://app.ardexa.com?token=x", "query"),
            ("https://user:pw@app.ardexa.com", "password"),
            ("https://app.ardexa.com:0", "port"),
            ("https://app.ardexa.com:+80", "port"),
            ("https://app.ardexa.com:99999", "port"),
            ("https://", "host"),
            ("https://a b", "host"),
            ("https://[::zz]", "host"),
        ] {
            let problem = problem(base);
            assert!(
                problem.starts_with("url: ") && problem.contains(said),
                "{base}: {problem}"
            );
        }
        for path in ["/x?y", "/x#y", "/x y", "/x\u{7f}"] {
            let problem = Endpoint::parse("https://a.b", path, false).unwrap_err();
            assert!(problem.to_string().starts_with("path: "), "{path:?}");
        }
    }

    #[test]
    fn the_token_is_not_sent_over_a_network_unencrypted() {
        for host in [
            "app.ardexa.com",
            "127.0.0.1.evil.com",
            "10.0.0.1",
            "localhost.evil.com",
            "[fe80::1]",
            "128.0.0.1",
        ] {
            let base = format!("http://{host}");
            assert!(problem(&base).contains("allowInsecure"), "{host}");
            assert!(Endpoint::parse(&base, DEFAULT_PATH, true).is_ok());
        }
        for host in [
            "localhost",
            "LOCALHOST:3000",
            "a.localhost",
            "127.9.9.9",
            "[::1]:1",
        ] {
            assert!(
                Endpoint::parse(&format!("ws://{host}"), DEFAULT_PATH, false).is_ok(),
                "{host}"
            );
        }
    }

    #[test]
    fn an_empty_workgroup_is_rejected() {
        let endpoint = Endpoint::parse("https://a.b", "/", false).unwrap();
        assert!(
            Config::new(endpoint, "")
                .unwrap_err()
                .to_string()
                .starts_with("workgroup: ")
        );
    }
}
