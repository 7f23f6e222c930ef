use super::*;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// A packet in short form: kind, namespace, ack id, attachments, name, JSON.
fn summary(text: &str) -> (&'static str, String, Option<u64>, usize, String, String) {
    let packet = Packet::decode(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let raw = |payload: Option<Json<'_>>| payload.map_or("", Json::get).to_owned();
    let (kind, ack, attachments, name, json) = match packet.body {
        Body::Connect { payload } => ("connect", None, 0, String::new(), raw(payload)),
        Body::Disconnect { payload } => ("disconnect", None, 0, String::new(), raw(payload)),
        Body::Event {
            ack,
            attachments,
            name,
            data,
            ..
        } => (
            "event",
            ack,
            attachments,
            name.as_str().to_owned(),
            raw(Some(data)),
        ),
        Body::Ack {
            id,
            attachments,
            data,
            ..
        } => ("ack", Some(id), attachments, String::new(), raw(Some(data))),
        Body::ConnectError { payload } => ("connect_error", None, 0, String::new(), raw(payload)),
    };
    (
        kind,
        packet.namespace.into_owned(),
        ack.map(AckId::value),
        attachments,
        name,
        json,
    )
}

#[test]
fn every_combination_of_namespace_ack_and_attachments_round_trips() {
    let json = r#"["é€","a",{"ü":[1,"😀"]},{"_placeholder":true,"num":0}]"#;
    for namespace in ["/", "/admin", "/é", "/a/b-1", "/admin?token=é"] {
        for ack in [None, Some(0), Some(7), Some(u64::MAX)] {
            for attachments in [0, 1, 10] {
                for (kind, digits) in [("event", ["2", "5"]), ("ack", ["3", "6"])] {
                    if kind == "ack" && ack.is_none() {
                        continue;
                    }
                    let mut text = digits[usize::from(attachments > 0)].to_owned();
                    if attachments > 0 {
                        text += &format!("{attachments}-");
                    }
                    if namespace != "/" {
                        text += &format!("{namespace},");
                    }
                    text += &ack.map_or(String::new(), |id| id.to_string());
                    text += json;
                    let got = summary(&text);
                    let name = if kind == "event" { "é€" } else { "" };
                    let want = (
                        kind,
                        namespace.into(),
                        ack,
                        attachments,
                        name.into(),
                        json.into(),
                    );
                    assert_eq!(got, want, "{text}");
                    assert_eq!(Packet::decode(&text).unwrap().encode(), text);
                }
            }
        }
    }
}

#[test]
fn connect_disconnect_and_connect_error_round_trip() {
    for text in [
        "0",
        "0{}",
        r#"0{"sid":"é"}"#,
        "0/admin,",
        r#"0/admin,{"a":1}"#,
        "1",
        "1/admin,",
        "4",
        r#"4{"message":"né"}"#,
        r#"4"Invalid namespace""#,
        "4/admin,",
        r#"4/admin,{"content":1}"#,
    ] {
        assert_eq!(Packet::decode(text).unwrap().encode(), text);
    }
}

#[test]
fn a_namespace_without_payload_needs_no_comma() {
    for (text, canonical) in [
        ("0/admin", "0/admin,"),
        ("1/admin", "1/admin,"),
        ("4/é", "4/é,"),
        ("0/,", "0"),
        ("0/", "0"),
    ] {
        assert_eq!(Packet::decode(text).unwrap().encode(), canonical);
    }
}

#[test]
fn args_exclude_the_name_and_data_includes_it() {
    let packet = Packet::decode(r#"2["a", {"b" : 1} ,null]"#).unwrap();
    let Body::Event { args, data, .. } = packet.body else {
        panic!()
    };
    assert_eq!(
        args.iter().map(|arg| arg.get()).collect::<Vec<_>>(),
        [r#"{"b" : 1}"#, "null"]
    );
    assert_eq!(data.get(), r#"["a", {"b" : 1} ,null]"#);
    let packet = Packet::decode("30[]").unwrap();
    assert!(matches!(packet.body, Body::Ack { args, .. } if args.is_empty()));
}

#[test]
fn a_name_is_a_string_or_a_number() {
    for (text, name) in [
        (r#"2["é\n\"\u00e9"]"#, EventName::Text("é\n\"é".into())),
        (r#"2[""]"#, EventName::Text("".into())),
        ("2[0]", EventName::Number("0".into())),
        ("2[-1.5e3]", EventName::Number("-1.5e3".into())),
    ] {
        let packet = Packet::decode(text).unwrap();
        assert!(
            matches!(packet.body, Body::Event { name: got, .. } if got == name),
            "{text}"
        );
    }
}

#[test]
fn reserved_names_are_rejected_if_escaped_but_not_in_acks() {
    for name in RESERVED {
        let text = format!(r#"2["{name}"]"#);
        assert!(matches!(Packet::decode(&text), Err(DecodeError::ReservedName(n)) if n == name));
        Packet::decode_revision(&text, Revision::V3).unwrap();
        Packet::decode(&format!(r#"31["{name}"]"#)).unwrap();
    }
    assert!(matches!(
        Packet::decode(r#"2["\u0063onnect"]"#),
        Err(DecodeError::ReservedName(_))
    ));
    for name in [
        "error",
        "message",
        "open",
        "close",
        "ping",
        "Connect",
        "reconnect",
    ] {
        assert_eq!(summary(&format!(r#"2["{name}"]"#)).4, name);
    }
}

#[test]
fn lone_surrogates_are_allowed_in_arguments() {
    let text = r#"2["a","\ud800"]"#;
    assert_eq!(Packet::decode(text).unwrap().encode(), text);
}

#[test]
fn any_depth_is_accepted() {
    let text = format!(r#"2["a",{}{}]"#, "[".repeat(200_000), "]".repeat(200_000));
    Packet::decode(&text).unwrap();
}

#[test]
fn connect_error_takes_any_payload_in_revision_3() {
    for text in ["4[1]", "47", "4null", "4true"] {
        let packet = Packet::decode_revision(text, Revision::V3);
        // A digit here would be read as an ack id.
        assert_eq!(packet.is_ok(), text != "47", "{text}");
        assert!(Packet::decode(text).is_err(), "{text}");
    }
}

#[test]
fn malformed_packets_are_errors() {
    use DecodeError as E;
    type Is = fn(&DecodeError) -> bool;
    let cases: [(Is, &[&str]); 9] = [
        (|e| matches!(e, E::Empty), &[""]),
        (
            |e| matches!(e, E::UnknownType(_)),
            &["7", "9[]", "é1234", "٢[\"a\"]", " 2[\"a\"]", "a"],
        ),
        (
            |e| matches!(e, E::Attachments),
            &[
                "5",
                "51",
                "5-",
                "5a-",
                "50-[\"a\"]",
                "5[\"a\"]",
                "51.23-[\"a\"]",
                "501-[\"a\"]",
                "5-1-[\"a\"]",
                "5+1-[\"a\"]",
                "5٣-[\"a\"]",
                "599999999999999999999-[\"a\"]",
                "6",
                "60-1[]",
                "5/a,[\"a\"]",
            ],
        ),
        (
            |e| matches!(e, E::AckId),
            &[
                "299999999999999999999[\"a\"]",
                "218446744073709551616[\"a\"]",
                "200[\"a\"]",
                "301[]",
            ],
        ),
        (
            |e| matches!(e, E::UnexpectedAckId(_)),
            &["01{}", "11", "41", "4/a,1{}", "00"],
        ),
        (
            |e| matches!(e, E::MissingAckId),
            &["3[]", "3[\"connect\"]", "61-[]", "3/a,[1]"],
        ),
        (
            |e| matches!(e, E::Payload { .. }),
            &[
                "2",
                "212",
                "2/a",
                "2/a[\"x\"]",
                "2 [\"a\"]",
                "1 ",
                "1 {}",
                "2,[\"a\"]",
                "2{}",
                "2null",
                "2\"a\"",
                "2-1[\"a\"]",
                "2٣[\"a\"]",
                "30",
                "30{}",
                "30 []",
                "0null",
                "0\"x\"",
                "0[]",
                "0 {}",
                "0true",
                "4null",
                "4[]",
                "4true",
                "4 {}",
                "4\u{a0}{}",
                "51-",
                "2/a[\"x\",\"y\"]",
            ],
        ),
        (
            |e| matches!(e, E::Json(_)),
            &[
                "1x",
                "1{",
                "2[",
                "2[\"a\"",
                "2[\"a\"]x",
                "2[\"a\",]",
                "2[\"a\" \"b\"]",
                "2[\"a\",NaN]",
                "2['a']",
                "2[\"a\\x\"]",
                "2[\"a\n\"]",
                "30[1]2",
                "0{",
                "0{}{}",
                "4\"a",
                "4{a:1}",
                "2[\"a\"],[\"b\"]",
                "2[\"a\",01]",
            ],
        ),
        (
            |e| matches!(e, E::EventName),
            &[
                "2[]",
                "2[true]",
                "2[null]",
                "2[{}]",
                "2[[\"a\"]]",
                "51-[]",
                "2[\"\\ud800\"]",
            ],
        ),
    ];
    for (is, texts) in cases {
        for text in texts {
            match Packet::decode(text) {
                Err(error) => assert!(is(&error), "{text:?}: {error:?}"),
                Ok(packet) => panic!("{text:?}: {packet:?}"),
            }
        }
    }
}
