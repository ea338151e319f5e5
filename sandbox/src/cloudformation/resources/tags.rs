//! Tags: in templates a list of keys and values, in some services a map.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{TAGS, ask, list};
use crate::fault::Fault;
use crate::service::Service;

/// The properties with the tags of the stack; a resource's own go first.
pub fn with_tags(mut properties: Value, of_stack: &BTreeMap<String, String>) -> Value {
    let own = by_key(&properties);
    let of_stack = of_stack.iter().filter(|(key, _)| !own.contains_key(*key));
    let of_stack = of_stack.map(|(key, value)| json!({ "Key": key, "Value": value }));
    let mut tags: Vec<Value> = of_stack
        .chain(list(&properties, TAGS.name).iter().cloned())
        .collect();
    // The order says nothing: equal tags are no change.
    tags.sort_by_cached_key(|tag| tag["Key"].to_string());
    if let (false, Value::Object(members)) = (tags.is_empty(), &mut properties) {
        members.insert(TAGS.name.to_owned(), Value::Array(tags));
    }
    properties
}

/// Refuses tags of which two have the same key.
pub fn check_tags(properties: &Value) -> Result<(), String> {
    if by_key(properties).len() < list(properties, TAGS.name).len() {
        return Err("Cannot provide multiple Tags with the same key (InvalidTag)".to_owned());
    }
    Ok(())
}

/// The tags among the properties, as a map.
pub fn by_key(properties: &Value) -> Map<String, Value> {
    list(properties, TAGS.name)
        .iter()
        .filter_map(|tag| Some((tag["Key"].as_str()?.to_owned(), tag["Value"].clone())))
        .collect()
}

/// The operations that change the tags of a resource, and the names of their parameters.
pub struct TagOperations {
    pub tag: &'static str,
    pub untag: &'static str,
    pub resource: &'static str,
    pub tags: &'static str,
    pub keys: &'static str,
    /// Whether the service takes tags as a map.
    pub as_map: bool,
}

impl TagOperations {
    /// Of a service that has `TagResource` and `UntagResource`.
    pub const fn new(resource: &'static str, tags: &'static str, keys: &'static str) -> Self {
        Self {
            tag: "TagResource",
            untag: "UntagResource",
            resource,
            tags,
            keys,
            as_map: false,
        }
    }

    pub const fn with_map(self) -> Self {
        Self {
            as_map: true,
            ..self
        }
    }
}

/// Changes the tags of a resource from those in `old` to those in `new`.
pub async fn retag(
    service: &dyn Service,
    operations: &TagOperations,
    resource: &str,
    old: &Value,
    new: &Value,
) -> Result<(), Fault> {
    let removed = removed(old, new);
    if !removed.is_empty() {
        let parameters = json!({ operations.resource: resource, operations.keys: removed });
        ask(service, operations.untag, parameters).await?;
    }
    let tags = by_key(new);
    if !tags.is_empty() && tags != by_key(old) {
        let tags = if operations.as_map {
            Value::Object(tags)
        } else {
            new[TAGS.name].clone()
        };
        let parameters = json!({ operations.resource: resource, operations.tags: tags });
        ask(service, operations.tag, parameters).await?;
    }
    Ok(())
}

/// The keys of the tags that `new` does not have any more.
fn removed(old: &Value, new: &Value) -> Vec<String> {
    let new = by_key(new);
    let old = by_key(old).into_iter().map(|(key, _)| key);
    old.filter(|key| !new.contains_key(key)).collect()
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
        assert_eq!(removed(&tagged, &properties), ["a"]);
        assert_eq!(with_tags(json!({}), &BTreeMap::new()), json!({}));
        assert_eq!(check_tags(&tagged), Ok(()));
        let twice = json!({ "Tags": [{ "Key": "b", "Value": "1" }, { "Key": "b", "Value": "2" }] });
        assert!(check_tags(&with_tags(twice, &of_stack)).is_err());
    }
}
