//! Finds what a path names in a document.

use super::{Filter, Function, JsonPath, Operand, Selectors, Step};
use crate::mapping_template::fault::{Outcome, problem};
use crate::mapping_template::limits::VALUE_DEPTH;
use crate::mapping_template::numbers;
use crate::mapping_template::syntax::Operator;
use crate::mapping_template::values::{Form, Heap, Key, Value};

impl JsonPath {
    /// What the path names in the document; null when that is nothing.
    pub(in crate::mapping_template) fn find(
        &self,
        heap: &mut Heap,
        document: &Value,
    ) -> Outcome<Value> {
        self.find_from(heap, document, document)
    }

    fn find_from(&self, heap: &mut Heap, start: &Value, document: &Value) -> Outcome<Value> {
        let mut found = vec![start.clone()];
        for step in &self.steps {
            let mut next = Vec::new();
            for value in found {
                step.select(heap, &value, document, 0, &mut next)?;
            }
            found = next;
        }
        if let Some(function) = self.function {
            return self.apply(function, heap, found);
        }
        if self.is_definite() {
            return Ok(found.pop().unwrap_or(Value::Null));
        }
        heap.list(found, Form::Json)
    }

    fn apply(&self, function: Function, heap: &mut Heap, mut found: Vec<Value>) -> Outcome<Value> {
        let value = if self.is_definite() {
            found.pop().unwrap_or(Value::Null)
        } else {
            heap.list(found, Form::Json)?
        };
        Ok(match (function, &value) {
            (Function::Length, Value::List(list)) => Value::Int(heap.items(*list).len() as i128),
            (Function::Length, Value::Map(map)) => Value::Int(heap.entries(*map).len() as i128),
            (Function::Keys, Value::Map(map)) => {
                let keys = heap
                    .entries(*map)
                    .keys()
                    .cloned()
                    .map(Value::from)
                    .collect();
                heap.list(keys, Form::Json)?
            }
            (_, Value::List(list)) => {
                let items = heap.items(*list);
                total(function, items)
            }
            _ => Value::Null,
        })
    }
}

/// The function of all numbers among the items.
fn total(function: Function, items: &[Value]) -> Value {
    let numbers: Vec<f64> = items.iter().filter_map(numbers::float).collect();
    if numbers.is_empty() {
        return Value::Null;
    }
    let sum: f64 = numbers.iter().sum();
    match function {
        Function::Min => Value::Float(numbers.iter().copied().fold(f64::INFINITY, f64::min)),
        Function::Max => Value::Float(numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max)),
        Function::Sum => Value::Float(sum),
        Function::Average => Value::Float(sum / numbers.len() as f64),
        Function::Length | Function::Keys => Value::Null,
    }
}

impl Step {
    /// Adds what the step selects of the value, and of what is below it.
    fn select(
        &self,
        heap: &mut Heap,
        value: &Value,
        document: &Value,
        depth: usize,
        found: &mut Vec<Value>,
    ) -> Outcome<()> {
        heap.budget.step()?;
        if depth > VALUE_DEPTH {
            return Err(problem("the document is nested too deep"));
        }
        let before = found.len();
        self.selectors.select(heap, value, document, found)?;
        heap.grow(found.len() - before)?;
        if self.is_deep {
            let mut below = Vec::new();
            children(heap, value, &mut below);
            heap.grow(below.len())?;
            for child in below {
                self.select(heap, &child, document, depth + 1, found)?;
            }
        }
        Ok(())
    }
}

fn children(heap: &Heap, value: &Value, found: &mut Vec<Value>) {
    match value {
        Value::List(list) => found.extend_from_slice(heap.items(*list)),
        Value::Map(map) => found.extend(heap.entries(*map).values().cloned()),
        _ => {}
    }
}

impl Selectors {
    fn select(
        &self,
        heap: &mut Heap,
        value: &Value,
        document: &Value,
        found: &mut Vec<Value>,
    ) -> Outcome<()> {
        match (self, value) {
            (Self::Names(names), Value::Map(map)) => match names.as_slice() {
                [name] => found.extend(heap.entries(*map).get(&Key::from(&**name)).cloned()),
                names => {
                    let object = heap.map(Form::Json)?;
                    for name in names {
                        let key = Key::from(&**name);
                        if let Some(value) = heap.entries(*map).get(&key).cloned() {
                            heap.put(object, key, value)?;
                        }
                    }
                    found.push(Value::Map(object));
                }
            },
            (Self::Indexes(indexes), Value::List(list)) => {
                let items = heap.items(*list);
                let positions = indexes.iter().map(|index| from_start(*index, items.len()));
                found.extend(
                    positions
                        .filter_map(|position| items.get(position?))
                        .cloned(),
                );
            }
            (Self::Slice(start, end), Value::List(list)) => {
                let items = heap.items(*list);
                let bound =
                    |index: i64| from_start(index, items.len()).unwrap_or(0).min(items.len());
                let (start, end) = (start.map_or(0, bound), end.map_or(items.len(), bound));
                found.extend_from_slice(items.get(start..end).unwrap_or_default());
            }
            (Self::All, value) => children(heap, value, found),
            (Self::Filter(filter), Value::List(_) | Value::Map(_)) => {
                let mut candidates = Vec::new();
                match value {
                    Value::Map(_) => candidates.push(value.clone()),
                    _ => children(heap, value, &mut candidates),
                }
                heap.grow(candidates.len())?;
                for candidate in candidates {
                    if filter.fits(heap, &candidate, document)? {
                        found.push(candidate);
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }
}

fn from_start(index: i64, length: usize) -> Option<usize> {
    let length = i64::try_from(length).ok()?;
    usize::try_from(if index < 0 { index + length } else { index }).ok()
}

impl Filter {
    fn fits(&self, heap: &mut Heap, value: &Value, document: &Value) -> Outcome<bool> {
        heap.budget.step()?;
        match self {
            Self::Or(filters) => {
                for filter in filters {
                    if filter.fits(heap, value, document)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Self::And(filters) => {
                for filter in filters {
                    if !filter.fits(heap, value, document)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Self::Not(filter) => Ok(!filter.fits(heap, value, document)?),
            Self::Exists(path) => Ok(path.find_from(heap, value, document)? != Value::Null),
            Self::Compare(left, operator, right) => {
                let left = left.value(heap, value, document)?;
                let right = right.value(heap, value, document)?;
                compare(heap, &left, *operator, &right)
            }
            Self::Matches(operand, pattern) => match operand.value(heap, value, document)? {
                Value::Text(text) => pattern.is_match(heap, &text),
                _ => Ok(false),
            },
            Self::In(operand, others) => {
                let operand = operand.value(heap, value, document)?;
                for other in others {
                    let other = other.value(heap, value, document)?;
                    if heap.equal(&operand, &other)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
        }
    }
}

fn compare(heap: &mut Heap, left: &Value, operator: Operator, right: &Value) -> Outcome<bool> {
    let ordering = match (left, right) {
        (Value::Text(left), Value::Text(right)) => Some(left.cmp(right)),
        _ => numbers::compare(left, right),
    };
    Ok(match operator {
        Operator::Equal => heap.equal(left, right)?,
        Operator::NotEqual => !heap.equal(left, right)?,
        Operator::Less => ordering.is_some_and(|ordering| ordering.is_lt()),
        Operator::LessOrEqual => ordering.is_some_and(|ordering| ordering.is_le()),
        Operator::Greater => ordering.is_some_and(|ordering| ordering.is_gt()),
        Operator::GreaterOrEqual => ordering.is_some_and(|ordering| ordering.is_ge()),
        _ => false,
    })
}

impl Operand {
    fn value(&self, heap: &mut Heap, value: &Value, document: &Value) -> Outcome<Value> {
        match self {
            Self::Path { path, is_root } => {
                path.find_from(heap, if *is_root { document } else { value }, document)
            }
            Self::Null => Ok(Value::Null),
            Self::Bool(value) => Ok(Value::Bool(*value)),
            Self::Number(number) => Ok(Value::Float(*number)),
            Self::Text(text) => heap.text(text),
        }
    }
}
