//! What is known of a template's values before CloudFormation computes them. Pure.

use serde_json::{Map, Value};

use super::template::Template;
use crate::cloud::NamedValues;

const STACK_NAME: &str = "AWS::StackName";
const ACCOUNT_ID: &str = "AWS::AccountId";
const NO_VALUE: &str = "AWS::NoValue";
/// CloudFormation shows this in place of a secret.
const SECRET: &str = "****";
/// Conditions may use each other; a circle of them, which CloudFormation refuses, is given up here.
const MAX_DEPTH: usize = 20;

/// A template, and what its names stand for.
pub struct Values<'a> {
    template: &'a Template,
    names: NamedValues,
}

impl<'a> Values<'a> {
    /// `parameters` are the values that are set; the others have their defaults.
    pub fn new(template: &'a Template, stack: &str, parameters: &NamedValues) -> Self {
        let mut names = NamedValues::from([(STACK_NAME.to_owned(), stack.to_owned())]);
        for (name, declaration) in template.section("Parameters") {
            let plain = matches!(declaration["Type"].as_str(), Some("String" | "Number"));
            let value = parameters.get(name).cloned();
            let value = value.or_else(|| template.default(name));
            if let Some(value) = value.filter(|value| plain && value != SECRET) {
                names.insert(name.clone(), value);
            }
        }
        Self { template, names }
    }

    /// The same in the account with this id, which is not known otherwise.
    pub fn of_account(mut self, id: &str) -> Self {
        self.names.insert(ACCOUNT_ID.to_owned(), id.to_owned());
        self
    }

    /// `None` where only CloudFormation knows it, and `Null` for no value.
    pub fn of(&self, value: &Value) -> Option<Value> {
        self.value(value, MAX_DEPTH)
    }

    pub fn text(&self, value: &Value) -> Option<String> {
        as_text(&self.of(value)?)
    }

    /// The resources of the stack: not those under a condition that does not hold.
    pub fn resources(&self) -> impl Iterator<Item = (&'a String, &'a Value)> {
        self.template.section("Resources").filter(|(_, resource)| {
            let condition = resource["Condition"].as_str();
            condition.is_none_or(|name| self.holds(name) != Some(false))
        })
    }

    /// Whether the condition of this name holds, if that is known.
    pub fn holds(&self, condition: &str) -> Option<bool> {
        self.condition(condition, MAX_DEPTH)
    }

    fn value(&self, value: &Value, depth: usize) -> Option<Value> {
        let depth = depth.checked_sub(1)?;
        match value {
            Value::String(text) if text.contains("{{resolve:") => None,
            Value::Array(items) => {
                let items = items.iter().map(|item| self.value(item, depth));
                let items: Option<Vec<_>> = items.collect();
                items.map(|items| items.into_iter().filter(|it| !it.is_null()).collect())
            }
            Value::Object(fields) => match intrinsic(fields) {
                Some((name, argument)) => self.intrinsic(name, argument, depth),
                None => {
                    let fields = fields.iter();
                    let fields =
                        fields.map(|(key, it)| Some((key.clone(), self.value(it, depth)?)));
                    let fields: Option<Map<_, _>> = fields.collect();
                    fields.map(|mut fields| {
                        fields.retain(|_, it| !it.is_null());
                        Value::Object(fields)
                    })
                }
            },
            plain => Some(plain.clone()),
        }
    }

    fn intrinsic(&self, name: &str, argument: &Value, depth: usize) -> Option<Value> {
        match name {
            "Ref" if argument == NO_VALUE => Some(Value::Null),
            "Ref" => self.names.get(argument.as_str()?).cloned().map(Value::from),
            "Fn::Sub" => self.substituted(argument, depth).map(Value::from),
            "Fn::Join" => {
                let parts = self.value(argument.get(1)?, depth)?;
                let parts: Option<Vec<_>> = parts.as_array()?.iter().map(as_text).collect();
                Some(parts?.join(argument.get(0)?.as_str()?).into())
            }
            "Fn::If" => {
                let holds = self.condition(argument.get(0)?.as_str()?, depth)?;
                self.value(argument.get(if holds { 1 } else { 2 })?, depth)
            }
            _ => None,
        }
    }

    fn substituted(&self, argument: &Value, depth: usize) -> Option<String> {
        let text = argument.as_str().or_else(|| argument.get(0)?.as_str())?;
        let mut rest = text;
        let mut whole = String::new();
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) = after.split_once('}')?;
            whole += before;
            match (
                name.strip_prefix('!'),
                argument.get(1).and_then(|own| own.get(name)),
            ) {
                (Some(literal), _) => whole += &format!("${{{literal}}}"),
                (None, Some(own)) => whole += &as_text(&self.value(own, depth)?)?,
                (None, None) => whole += self.names.get(name.trim())?,
            }
            rest = after;
        }
        Some(whole + rest)
    }

    fn condition(&self, name: &str, depth: usize) -> Option<bool> {
        self.decided(self.template.section_item("Conditions", name)?, depth)
    }

    fn decided(&self, condition: &Value, depth: usize) -> Option<bool> {
        let depth = depth.checked_sub(1)?;
        let (name, argument) = condition.as_object()?.iter().next()?;
        let all = || {
            argument
                .as_array()
                .map(|all| all.iter().map(|it| self.decided(it, depth)))
        };
        match name.as_str() {
            "Condition" => self.condition(argument.as_str()?, depth),
            "Fn::Not" => all()?.next()?.map(|holds| !holds),
            "Fn::And" => all()?.try_fold(true, |so_far, it| Some(so_far && it?)),
            "Fn::Or" => all()?.try_fold(false, |so_far, it| Some(so_far || it?)),
            "Fn::Equals" => {
                let side = |at: usize| as_text(&self.value(argument.get(at)?, depth)?);
                Some(side(0)? == side(1)?)
            }
            _ => None,
        }
    }
}

/// The name and the argument of an intrinsic function: an object with this one key.
pub fn intrinsic(fields: &Map<String, Value>) -> Option<(&str, &Value)> {
    let (name, argument) = fields.iter().next()?;
    let is_one = fields.len() == 1 && (name == "Ref" || name.starts_with("Fn::"));
    is_one.then_some((name.as_str(), argument))
}

/// CloudFormation compares and passes on numbers and booleans as texts.
pub fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TEMPLATE: &str = "\
Parameters:
  Mode: {Type: String, Default: plain}
  Size: {Type: Number, Default: 3}
  Secret: {Type: String, NoEcho: true}
  Names: {Type: CommaDelimitedList, Default: 'a,b'}
Conditions:
  IsPlain: !Equals [!Ref Mode, plain]
  IsLarge: !Not [!Equals [!Ref Size, 3]]
  Both: !And [!Condition IsPlain, !Condition IsLarge]
  Either: !Or [!Condition IsPlain, !Condition IsLarge]
  Here: !Equals [!Ref AWS::Region, eu-west-1]
  Circle: !Not [!Condition Circle]
Resources: {}
";

    #[test]
    fn what_parameters_and_the_stacks_name_decide_is_known() {
        let template = Template::new(TEMPLATE);
        let given = [("Mode", "fancy"), ("Secret", "****")];
        let given = given.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let values = Values::new(&template, "ann", &given.into());
        for (value, known) in [
            (json!("text"), Some(json!("text"))),
            (json!(7), Some(json!(7))),
            (json!({"Ref": "Mode"}), Some(json!("fancy"))),
            (json!({"Ref": "Size"}), Some(json!("3"))),
            (json!({"Ref": "Secret"}), None),
            (json!({"Ref": "Names"}), None),
            (json!({"Ref": "Table"}), None),
            (json!("{{resolve:ssm:x}}"), None),
            (
                json!({"Fn::Sub": "${AWS::StackName}-${Mode}-${!Mode}"}),
                Some(json!("ann-fancy-${Mode}")),
            ),
            (
                json!({"Fn::Sub": ["${A}-x", {"A": {"Ref": "Mode"}}]}),
                Some(json!("fancy-x")),
            ),
            (json!({"Fn::Sub": "${Table.Arn}"}), None),
            (
                json!({"Fn::Join": ["-", [{"Ref": "AWS::StackName"}, 7]]}),
                Some(json!("ann-7")),
            ),
            (
                json!({"Fn::If": ["IsPlain", 1, {"Ref": "AWS::NoValue"}]}),
                Some(Value::Null),
            ),
            (json!({"Fn::If": ["Here", 1, 2]}), None),
            (json!({"Fn::GetAtt": ["Role", "Arn"]}), None),
            (
                json!({"A": [{"Ref": "Mode"}], "B": {"Ref": "AWS::NoValue"}}),
                Some(json!({"A": ["fancy"]})),
            ),
            (json!({"A": {"Ref": "Table"}}), None),
        ] {
            assert_eq!(values.of(&value), known, "{value}");
        }
    }

    #[test]
    fn a_condition_is_decided_where_its_parameters_are_known() {
        let template = Template::new(TEMPLATE);
        for (size, expected) in [
            ("3", [true, false, false, true]),
            ("4", [true, true, true, true]),
        ] {
            let given = NamedValues::from([("Size".to_owned(), size.to_owned())]);
            let values = Values::new(&template, "ann", &given);
            let found = ["IsPlain", "IsLarge", "Both", "Either"].map(|name| values.holds(name));
            assert_eq!(found, expected.map(Some), "Size {size}");
            for unknown in ["Here", "Circle", "Missing"] {
                assert_eq!(values.holds(unknown), None, "{unknown}");
            }
        }
    }
}
