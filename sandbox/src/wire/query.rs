//! The query protocol: nested parameters flattened into a form (`Tags.member.1.Key=a`), responses in
//! XML.

use std::collections::BTreeMap;

use quick_xml::escape::escape;
use serde_json::{Map, Value, json};

use crate::fault::Fault;

/// Deeper than any operation's parameters.
const DEEPEST: usize = 16;
const LONGEST_LIST: usize = 10_000;
/// The name of each element of a map.
const ENTRY: &str = "entry";

/// The operation and its parameters. Every scalar is a string, as the form has no other type.
pub fn parameters(body: &[u8]) -> Result<(String, Value), Fault> {
    let mut root = Node::default();
    let mut action = None;
    for (name, value) in form_urlencoded::parse(body) {
        match name.as_ref() {
            "Action" => action = Some(value.into_owned()),
            "Version" => {}
            _ => root.put(&name, value.into_owned())?,
        }
    }
    match action {
        Some(action) => Ok((action, root.into_value())),
        None => Err(Fault::invalid(
            "MissingAction",
            "the form has no Action parameter",
        )),
    }
}

#[derive(Debug, Default)]
struct Node {
    text: Option<String>,
    children: BTreeMap<String, Node>,
}

impl Node {
    fn put(&mut self, name: &str, text: String) -> Result<(), Fault> {
        let mut node = self;
        for (depth, part) in name.split('.').enumerate() {
            if depth >= DEEPEST {
                let shortened: String = name.chars().take(80).collect();
                return Err(Fault::invalid(
                    "MalformedQueryString",
                    format!("the parameter {shortened} is nested too deeply"),
                ));
            }
            node = node.children.entry(part.to_owned()).or_default();
        }
        node.text = Some(text);
        Ok(())
    }

    fn into_value(mut self) -> Value {
        if self.children.len() == 1 {
            if let Some(list) = self.children.remove("member") {
                return list.into_list();
            }
            if let Some(map) = self.children.remove(ENTRY) {
                return map.into_map();
            }
        }
        match (self.text, self.children.is_empty()) {
            (Some(text), true) => Value::String(text),
            _ => Value::Object(
                self.children
                    .into_iter()
                    .map(|(name, node)| (name, node.into_value()))
                    .collect(),
            ),
        }
    }

    /// The children, which have a key and a value each.
    fn into_map(self) -> Value {
        let entries = self.children.into_values().filter_map(|mut entry| {
            let mut take = |names: [&str; 2]| {
                let mut names = names.into_iter();
                names.find_map(|name| entry.children.remove(name))
            };
            let key = take(["key", "Name"])?.text?;
            Some((key, take(["value", "Value"])?.into_value()))
        });
        Value::Object(entries.collect())
    }

    fn into_list(self) -> Value {
        let children = self.children.into_iter();
        Value::Array(by_number(children).map(Node::into_value).collect())
    }
}

/// What is in the order of the numbers that are the names.
fn by_number<T>(named: impl Iterator<Item = (String, T)>) -> impl Iterator<Item = T> {
    let mut numbered: Vec<(usize, T)> = named
        .filter_map(|(name, item)| Some((name.parse().ok()?, item)))
        .collect();
    numbered.sort_by_key(|(number, _)| *number);
    let items = numbered.into_iter().take(LONGEST_LIST);
    items.map(|(_, item)| item)
}

/// The members of an object in the order of the numbers that are their names.
pub fn in_order(numbered: Value) -> Vec<Value> {
    match numbered {
        Value::Object(members) => by_number(members.into_iter()).collect(),
        _ => Vec::new(),
    }
}

/// A map of a response, from names to texts.
pub fn map<'a>(entries: impl IntoIterator<Item = (&'a str, String)>) -> Value {
    let entries = entries.into_iter();
    let entries = entries.map(|(key, value)| json!({ "key": key, "value": value }));
    json!({ ENTRY: entries.collect::<Vec<_>>() })
}

pub fn answer(operation: &str, namespace: &str, answer: &Value, request_id: &str) -> String {
    let mut xml = String::new();
    write(&mut xml, answer);
    answer_around(&xml, operation, namespace, request_id)
}

/// The answer with a result that is written already.
pub fn answer_around(result: &str, operation: &str, namespace: &str, request_id: &str) -> String {
    format!(
        "<{operation}Response xmlns=\"{namespace}\"><{operation}Result>{result}</{operation}Result>\
         <ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{operation}Response>"
    )
}

/// Whose fault it is.
pub fn blame(fault: &Fault) -> &'static str {
    if fault.is_client_error() {
        "Sender"
    } else {
        "Receiver"
    }
}

pub fn fault(fault: &Fault, namespace: &str, request_id: &str) -> String {
    let blame = blame(fault);
    format!(
        "<ErrorResponse xmlns=\"{namespace}\"><Error><Type>{blame}</Type><Code>{}</Code>\
         <Message>{}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>",
        escaped(&fault.code),
        escaped(&fault.message)
    )
}

pub fn s3_fault(fault: &Fault, request_id: &str) -> String {
    let mut members = String::new();
    write_members(&mut members, &fault.members);
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{}</Code><Message>{}</Message>\
         {members}<RequestId>{request_id}</RequestId></Error>",
        escaped(&fault.code),
        escaped(&fault.message)
    )
}

pub fn write(xml: &mut String, value: &Value) {
    match value {
        Value::Null => {}
        Value::Bool(flag) => xml.push_str(if *flag { "true" } else { "false" }),
        Value::Number(number) => xml.push_str(&number.to_string()),
        Value::String(text) => xml.push_str(&escaped(text)),
        Value::Array(items) => {
            for item in items {
                write_element(xml, "member", item);
            }
        }
        Value::Object(members) => write_members(xml, members),
    }
}

fn write_members(xml: &mut String, members: &Map<String, Value>) {
    for (name, value) in members {
        match value {
            Value::Null => {}
            Value::Array(entries) if name == ENTRY => {
                for entry in entries {
                    write_element(xml, ENTRY, entry);
                }
            }
            value => write_element(xml, name, value),
        }
    }
}

fn write_element(xml: &mut String, name: &str, value: &Value) {
    xml.push('<');
    xml.push_str(name);
    xml.push('>');
    write(xml, value);
    xml.push_str("</");
    xml.push_str(name);
    xml.push('>');
}

/// With the replacement character in place of those that XML has no way to write, such as the terminal's
/// escapes. Source: XML 1.0, section 2.2, "Characters".
fn escaped(text: &str) -> String {
    let written = |c: char| match c {
        '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'.. => c,
        _ => char::REPLACEMENT_CHARACTER,
    };
    let text: String = text.chars().map(written).collect();
    escape(text.as_str()).replace('\r', "&#13;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_becomes_nested_parameters() {
        let form = b"Action=CreateStack&Version=2010-05-15&StackName=a+b&Tags.member.2.Key=y\
            &Tags.member.1.Key=x&Tags.member.10.Key=z&DeploymentConfig.Mode=EXPRESS&NotificationARNs=";
        let (action, parameters) = parameters(form).expect("it is a form");
        assert_eq!(action, "CreateStack");
        let tags = json!([{ "Key": "x" }, { "Key": "y" }, { "Key": "z" }]);
        let expected = json!({ "StackName": "a b", "Tags": tags,
            "DeploymentConfig": { "Mode": "EXPRESS" }, "NotificationARNs": "" });
        assert_eq!(parameters, expected);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_a_form_or_refused(body: Vec<u8>, name in "[a-z.0-9]{0,200}") {
            let _ = parameters(&body);
            let _ = parameters(format!("Action=A&{name}=1&{name}.member.1=2").as_bytes());
        }

        #[test]
        fn any_text_is_written_as_xml_that_can_be_read(text: String) {
            let xml = answer("Any", "http://n/", &json!({ "Text": text }), "id");
            let mut reader = quick_xml::Reader::from_str(&xml);
            while reader.read_event().expect("it is well-formed") != quick_xml::events::Event::Eof {}
        }
    }

    #[test]
    fn what_xml_cannot_have_is_replaced_and_not_dropped() {
        let written = answer(
            "Any",
            "http://n/",
            &json!("a\u{1b}\0\u{9b}\u{fffe}\t\r<é"),
            "id",
        );
        assert!(
            written.contains("a\u{fffd}\u{fffd}\u{9b}\u{fffd}\t&#13;&lt;é"),
            "{written}"
        );
    }

    #[test]
    fn maps_have_entries() {
        let form = b"Action=Publish&Attributes.entry.1.key=a&Attributes.entry.1.value=1\
            &Attributes.entry.2.key=b&Attributes.entry.2.value=\
            &More.entry.1.Name=c&More.entry.1.Value.DataType=String&Other.entry.1.key=d";
        let (_, parameters) = parameters(form).expect("it is a form");
        let expected = json!({ "Attributes": { "a": "1", "b": "" },
            "More": { "c": { "DataType": "String" } }, "Other": {} });
        assert_eq!(parameters, expected);
        let value = json!({ "Attributes": map([("a", "<".to_owned()), ("b", "2".to_owned())]) });
        let written = answer("Get", "http://n/", &value, "id");
        let expected = "<GetResult><Attributes><entry><key>a</key><value>&lt;</value></entry>\
            <entry><key>b</key><value>2</value></entry></Attributes></GetResult>";
        assert!(written.contains(expected), "{written}");
    }

    #[test]
    fn a_form_without_an_operation_or_bottom_is_refused() {
        assert_eq!(parameters(b"").expect_err("none").code, "MissingAction");
        let deep = format!("Action=A&{}=1", vec!["a"; 4000].join("."));
        let refused = parameters(deep.as_bytes()).expect_err("too deep");
        assert_eq!(refused.code, "MalformedQueryString");
    }

    #[test]
    fn answers_are_written_without_what_is_null() {
        let value = json!({ "Stacks": [{ "Name": "a<b", "Gone": null }], "None": [] });
        assert_eq!(
            answer("DescribeStacks", "http://n/", &value, "id"),
            "<DescribeStacksResponse xmlns=\"http://n/\"><DescribeStacksResult>\
             <None></None><Stacks><member><Name>a&lt;b</Name></member></Stacks>\
             </DescribeStacksResult><ResponseMetadata><RequestId>id</RequestId>\
             </ResponseMetadata></DescribeStacksResponse>"
        );
    }
}
