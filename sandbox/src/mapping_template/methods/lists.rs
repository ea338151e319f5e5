//! `java.util.List`, and the arrays and sets that templates see as lists.

use crate::mapping_template::fault::{Outcome, problem};
use crate::mapping_template::values::{Form, Heap, ListId, Value};

pub(super) fn call(
    heap: &mut Heap,
    list: ListId,
    name: &str,
    arguments: &[Value],
) -> Outcome<Value> {
    let length = heap.items(list).len();
    Ok(match (name, arguments) {
        ("size", []) => Value::Int(length as i128),
        ("isEmpty", []) => Value::Bool(length == 0),
        ("clear", []) => {
            heap.items_mut(list).clear();
            Value::Null
        }
        ("get", [Value::Int(index)]) => {
            let index = within(*index, length)?;
            heap.items(list)[index].clone()
        }
        ("set", [Value::Int(index), value]) => {
            let index = within(*index, length)?;
            std::mem::replace(&mut heap.items_mut(list)[index], value.clone())
        }
        ("add", [value]) => {
            heap.grow(1)?;
            heap.items_mut(list).push(value.clone());
            Value::Bool(true)
        }
        ("add", [Value::Int(index), value]) => {
            let index = within(*index, length + 1)?;
            heap.grow(1)?;
            heap.budget.spend(length / 64)?;
            heap.items_mut(list).insert(index, value.clone());
            Value::Null
        }
        ("addAll", [Value::List(other)]) => {
            let items = heap.items(*other).to_vec();
            heap.grow(2 * items.len())?;
            let changed = !items.is_empty();
            heap.items_mut(list).extend(items);
            Value::Bool(changed)
        }
        ("remove", [Value::Int(index)]) => {
            let index = within(*index, length)?;
            heap.budget.spend(length / 64)?;
            heap.items_mut(list).remove(index)
        }
        ("remove", [value]) => match position(heap, list, value)? {
            Some(index) => {
                heap.items_mut(list).remove(index);
                Value::Bool(true)
            }
            None => Value::Bool(false),
        },
        ("contains", [value]) => Value::Bool(position(heap, list, value)?.is_some()),
        ("containsAll", [Value::List(others)]) => {
            let mut contains = true;
            for index in 0..heap.items(*others).len() {
                let other = heap.items(*others)[index].clone();
                contains = contains && position(heap, list, &other)?.is_some();
            }
            Value::Bool(contains)
        }
        ("indexOf", [value]) => {
            Value::Int(position(heap, list, value)?.map_or(-1, |index| index as i128))
        }
        ("subList", [Value::Int(start), Value::Int(end)]) => {
            let range = usize::try_from(*start).ok().zip(usize::try_from(*end).ok());
            let part = range.and_then(|(start, end)| heap.items(list).get(start..end));
            let part = part.map(<[Value]>::to_vec);
            let part =
                part.ok_or_else(|| problem(format!("from {start}, to {end}, length {length}")))?;
            return heap.list(part, Form::Java);
        }
        _ => Value::Null,
    })
}

fn within(index: i128, length: usize) -> Outcome<usize> {
    usize::try_from(index)
        .ok()
        .filter(|index| *index < length)
        .ok_or_else(|| {
            problem(format!(
                "index {index} is out of bounds for length {length}"
            ))
        })
}

fn position(heap: &mut Heap, list: ListId, value: &Value) -> Outcome<Option<usize>> {
    for index in 0..heap.items(list).len() {
        let item = heap.items(list)[index].clone();
        if heap.equal(&item, value)? {
            return Ok(Some(index));
        }
    }
    Ok(None)
}
