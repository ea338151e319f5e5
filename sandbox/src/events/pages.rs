//! Lists in pages.

use serde::Deserialize;
use serde_json::{Value, json};

use super::fault::invalid;
use crate::constraint::check_number;
use crate::fault::{Answer, Fault};
use crate::page::{Cursor, Page};

/// Source: `LimitMax100` in the service's API model.
const MOST: i64 = 100;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PageRequest {
    next_token: Option<String>,
    limit: Option<i64>,
}

/// The page of a list that `read` gets for a cursor and a size.
pub fn page(
    request: &PageRequest,
    list: &str,
    read: impl FnOnce(Option<&Cursor>, usize) -> Result<Page<Value>, Fault>,
) -> Answer {
    let limit = request.limit.unwrap_or(MOST);
    check_number("limit", limit, 1..=MOST).map_err(invalid)?;
    let after = request.next_token.as_deref().map(|token| {
        Cursor::from_token(list, token).map_err(|_| {
            invalid("Parameter nextToken is not valid. Reason: it is not of this list.")
        })
    });
    let size = usize::try_from(limit).unwrap_or_default();
    let page = read(after.transpose()?.as_ref(), size)?;
    let mut answer = json!({ list: page.items });
    if let Some(next) = page.next {
        answer["NextToken"] = json!(next.token(list));
    }
    Ok(answer)
}
