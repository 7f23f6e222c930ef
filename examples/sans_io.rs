//! The core without the async API, driven by the program's own loop: one thread, TCP from the standard library,
//! WebSocket from tungstenite. Runs `uptime` on a device, prints five samples of a feed, and exits.
//!
//! ```console
//! $ npm run simulator -- --port 8787        # in another terminal; it prints a token and its device ids
//! $ export ARDEXA_URL=http://127.0.0.1:8787 ARDEXA_WORKGROUP=demo ARDEXA_TOKEN=… ARDEXA_DEVICE=…
//! $ export ARDEXA_TABLE=system ARDEXA_SOURCE=cpu_usage
//! $ cargo run --example sans_io --no-default-features
//! ```
//!
//! To stay small it supports only `ws:`. For `wss:`, enable tungstenite's feature `rustls-tls-webpki-roots` and call
//! `client_tls` instead of `client` in `open_socket`.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line program"
)]

#[cfg(not(target_arch = "wasm32"))]
fn main() -> std::process::ExitCode {
    sans_io::main()
}

/// A WebAssembly module has no sockets; there the package's own driver runs the core.
#[cfg(target_arch = "wasm32")]
fn main() {}

#[cfg(not(target_arch = "wasm32"))]
mod sans_io {
    use ardexa_client::client::{
        Attempt, CallId, CallOptions, Client, Command, Config, ConnectUrl, DEFAULT_PATH, Endpoint,
        Event, Input, Output, Reply,
    };
    use ardexa_client::device::{CmdReply, FeedRequest, Request, Token};
    use ardexa_client::engine::Frame;
    use ardexa_client::time::Instant;
    use std::error::Error;
    use std::hash::{BuildHasher, RandomState};
    use std::io::ErrorKind;
    use std::net::{TcpStream, ToSocketAddrs};
    use std::process::ExitCode;
    use std::time::{Duration, UNIX_EPOCH};
    use tungstenite::{Message, WebSocket};

    /// The fields of a sample that are printed.
    #[derive(serde::Deserialize)]
    struct Sample {
        event_time: String,
        value: serde_json::Value,
    }

    type Outcome<T> = Result<T, Box<dyn Error>>;

    const CONNECT: CallId = CallId::new(1);
    const UPTIME: CallId = CallId::new(2);
    const FEED: CallId = CallId::new(3);
    const SAMPLES: u32 = 5;
    /// For TCP and for the WebSocket handshake: the core's own timeout cannot interrupt a blocking call.
    const OPEN_WITHIN: Duration = Duration::from_secs(10);

    pub(super) fn main() -> ExitCode {
        match run() {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{error}");
                ExitCode::FAILURE
            }
        }
    }

    fn run() -> Outcome<()> {
        let endpoint = Endpoint::parse(&variable("ARDEXA_URL")?, DEFAULT_PATH, false)?;
        let config = Config::new(endpoint, &variable("ARDEXA_WORKGROUP")?)?;
        let device = variable("ARDEXA_DEVICE")?;
        let mut driver = Driver {
            client: Client::new(config, seed()),
            token: Token::new(variable("ARDEXA_TOKEN")?),
            uptime: Some(Request::cmd(&device, "uptime")?),
            feed: Some(FeedRequest::new(
                &device,
                &variable("ARDEXA_TABLE")?,
                &variable("ARDEXA_SOURCE")?,
                std::env::var("ARDEXA_FIELD").ok().as_deref(),
            )?),
            link: None,
            samples: 0,
            latest: clock(),
        };
        driver.command(Command::Connect { call: CONNECT });
        loop {
            let wake_at = driver.drain()?;
            if driver.samples >= SAMPLES {
                break;
            }
            driver.wait(wake_at);
        }
        driver.command(Command::Close);
        driver.drain()?;
        Ok(())
    }

    fn variable(name: &str) -> Outcome<String> {
        std::env::var(name)
            .map_err(|_| format!("set {name}; see the top of examples/sans_io.rs").into())
    }

    /// The wall clock, since deadlines must pass while the machine sleeps.
    #[allow(clippy::disallowed_methods, reason = "native only")]
    fn clock() -> Instant {
        let since = std::time::SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        Instant::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
    }

    /// The standard library seeds its hash maps from the system's random source.
    fn seed() -> u128 {
        let half = || u128::from(RandomState::new().hash_one(()));
        half() << 64 | half()
    }

    struct Driver {
        client: Client,
        token: Token,
        uptime: Option<Request>,
        feed: Option<FeedRequest>,
        link: Option<(Attempt, WebSocket<TcpStream>)>,
        samples: u32,
        latest: Instant,
    }

    impl Driver {
        /// The core's time never goes backwards, but a wall clock may be set.
        fn now(&mut self) -> Instant {
            self.latest = self.latest.max(clock());
            self.latest
        }

        fn input(&mut self, input: Input<'_>) {
            let now = self.now();
            self.client.handle_input(input, now);
        }

        fn command(&mut self, command: Command) {
            self.input(Input::Command(command));
        }

        /// Performs the core's outputs until none is left, and returns the time of its next deadline.
        fn drain(&mut self) -> Outcome<Option<Instant>> {
            loop {
                match self.client.poll_output() {
                    Output::Timeout(when) => return Ok(when),
                    // An expiring token would be renewed here.
                    Output::RequestToken { attempt } => {
                        let token = Ok(self.token.clone());
                        self.input(Input::Token { attempt, token });
                    }
                    Output::Open { attempt, url } => self.open(attempt, &url),
                    Output::Send { attempt, frame } => self.send(attempt, frame),
                    // Dropping it closes it.
                    Output::CloseSocket { attempt } => {
                        drop(self.link.take_if(|(open, _)| *open == attempt))
                    }
                    Output::Settle { call, result } => self.settled(call, result?)?,
                    Output::Sample { payload, .. } => self.sample(&payload.json)?,
                    Output::FeedResumed { gap, .. } => {
                        eprintln!(
                            "gap: {} ms without samples",
                            gap.from
                                .map_or(0, |from| gap.to.saturating_since(from).as_millis())
                        );
                    }
                    Output::FeedEnded {
                        error: Some(error), ..
                    } => return Err(error.into()),
                    Output::Event(Event::Disconnect {
                        reason,
                        will_reconnect: true,
                        ..
                    }) => eprintln!("disconnected: {reason}"),
                    Output::Event(Event::Disconnect {
                        error: Some(error), ..
                    }) => return Err(error.into()),
                    Output::Event(Event::ConnectError {
                        error,
                        will_retry: false,
                        ..
                    }) => return Err(error.into()),
                    _ => {}
                }
            }
        }

        fn settled(&mut self, call: CallId, reply: Reply) -> Outcome<()> {
            if let (UPTIME, Reply::Payload(payload)) = (call, &reply) {
                let reply = CmdReply::parse(&payload.json)?;
                println!("{}", reply.stdout.trim());
            }
            if call == CONNECT
                && let Some(request) = self.uptime.take()
            {
                self.command(Command::Request {
                    call: UPTIME,
                    request,
                    options: CallOptions::default(),
                });
            }
            if call == UPTIME
                && let Some(request) = self.feed.take()
            {
                let options = CallOptions::default();
                self.command(Command::OpenFeed {
                    call: FEED,
                    request,
                    extra: None,
                    options,
                    series: None,
                });
            }
            Ok(())
        }

        fn sample(&mut self, payload: &str) -> Outcome<()> {
            let sample: Sample = serde_json::from_str(payload)?;
            self.samples += 1;
            println!("{} {}", sample.event_time, sample.value);
            Ok(())
        }

        fn open(&mut self, attempt: Attempt, url: &ConnectUrl) {
            match open_socket(url.reveal()) {
                Ok(socket) => {
                    self.link = Some((attempt, socket));
                    self.input(Input::Opened { attempt });
                }
                // The URL contains the token, and the error may quote the URL.
                Err(error) => self.lost(attempt, true, &error.to_string()),
            }
        }

        fn send(&mut self, attempt: Attempt, frame: Frame) {
            let Some((open, socket)) = &mut self.link else {
                return;
            };
            if *open != attempt {
                return;
            }
            let sent = socket.send(match frame {
                Frame::Text(text) => Message::text(text),
                Frame::Binary(data) => Message::binary(data),
            });
            if let Err(error) = sent {
                self.lost(attempt, true, &error.to_string());
            }
        }

        fn lost(&mut self, attempt: Attempt, failed: bool, detail: &str) {
            let detail = Some(self.client.redact(detail).into_owned().into());
            self.input(Input::Closed {
                attempt,
                failed,
                detail,
            });
        }

        /// Waits for a frame until the given time at most. A program that also waits for other things passes the time
        /// to its event loop, or reads in a thread that sends frames through a channel.
        fn wait(&mut self, until: Option<Instant>) {
            let now = self.now();
            // Without a deadline: any duration will do, here a second. Zero would wait indefinitely.
            let span = until.map_or(Duration::from_secs(1), |until| until.saturating_since(now));
            let span = span.max(Duration::from_millis(1));
            let Some((attempt, socket)) = &mut self.link else {
                std::thread::sleep(span);
                return self.input(Input::Tick);
            };
            let attempt = *attempt;
            let read = socket
                .get_ref()
                .set_read_timeout(Some(span))
                .map_err(Into::into)
                .and_then(|()| socket.read());
            match read {
                Ok(Message::Text(text)) => self.input(Input::Text {
                    attempt,
                    frame: &text,
                }),
                Ok(Message::Binary(data)) => self.input(Input::Binary {
                    attempt,
                    frame: &data,
                }),
                Ok(_) => self.input(Input::Tick), // tungstenite handles pings and closing itself
                Err(tungstenite::Error::Io(error)) if is_time_out(error.kind()) => {
                    self.input(Input::Tick)
                }
                Err(
                    error @ (tungstenite::Error::ConnectionClosed
                    | tungstenite::Error::AlreadyClosed),
                ) => {
                    self.lost(attempt, false, &error.to_string());
                }
                Err(error) => self.lost(attempt, true, &error.to_string()),
            }
        }
    }

    /// The error kind of a read timeout depends on the system.
    fn is_time_out(kind: ErrorKind) -> bool {
        matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut)
    }

    fn open_socket(url: &str) -> Outcome<WebSocket<TcpStream>> {
        let rest = url
            .strip_prefix("ws://")
            .ok_or("this example supports only ws:; see the top of the file for wss:")?;
        let host = rest.split('/').next().unwrap_or(rest);
        let with_port = if host.rsplit(']').next().unwrap_or(host).contains(':') {
            host.to_owned()
        } else {
            format!("{host}:80")
        };
        let address = with_port
            .to_socket_addrs()?
            .next()
            .ok_or("the host has no address")?;
        let stream = TcpStream::connect_timeout(&address, OPEN_WITHIN)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(OPEN_WITHIN))?;
        stream.set_write_timeout(Some(OPEN_WITHIN))?;
        let (socket, _) = tungstenite::client(url, stream).map_err(|error| error.to_string())?;
        Ok(socket)
    }
}
