//! Lists in pages. A marker is the key of the last item on the previous page.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::names::validation_error;
use crate::fault::Fault;
use crate::page;
use crate::wire::lenient;

/// Source: `maxItemsType` in IAM's API model, and the documented default.
const MAX_ITEMS: usize = 1000;
const DEFAULT_ITEMS: usize = 100;

/// The members that all requests for lists have.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PageRequest {
    marker: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    max_items: Option<usize>,
}

#[derive(Debug, PartialEq, Eq)]
pub struct Page<T> {
    pub items: Vec<T>,
    /// Where the next page begins, unless this is the last.
    pub marker: Option<String>,
}

impl PageRequest {
    /// The page of `items`, which are sorted by `key`.
    pub fn of<T>(&self, mut items: Vec<T>, key: impl Fn(&T) -> &str) -> Result<Page<T>, Fault> {
        let size = self.max_items.unwrap_or(DEFAULT_ITEMS);
        if !(1..=MAX_ITEMS).contains(&size) {
            return Err(validation_error(format!(
                "MaxItems is {size}, but must be 1 to {MAX_ITEMS}"
            )));
        }
        if let Some(marker) = &self.marker {
            items.retain(|item| key(item) > marker.as_str());
        }
        let marker = page::cut(&mut items, size).map(|last| key(last).to_owned());
        Ok(Page { items, marker })
    }
}

impl<T> Page<T> {
    /// The response, with the items as `describe` writes them under `name`.
    pub fn response<U: Serialize>(self, name: &str, describe: impl FnMut(T) -> U) -> Value {
        let items: Vec<U> = self.items.into_iter().map(describe).collect();
        json!({ name: items, "IsTruncated": self.marker.is_some(), "Marker": self.marker })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other() {
        let items = vec!["a", "b", "c"];
        let mut request = PageRequest {
            marker: None,
            max_items: Some(2),
        };
        let page = |request: &PageRequest| request.of(items.clone(), |item| item);
        let first = page(&request).expect("a page");
        assert_eq!(first.items, ["a", "b"]);
        request.marker = first.marker;
        let last = page(&request).expect("a page");
        assert_eq!((last.items, last.marker), (vec!["c"], None));
        request.max_items = Some(0);
        assert!(page(&request).is_err());
    }
}
