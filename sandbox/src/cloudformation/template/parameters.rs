//! The parameters of a template: how they are declared, and what a stack is given for them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::constraints::Constraints;
use super::evaluate::text;
use super::path::Path;

/// What a request says about a parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Given {
    Value(String),
    /// `UsePreviousValue`: this is what the stack had.
    Previous(String),
}

#[derive(Clone, Debug)]
pub struct Parameter {
    /// As declared: `String`, `List<Number>`, `AWS::EC2::KeyPair::KeyName`, …
    pub kind: String,
    pub default: Option<String>,
    pub description: Option<String>,
    pub no_echo: bool,
    shape: Shape,
    constraints: Constraints,
}

/// What the values of a type look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Text,
    Number,
    Texts,
    Numbers,
}

/// Types whose values AWS looks up in the account. Here they are texts.
const LOOKED_UP: [&str; 11] = [
    "AWS::EC2::AvailabilityZone::Name",
    "AWS::EC2::Image::Id",
    "AWS::EC2::Instance::Id",
    "AWS::EC2::KeyPair::KeyName",
    "AWS::EC2::SecurityGroup::GroupName",
    "AWS::EC2::SecurityGroup::Id",
    "AWS::EC2::Subnet::Id",
    "AWS::EC2::VPC::Id",
    "AWS::EC2::Volume::Id",
    "AWS::Route53::HostedZone::Id",
    "AWS::SSM::Parameter::Name",
];

const MEMBERS: [&str; 11] = [
    "AllowedPattern",
    "AllowedValues",
    "ConstraintDescription",
    "Default",
    "Description",
    "MaxLength",
    "MaxValue",
    "MinLength",
    "MinValue",
    "NoEcho",
    "Type",
];

/// How long a value may be.
const MAX_BYTES: usize = 4096;

impl Parameter {
    /// Reads the declaration of a parameter, which is at `path`.
    pub fn read(declared: &Map<String, Value>, path: &Path) -> Result<Self, String> {
        if let Some(member) = declared.keys().find(|key| !MEMBERS.contains(&key.as_str())) {
            return Err(path.wrong(format!("Invalid template parameter property '{member}'")));
        }
        let kind = string(declared, "Type", path)?.ok_or_else(|| {
            path.wrong("Template format error: Every Parameters object must contain a Type member.")
        })?;
        let shape = shape(&kind).map_err(|error| path.wrong(error))?;
        let default = declared.get("Default").map(|value| {
            text(value).ok_or_else(|| {
                path.wrong("Template format error: Every Default member must be a string.")
            })
        });
        Ok(Self {
            default: default.transpose()?,
            description: string(declared, "Description", path)?,
            no_echo: declared.get("NoEcho").and_then(text).as_deref() == Some("true"),
            constraints: Constraints::read(declared, path)?,
            shape,
            kind,
        })
    }

    pub fn allowed_values(&self) -> &[String] {
        self.constraints.allowed_values()
    }

    /// What `Ref` of the parameter called `name` is, when it is given as `given`.
    fn value(&self, name: &str, given: &str) -> Result<Value, String> {
        if given.len() > MAX_BYTES {
            return Err(format!(
                "Parameter '{name}' has a value of {} bytes; at most {MAX_BYTES} are allowed",
                given.len()
            ));
        }
        let number = |text: &str| self.constraints.number(name, text);
        let items = || given.split(',').map(str::trim);
        match self.shape {
            Shape::Text => {
                self.constraints.text(name, given)?;
                return Ok(given.into());
            }
            Shape::Number => {
                number(given)?;
                return Ok(given.into());
            }
            Shape::Texts if given.is_empty() => return Ok(Value::Array(Vec::new())),
            Shape::Texts => items().try_for_each(|item| self.constraints.text(name, item))?,
            Shape::Numbers => items().try_for_each(number)?,
        }
        Ok(items().map(Value::from).collect())
    }
}

/// The string that `member` is, if it is there.
pub fn string(
    object: &Map<String, Value>,
    member: &str,
    path: &Path,
) -> Result<Option<String>, String> {
    match object.get(member) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(path.wrong(format!(
            "Template format error: Every {member} member must be a string."
        ))),
    }
}

fn shape(kind: &str) -> Result<Shape, String> {
    let item = kind
        .strip_prefix("List<")
        .and_then(|rest| rest.strip_suffix('>'));
    match (kind, item) {
        ("String", _) => Ok(Shape::Text),
        ("Number", _) => Ok(Shape::Number),
        ("CommaDelimitedList", _) => Ok(Shape::Texts),
        (_, Some("Number")) => Ok(Shape::Numbers),
        (_, Some(item)) if LOOKED_UP.contains(&item) => Ok(Shape::Texts),
        (kind, None) if LOOKED_UP.contains(&kind) => Ok(Shape::Text),
        (kind, _) if kind.starts_with("AWS::SSM::Parameter::Value<") => Err(format!(
            "Template format error: the sandbox does not support the parameter type {kind}, \
             because it has no Parameter Store; use the type String and pass the value"
        )),
        _ => Err(format!(
            "Template format error: Unrecognized parameter type: {kind}"
        )),
    }
}

/// Whether a parameter takes a value; what CloudFormation says if not. A declaration that is wrong itself takes
/// every value.
pub fn check_parameter(name: &str, declared: &Value, given: &str) -> Result<(), String> {
    let section = Path::section("Parameters");
    let declared = declared.as_object();
    let declared = declared.and_then(|it| Parameter::read(it, &section.key(name)).ok());
    declared.map_or(Ok(()), |it| it.value(name, given).map(|_| ()))
}

/// What `Ref` is of each parameter, by what a request gave and what the declarations say.
pub fn resolve(
    declared: &BTreeMap<String, Parameter>,
    given: &BTreeMap<String, Given>,
) -> Result<BTreeMap<String, Value>, String> {
    let strangers = given.keys().filter(|name| !declared.contains_key(*name));
    let strangers: BTreeSet<&str> = strangers.map(String::as_str).collect();
    if !strangers.is_empty() {
        return Err(format!(
            "Parameters: [{}] do not exist in the template",
            Vec::from_iter(strangers).join(", ")
        ));
    }
    let mut values = BTreeMap::new();
    let mut missing = Vec::new();
    for (name, parameter) in declared {
        let chosen = match given.get(name) {
            Some(Given::Value(value) | Given::Previous(value)) => Some(value),
            None => parameter.default.as_ref(),
        };
        match chosen {
            Some(chosen) => {
                values.insert(name.clone(), parameter.value(name, chosen)?);
            }
            None => missing.push(name.as_str()),
        }
    }
    if missing.is_empty() {
        return Ok(values);
    }
    Err(format!(
        "Parameters: [{}] must have values",
        missing.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn declared(declarations: Value) -> Result<BTreeMap<String, Parameter>, String> {
        let section = Path::section("Parameters");
        let declarations = declarations.as_object().expect("a map").clone();
        let read = declarations.iter().map(|(name, declaration)| {
            let declaration = declaration.as_object().expect("a map");
            Ok((
                name.clone(),
                Parameter::read(declaration, &section.key(name))?,
            ))
        });
        read.collect()
    }

    fn resolved(declarations: Value, given: &[(&str, &str)]) -> Result<Value, String> {
        let given = given
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Given::Value((*value).to_owned())))
            .collect();
        Ok(json!(resolve(&declared(declarations)?, &given)?))
    }

    #[test]
    fn values_come_from_the_request_and_else_from_the_default() {
        let declarations = json!({
            "Name": {"Type": "String"},
            "Players": {"Type": "Number", "Default": 10},
            "Zones": {"Type": "List<AWS::EC2::AvailabilityZone::Name>", "Default": "a, b"},
            "Ports": {"Type": "List<Number>", "Default": "80"},
            "Empty": {"Type": "CommaDelimitedList", "Default": ""},
            "Key": {"Type": "AWS::EC2::KeyPair::KeyName", "Default": "", "NoEcho": true},
        });
        let expected = json!({
            "Name": "x, y", "Players": "12", "Zones": ["a", "b"], "Ports": ["80"], "Empty": [],
            "Key": "",
        });
        let given = [("Name", "x, y"), ("Players", "12")];
        assert_eq!(resolved(declarations.clone(), &given), Ok(expected));
        let parameters = declared(declarations).expect("declared");
        assert!(parameters["Key"].no_echo && !parameters["Name"].no_echo);
    }

    #[test]
    fn a_previous_value_is_as_good_as_a_given_one() {
        let declared = declared(json!({"Name": {"Type": "String", "Default": "new"}}));
        let given = BTreeMap::from([("Name".to_owned(), Given::Previous("old".to_owned()))]);
        let values = resolve(&declared.expect("declared"), &given);
        assert_eq!(
            values,
            Ok(BTreeMap::from([("Name".to_owned(), json!("old"))]))
        );
    }

    #[test]
    fn strangers_and_gaps_are_named() {
        let declarations = json!({"B": {"Type": "String"}, "A": {"Type": "String"}});
        assert_eq!(
            resolved(declarations.clone(), &[]),
            Err("Parameters: [A, B] must have values".to_owned())
        );
        assert_eq!(
            resolved(declarations, &[("Y", ""), ("X", ""), ("A", "")]),
            Err("Parameters: [X, Y] do not exist in the template".to_owned())
        );
    }

    #[test]
    fn wrong_declarations_are_told_with_their_place() {
        for (declaration, told) in [
            (
                json!({}),
                "Every Parameters object must contain a Type member.",
            ),
            (
                json!({"Type": "Strin"}),
                "Unrecognized parameter type: Strin (at /Parameters/P)",
            ),
            (
                json!({"Type": "List<String>"}),
                "Unrecognized parameter type: List<String>",
            ),
            (
                json!({"Type": "AWS::SSM::Parameter::Value<String>"}),
                "has no Parameter Store",
            ),
            (
                json!({"Type": "String", "Defalt": 1}),
                "parameter property 'Defalt'",
            ),
            (
                json!({"Type": "String", "Default": []}),
                "Every Default member must be a string.",
            ),
            (
                json!({"Type": "String", "Description": 1}),
                "Every Description member",
            ),
        ] {
            let error = declared(json!({"P": declaration})).expect_err(told);
            assert!(error.contains(told), "{error}");
        }
    }

    #[test]
    fn a_value_has_a_size() {
        let long = "x".repeat(MAX_BYTES + 1);
        let error = resolved(json!({"P": {"Type": "String"}}), &[("P", &long)]);
        assert!(
            error
                .expect_err("long")
                .starts_with("Parameter 'P' has a value of 4097 bytes")
        );
    }
}
