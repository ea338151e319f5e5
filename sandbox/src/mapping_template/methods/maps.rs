//! `java.util.Map`.

use std::sync::Arc;

use crate::mapping_template::fault::Outcome;
use crate::mapping_template::values::{Heap, MapId, Value};

pub(super) fn call(heap: &mut Heap, map: MapId, name: &str, arguments: &[Value]) -> Outcome<Value> {
    let length = heap.entries(map).len();
    Ok(match (name, arguments) {
        ("size", []) => Value::Int(length as i128),
        ("isEmpty", []) => Value::Bool(length == 0),
        ("clear", []) => {
            heap.entries_mut(map).clear();
            Value::Null
        }
        ("keySet", []) => {
            let keys = heap.entries(map).keys().cloned().map(Value::from).collect();
            return heap.view(map, keys);
        }
        ("values", []) => {
            let values = heap.entries(map).values().cloned().collect();
            return heap.view(map, values);
        }
        ("entrySet", []) => {
            // An entry is allocated for itself.
            heap.grow(2 * length)?;
            let entries = heap.entries(map).iter();
            let entries = entries
                .map(|(key, value)| Value::Entry(Arc::new((key.clone(), value.clone()))))
                .collect();
            return heap.view(map, entries);
        }
        ("get", [key]) => {
            let key = heap.key(key)?;
            heap.entries(map).get(&key).cloned().unwrap_or(Value::Null)
        }
        ("getOrDefault", [key, default]) => {
            let key = heap.key(key)?;
            heap.entries(map).get(&key).unwrap_or(default).clone()
        }
        ("put", [key, value]) => {
            let key = heap.key(key)?;
            heap.put(map, key, value.clone())?
        }
        ("putIfAbsent", [key, value]) => {
            let key = heap.key(key)?;
            match heap.entries(map).get(&key) {
                Some(value) => value.clone(),
                None => heap.put(map, key, value.clone())?,
            }
        }
        ("putAll", [Value::Map(other)]) => {
            let entries = heap.entries(*other).clone();
            for (key, value) in entries {
                heap.put(map, key, value)?;
            }
            Value::Null
        }
        ("remove", [key]) => {
            let key = heap.key(key)?;
            heap.budget.spend(length / 64)?;
            heap.entries_mut(map)
                .shift_remove(&key)
                .unwrap_or(Value::Null)
        }
        ("containsKey", [key]) => {
            let key = heap.key(key)?;
            Value::Bool(heap.entries(map).contains_key(&key))
        }
        ("containsValue", [value]) => {
            for index in 0..length {
                let entry = heap.entries(map).get_index(index);
                let Some(item) = entry.map(|(_, item)| item.clone()) else {
                    break;
                };
                if heap.equal(&item, value)? {
                    return Ok(Value::Bool(true));
                }
            }
            Value::Bool(false)
        }
        _ => Value::Null,
    })
}
