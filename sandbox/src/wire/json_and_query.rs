//! SQS's protocols: JSON as today's clients speak it, and the query protocol of older ones. A service has
//! one set of operations for both: forms are read into the parameters of JSON, and answers written from them.
//!
//! Source: "Making Query API requests" and "Making AWS JSON requests" in SQS's developer guide.

use http::HeaderMap;
use serde_json::{Map, Value};

use super::{json, query};
use crate::fault::Fault;

/// How a service that speaks both does it.
#[derive(Debug, PartialEq, Eq)]
pub struct JsonAndQuery {
    pub version: &'static str,
    pub target: &'static str,
    pub namespace: &'static str,
    pub lists: &'static [Numbered],
    /// The codes of errors: in JSON, and in the query protocol. Others are the same.
    pub codes: &'static [(&'static str, &'static str)],
}

/// A member that is a list or a map in JSON. In a form its items are numbered (`Attribute.1.Name`), and in
/// XML they are elements of this name, one after the other.
#[derive(Debug, PartialEq, Eq)]
pub struct Numbered {
    /// Of which operation; empty for all.
    pub operation: &'static str,
    pub member: &'static str,
    /// Of an item.
    pub item: &'static str,
    /// What the key and the value of a map's item are called.
    pub map: Option<(&'static str, &'static str)>,
}

impl Numbered {
    pub const fn list(member: &'static str, item: &'static str) -> Self {
        Self {
            operation: "",
            member,
            item,
            map: None,
        }
    }

    pub const fn map(
        member: &'static str,
        item: &'static str,
        key: &'static str,
        value: &'static str,
    ) -> Self {
        Self {
            map: Some((key, value)),
            ..Self::list(member, item)
        }
    }

    /// Only of this operation.
    pub const fn of(self, operation: &'static str) -> Self {
        Self { operation, ..self }
    }

    fn is_of(&self, operation: &str) -> bool {
        self.operation.is_empty() || self.operation == operation
    }
}

impl JsonAndQuery {
    /// Whether a request is of the query protocol.
    pub fn is_query(headers: &HeaderMap) -> bool {
        !headers.contains_key(json::TARGET)
    }

    /// The parameters as JSON has them. (Texts stay texts.)
    pub fn in_json(&self, operation: &str, value: Value) -> Value {
        let Value::Object(members) = value else {
            return value;
        };
        let read = members.into_iter().map(|(name, value)| {
            let mut lists = self.lists.iter().filter(|it| it.is_of(operation));
            match lists.find(|it| it.item == name) {
                Some(list) => (list.member.to_owned(), self.items(operation, list, value)),
                None => (name, self.in_json(operation, value)),
            }
        });
        Value::Object(read.collect())
    }

    fn items(&self, operation: &str, list: &Numbered, numbered: Value) -> Value {
        let items = query::in_order(numbered).into_iter();
        let Some((key, value)) = list.map else {
            return items.map(|item| self.in_json(operation, item)).collect();
        };
        let entries = items.filter_map(|mut item| {
            let key = item[key].as_str()?.to_owned();
            Some((key, self.in_json(operation, item[value].take())))
        });
        Value::Object(entries.collect())
    }

    pub fn query_answer(&self, operation: &str, answer: &Value, request_id: &str) -> String {
        let mut xml = String::new();
        self.write(&mut xml, operation, answer);
        query::answer_around(&xml, operation, self.namespace, request_id)
    }

    fn write(&self, xml: &mut String, operation: &str, value: &Value) {
        let Value::Object(members) = value else {
            return query::write(xml, value);
        };
        for (name, value) in members {
            let mut lists = self.lists.iter().filter(|it| it.is_of(operation));
            match lists.find(|it| it.member == name) {
                Some(list) => self.write_items(xml, operation, list, value),
                None => self.write_element(xml, operation, name, value),
            }
        }
    }

    fn write_element(&self, xml: &mut String, operation: &str, name: &str, value: &Value) {
        if !value.is_null() {
            xml.push_str(&format!("<{name}>"));
            self.write(xml, operation, value);
            xml.push_str(&format!("</{name}>"));
        }
    }

    fn write_items(&self, xml: &mut String, operation: &str, list: &Numbered, items: &Value) {
        for item in items.as_array().into_iter().flatten() {
            self.write_element(xml, operation, list.item, item);
        }
        if let (Some((key, value)), Value::Object(entries)) = (list.map, items) {
            for (name, entry) in entries {
                let mut item = Map::new();
                item.insert(key.to_owned(), name.as_str().into());
                item.insert(value.to_owned(), entry.clone());
                self.write_element(xml, operation, list.item, &Value::Object(item));
            }
        }
    }

    /// The fault with its code in the query protocol.
    pub fn in_query(&self, fault: &Fault) -> Fault {
        let mut codes = self.codes.iter();
        let code = codes.find(|(code, _)| *code == fault.code);
        Fault {
            code: code.map_or(&*fault.code, |(_, code)| code).to_owned(),
            ..fault.clone()
        }
    }

    /// The header by which clients of today find the code that older ones know.
    pub fn query_error(&self, fault: &Fault) -> String {
        let blame = query::blame(fault);
        format!("{};{blame}", self.in_query(fault).code)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SPOKEN: JsonAndQuery = JsonAndQuery {
        version: "1.0",
        target: "Things",
        namespace: "http://n/",
        lists: &[
            Numbered::list("Entries", "PutThingEntry").of("PutThings"),
            Numbered::map("Attributes", "Attribute", "Name", "Value"),
            Numbered::list("Names", "Name"),
        ],
        codes: &[("ThingDoesNotExist", "Things.NonExistentThing")],
    };

    #[test]
    fn a_form_has_the_parameters_of_json() {
        let form = b"Action=PutThings&PutThingEntry.2.Id=b&PutThingEntry.1.Id=a\
            &PutThingEntry.1.Attribute.1.Name=x&PutThingEntry.1.Attribute.1.Value.Text=1\
            &PutThingEntry.10.Id=c&Other=o";
        let (operation, form) = query::parameters(form).expect("a form");
        let parameters = SPOKEN.in_json(&operation, form);
        let expected = json!({ "Other": "o", "Entries": [
            { "Id": "a", "Attributes": { "x": { "Text": "1" } } }, { "Id": "b" }, { "Id": "c" },
        ] });
        assert_eq!(parameters, expected);
        let other = json!({ "PutThingEntry": { "1": { "Id": "a" } } });
        assert_eq!(SPOKEN.in_json("Other", other.clone()), other);
    }

    #[test]
    fn the_items_of_an_answer_are_elements_one_after_the_other() {
        let answer = json!({ "Attributes": { "a": "1", "b": "<" }, "Names": ["x", "y"], "Gone": null,
            "One": { "Names": [] } });
        assert_eq!(
            SPOKEN.query_answer("GetThings", &answer, "id"),
            "<GetThingsResponse xmlns=\"http://n/\"><GetThingsResult>\
             <Attribute><Name>a</Name><Value>1</Value></Attribute>\
             <Attribute><Name>b</Name><Value>&lt;</Value></Attribute>\
             <Name>x</Name><Name>y</Name><One></One>\
             </GetThingsResult><ResponseMetadata><RequestId>id</RequestId></ResponseMetadata>\
             </GetThingsResponse>"
        );
    }

    #[test]
    fn an_error_has_the_code_of_its_protocol() {
        let missing = Fault::invalid("ThingDoesNotExist", "m");
        assert_eq!(SPOKEN.in_query(&missing).code, "Things.NonExistentThing");
        assert_eq!(
            SPOKEN.query_error(&missing),
            "Things.NonExistentThing;Sender"
        );
        assert_eq!(
            SPOKEN.query_error(&Fault::internal("m")),
            "InternalFailure;Receiver"
        );
    }
}
