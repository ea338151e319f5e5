//! Lists in pages. A marker is the key of the last thing on the page before.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::names::invalid;
use crate::fault::Fault;
use crate::page;
use crate::wire::lenient;

/// Source: the service's `maxItemsType`, and its default.
const MOST: usize = 1000;
const USUAL: usize = 100;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Paging {
    marker: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    max_items: Option<usize>,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Page<T> {
    pub things: Vec<T>,
    /// Where the next page begins, if this is not the last.
    pub marker: Option<String>,
}

impl Paging {
    /// The page of `things`, which come in the order of their keys.
    pub fn page<T>(&self, mut things: Vec<T>, key: impl Fn(&T) -> &str) -> Result<Page<T>, Fault> {
        let size = self.max_items.unwrap_or(USUAL);
        if !(1..=MOST).contains(&size) {
            return Err(invalid(format!(
                "MaxItems is {size}, but must be 1 to {MOST}"
            )));
        }
        if let Some(marker) = &self.marker {
            things.retain(|thing| key(thing) > marker.as_str());
        }
        let marker = page::cut(&mut things, size).map(|last| key(last).to_owned());
        Ok(Page { things, marker })
    }
}

impl<T> Page<T> {
    /// As it is answered, with each thing as `told` and all of them under `name`.
    pub fn answered<U: Serialize>(self, name: &str, told: impl FnMut(T) -> U) -> Value {
        let things: Vec<U> = self.things.into_iter().map(told).collect();
        json!({ name: things, "IsTruncated": self.marker.is_some(), "Marker": self.marker })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other() {
        let things = vec!["a", "b", "c"];
        let mut paging = Paging {
            marker: None,
            max_items: Some(2),
        };
        let page = |paging: &Paging| paging.page(things.clone(), |thing| thing);
        let first = page(&paging).expect("a page");
        assert_eq!(first.things, ["a", "b"]);
        paging.marker = first.marker;
        let last = page(&paging).expect("a page");
        assert_eq!((last.things, last.marker), (vec!["c"], None));
        paging.max_items = Some(0);
        assert!(page(&paging).is_err());
    }
}
