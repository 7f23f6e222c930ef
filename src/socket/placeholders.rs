//! Checks that every placeholder refers to an attachment.
//!
//! A placeholder is any object with `"_placeholder":true`, at any depth; its `num` must be the
//! index of an attachment. An attachment may be referred to many times, or never. The scan keeps
//! its own stack, so it does not recurse, however deep the text is.

use crate::json::{self, cursor::Cursor};
use core::mem;

/// Whether every placeholder in `json`, which must be valid JSON, refers to one of `attachments`.
pub(super) fn are_valid(json: &str, attachments: usize) -> bool {
    let mut outer = Vec::new();
    // `None` within an array.
    let mut object: Option<Candidate> = None;
    let mut cursor = Cursor::new(json.as_bytes());
    while let Some(token) = cursor.token() {
        match token {
            b"}" | b"]" => {
                let inner = mem::replace(&mut object, outer.pop().flatten());
                if inner.is_some_and(|inner| !inner.is_valid(attachments)) {
                    return false;
                }
            }
            b"," | b":" => {}
            value => {
                if let Some(object) = &mut object {
                    object.take(core::str::from_utf8(value).unwrap_or_default());
                }
                if let b"{" | b"[" = value {
                    let inner = (value == b"{").then(Candidate::default);
                    outer.push(mem::replace(&mut object, inner));
                }
            }
        }
    }
    true
}

/// An object that may be a placeholder. There is one for each level of nesting.
#[derive(Default)]
struct Candidate {
    /// The key whose value comes next; `None` if a key comes next.
    key: Option<Key>,
    marked: bool,
    num: Option<u64>,
}

enum Key {
    Placeholder,
    Num,
    Other,
}

impl Candidate {
    /// Takes a key or a value; if a key is repeated, the last value counts, as in JavaScript.
    fn take(&mut self, token: &str) {
        match self.key.take() {
            None => {
                self.key = Some(match json::text(token).as_deref() {
                    Some("_placeholder") => Key::Placeholder,
                    Some("num") => Key::Num,
                    _ => Key::Other,
                });
            }
            Some(Key::Placeholder) => self.marked = token == "true",
            Some(Key::Num) => self.num = json::parse_natural(token),
            Some(Key::Other) => {}
        }
    }

    fn is_valid(&self, attachments: usize) -> bool {
        !self.marked || self.num.is_some_and(|num| num < attachments as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn placeholders_are_found_at_any_depth_and_may_repeat() {
        for json in [
            "[]",
            r#"["a",{"_placeholder":true,"num":1}]"#,
            r#"[ "a" , { "num" : 0 , "_placeholder" : true } ]"#,
            r#"["é€",[{"x":{"y":[{"_placeholder":true,"num":0},{"_placeholder":true,"num":0}]}}]]"#,
            r#"[{"_placeholder":true,"num":9,"num":1}]"#,
            r#"[{"_placeholder":true,"num":1,"more":[2]}]"#,
        ] {
            assert!(are_valid(json, 2), "{json}");
        }
    }

    #[test]
    fn lookalikes_are_not_placeholders() {
        for json in [
            r#"[{"_placeholder":false,"num":9}]"#,
            r#"[{"_placeholder":1,"num":9}]"#,
            r#"[{"_placeholder":"true","num":9}]"#,
            r#"[{"num":9}]"#,
            r#"["_placeholder",true,"num",9]"#,
            r#"["{\"_placeholder\":true,\"num\":9}"]"#,
            r#"[{"_placeholder":true,"num":9,"_placeholder":null}]"#,
            r#"[{"_placeholder":{"_placeholder":false},"num":9}]"#,
            r#"[{"a":"_placeholder","b":true,"\ud800":1}]"#,
        ] {
            assert!(are_valid(json, 1), "{json}");
        }
    }

    #[test]
    fn invalid_indices_are_found() {
        for json in [
            r#"["a",{"_placeholder":true,"num":1}]"#,
            r#"["a",{"_placeholder":true,"num":-1}]"#,
            r#"["a",{"_placeholder":true,"num":0.5}]"#,
            r#"["a",{"_placeholder":true,"num":"0"}]"#,
            r#"["a",{"_placeholder":true,"num":null}]"#,
            r#"["a",{"_placeholder":true,"num":[0]}]"#,
            r#"["a",{"_placeholder":true,"num":99999999999999999999}]"#,
            r#"["a",{"_placeholder":true}]"#,
            r#"["\\",{"é":[[{"x":{"_placeholder":true,"num":7}}]]}]"#,
            r#"["a",{"\u005fplaceholder":true,"num":1}]"#,
            r#"["\"",{"_placeholder":true,"num":1},"\""]"#,
        ] {
            assert!(!are_valid(json, 1), "{json}");
        }
    }

    #[test]
    fn any_depth_is_accepted() {
        let deep = "[".repeat(100_000) + "{\"_placeholder\":true,\"num\":3}" + &"]".repeat(100_000);
        assert!(!are_valid(&deep, 3));
        assert!(are_valid(&deep, 4));
    }
}
