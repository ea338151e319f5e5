//! Lists in pages.

use serde::Deserialize;
use serde_json::{Value, json};

use super::fault::invalid;
use crate::fault::{Answer, Fault};
use crate::page::{Cursor, Page};

/// Source: the documentation of ListTopics and ListSubscriptions.
const PAGE: usize = 100;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PageRequest {
    next_token: Option<String>,
}

/// The page of a list that `read` gets for a cursor and a size.
pub fn page(
    request: &PageRequest,
    list: &str,
    read: impl FnOnce(Option<&Cursor>, usize) -> Result<Page<Value>, Fault>,
) -> Answer {
    let after = request.next_token.as_deref().map(|token| {
        Cursor::from_token(list, token)
            .map_err(|_| invalid("NextToken Reason: it is not of this list"))
    });
    let page = read(after.transpose()?.as_ref(), PAGE)?;
    let next = page.next.map(|next| next.token(list));
    Ok(json!({ list: page.items, "NextToken": next }))
}
