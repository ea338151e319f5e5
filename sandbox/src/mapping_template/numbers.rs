//! Java's numbers: how they are computed with, compared and written.

use std::cmp::Ordering;

use super::fault::{Outcome, problem};
use super::syntax::Operator;
use super::values::Value;

/// The result of an operator on two numbers; null for anything else, and for a division by zero.
pub(super) fn calculate(operator: Operator, left: &Value, right: &Value) -> Outcome<Value> {
    if let (Value::Int(left), Value::Int(right)) = (left, right) {
        let result = match operator {
            Operator::Add => left.checked_add(*right),
            Operator::Subtract => left.checked_sub(*right),
            Operator::Multiply => left.checked_mul(*right),
            _ if *right == 0 => return Ok(Value::Null),
            Operator::Divide => left.checked_div(*right),
            _ => left.checked_rem(*right),
        };
        return result
            .map(Value::Int)
            .ok_or_else(|| problem("the number is too large"));
    }
    let (Some(left), Some(right)) = (float(left), float(right)) else {
        return Ok(Value::Null);
    };
    Ok(match operator {
        Operator::Add => Value::Float(left + right),
        Operator::Subtract => Value::Float(left - right),
        Operator::Multiply => Value::Float(left * right),
        _ if right == 0.0 => Value::Null,
        Operator::Divide => Value::Float(left / right),
        _ => Value::Float(left % right),
    })
}

/// How two numbers compare; nothing when one is none.
pub(super) fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    if let (Value::Int(left), Value::Int(right)) = (left, right) {
        return Some(left.cmp(right));
    }
    float(left)?.partial_cmp(&float(right)?)
}

pub(super) fn float(value: &Value) -> Option<f64> {
    match value {
        Value::Int(value) => Some(*value as f64),
        Value::Float(value) => Some(*value),
        _ => None,
    }
}

/// As `Double.toString` writes it: `1.0`, `1.5E10`.
pub(super) fn float_text(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    let size = value.abs();
    if value == 0.0 || (1e-3..1e7).contains(&size) {
        return format!("{value:?}");
    }
    let text = format!("{value:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let fraction = if digits.contains('.') { "" } else { ".0" };
    format!("{digits}{fraction}E{exponent}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_are_written_as_java_does() {
        let cases = [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (0.001, "0.001"),
            (0.0001, "1.0E-4"),
            (9_999_999.0, "9999999.0"),
            (10_000_000.0, "1.0E7"),
            (1.5e10, "1.5E10"),
            (-12_345_678.9, "-1.23456789E7"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
        ];
        for (value, text) in cases {
            assert_eq!(float_text(value), text);
        }
    }
}
