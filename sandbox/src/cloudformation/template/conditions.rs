//! The conditions of a template, decided once the parameters are known.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::evaluate::{Evaluation, Reference};
use super::intrinsic::Intrinsic;
use super::order::{Needs, order};
use super::path::Path;
use super::scope::Scope;
use super::walk::calls;

const SECTION: &str = "Conditions";

/// Checks that the conditions are conditions, and that they build on each other without a circle.
pub fn check(conditions: &Map<String, Value>) -> Result<(), String> {
    let section = Path::section(SECTION);
    for (name, condition) in conditions {
        let path = section.key(name);
        let intrinsic = Intrinsic::read(condition).map_err(|error| path.wrong(error))?;
        operand(intrinsic.as_ref(), &path)?;
    }
    let needs = needs(conditions)?;
    order(&needs).map(|_| ()).map_err(|circle| {
        format!(
            "Template format error: Circular dependency between conditions: [{}]",
            circle.join(", ")
        )
    })
}

/// Checks that a call can be true or false, and its operands too.
fn operand(intrinsic: Option<&Intrinsic>, path: &Path) -> Result<(), String> {
    let operands = match intrinsic {
        Some(Intrinsic::Equals(..) | Intrinsic::Condition(_)) => return Ok(()),
        Some(
            intrinsic @ (Intrinsic::And(_)
            | Intrinsic::Or(_)
            | Intrinsic::Not(_)
            | Intrinsic::If { .. }),
        ) => intrinsic.arguments(None),
        _ => {
            return Err(path.wrong(
                "Template format error: Conditions can only be boolean operations on parameters \
                 and other conditions",
            ));
        }
    };
    for value in operands {
        let inner = Intrinsic::read(value).map_err(|error| path.wrong(error))?;
        operand(inner.as_ref(), path)?;
    }
    Ok(())
}

/// On which others each condition builds.
fn needs(conditions: &Map<String, Value>) -> Result<Needs, String> {
    let section = Path::section(SECTION);
    let mut needs = Needs::new();
    for (name, condition) in conditions {
        let mut others = BTreeSet::new();
        calls(condition, &section.key(name), None, &mut |path, call| {
            let (Intrinsic::Condition(other)
            | Intrinsic::If {
                condition: other, ..
            }) = call
            else {
                return Ok(());
            };
            if !conditions.contains_key(*other) {
                return Err(undefined(other, path));
            }
            others.insert((*other).to_owned());
            Ok(())
        })?;
        needs.insert(name.clone(), others);
    }
    Ok(needs)
}

pub fn undefined(condition: &str, path: &Path) -> String {
    path.wrong(format!(
        "Template format error: Condition {condition} is not defined."
    ))
}

/// Decides the conditions, into the scope. They were checked.
pub fn decide(conditions: &Map<String, Value>, scope: &mut Scope) -> Result<(), String> {
    let needs = needs(conditions)?;
    let ordered = order(&needs).unwrap_or_default();
    let section = Path::section(SECTION);
    for name in ordered {
        let path = section.key(name);
        let holds = Decision { scope }.holds(&conditions[name], &path)?;
        scope.conditions.insert(name.to_owned(), holds);
    }
    Ok(())
}

struct Decision<'a> {
    scope: &'a Scope,
}

impl Decision<'_> {
    fn holds(&self, value: &Value, path: &Path) -> Result<bool, String> {
        let intrinsic = Intrinsic::read(value).map_err(|error| path.wrong(error))?;
        match intrinsic {
            Some(Intrinsic::Condition(name)) => {
                self.scope.holds(name).map_err(|error| path.wrong(error))
            }
            Some(Intrinsic::Equals(left, right)) => {
                Ok(self.operand(left, path)? == self.operand(right, path)?)
            }
            Some(Intrinsic::Not(operand)) => Ok(!self.holds(operand, path)?),
            Some(Intrinsic::And(operands)) => {
                self.each(operands, path).map(|all| !all.contains(&false))
            }
            Some(Intrinsic::Or(operands)) => {
                self.each(operands, path).map(|all| all.contains(&true))
            }
            Some(Intrinsic::If {
                condition,
                then,
                otherwise,
            }) => {
                let taken = self.scope.holds(condition);
                let taken = taken.map_err(|error| path.wrong(error))?;
                self.holds(if taken { then } else { otherwise }, path)
            }
            _ => operand(intrinsic.as_ref(), path).map(|()| false),
        }
    }

    fn each(&self, operands: &[Value], path: &Path) -> Result<Vec<bool>, String> {
        let holds = operands.iter().map(|operand| self.holds(operand, path));
        holds.collect()
    }

    /// `true` and `"true"` are equal, as are `1` and `"1"`: CloudFormation compares texts.
    fn operand(&self, value: &Value, path: &Path) -> Result<Option<Value>, String> {
        let refuse = |_: Reference| {
            Err("Template format error: Conditions cannot refer to resources or exports".to_owned())
        };
        let evaluated = Evaluation::new(self.scope, &refuse).value(value, path)?;
        Ok(evaluated.map(|value| super::evaluate::text(&value).map_or(value, Value::from)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::super::pseudo::Pseudo;
    use super::*;

    fn decided(conditions: Value) -> Result<BTreeMap<String, bool>, String> {
        let conditions = conditions.as_object().expect("a map").clone();
        check(&conditions)?;
        let mut scope = Scope {
            parameters: BTreeMap::from([("Stage".to_owned(), json!("dev"))]),
            pseudo: Pseudo {
                account: "000000000000".to_owned(),
                region: "us-east-1".to_owned(),
                stack_id: String::new(),
                stack_name: "game".to_owned(),
                notification_arns: vec![],
            },
            mappings: json!({"Sizes": {"dev": {"Big": false}}})
                .as_object()
                .expect("map")
                .clone(),
            conditions: BTreeMap::new(),
        };
        decide(&conditions, &mut scope)?;
        Ok(scope.conditions)
    }

    #[test]
    fn conditions_build_on_each_other_in_any_order() {
        let conditions = json!({
            "A": {"Fn::Not": [{"Condition": "B"}]},
            "B": {"Fn::Equals": [{"Ref": "Stage"}, "prod"]},
            "C": {"Fn::And": [{"Condition": "A"}, {"Fn::Equals": [true, "true"]}]},
            "D": {"Fn::Or": [{"Condition": "B"}, {"Fn::Not": [{"Condition": "C"}]}]},
            "E": {"Fn::Equals": [{"Fn::FindInMap": ["Sizes", {"Ref": "Stage"}, "Big"]}, "false"]},
            "F": {"Fn::Equals": [{"Fn::If": ["A", "x", "y"]}, "x"]},
            "G": {"Fn::Equals": ["1", 2]},
        });
        let expected = [true, false, true, false, true, true, false];
        let decided = decided(conditions).expect("decided");
        assert_eq!(Vec::from_iter(decided.into_values()), expected);
    }

    #[test]
    fn what_is_no_condition_is_refused() {
        let message = |conditions| decided(conditions).expect_err("refused");
        assert_eq!(
            message(json!({"A": {"Fn::Not": ["yes"]}})),
            "Template format error: Conditions can only be boolean operations on parameters and \
             other conditions (at /Conditions/A)"
        );
        assert_eq!(
            message(json!({"A": {"Fn::Not": [{"Condition": "B"}]}})),
            "Template format error: Condition B is not defined. (at /Conditions/A)"
        );
        assert_eq!(
            message(json!({
                "A": {"Fn::Not": [{"Condition": "B"}]},
                "B": {"Fn::Not": [{"Condition": "A"}]},
            })),
            "Template format error: Circular dependency between conditions: [A, B]"
        );
    }
}
