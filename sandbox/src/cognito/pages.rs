//! Lists in pages.

use super::fault::{constraint, invalid};
use crate::fault::Fault;
use crate::page::{Cursor, Page};

/// Source: `MaxResults` and `Limit` in the documentation of Cognito's API.
const MOST: i64 = 60;

/// Of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size(usize);

impl Size {
    pub fn required(size: i64) -> Result<Self, Fault> {
        let bound = match size {
            ..1 => "greater than or equal to 1".to_owned(),
            1..=MOST => return Ok(Self(usize::try_from(size).unwrap_or_default())),
            _ => format!("less than or equal to {MOST}"),
        };
        Err(constraint(
            "maxResults",
            format!("Member must have value {bound}"),
        ))
    }

    /// Nothing and zero are the most.
    pub fn optional(size: Option<i64>) -> Result<Self, Fault> {
        Self::required(size.filter(|size| *size != 0).unwrap_or(MOST))
    }

    /// The page that `read` gets for a cursor and a size.
    pub fn page<T>(
        self,
        list: &str,
        token: Option<&str>,
        read: impl FnOnce(Option<&Cursor>, usize) -> Result<Page<T>, Fault>,
    ) -> Result<Page<T>, Fault> {
        let after = token.map(|token| {
            Cursor::from_token(list, token).map_err(|_| invalid("Invalid pagination token given."))
        });
        read(after.transpose()?.as_ref(), self.0)
    }
}
