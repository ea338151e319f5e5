//! Lists with `position` and `limit`.

use serde::Deserialize;
use serde_json::{Value, json};

use super::fault::bad_request;
use crate::fault::Fault;
use crate::page::{Cursor, Page};
use crate::wire::lenient;

const DEFAULT: usize = 25;
const MOST: usize = 500;

/// Which page of a list is wanted.
#[derive(Debug, Default, Deserialize)]
pub struct PageRequest {
    position: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    limit: Option<i64>,
}

impl PageRequest {
    pub fn size(&self) -> Result<usize, Fault> {
        let Some(limit) = self.limit else {
            return Ok(DEFAULT);
        };
        let size = usize::try_from(limit).ok().filter(|size| *size > 0);
        let size = size.ok_or_else(|| bad_request(format!("Invalid limit specified: {limit}")))?;
        Ok(size.min(MOST))
    }

    pub fn start(&self, list: &str) -> Result<Option<Cursor>, Fault> {
        let start = self.position.as_deref().map(|token| {
            Cursor::from_token(list, token).map_err(|_| bad_request("Invalid position parameter"))
        });
        start.transpose()
    }

    /// A page of items, each with its position, in their order.
    pub fn of(&self, list: &str, items: Vec<(String, Value)>) -> Result<Value, Fault> {
        let start = self.start(list)?;
        let page = Page::of(
            items,
            |(position, _)| position,
            start.as_ref(),
            self.size()?,
        );
        Ok(answer(list, page.map(|(_, item)| item)))
    }
}

/// The items are called `item` on the wire.
pub fn answer(list: &str, page: Page<Value>) -> Value {
    let mut answer = json!({ "item": page.items });
    if let Some(next) = page.next {
        answer["position"] = json!(next.token(list));
    }
    answer
}
