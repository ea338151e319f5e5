//! Lists in pages.

use crate::cloudformation::fault::invalid;
use crate::fault::Fault;
use crate::page::Cursor;

/// How many items a page has.
pub const PAGE_SIZE: usize = 100;

/// Where the page of a list begins that a request asks for.
pub fn page_start(list: &str, token: Option<&str>) -> Result<Option<Cursor>, Fault> {
    let start = token.map(|token| {
        Cursor::from_token(list, token)
            .map_err(|_| invalid(format!("NextToken {token} is not valid")))
    });
    start.transpose()
}

pub fn next_token(list: &str, next: Option<&Cursor>) -> Option<String> {
    next.map(|next| next.token(list))
}
