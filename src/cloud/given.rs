//! Values that are given, and where.

/// The value of a setting, and the place where it is made: an option, a variable, a key of a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    pub value: String,
    pub place: String,
}

impl Given {
    pub fn new(value: impl Into<String>, place: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            place: place.into(),
        }
    }

    pub(super) fn by_variable(name: &str) -> Option<Self> {
        Some(Self::new(variable(name)?, name))
    }
}

/// A variable of the environment. An empty one counts as not set.
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}
