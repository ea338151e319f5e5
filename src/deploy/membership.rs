//! The place of a stack in a class, which its tags say. Pure.

use crate::cloud::{NamedValues, Stack};

/// The tags that say it, on a student's stack; the shared stack has no student.
pub const CLASS: &str = "mafia:class";
pub const STUDENT: &str = "mafia:student";
pub const EXPIRES: &str = "mafia:expires";

/// Whose stack of which class it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    pub class: String,
    /// `None` for the stack that the class shares.
    pub student: Option<String>,
    /// The last day of the class, as `YYYY-MM-DD`.
    pub expires: Option<String>,
}

impl Membership {
    /// What the stack's tags say; `None` if it is no stack of a class.
    pub fn of(stack: &Stack) -> Option<Self> {
        let tag = |key: &str| stack.tags.get(key).cloned();
        Some(Self {
            class: tag(CLASS)?,
            student: tag(STUDENT),
            expires: tag(EXPIRES),
        })
    }

    pub fn tags(&self) -> NamedValues {
        let tags = [
            (CLASS, Some(&self.class)),
            (STUDENT, self.student.as_ref()),
            (EXPIRES, self.expires.as_ref()),
        ];
        let tags = tags.into_iter();
        tags.filter_map(|(key, value)| Some((key.to_owned(), value?.clone())))
            .collect()
    }

    /// Whether it is the same student's stack of the same class, whenever that ends.
    pub fn is_same_place(&self, other: &Self) -> bool {
        self.class == other.class && self.student == other.student
    }
}
