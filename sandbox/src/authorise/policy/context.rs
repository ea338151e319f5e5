//! The keys of a request that conditions and variables ask for. Their names are not distinguished by case.

use std::collections::BTreeMap;

/// The values of keys, by the keys' names in lower case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Context(BTreeMap<String, Vec<String>>);

impl Context {
    /// Sets a key with one value.
    pub fn set(&mut self, key: &str, value: impl Into<String>) {
        self.set_all(key, vec![value.into()]);
    }

    /// Sets a key that may have several values. Without any, the request does not have the key.
    pub fn set_all(&mut self, key: &str, values: Vec<String>) {
        if values.is_empty() {
            self.0.remove(&key.to_lowercase());
        } else {
            self.0.insert(key.to_lowercase(), values);
        }
    }

    /// The values of a key that the request has: one or more.
    pub fn get(&self, key: &str) -> Option<&[String]> {
        self.0.get(&key.to_lowercase()).map(Vec::as_slice)
    }

    /// The value of a key that has one.
    pub fn one(&self, key: &str) -> Option<&str> {
        match self.get(key)? {
            [value] => Some(value),
            _ => None,
        }
    }

    /// These keys and those of `other`, whose values count where both have a key.
    pub fn with(mut self, other: &Self) -> Self {
        let other = other.0.iter();
        self.0
            .extend(other.map(|(key, values)| (key.clone(), values.clone())));
        self
    }
}
