//! Lists in pages.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::names::validation_error;
use crate::fault::Fault;
use crate::page::{Cursor, Page};
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

impl PageRequest {
    /// The response with the page that `read` gets for a cursor and a size. Its items are under
    /// `name`, as `describe` writes them.
    pub fn response<T, U: Serialize>(
        &self,
        name: &str,
        read: impl FnOnce(Option<&Cursor>, usize) -> Result<Page<T>, Fault>,
        describe: impl FnMut(T) -> U,
    ) -> Result<Value, Fault> {
        let size = self.max_items.unwrap_or(DEFAULT_ITEMS);
        if !(1..=MAX_ITEMS).contains(&size) {
            return Err(validation_error(format!(
                "MaxItems is {size}, but must be 1 to {MAX_ITEMS}"
            )));
        }
        let after = self.marker.as_deref().map(|marker| {
            Cursor::from_token(name, marker).map_err(|_| validation_error("Invalid Marker."))
        });
        let page = read(after.transpose()?.as_ref(), size)?;
        let marker = page.next.map(|next| next.token(name));
        let items: Vec<U> = page.items.into_iter().map(describe).collect();
        Ok(json!({ name: items, "IsTruncated": marker.is_some(), "Marker": marker }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_follow_each_other() {
        let mut request = PageRequest {
            marker: None,
            max_items: Some(2),
        };
        let respond = |request: &PageRequest| {
            let items = ["a", "b", "c"];
            let read = |after: Option<&Cursor>, size| Ok(Page::of(items, |item| item, after, size));
            request.response("Names", read, |name| name)
        };
        let first = respond(&request).expect("a page");
        assert_eq!(first["Names"], json!(["a", "b"]));
        request.marker = first["Marker"].as_str().map(str::to_owned);
        let last = respond(&request).expect("a page");
        let expected = json!({ "Names": ["c"], "IsTruncated": false, "Marker": null });
        assert_eq!(last, expected);
        request.marker = Some("b".to_owned());
        assert!(respond(&request).is_err());
        request = PageRequest {
            marker: None,
            max_items: Some(0),
        };
        assert!(respond(&request).is_err());
    }
}
