//! The attributes that a pool's users can have.
//!
//! Source: "Working with user attributes" in Cognito's developer guide.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::fault::invalid;
use crate::fault::Fault;

pub type Attributes = BTreeMap<String, String>;

/// Begins the names of attributes that a pool adds.
const CUSTOM: &str = "custom:";
/// In characters, without [`CUSTOM`].
const LONGEST_NAME: usize = 20;
/// Of a value, in characters.
const LONGEST_VALUE: usize = 2048;
const MOST_CUSTOM: usize = 50;

/// Each with its type.
const STANDARD: [(&str, DataType); 20] = [
    ("profile", DataType::String),
    ("address", DataType::String),
    ("birthdate", DataType::String),
    ("gender", DataType::String),
    ("preferred_username", DataType::String),
    ("updated_at", DataType::Number),
    ("website", DataType::String),
    ("picture", DataType::String),
    ("identities", DataType::String),
    ("sub", DataType::String),
    ("phone_number", DataType::String),
    ("phone_number_verified", DataType::Boolean),
    ("zoneinfo", DataType::String),
    ("locale", DataType::String),
    ("email", DataType::String),
    ("email_verified", DataType::Boolean),
    ("given_name", DataType::String),
    ("family_name", DataType::String),
    ("middle_name", DataType::String),
    ("name", DataType::String),
];

/// Only the service and the owner of the pool set these.
const NOT_BY_USERS: [&str; 2] = ["email_verified", "phone_number_verified"];
const NOT_BY_ANYONE: [&str; 2] = ["sub", "identities"];

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub enum DataType {
    #[default]
    String,
    Number,
    DateTime,
    Boolean,
}

/// An attribute as a request declares it, and as a pool keeps it.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Declared {
    name: String,
    attribute_data_type: DataType,
    mutable: Option<bool>,
    required: bool,
    string_attribute_constraints: Lengths,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase", default)]
struct Lengths {
    #[serde(skip_serializing_if = "Option::is_none")]
    min_length: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_length: Option<String>,
}

/// Who gives a user attributes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Giver {
    User,
    Administrator,
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
pub struct Schema(Vec<Declared>);

impl Schema {
    /// With the attributes of a request: standard ones by their names, others as custom ones.
    pub fn declare(declared: Vec<Declared>) -> Result<Self, Fault> {
        let mut schema = Self::default();
        for mut attribute in declared {
            let name = attribute.name.clone();
            let length = name.chars().count();
            if !(1..=LONGEST_NAME).contains(&length) || name.contains(':') {
                return Err(invalid(format!("Invalid attribute name: {name}")));
            }
            match standard(&name) {
                Some(kind) if kind == attribute.attribute_data_type => {}
                Some(_) => {
                    return Err(invalid(format!(
                        "Invalid AttributeDataType input for the standard attribute {name}"
                    )));
                }
                None if attribute.required => {
                    return Err(invalid(
                        "Required custom attributes are not supported currently.",
                    ));
                }
                None => attribute.name = format!("{CUSTOM}{name}"),
            }
            attribute.lengths()?;
            if schema.declared(&attribute.name).is_some() {
                return Err(invalid(format!("Duplicate attribute name: {name}")));
            }
            schema.0.push(attribute);
        }
        let custom = schema.0.iter().filter(|it| it.name.starts_with(CUSTOM));
        match custom.count() > MOST_CUSTOM {
            true => Err(invalid("Too many custom attributes")),
            false => Ok(schema),
        }
    }

    fn declared(&self, name: &str) -> Option<&Declared> {
        self.0.iter().find(|declared| declared.name == name)
    }

    fn data_type(&self, name: &str) -> Option<DataType> {
        let declared = self.declared(name).map(|it| it.attribute_data_type);
        declared.or_else(|| standard(name))
    }

    /// Refuses attributes that no user can have, or not from this giver.
    pub fn check(&self, attributes: &Attributes, giver: Giver) -> Result<(), Fault> {
        for (name, value) in attributes {
            self.check_value(name, value, giver)?;
        }
        Ok(())
    }

    fn check_value(&self, name: &str, value: &str, giver: Giver) -> Result<(), Fault> {
        let Some(kind) = self.data_type(name) else {
            return Err(unfit(&format!(
                "Type for attribute {{{name}}} could not be determined"
            )));
        };
        if NOT_BY_ANYONE.contains(&name) || (giver == Giver::User && NOT_BY_USERS.contains(&name)) {
            return Err(Fault::invalid(
                "NotAuthorizedException",
                "A client attempted to write unauthorized attribute",
            ));
        }
        let fits = match kind {
            DataType::Number => value.parse::<i64>().is_ok(),
            DataType::Boolean => ["true", "false"].contains(&value),
            DataType::String | DataType::DateTime => true,
        };
        if !fits {
            return Err(unfit(&format!(
                "{name}: Attribute value has the wrong type"
            )));
        }
        let (least, most) = match self.declared(name) {
            Some(declared) => declared.lengths()?,
            None => (0, LONGEST_VALUE),
        };
        let length = value.chars().count();
        if kind == DataType::String && length < least {
            return Err(unfit(&format!(
                "{name}: String must be no shorter than {least}"
            )));
        }
        if length > most {
            return Err(unfit(&format!(
                "{name}: String must be no longer than {most}"
            )));
        }
        if name == "email" && !is_email(value) {
            return Err(invalid("Invalid email address format."));
        }
        if name == "phone_number" && !is_phone_number(value) {
            return Err(invalid("Invalid phone number format."));
        }
        Ok(())
    }

    /// Refuses attributes that lack some that a new user must have.
    pub fn check_required(&self, attributes: &Attributes) -> Result<(), Fault> {
        let has = |name: &str| attributes.get(name).is_some_and(|value| !value.is_empty());
        let missing = self.0.iter().find(|it| it.required && !has(&it.name));
        missing.map_or(Ok(()), |Declared { name, .. }| {
            Err(unfit(&format!(
                "{name}: The attribute {name} is required\n"
            )))
        })
    }

    /// All attributes, as `DescribeUserPool` shows them.
    pub fn shown(&self) -> Value {
        let custom = self.0.iter().filter(|it| it.name.starts_with(CUSTOM));
        let standard = STANDARD.iter().map(|(name, kind)| {
            let declared = self.declared(name).cloned();
            declared.unwrap_or_else(|| Declared {
                name: (*name).to_owned(),
                attribute_data_type: *kind,
                ..Declared::default()
            })
        });
        standard
            .chain(custom.cloned())
            .map(|it| it.shown())
            .collect()
    }
}

impl Declared {
    fn shown(&self) -> Value {
        let mut shown = json!({
            "Name": self.name,
            "AttributeDataType": self.attribute_data_type,
            "DeveloperOnlyAttribute": false,
            "Mutable": self.mutable.unwrap_or(!NOT_BY_ANYONE.contains(&&*self.name)),
            "Required": self.required || self.name == "sub",
        });
        let lengths = &self.string_attribute_constraints;
        match self.attribute_data_type {
            DataType::String if self.name.starts_with(CUSTOM) => {
                shown["StringAttributeConstraints"] = json!(lengths);
            }
            DataType::String => {
                let least = lengths.min_length.as_deref().unwrap_or("0");
                let most = lengths.max_length.as_deref().unwrap_or("2048");
                let constraints = json!({ "MinLength": least, "MaxLength": most });
                shown["StringAttributeConstraints"] = constraints;
            }
            DataType::Number => shown["NumberAttributeConstraints"] = json!({}),
            DataType::DateTime | DataType::Boolean => {}
        }
        shown
    }

    fn lengths(&self) -> Result<(usize, usize), Fault> {
        let read = |text: &Option<String>, default: usize| match text {
            Some(text) => text
                .parse()
                .map_err(|_| invalid(format!("Invalid string constraint: {text}"))),
            None => Ok(default),
        };
        let Lengths {
            min_length,
            max_length,
        } = &self.string_attribute_constraints;
        Ok((read(min_length, 0)?, read(max_length, LONGEST_VALUE)?))
    }
}

fn standard(name: &str) -> Option<DataType> {
    let mut standard = STANDARD.iter();
    let found = standard.find(|(standard, _)| *standard == name);
    found.map(|(_, kind)| *kind)
}

fn unfit(why: &str) -> Fault {
    invalid(format!("Attributes did not conform to the schema: {why}"))
}

/// Whether a text looks like an address: something, one `@`, and a name with a dot in it.
pub fn is_email(text: &str) -> bool {
    let Some((person, host)) = text.split_once('@') else {
        return false;
    };
    let is_part = |part: &str| !part.is_empty() && !part.contains(char::is_whitespace);
    is_part(person) && !host.contains('@') && host.contains('.') && host.split('.').all(is_part)
}

fn is_phone_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    (1..=15).contains(&digits.len()) && digits.bytes().all(|c| c.is_ascii_digit())
}

#[cfg(test)]
#[path = "schema_tests.rs"]
mod tests;
