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
    of_environment(name).filter(|value| !value.is_empty())
}

#[cfg(not(test))]
fn of_environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

#[cfg(test)]
use test_environment::of_environment;

/// Variables that a test sets for itself. Those of whoever runs the tests are not seen.
#[cfg(test)]
pub(super) mod test_environment {
    use std::cell::RefCell;
    use std::collections::BTreeMap;

    thread_local! {
        static VARIABLES: RefCell<BTreeMap<String, String>> = RefCell::default();
    }

    /// From now on, these are all variables that there are.
    pub fn set(variables: &[(&str, &str)]) {
        let variables = variables.iter();
        let variables = variables.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        VARIABLES.set(variables.collect());
    }

    pub(super) fn of_environment(name: &str) -> Option<String> {
        VARIABLES.with_borrow(|variables| variables.get(name).cloned())
    }
}
