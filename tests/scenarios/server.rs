//! The other side: a model of an Ardexa cloud on Socket.IO, as strict as the reference server.
//!
//! It hangs up wherever the reference server would, and records a violation, which fails the test.
//! Requests are answered immediately, or held until the test answers them.

use ardexa_client::client::Attempt;
use ardexa_client::time::Instant;
use core::time::Duration;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The stages of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// The socket is not open yet.
    Dialled,
    /// The socket is open; the server has sent nothing.
    Opened,
    /// The server has sent the Engine.IO handshake.
    HandshakeSent,
    /// The client has sent CONNECT.
    ConnectReceived,
    /// The server has accepted the client.
    Accepted,
}

/// How the server treats a connection.
#[derive(Clone, Debug)]
pub(crate) enum Plan {
    Accept,
    /// Close at this stage.
    Drop(Stage),
    /// Send nothing from this stage on.
    Stall(Stage),
    /// Send this frame at this stage, and nothing after it.
    Send(Stage, String),
}

/// The server's outputs, in order.
#[derive(Debug)]
pub(crate) enum ToClient {
    Opened(Attempt),
    Text(Attempt, String),
    Binary(Attempt, Vec<u8>),
    Closed {
        attempt: Attempt,
        failed: bool,
        detail: Option<String>,
    },
}

#[derive(Debug)]
pub(crate) struct Connection {
    pub(crate) attempt: Attempt,
    pub(crate) url: String,
    pub(crate) stage: Stage,
    pub(crate) alive: bool,
    /// The open feeds, by id.
    pub(crate) feeds: BTreeMap<String, Value>,
    /// Every text frame from the client.
    pub(crate) frames: Vec<String>,
    /// Whether the plan has ended, after which the server sends nothing unprompted.
    pub(crate) halted: bool,
    plan: Plan,
    next_ping: Option<Instant>,
    pong_due: bool,
    /// When the server stops waiting for CONNECT.
    connect_due: Option<Instant>,
}

/// An event from the client.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) connection: usize,
    pub(crate) event: String,
    pub(crate) args: Vec<Value>,
    pub(crate) ack: Option<u64>,
}

impl Received {
    pub(crate) fn payload(&self) -> &Value {
        self.args.first().unwrap_or(&Value::Null)
    }

    pub(crate) fn request_id(&self) -> String {
        self.payload()["requestId"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }
}

#[derive(Debug)]
pub(crate) struct Server {
    /// 4, or 3 for a Socket.IO 2 server.
    pub(crate) revision: u8,
    /// The plans of the next connections, one each; `plan` is that of all others.
    pub(crate) plans: VecDeque<Plan>,
    pub(crate) plan: Plan,
    pub(crate) ping_interval: Duration,
    pub(crate) ping_timeout: Duration,
    pub(crate) max_payload: Option<u64>,
    /// How long the server waits for CONNECT; `None` for no limit.
    pub(crate) connect_timeout: Option<Duration>,
    /// Whether it pings (revision 4) or answers pings (revision 3).
    pub(crate) pinging: bool,
    /// Whether requests are answered immediately; otherwise they wait in `pending`.
    pub(crate) answering: bool,
    pub(crate) pending: VecDeque<Received>,
    /// Frames sent before the acceptance.
    pub(crate) early: Vec<String>,
    pub(crate) connections: Vec<Connection>,
    pub(crate) received: Vec<Received>,
    /// Frames with acknowledgements of the server's events.
    pub(crate) acks: Vec<String>,
    pub(crate) binary: Vec<Vec<u8>>,
    pub(crate) violations: Vec<String>,
    pub(crate) out: VecDeque<ToClient>,
    pub(crate) commands: BTreeSet<String>,
    pub(crate) ids_issued: u32,
}

impl Server {
    pub(crate) fn new() -> Self {
        Self {
            revision: 4,
            plans: VecDeque::new(),
            plan: Plan::Accept,
            ping_interval: Duration::from_secs(25),
            ping_timeout: Duration::from_secs(20),
            max_payload: Some(1_000_000),
            connect_timeout: None,
            pinging: true,
            answering: true,
            pending: VecDeque::new(),
            early: Vec::new(),
            connections: Vec::new(),
            received: Vec::new(),
            acks: Vec::new(),
            binary: Vec::new(),
            violations: Vec::new(),
            out: VecDeque::new(),
            commands: BTreeSet::new(),
            ids_issued: 0,
        }
    }

    /// The newest connection that the server considers open.
    pub(crate) fn current(&self) -> Option<usize> {
        self.connections.iter().rposition(|c| c.alive)
    }

    pub(crate) fn last(&self) -> &Connection {
        self.connections.last().expect("a connection")
    }

    /// The ids of the open feeds on live connections.
    pub(crate) fn open_feeds(&self) -> Vec<String> {
        let alive = self.connections.iter().filter(|c| c.alive);
        alive.flat_map(|c| c.feeds.keys().cloned()).collect()
    }

    /// The payloads of all events of this name, as received.
    pub(crate) fn payloads(&self, event: &str) -> Vec<&Value> {
        let of_event = self.received.iter().filter(|r| r.event == event);
        of_event.map(Received::payload).collect()
    }

    pub(crate) fn count(&self, event: &str) -> usize {
        self.payloads(event).len()
    }

    pub(crate) fn dial(&mut self, attempt: Attempt, url: &str, now: Instant) {
        let plan = self.plans.pop_front().unwrap_or_else(|| self.plan.clone());
        self.connections.push(Connection {
            attempt,
            url: url.to_owned(),
            stage: Stage::Dialled,
            alive: true,
            feeds: BTreeMap::new(),
            frames: Vec::new(),
            halted: false,
            plan,
            next_ping: None,
            pong_due: false,
            connect_due: self.connect_timeout.map(|span| now + span),
        });
        let at = self.connections.len() - 1;
        if !self.enter_stage(at, Stage::Dialled) {
            return;
        }
        self.out.push_back(ToClient::Opened(attempt));
        if !self.enter_stage(at, Stage::Opened) {
            return;
        }
        let mut handshake = json!({
            "sid": format!("engine-{at}"), "upgrades": [],
            "pingInterval": millis(self.ping_interval),
            "pingTimeout": millis(self.ping_timeout),
        });
        if let (4, Some(limit)) = (self.revision, self.max_payload) {
            handshake["maxPayload"] = limit.into();
        }
        self.text(at, format!("0{handshake}"));
        self.connections[at].next_ping = (self.revision == 4).then(|| now + self.ping_interval);
        if self.enter_stage(at, Stage::HandshakeSent) && self.revision == 3 {
            self.handle_connect(at);
        }
    }

    /// The client joins the namespace, by CONNECT or, in revision 3, implicitly.
    fn handle_connect(&mut self, at: usize) {
        if self.connections[at].halted {
            return;
        }
        if self.connections[at].stage != Stage::HandshakeSent {
            return self.violation(at, "CONNECT out of turn");
        }
        self.connections[at].connect_due = None;
        if self.enter_stage(at, Stage::ConnectReceived) {
            self.accept(at);
        }
    }

    fn accept(&mut self, at: usize) {
        for frame in self.early.clone() {
            self.text(at, frame);
        }
        let accept = match self.revision {
            3 => "40".to_owned(),
            _ => format!(r#"40{{"sid":"socket-{at}"}}"#),
        };
        self.text(at, accept);
        self.enter_stage(at, Stage::Accepted);
    }

    /// Enters a stage and carries out its plan. Returns whether the connection proceeds.
    fn enter_stage(&mut self, at: usize, stage: Stage) -> bool {
        let connection = &mut self.connections[at];
        if connection.halted {
            return false;
        }
        connection.stage = stage;
        connection.halted = match &connection.plan {
            Plan::Accept => false,
            Plan::Drop(when) | Plan::Stall(when) | Plan::Send(when, _) => *when == stage,
        };
        match connection.plan.clone() {
            Plan::Drop(when) if when == stage => self.hang_up(at),
            Plan::Stall(when) if when == stage => {
                connection.next_ping = None;
            }
            Plan::Send(when, frame) if when == stage => {
                self.text(at, frame);
            }
            _ => {}
        }
        !self.connections[at].halted
    }

    pub(crate) fn text(&mut self, at: usize, frame: String) {
        let attempt = self.connections[at].attempt;
        self.out.push_back(ToClient::Text(attempt, frame));
    }

    /// Accepts a client whose plan was to leave it without a reply.
    pub(crate) fn accept_late(&mut self, at: usize) {
        let connection = &mut self.connections[at];
        if connection.alive && connection.stage == Stage::ConnectReceived {
            connection.halted = false;
            connection.plan = Plan::Accept;
            self.accept(at);
        }
    }

    /// Closes the socket without a packet.
    pub(crate) fn hang_up(&mut self, at: usize) {
        let failed = self.connections[at].stage == Stage::Dialled;
        let url = self.connections[at].url.clone();
        let attempt = self.connections[at].attempt;
        self.closed(attempt);
        self.out.push_back(ToClient::Closed {
            attempt,
            failed,
            detail: failed.then(|| format!("WebSocket connection to '{url}' failed")),
        });
    }

    /// Marks the socket as closed, by either side.
    pub(crate) fn closed(&mut self, attempt: Attempt) {
        if let Some(connection) = self.connections.iter_mut().find(|c| c.attempt == attempt) {
            connection.alive = false;
            connection.feeds.clear();
            connection.next_ping = None;
            connection.connect_due = None;
        }
        let connections = &self.connections;
        self.pending
            .retain(|held| connections[held.connection].alive);
    }

    pub(crate) fn violation(&mut self, at: usize, what: &str) {
        self.violations.push(format!("connection {at}: {what}"));
        self.hang_up(at);
    }

    /// When the server next has to act unprompted.
    pub(crate) fn next_timeout(&self) -> Option<Instant> {
        let pings = self.connections.iter().filter_map(|c| c.next_ping);
        let connects = self.connections.iter().filter_map(|c| c.connect_due);
        pings.filter(|_| self.pinging).chain(connects).min()
    }

    pub(crate) fn tick(&mut self, now: Instant) {
        for at in 0..self.connections.len() {
            if self.connections[at]
                .connect_due
                .is_some_and(|due| due <= now)
            {
                self.hang_up(at);
                continue;
            }
            let due = self.connections[at]
                .next_ping
                .is_some_and(|ping| ping <= now);
            if !due || !self.pinging {
                continue;
            }
            if self.connections[at].pong_due {
                self.violation(at, "a ping without a pong");
                continue;
            }
            self.connections[at].pong_due = true;
            self.connections[at].next_ping = Some(now + self.ping_interval);
            self.text(at, "2".to_owned());
        }
    }

    pub(crate) fn receive(&mut self, attempt: Attempt, frame: &str) {
        let Some(at) = self.connections.iter().position(|c| c.attempt == attempt) else {
            panic!("a frame for a socket that was never opened");
        };
        if !self.connections[at].alive {
            return;
        }
        self.connections[at].frames.push(frame.to_owned());
        match (frame, self.revision) {
            ("3", 4) => self.connections[at].pong_due = false,
            // Replies to unsolicited pings.
            ("3" | "3probe", _) => {}
            ("2", 3) if self.pinging => self.text(at, "3".to_owned()),
            ("2", 3) => {}
            ("40", _) => {
                // A Socket.IO 2 server ignores one CONNECT for the main namespace.
                if self.revision == 4 {
                    self.handle_connect(at);
                }
            }
            _ if self.connections[at].stage != Stage::Accepted => {
                self.violation(at, &format!("{frame} before the acceptance"));
            }
            ("41", _) => {
                self.connections[at].feeds.clear();
                self.connections[at].stage = Stage::HandshakeSent;
            }
            _ => self.packet(at, frame),
        }
    }

    fn packet(&mut self, at: usize, frame: &str) {
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        if let Some(rest) = frame.strip_prefix("42") {
            let (ack, rest) = rest.split_at(digits(rest));
            let mut args: Vec<Value> = serde_json::from_str(rest).expect("an event's array");
            let event = args.remove(0).as_str().expect("an event's name").to_owned();
            self.event(Received {
                connection: at,
                event,
                args,
                ack: ack.parse().ok(),
            });
        } else if frame.starts_with("43") || frame.starts_with("46") {
            self.acks.push(frame.to_owned());
        } else if !frame.starts_with("45") {
            self.violation(at, &format!("unexpected frame {frame}"));
        }
    }
}

fn millis(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).expect("a short duration")
}
