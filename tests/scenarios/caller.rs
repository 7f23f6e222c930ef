//! The caller's commands.

use crate::link::{World, solar};
use ardexa_client::client::{
    Attempt, CallId, CallOptions, Command, Error, Input, SeriesOptions, Timeout,
};
use ardexa_client::device::{FeedRequest, InvalidArgument, Request, Token};

impl World {
    pub(crate) fn command(&mut self, command: Command) {
        self.input(Input::Command(command));
        self.run();
    }

    fn next_call(&self) -> CallId {
        CallId::new(u32::try_from(self.calls.len()).unwrap() + 1)
    }

    /// Runs a command that settles.
    pub(crate) fn call(&mut self, command: impl FnOnce(CallId) -> Command) -> CallId {
        let call = self.next_call();
        self.calls.insert(call, None);
        self.command(command(call));
        call
    }

    pub(crate) fn connect(&mut self) -> CallId {
        self.call(|call| Command::Connect { call })
    }

    pub(crate) fn close(&mut self) {
        self.command(Command::Close);
    }

    pub(crate) fn request(&mut self, request: Request, options: CallOptions) -> CallId {
        self.call(|call| Command::Request {
            call,
            request,
            options,
        })
    }

    pub(crate) fn cmd(&mut self) -> CallId {
        self.request(
            Request::cmd("device", "uptime").unwrap(),
            CallOptions::default(),
        )
    }

    pub(crate) fn send_request(&mut self, request: Result<Request, InvalidArgument>) -> CallId {
        self.request(request.unwrap(), CallOptions::default())
    }

    pub(crate) fn open_feed(&mut self, request: FeedRequest, options: CallOptions) -> CallId {
        self.subscribe(request, options, None)
    }

    pub(crate) fn subscribe(
        &mut self,
        request: FeedRequest,
        options: CallOptions,
        series: Option<SeriesOptions>,
    ) -> CallId {
        let source = request.source.clone();
        let call = self.next_call();
        self.sources.insert(call, source);
        if series.is_some() {
            self.series_calls.push(call);
        }
        self.call(|call| Command::OpenFeed {
            call,
            request,
            extra: None,
            options,
            series,
        })
    }

    pub(crate) fn series(&mut self, source: &str, capacity: usize, wants_updates: bool) -> CallId {
        let series = SeriesOptions {
            capacity,
            wants_updates,
        };
        self.subscribe(solar(source), CallOptions::default(), Some(series))
    }

    pub(crate) fn feed(&mut self, source: &str) -> CallId {
        self.open_feed(solar(source), CallOptions::default())
    }

    pub(crate) fn stop(&mut self, subscription: CallId) {
        self.command(Command::StopFeed { subscription });
        self.held.remove(&subscription);
    }

    pub(crate) fn stop_all(&mut self) -> CallId {
        self.call(|call| Command::StopAllFeeds { call })
    }

    pub(crate) fn abort(&mut self, call: CallId) {
        self.command(Command::Abort { call });
    }

    pub(crate) fn emit_with_ack(&mut self, event: &str, timeout: Option<Timeout>) -> CallId {
        self.call(|call| Command::EmitWithAck {
            call,
            event: event.to_owned(),
            args: vec!["1".to_owned()],
            attachments: Vec::new(),
            timeout,
        })
    }

    pub(crate) fn provide_token(&mut self, attempt: Attempt, token: Result<&str, Error>) {
        self.token_requests.retain(|&asked| asked != attempt);
        let token = token.map(Token::new);
        self.input(Input::Token { attempt, token });
        self.run();
    }
}
