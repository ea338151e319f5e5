//! `$input` and `$util`, as API Gateway documents them.

use base64::prelude::{BASE64_STANDARD, Engine};

use super::fault::{Outcome, problem};
use super::inputs::Parameters;
use super::interpreter::Interpreter;
use super::json_path::JsonPath;
use super::values::{Form, Heap, Key, Value};

/// `$input`
#[derive(Debug)]
pub(super) struct Input {
    pub body: Value,
    /// `$input.params()`: the places, each with its parameters.
    pub parameters: Value,
    /// The body as JSON, once it was asked for: its text if it is none.
    parsed: Option<Value>,
}

impl Input {
    pub(super) fn new(heap: &mut Heap, body: &str, parameters: &Parameters) -> Outcome<Self> {
        // API Gateway shows an absent body as an empty object.
        let body = if body.is_empty() { "{}" } else { body };
        let places = heap.map(Form::Java)?;
        for (name, parameters) in [
            ("path", &parameters.path),
            ("querystring", &parameters.querystring),
            ("header", &parameters.header),
        ] {
            let parameters = heap.texts(parameters)?;
            heap.put(places, name.into(), parameters)?;
        }
        Ok(Self {
            body: heap.text(body)?,
            parameters: Value::Map(places),
            parsed: None,
        })
    }
}

impl Heap {
    /// A map of texts.
    pub(super) fn texts(&mut self, texts: &[(String, String)]) -> Outcome<Value> {
        let map = self.map(Form::Java)?;
        for (name, text) in texts {
            let text = self.text(text)?;
            self.put(map, name.as_str().into(), text)?;
        }
        Ok(Value::Map(map))
    }
}

impl Interpreter {
    /// A method of `$input`.
    pub(super) fn call_input(&mut self, name: &str, arguments: &[Value]) -> Outcome<Value> {
        match (name, arguments) {
            ("params", []) => Ok(self.input.parameters.clone()),
            ("params", [name]) => self.parameter(name),
            ("path", [path]) => self.body_at(path),
            ("json", [path]) => {
                let value = self.body_at(path)?;
                let value = if value == Value::Null {
                    Value::nothing()
                } else {
                    value
                };
                let mut text = String::new();
                self.heap.show_json(&value, &mut text)?;
                self.heap.text(text)
            }
            _ => Ok(Value::Null),
        }
    }

    /// `$input.params('name')`: looked for in the path, the query string and the headers, in this order.
    fn parameter(&mut self, name: &Value) -> Outcome<Value> {
        let name = self.heap.key(name)?;
        let Value::Map(places) = self.input.parameters else {
            return Ok(Value::Null);
        };
        let mut places = self.heap.entries(places).values();
        let found = places.find_map(|place| match place {
            Value::Map(parameters) => self.heap.entries(*parameters).get(&name).cloned(),
            _ => None,
        });
        Ok(found.unwrap_or(Value::Null))
    }

    fn body_at(&mut self, path: &Value) -> Outcome<Value> {
        let path = self.shown(path)?;
        let path = JsonPath::parse(&path)?;
        let body = match &self.input.parsed {
            Some(body) => body.clone(),
            None => {
                let text = self.shown(&self.input.body.clone())?;
                let parsed = self.heap.parse_json(&text)?.unwrap_or(Value::Text(text));
                self.input.parsed = Some(parsed.clone());
                parsed
            }
        };
        path.find(&mut self.heap, &body)
    }

    /// A method of `$util`.
    pub(super) fn call_util(&mut self, name: &str, arguments: &[Value]) -> Outcome<Value> {
        let [argument] = arguments else {
            return Ok(Value::Null);
        };
        let text = self.shown(argument)?;
        self.heap.budget.examine(&text)?;
        let made = match name {
            "escapeJavaScript" => escape_java_script(&text),
            "urlEncode" => form_urlencoded::byte_serialize(text.as_bytes()).collect(),
            "urlDecode" => url_decoded(&text)?,
            "base64Encode" => BASE64_STANDARD.encode(&*text),
            "base64Decode" => {
                let bytes = BASE64_STANDARD.decode(text.trim_end());
                let bytes =
                    bytes.map_err(|error| problem(format!("the text is no base64: {error}")))?;
                String::from_utf8_lossy(&bytes).into_owned()
            }
            "parseJson" => {
                let parsed = self.heap.parse_json(&text)?;
                return parsed.ok_or_else(|| problem("$util.parseJson: the text is no JSON"));
            }
            _ => return Ok(Value::Null),
        };
        self.heap.text(made)
    }

    /// A member of `$foreach`.
    pub(super) fn loop_property(&self, index: usize, name: &str) -> Value {
        let Some(this) = self.foreach(index) else {
            return Value::Null;
        };
        match name {
            "index" => Value::Int(this.index as i128),
            "count" => Value::Int(this.index as i128 + 1),
            "hasNext" => Value::Bool(this.has_next),
            "first" => Value::Bool(this.index == 0),
            "last" => Value::Bool(!this.has_next),
            "parent" => index.checked_sub(1).map_or(Value::Null, Value::Loop),
            "topmost" => Value::Loop(0),
            _ => Value::Null,
        }
    }
}

/// As Apache Commons' `StringEscapeUtils` writes a text in JavaScript.
fn escape_java_script(text: &str) -> String {
    let mut escaped = String::new();
    for unit in text.encode_utf16() {
        match char::from_u32(unit.into()) {
            Some(char @ ('\'' | '"' | '\\' | '/')) => escaped.extend(['\\', char]),
            Some('\u{8}') => escaped.push_str("\\b"),
            Some('\n') => escaped.push_str("\\n"),
            Some('\t') => escaped.push_str("\\t"),
            Some('\u{c}') => escaped.push_str("\\f"),
            Some('\r') => escaped.push_str("\\r"),
            Some(char @ ' '..='\u{7f}') => escaped.push(char),
            _ => escaped.push_str(&format!("\\u{unit:04X}")),
        }
    }
    escaped
}

/// As Java's `URLDecoder` reads it, which refuses an incomplete escape.
fn url_decoded(text: &str) -> Outcome<String> {
    for (position, _) in text.match_indices('%') {
        let digits = text.as_bytes().get(position + 1..position + 3);
        if !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)) {
            return Err(problem("$util.urlDecode: `%` needs two hexadecimal digits"));
        }
    }
    let spaced = text.replace('+', " ");
    Ok(percent_encoding::percent_decode_str(&spaced)
        .decode_utf8_lossy()
        .into_owned())
}

impl Interpreter {
    /// What a template left of a part of `$context`.
    pub(super) fn context_member(&mut self, name: &str) -> Outcome<serde_json::Value> {
        let Some(Value::Map(context)) = self.get("context").cloned() else {
            return Ok(serde_json::Value::Null);
        };
        let member = self.heap.entries(context).get(&Key::from(name)).cloned();
        self.heap.plain(&member.unwrap_or(Value::Null))
    }
}
