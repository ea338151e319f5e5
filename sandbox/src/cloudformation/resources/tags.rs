//! Tags: in templates a list of keys and values, in some services a map.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::TAGS;

/// The properties with the tags of the stack; a resource's own go first.
pub fn with_tags(mut properties: Value, of_stack: &BTreeMap<String, String>) -> Value {
    let mut tags: Map<String, Value> = of_stack
        .iter()
        .map(|(key, value)| (key.clone(), json!(value)))
        .collect();
    tags.extend(by_key(&properties));
    if let (false, Value::Object(members)) = (tags.is_empty(), &mut properties) {
        members.insert(TAGS.name.to_owned(), list(&tags));
    }
    properties
}

/// The tags among the properties, as a map.
pub fn by_key(properties: &Value) -> Map<String, Value> {
    let tags = properties[TAGS.name]
        .as_array()
        .map_or(&[][..], Vec::as_slice);
    tags.iter()
        .filter_map(|tag| Some((tag["Key"].as_str()?.to_owned(), tag["Value"].clone())))
        .collect()
}

fn list(tags: &Map<String, Value>) -> Value {
    tags.iter()
        .map(|(key, value)| json!({ "Key": key, "Value": value }))
        .collect()
}

/// The keys of tags that `new` does not have any more.
pub fn dropped(old: &Value, new: &Value) -> Vec<String> {
    let new = by_key(new);
    by_key(old)
        .into_iter()
        .map(|(key, _)| key)
        .filter(|key| !new.contains_key(key))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stacks_tags_come_along_and_the_resources_own_go_first() {
        let of_stack = [("a", "stack"), ("b", "stack")];
        let of_stack = of_stack
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .into();
        let properties = json!({ "Tags": [{ "Key": "b", "Value": "own" }] });
        let tagged = with_tags(properties.clone(), &of_stack);
        assert_eq!(json!(by_key(&tagged)), json!({ "a": "stack", "b": "own" }));
        assert_eq!(dropped(&tagged, &properties), ["a"]);
        assert_eq!(with_tags(json!({}), &BTreeMap::new()), json!({}));
    }
}
