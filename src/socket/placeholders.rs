//! The check that every placeholder refers to an attachment.
//!
//! A placeholder is any object with `"_placeholder":true`, at any depth; its `num` must be the
//! index of an attachment. One may be referred to often, or never. The scan keeps its own stack: it
//! neither recurses nor cares how deep the text is.

use crate::json;
use core::mem;

/// Whether every placeholder in `json`, which must be valid JSON, refers to one of `attachments`.
pub(super) fn are_valid(json: &str, attachments: usize) -> bool {
    let mut outer = Vec::new();
    let mut scope = Scope::Array;
    for token in (Tokens { rest: json }) {
        match token {
            "{" | "[" => {
                scope.value("");
                let inner = if token == "{" {
                    Scope::Object(Object::new())
                } else {
                    Scope::Array
                };
                outer.push(mem::replace(&mut scope, inner));
            }
            "}" | "]" => {
                let inner = mem::replace(&mut scope, outer.pop().unwrap_or(Scope::Array));
                if let Scope::Object(Object {
                    marked: true, num, ..
                }) = inner
                    && num.is_none_or(|num| num >= attachments as u64)
                {
                    return false;
                }
            }
            "," => scope.next(),
            ":" => {}
            value => scope.value(value),
        }
    }
    true
}

enum Scope {
    Array,
    Object(Object),
}

struct Object {
    /// The key whose value comes next; `None` where a key comes next.
    key: Option<Key>,
    marked: bool,
    num: Option<u64>,
}

enum Key {
    Placeholder,
    Num,
    Other,
}

impl Object {
    const fn new() -> Self {
        Self {
            key: None,
            marked: false,
            num: None,
        }
    }
}

impl Scope {
    /// A key, or a value; of a repeated key the last value counts, as in JavaScript.
    fn value(&mut self, token: &str) {
        let Self::Object(object) = self else { return };
        match object.key {
            None => object.key = Some(key(token)),
            Some(Key::Placeholder) => object.marked = token == "true",
            Some(Key::Num) => object.num = json::natural(token),
            Some(Key::Other) => {}
        }
    }

    const fn next(&mut self) {
        if let Self::Object(object) = self {
            object.key = None;
        }
    }
}

fn key(token: &str) -> Key {
    match json::text(token).as_deref() {
        Some("_placeholder") => Key::Placeholder,
        Some("num") => Key::Num,
        _ => Key::Other,
    }
}

/// The tokens of valid JSON, without the space between them.
struct Tokens<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Tokens<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let text = json::trimmed_start(self.rest);
        let length = match text.bytes().next()? {
            b'{' | b'}' | b'[' | b']' | b',' | b':' => 1,
            b'"' => string_length(text),
            _ => text
                .bytes()
                .take_while(|byte| !is_end(*byte))
                .count()
                .max(1),
        };
        let (token, rest) = text.split_at_checked(length)?;
        self.rest = rest;
        Some(token)
    }
}

const fn is_end(byte: u8) -> bool {
    matches!(
        byte,
        b' ' | b'\t' | b'\n' | b'\r' | b',' | b':' | b']' | b'}' | b'{' | b'[' | b'"'
    )
}

fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
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
    fn what_only_looks_like_one_is_none() {
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
    fn a_number_that_is_no_index_is_found() {
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
    fn depth_is_no_matter() {
        let deep = "[".repeat(100_000) + "{\"_placeholder\":true,\"num\":3}" + &"]".repeat(100_000);
        assert!(!are_valid(&deep, 3));
        assert!(are_valid(&deep, 4));
    }
}
