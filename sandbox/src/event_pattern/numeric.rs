//! `numeric`: a number, or a range of numbers.

use serde_json::Value;

use super::limits::NUMBER;
use super::{Reading, refused};

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    bottom: Bound,
    top: Bound,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Bound {
    None,
    /// The number is in the range.
    With(f64),
    Without(f64),
}

impl Range {
    pub fn has(self, number: f64) -> bool {
        let is_above = match self.bottom {
            Bound::None => true,
            Bound::With(bottom) => number >= bottom,
            Bound::Without(bottom) => number > bottom,
        };
        let is_below = match self.top {
            Bound::None => true,
            Bound::With(top) => number <= top,
            Bound::Without(top) => number < top,
        };
        is_above && is_below
    }

    /// Reads `["=", 5]`, `[">", 0, "<=", 5]` and the like.
    pub fn read(terms: &Value) -> Reading<Self> {
        let Value::Array(terms) = terms else {
            return refused("Value of numeric must be an array.");
        };
        let Some(Value::String(operator)) = terms.first() else {
            let shown = terms.first().map_or("]".to_owned(), Value::to_string);
            return refused(format!("Invalid member in numeric match: {shown}"));
        };
        let name = match operator.as_str() {
            "=" => "equals",
            "<" | "<=" | ">" | ">=" => operator,
            _ => return refused(format!("Unrecognized numeric range operator: {operator}")),
        };
        let number = number(name, terms.get(1))?;
        let (bottom, top) = match operator.as_str() {
            "=" => (Bound::With(number), Bound::With(number)),
            "<" => (Bound::None, Bound::Without(number)),
            "<=" => (Bound::None, Bound::With(number)),
            ">" => (Bound::Without(number), Bound::None),
            _ => (Bound::With(number), Bound::None),
        };
        match &terms[2..] {
            [] => Ok(Self { bottom, top }),
            _ if top != Bound::None => refused("Too many elements in numeric expression"),
            rest => {
                let (above, top) = top_of_range(rest)?;
                if number >= above {
                    return refused("Bottom must be less than top");
                }
                Ok(Self { bottom, top })
            }
        }
    }
}

/// What ends a range that has a bottom.
fn top_of_range(terms: &[Value]) -> Reading<(f64, Bound)> {
    let operator = match &terms[0] {
        Value::String(operator) => operator,
        other => return refused(format!("Bad value in numeric range: {other}")),
    };
    if !["<", "<="].contains(&operator.as_str()) {
        return refused(format!("Bad numeric range operator: {operator}"));
    }
    let top = number(operator, terms.get(1))?;
    if terms.len() > 2 {
        return refused("Too many terms in numeric range expression");
    }
    let bound = match operator.as_str() {
        "<" => Bound::Without(top),
        _ => Bound::With(top),
    };
    Ok((top, bound))
}

fn number(operator: &str, given: Option<&Value>) -> Reading<f64> {
    match given.and_then(Value::as_f64) {
        None => refused(format!("Value of {operator} must be numeric")),
        Some(number) if number.abs() > NUMBER => {
            refused("Value must be between -5.0E9 and 5.0E9, inclusive")
        }
        Some(number) => Ok(number),
    }
}
