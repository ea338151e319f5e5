//! Lists in pages.

use serde::Deserialize;
use serde_json::{Value, json};

use super::fault::invalid;
use crate::constraint::check_number;
use crate::fault::{Answer, Fault};
use crate::page::{Cursor, Page};
use crate::wire::lenient;

/// Source: `MaxResults` in the service's API model.
const MOST: i64 = 100;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PageRequest {
    next_token: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    max_results: Option<i64>,
}

/// The page of a list that `read` gets for a cursor and a size.
pub fn page(
    request: &PageRequest,
    list: &str,
    read: impl FnOnce(Option<&Cursor>, usize) -> Result<Page<Value>, Fault>,
) -> Answer {
    let size = request.max_results.unwrap_or(MOST);
    check_number("maxResults", size, 1..=MOST).map_err(invalid)?;
    let after = request
        .next_token
        .as_deref()
        .map(|token| Cursor::from_token(list, token).map_err(|_| invalid("Invalid NextToken.")));
    let size = usize::try_from(size).unwrap_or_default();
    let page = read(after.transpose()?.as_ref(), size)?;
    let mut answer = json!({ list: page.items });
    if let Some(next) = page.next {
        answer["NextToken"] = json!(next.token(list));
    }
    Ok(answer)
}
