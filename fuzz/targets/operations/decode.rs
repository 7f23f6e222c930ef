//! Decodes bytes into a sequence of operations: two bytes for the setting, then one for each
//! operation and one for each of its arguments. Any bytes are a valid sequence; each byte is one
//! choice.

use crate::link::{Act, Tokens, ms};
use crate::sequences::{FRAMES, Op, Setting};
use crate::server::{Plan, Stage};
use ardexa_client::client::Timeout;

/// Somewhat longer than the longest sequence of the test `scenarios::operations`.
const MOST: usize = 100;

struct Bytes<'d>(std::slice::Iter<'d, u8>);

impl Bytes<'_> {
    fn next(&mut self) -> usize {
        self.0.next().copied().unwrap_or_default().into()
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.next() % of.len()].clone()
    }

    fn flag(&mut self) -> bool {
        self.next() % 2 == 1
    }

    fn timeout(&mut self) -> Option<Timeout> {
        let after = |millis| Some(Timeout::After(ms(millis)));
        self.one(&[
            None,
            Some(Timeout::Never),
            after(0),
            after(700),
            after(40_000),
        ])
    }

    fn plan(&mut self) -> Plan {
        let stages = [
            Stage::Dialled,
            Stage::Opened,
            Stage::HandshakeSent,
            Stage::ConnectReceived,
            Stage::Accepted,
        ];
        match self.next() % 4 {
            0 => Plan::Accept,
            1 => Plan::Drop(self.one(&stages)),
            // An accepted client is stalled by `Pinging` and `Answering`, not by its plan.
            2 => Plan::Stall(self.one(&stages[..4])),
            _ => Plan::Send(self.one(&stages), self.one(&FRAMES).to_owned()),
        }
    }

    fn op(&mut self) -> Option<Op> {
        let kind = *self.0.next()?;
        Some(match kind % 35 {
            0 => Op::Connect,
            1 => Op::ReconnectNow,
            2 => Op::Close,
            3 => Op::Request(u8::try_from(self.next() % 4).ok()?, self.timeout()),
            4 => Op::EmitWithAck,
            5 => Op::Emit,
            6 => Op::OpenFeed(u8::try_from(self.next() % 3).ok()?, self.timeout()),
            7 => Op::StopFeed(self.next()),
            8 => Op::StopAll,
            9 => Op::Abort(self.next()),
            10 => Op::AnswerServer(self.next()),
            11 => Op::Tokens(self.one(&[Tokens::Prompt, Tokens::Silent])),
            12 => Op::ProvideToken(self.next(), self.flag()),
            13 => Op::Plan(self.plan()),
            14 => Op::Pinging(self.flag()),
            15 => Op::Answering(self.flag()),
            16 => Op::Answer(self.next()),
            17 => Op::Refuse(self.next()),
            18 => Op::Forget(self.next()),
            19 => Op::AcceptLate,
            20 => Op::DropTcp,
            21 => Op::Sample(self.next()),
            22 => Op::FeedError(self.next()),
            23 => Op::Send(self.one(&FRAMES)),
            24 => Op::SendBinary([4, 1, 2][..self.next() % 4].to_vec()),
            25 => Op::Late(self.next(), self.one(&FRAMES)),
            26 => Op::LateClose(self.next()),
            27 => Op::Advance(self.one(&[1, 100, 1000, 6000, 31_000, 50_000])),
            28 => Op::Sleep(self.one(&[1000, 60_000, 3_600_000])),
            29 => Op::Tick,
            30 => Op::Wake,
            31 => Op::Observe(self.flag()),
            34 => Op::Within(
                self.next() % 4,
                self.one(&[Act::Close, Act::Stop, Act::Abort]),
            ),
            32 => Op::OpenSeries(u8::try_from(self.next() % 3).ok()?, self.timeout()),
            _ => Op::OpenOwn(u8::try_from(self.next() % 3).ok()?, self.timeout()),
        })
    }
}

pub(crate) fn decode(data: &[u8]) -> (Setting, Vec<Op>) {
    let mut bytes = Bytes(data.iter());
    let (seed, choices) = (bytes.next(), bytes.next());
    let attempts = [0, 3, u32::MAX, u32::MAX][choices % 4];
    let setting = Setting {
        seed: seed as u64,
        revision: if choices & 4 == 0 { 4 } else { 3 },
        reconnect: (choices & 8 == 0).then_some((attempts, choices & 16 == 0)),
        token_may_change: choices & 32 == 0,
    };
    let ops = std::iter::from_fn(|| bytes.op()).take(MOST).collect();
    (setting, ops)
}
