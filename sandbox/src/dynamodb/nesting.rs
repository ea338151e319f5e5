//! A limit of how deep expressions are nested. The library's parser calls itself for each parenthesis that
//! is open, without a limit: a request with some thousands would overflow the stack and end the sandbox.

use serde_json::Value;

use crate::fault::Fault;

/// Open at the same time. DynamoDB allows 300 operators in an expression.
/// Source: DynamoDB's quotas, "Expression parameters".
const DEEPEST: usize = 300;

/// Refuses parameters with an expression that is nested too deeply, in lists of transactions too.
pub fn check(parameters: &Value) -> Result<(), Fault> {
    match parameters {
        Value::Object(members) => members.iter().try_for_each(|(name, value)| match value {
            Value::String(text) if name.ends_with("Expression") => check_expression(name, text),
            value => check(value),
        }),
        Value::Array(values) => values.iter().try_for_each(check),
        _ => Ok(()),
    }
}

fn check_expression(name: &str, text: &str) -> Result<(), Fault> {
    let mut open = 0_usize;
    for letter in text.chars() {
        match letter {
            '(' => open += 1,
            ')' => open = open.saturating_sub(1),
            _ => {}
        }
        if open > DEEPEST {
            return Err(Fault::invalid(
                "ValidationException",
                format!("Invalid {name}: more than {DEEPEST} parentheses are open"),
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn expressions_are_nested_only_so_deep_wherever_they_are() {
        let nested = |depth: usize| "(".repeat(depth);
        for depth in [0, DEEPEST] {
            let text = nested(depth) + &")".repeat(depth) + "()";
            assert_eq!(check(&json!({ "FilterExpression": text })), Ok(()));
        }
        let deep = nested(DEEPEST + 1);
        for parameters in [
            json!({ "FilterExpression": deep }),
            json!({ "KeyConditionExpression": deep }),
            json!({ "TransactItems": [{ "Put": { "ConditionExpression": deep } }] }),
        ] {
            let refused = check(&parameters).expect_err("it is too deep");
            assert_eq!(refused.code, "ValidationException");
        }
        assert_eq!(check(&json!({ "Item": { "a": { "S": deep } } })), Ok(()));
    }
}
