//! The random operations that [`crate::playing`] plays.

use crate::link::{Act, Tokens, ms};
use crate::server::{Plan, Stage};
use ardexa_client::client::Timeout;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

#[derive(Clone, Debug)]
pub(crate) enum Op {
    Connect,
    ReconnectNow,
    Close,
    Request(u8, Option<Timeout>),
    EmitWithAck,
    Emit,
    OpenFeed(u8, Option<Timeout>),
    OpenSeries(u8, Option<Timeout>),
    /// With the one `requestId` that the caller reuses.
    OpenOwn(u8, Option<Timeout>),
    StopFeed(usize),
    StopAll,
    Abort(usize),
    AnswerServer(usize),
    Tokens(Tokens),
    ProvideToken(usize, bool),
    Plan(Plan),
    Pinging(bool),
    Answering(bool),
    Answer(usize),
    Refuse(usize),
    Forget(usize),
    AcceptLate,
    DropTcp,
    Sample(usize),
    FeedError(usize),
    Send(&'static str),
    SendBinary(Vec<u8>),
    Late(usize, &'static str),
    LateClose(usize),
    Advance(u64),
    Sleep(u64),
    Tick,
    Wake,
    Observe(bool),
    /// The callback after this many others performs an action.
    Within(usize, Act),
}

/// Frames that a server could send at any moment, most of them wrong.
pub(crate) const FRAMES: [&str; 26] = [
    "",
    "x",
    "1",
    "2",
    "3",
    "2probe",
    "6",
    "4",
    "41",
    "44",
    "42",
    "42[]",
    "42[\"ü\"]",
    "427[\"ask\",1]",
    "430[]",
    "431[1]",
    "42[\"device:cmd:rpc\",{\"error\":\"no\"}]",
    "42[\"device:feed:rpc\",{\"error\":\"no\"}]",
    "42[\"device:cmd:reply\",{}]",
    "42[\"device:feed:reply\",{\"feedId\":\"f1\"}]",
    "42[\"device:stateChange\",{\"cn\":\"c\",\"vhost\":\"v\",\"online\":true}]",
    "451-[\"b\",{\"_placeholder\":true,\"num\":0}]",
    "44{\"message\":\"no\"}",
    "40/other,",
    "4é1234",
    "42[\"device:cmd:rpc\",{\"correlationId\":\"c1\"}]",
];

pub(crate) fn timeout() -> impl Strategy<Value = Option<Timeout>> {
    select(vec![
        None,
        Some(Timeout::Never),
        Some(Timeout::After(ms(0))),
        Some(Timeout::After(ms(700))),
        Some(Timeout::After(ms(40_000))),
    ])
}

pub(crate) fn plan() -> impl Strategy<Value = Plan> {
    let stage = || {
        select(vec![
            Stage::Dialled,
            Stage::Opened,
            Stage::HandshakeSent,
            Stage::ConnectReceived,
            Stage::Accepted,
        ])
    };
    prop_oneof![
        3 => Just(Plan::Accept),
        3 => stage().prop_map(Plan::Drop),
        // An accepted client is stalled by `Pinging` and `Answering`, not by its plan.
        2 => select(vec![Stage::Dialled, Stage::Opened, Stage::HandshakeSent, Stage::ConnectReceived])
            .prop_map(Plan::Stall),
        3 => (stage(), select(&FRAMES[..])).prop_map(|(stage, frame)| Plan::Send(stage, frame.to_owned())),
    ]
}

pub(crate) fn op() -> impl Strategy<Value = Op> {
    let index = 0usize..8;
    let caller = prop_oneof![
        6 => Just(Op::Connect),
        1 => Just(Op::ReconnectNow),
        1 => Just(Op::Close),
        5 => (0u8..4, timeout()).prop_map(|(kind, timeout)| Op::Request(kind, timeout)),
        2 => Just(Op::EmitWithAck),
        1 => Just(Op::Emit),
        7 => (0u8..3, timeout()).prop_map(|(source, timeout)| Op::OpenFeed(source, timeout)),
        3 => (0u8..3, timeout()).prop_map(|(source, timeout)| Op::OpenSeries(source, timeout)),
        2 => (0u8..3, timeout()).prop_map(|(source, timeout)| Op::OpenOwn(source, timeout)),
        4 => index.clone().prop_map(Op::StopFeed),
        1 => Just(Op::StopAll),
        2 => index.clone().prop_map(Op::Abort),
        1 => index.clone().prop_map(Op::AnswerServer),
        1 => any::<bool>().prop_map(Op::Observe),
        3 => (0usize..4, select(vec![Act::Close, Act::Stop, Act::Abort])).prop_map(|(at, act)| Op::Within(at, act)),
    ];
    let server = prop_oneof![
        3 => plan().prop_map(Op::Plan),
        1 => any::<bool>().prop_map(Op::Pinging),
        2 => any::<bool>().prop_map(Op::Answering),
        4 => index.clone().prop_map(Op::Answer),
        2 => index.clone().prop_map(Op::Refuse),
        1 => index.clone().prop_map(Op::Forget),
        1 => Just(Op::AcceptLate),
        3 => Just(Op::DropTcp),
        4 => index.clone().prop_map(Op::Sample),
        1 => index.clone().prop_map(Op::FeedError),
        2 => select(&FRAMES[..]).prop_map(Op::Send),
        1 => vec(any::<u8>(), 0..4).prop_map(Op::SendBinary),
    ];
    let platform = prop_oneof![
        1 => select(vec![Tokens::Prompt, Tokens::Silent]).prop_map(Op::Tokens),
        2 => (index.clone(), any::<bool>()).prop_map(|(at, good)| Op::ProvideToken(at, good)),
        1 => (index.clone(), select(&FRAMES[..])).prop_map(|(at, frame)| Op::Late(at, frame)),
        1 => index.prop_map(Op::LateClose),
        4 => select(vec![1u64, 100, 1000, 6000, 31_000, 50_000]).prop_map(Op::Advance),
        1 => select(vec![1000u64, 60_000, 3_600_000]).prop_map(Op::Sleep),
        1 => Just(Op::Tick),
        1 => Just(Op::Wake),
    ];
    prop_oneof![5 => caller, 5 => server, 3 => platform]
}

/// The configuration of a sequence.
#[derive(Clone, Debug)]
pub(crate) struct Setting {
    pub(crate) seed: u64,
    pub(crate) revision: u8,
    pub(crate) reconnect: Option<(u32, bool)>,
    pub(crate) token_may_change: bool,
}

pub(crate) fn setting() -> impl Strategy<Value = Setting> {
    let reconnect = prop_oneof![
        1 => Just(None),
        6 => (select(vec![0, 3, u32::MAX, u32::MAX]), any::<bool>()).prop_map(Some),
    ];
    (
        any::<u64>(),
        select(vec![4u8, 4, 4, 3]),
        reconnect,
        any::<bool>(),
    )
        .prop_map(|(seed, revision, reconnect, token_may_change)| Setting {
            seed,
            revision,
            reconnect,
            token_may_change,
        })
}
