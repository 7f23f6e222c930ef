//! Writes and reads the fields of a JSON object without changing the bytes of their values.
//!
//! A configuration must reach the device with its keys in the caller's order, so values stay text
//! from end to end.

use std::borrow::Cow;

use super::error::{InvalidArgument, not_blank};
use crate::json::{self, Json, push_quoted, trimmed};

/// The inside of a JSON object, one field after another: `"deviceId":"d","cmd":"uptime"`.
#[derive(Clone, Debug)]
pub(super) struct Fields(String);

impl Fields {
    /// No fields.
    pub(super) fn new() -> Self {
        // Enough for most requests.
        Self(String::with_capacity(80))
    }

    /// Adds a string that the API requires.
    pub(super) fn text(self, name: &'static str, value: &str) -> Result<Self, InvalidArgument> {
        Ok(self.any_text(name, not_blank(name, value)?))
    }

    /// Adds a string, empty or not.
    pub(super) fn any_text(self, name: &'static str, value: &str) -> Self {
        self.field(name, |text| push_quoted(text, value))
    }

    /// Adds a value that must be a JSON object; its text is kept byte for byte.
    pub(super) fn object(self, name: &'static str, json: &str) -> Result<Self, InvalidArgument> {
        let object = Object::parse(name, json)?;
        Ok(self.field(name, |text| text.push_str(object.text)))
    }

    /// Adds all fields of an object, in their order.
    pub(super) fn all_of(mut self, object: &Object<'_>) -> Self {
        let fields = object.inside();
        if !fields.is_empty() {
            self.separate();
        }
        self.0.push_str(fields);
        self
    }

    /// Whether a field of this name exists.
    pub(super) fn has(&self, name: &str) -> bool {
        json::fields(&self.to_object(None)).any(|(own, _)| own.as_deref() == Some(name))
    }

    /// The JSON text of the object, starting with `requestId` if one is given.
    pub(super) fn to_object(&self, request_id: Option<&str>) -> String {
        let id_len = request_id.map_or(0, |id| id.len() + 16);
        let mut object = String::with_capacity(self.0.len() + id_len + 2);
        object.push('{');
        if let Some(id) = request_id {
            object.push_str("\"requestId\":");
            push_quoted(&mut object, id);
            if !self.0.is_empty() {
                object.push(',');
            }
        }
        object.push_str(&self.0);
        object.push('}');
        object
    }

    /// Adds a field whose value is written by `write`. Our own names need no escaping.
    fn field(mut self, name: &'static str, write: impl FnOnce(&mut String)) -> Self {
        self.separate();
        self.0.push('"');
        self.0.push_str(name);
        self.0.push_str("\":");
        write(&mut self.0);
        self
    }

    fn separate(&mut self) {
        if !self.0.is_empty() {
            self.0.push(',');
        }
    }
}

/// A JSON object as text: names are parsed, values are not.
pub(super) struct Object<'a> {
    text: &'a str,
    fields: Vec<(Cow<'a, str>, &'a str)>,
}

impl<'a> Object<'a> {
    /// Parses an object; the error names `argument` if the text is not one.
    pub(super) fn parse(argument: &'static str, json: &'a str) -> Result<Self, InvalidArgument> {
        let text = trimmed(json);
        if !text.starts_with('{') {
            return Err(InvalidArgument::new(argument, "must be an object"));
        }
        if let Err(error) = Json::parse(text) {
            let problem = format!("must be an object: {error}");
            return Err(InvalidArgument::new(argument, problem));
        }
        let mut fields = Vec::new();
        for (name, value) in json::fields(text) {
            let Some(name) = name else {
                let problem = "must be an object: a name is not valid Unicode";
                return Err(InvalidArgument::new(argument, problem));
            };
            fields.push((name, value));
        }
        Ok(Self { text, fields })
    }

    /// The names, in order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.fields.iter().map(|(name, _)| name.as_ref())
    }

    /// The value of a field; the last one if the name occurs twice.
    pub(super) fn value(&self, name: &str) -> Option<&'a str> {
        self.fields
            .iter()
            .rev()
            .find(|(own, _)| own == name)
            .map(|(_, value)| *value)
    }

    /// A field that is a string.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        let text = self.value(name).and_then(json::text);
        text.map(Cow::into_owned)
    }

    /// The text between the braces.
    fn inside(&self) -> &'a str {
        let open = self.text.strip_prefix('{').unwrap_or(self.text);
        trimmed(open.strip_suffix('}').unwrap_or(open))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn fields_keep_their_written_order() {
        let fields = Fields::new()
            .text("b", "ü\"\n")
            .unwrap()
            .object("a", " {\"z\":1, \"a\":2} ");
        let fields = fields.unwrap();
        assert_eq!(
            fields.to_object(Some("r")),
            r#"{"requestId":"r","b":"ü\"\n","a":{"z":1, "a":2}}"#
        );
        assert!(fields.has("a") && fields.has("b") && !fields.has("z"));
        assert_eq!(Fields::new().to_object(None), "{}");
    }

    #[test]
    fn only_an_object_is_accepted() {
        for json in [
            "", "[]", "null", "1", "\"{}\"", "{", "{}x", "{\"a\":}", "{a:1}", "{}{}",
        ] {
            let error = Object::parse("config", json).map(|_| ()).unwrap_err();
            assert_eq!(error.argument, "config", "{json}");
        }
    }

    #[test]
    fn names_are_unescaped_and_the_last_value_wins() {
        let object = Object::parse("x", "{\"a\":1,\"\\u0061\":[2],\"ö\":{}}").unwrap();
        assert_eq!(object.names().collect::<Vec<_>>(), ["a", "a", "ö"]);
        assert_eq!(object.value("a").unwrap(), "[2]");
        assert!(object.value("b").is_none());
    }
}
