//! The server's replies, as the API documents them, and what tests make it send.

use crate::link::World;
use crate::server::{Received, Server, ToClient};
use serde_json::{Value, json};

impl Server {
    pub(crate) fn event(&mut self, event: Received) {
        self.received.push(event.clone());
        let feeds = &mut self.connections[event.connection].feeds;
        match event.event.as_str() {
            "device:feed:stop" => {
                let id = event.payload()["feedId"].as_str().expect("a feedId");
                feeds.remove(id);
                return;
            }
            "device:feed:stopAll" => {
                assert!(event.args.is_empty(), "stopAll takes no arguments");
                return feeds.clear();
            }
            "device:cmd" if !self.commands.insert(event.request_id()) => {
                return self.violation(event.connection, "the same device:cmd twice");
            }
            _ => {}
        }
        self.pending.push_back(event);
        if self.answering {
            self.answer_all();
        }
    }

    pub(crate) fn answer_all(&mut self) {
        while !self.pending.is_empty() {
            self.answer(0);
        }
    }

    /// Replies to a held request as the API documents.
    pub(crate) fn answer(&mut self, index: usize) {
        let Some(held) = self.pending.remove(index) else {
            return;
        };
        let (at, name) = (held.connection, held.event.as_str());
        let id = held.request_id();
        if let Some(ack) = held.ack {
            return self.text(at, format!(r#"43{ack}["ok"]"#));
        }
        self.ids_issued += 1;
        let given = self.ids_issued;
        match name {
            "device:cmd" => {
                let correlation = format!("c{given}");
                self.send_event(
                    at,
                    "device:cmd:rpc",
                    json!({"correlationId": correlation, "requestId": id}),
                );
                self.send_event(
                    at,
                    "device:cmd:reply",
                    json!({
                        "stdout": "ü\n", "stderr": "", "returnCode": 0,
                        "correlationId": correlation, "requestId": id,
                    }),
                );
            }
            "device:feed" => {
                let feed_id = format!("f{given}");
                let feeds = &mut self.connections[at].feeds;
                feeds.insert(feed_id.clone(), held.payload().clone());
                self.send_event(
                    at,
                    "device:feed:rpc",
                    json!({"requestId": id, "feedId": feed_id}),
                );
            }
            "device:testConfig" | "device:applyConfig" | "device:applyYamlConfig" => {
                self.send_event(
                    at,
                    &format!("{name}:rpc"),
                    json!({"requestId": id, "result": "success"}),
                );
            }
            "device:refreshMeta" | "device:sendArdexactl" | "device:sendArdpkg" => {
                self.send_event(
                    at,
                    &format!("{name}:rpc"),
                    json!({"requestId": id, "complete": true}),
                );
            }
            "device:doUpgrade" => {
                for (status, complete) in [("Downloading", false), ("Complete", true)] {
                    let step = json!({"status": status, "complete": complete, "requestId": id});
                    self.send_event(at, "device:doUpgrade:reply", step);
                }
            }
            _ => self.send_event(
                at,
                &format!("{name}:rpc"),
                json!({"requestId": id, "ok": true}),
            ),
        }
    }

    /// Rejects a held request with this `error`.
    pub(crate) fn refuse(&mut self, index: usize, error: Value) {
        if let Some(held) = self.pending.remove(index) {
            let payload = json!({"requestId": held.request_id(), "error": error});
            self.send_event(held.connection, &format!("{}:rpc", held.event), payload);
        }
    }

    /// Sends an event.
    pub(crate) fn send_event(&mut self, at: usize, event: &str, payload: Value) {
        self.text(at, format!("42{}", json!([event, payload])));
    }
}

impl World {
    pub(crate) fn at(&self) -> usize {
        self.server.current().expect("a live connection")
    }

    pub(crate) fn drop_tcp(&mut self) {
        let at = self.at();
        self.server.hang_up(at);
        self.run();
    }

    pub(crate) fn send_frame(&mut self, frame: &str) {
        let at = self.at();
        self.server.text(at, frame.to_owned());
        self.run();
    }

    pub(crate) fn send_binary(&mut self, frame: &[u8]) {
        let attempt = self.server.connections[self.at()].attempt;
        self.server
            .out
            .push_back(ToClient::Binary(attempt, frame.to_vec()));
        self.run();
    }

    pub(crate) fn send_event(&mut self, event: &str, payload: Value) {
        let at = self.at();
        self.server.send_event(at, event, payload);
        self.run();
    }

    pub(crate) fn sample(&mut self, feed_id: &str, message: u32) {
        let payload = json!({
            "feedId": feed_id, "event_time": "2024-01-02T03:04:05.678Z", "table": "solar",
            "source": "ü", "device": "device", "messageId": message.to_string(), "value": 1.5,
        });
        self.send_event("device:feed:reply", payload);
    }

    pub(crate) fn answer_all(&mut self) {
        self.server.answer_all();
        self.run();
    }

    /// The `requestId` of a request that the server holds.
    pub(crate) fn held(&self, index: usize) -> String {
        self.server.pending[index].request_id()
    }
}
