//! Evaluates expressions.

use std::cmp::Ordering;

use super::fault::{Outcome, problem};
use super::interpreter::Interpreter;
use super::limits::RANGE_ITEMS;
use super::numbers;
use super::syntax::{Expression, Operator};
use super::values::{Form, Value};

impl Interpreter {
    pub(super) fn value(&mut self, expression: &Expression) -> Outcome<Value> {
        self.nested(|this| match expression {
            Expression::Text(text) => Ok(Value::Text(text.clone())),
            Expression::Template(block) => {
                let mut text = String::new();
                this.render(block, &mut text)?;
                this.heap.text(text)
            }
            Expression::Int(value) => Ok(Value::Int(*value)),
            Expression::Float(value) => Ok(Value::Float(*value)),
            Expression::Bool(value) => Ok(Value::Bool(*value)),
            Expression::List(items) => {
                let items = items.iter().map(|item| this.value(item));
                let items = items.collect::<Outcome<_>>()?;
                this.heap.list(items, Form::Java)
            }
            Expression::Range(ends) => this.range(&ends.0, &ends.1),
            Expression::Map(entries) => this.map(entries),
            Expression::Reference(reference) => this.reference(reference),
            Expression::Not(negated) => Ok(Value::Bool(!this.is_true(negated)?)),
            Expression::Chain { first, rest } => this.chain(first, rest),
        })
    }

    /// Whether the expression is true as a condition. Of what is no reference and no comparison, only `true`
    /// is: `#if("text")` and `#if(1)` are false in Velocity 1.7.
    pub(super) fn is_true(&mut self, expression: &Expression) -> Outcome<bool> {
        match expression {
            Expression::Bool(value) => Ok(*value),
            Expression::Reference(reference) => Ok(self.reference(reference)?.is_true()),
            Expression::Not(negated) => Ok(!self.nested(|this| this.is_true(negated))?),
            Expression::Chain { .. } => {
                let value = self.value(expression)?;
                Ok(value == Value::Bool(true))
            }
            _ => Ok(false),
        }
    }

    fn chain(&mut self, first: &Expression, rest: &[(Operator, Expression)]) -> Outcome<Value> {
        if let Some((operator @ (Operator::Or | Operator::And), _)) = rest.first() {
            // The first that decides ends it.
            let decisive = *operator == Operator::Or;
            for part in std::iter::once(first).chain(rest.iter().map(|(_, part)| part)) {
                if self.is_true(part)? == decisive {
                    return Ok(Value::Bool(decisive));
                }
            }
            return Ok(Value::Bool(!decisive));
        }
        let mut left = self.value(first)?;
        for (operator, right) in rest {
            let right = self.value(right)?;
            left = self.operate(*operator, &left, &right)?;
        }
        Ok(left)
    }

    fn operate(&mut self, operator: Operator, left: &Value, right: &Value) -> Outcome<Value> {
        self.heap.budget.step()?;
        let ordering = numbers::compare(left, right);
        Ok(match operator {
            Operator::Equal => Value::Bool(self.equal(left, right)?),
            Operator::NotEqual => Value::Bool(!self.equal(left, right)?),
            Operator::Less => Value::Bool(ordering == Some(Ordering::Less)),
            Operator::Greater => Value::Bool(ordering == Some(Ordering::Greater)),
            Operator::LessOrEqual => Value::Bool(ordering.is_some_and(Ordering::is_le)),
            Operator::GreaterOrEqual => Value::Bool(ordering.is_some_and(Ordering::is_ge)),
            Operator::Add if matches!(left, Value::Text(_)) || matches!(right, Value::Text(_)) => {
                let (left, right) = (self.shown(left)?, self.shown(right)?);
                self.heap.budget.allocate(left.len() + right.len())?;
                Value::Text([&*left, &*right].concat().into())
            }
            _ => numbers::calculate(operator, left, right)?,
        })
    }

    /// `==`: values of different kinds are equal when their texts are.
    fn equal(&mut self, left: &Value, right: &Value) -> Outcome<bool> {
        let is_number = |value: &Value| matches!(value, Value::Int(_) | Value::Float(_));
        let same_kind = std::mem::discriminant(left) == std::mem::discriminant(right);
        if same_kind || is_number(left) && is_number(right) {
            return self.heap.equal(left, right);
        }
        if *left == Value::Null || *right == Value::Null {
            return Ok(false);
        }
        Ok(self.shown(left)? == self.shown(right)?)
    }

    /// `[a..b]`, down too. Null when an end is no whole number.
    fn range(&mut self, first: &Expression, last: &Expression) -> Outcome<Value> {
        let (Value::Int(first), Value::Int(last)) = (self.value(first)?, self.value(last)?) else {
            return Ok(Value::Null);
        };
        if first.abs_diff(last) >= RANGE_ITEMS {
            return Err(problem(format!(
                "the range has more than {RANGE_ITEMS} items"
            )));
        }
        let items = if first <= last {
            (first..=last).map(Value::Int).collect()
        } else {
            (last..=first).rev().map(Value::Int).collect()
        };
        self.heap.list(items, Form::Java)
    }

    fn map(&mut self, entries: &[(Expression, Expression)]) -> Outcome<Value> {
        let map = self.heap.map(Form::Java)?;
        for (key, value) in entries {
            let key = self.value(key)?;
            let key = self.heap.key(&key)?;
            let value = self.value(value)?;
            self.heap.put(map, key, value)?;
        }
        Ok(Value::Map(map))
    }
}
