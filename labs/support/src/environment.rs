//! A function's settings: the environment variables that the stack's template and Lambda set.

use std::collections::HashMap;

use crate::error::Failure;

/// The environment variables of a process, or those that a test makes up.
#[derive(Clone, Debug)]
pub struct Environment(HashMap<String, String>);

impl Environment {
    /// The variables of this process. A variable that is not UTF-8 counts as not set.
    pub fn of_process() -> Self {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self(std::env::vars_os().filter_map(text).collect())
    }

    /// The variable's value, unless it is empty or not set.
    pub fn get(&self, variable: &str) -> Option<&str> {
        self.0
            .get(variable)
            .map(|value| value.trim())
            .filter(|value| !value.is_empty())
    }

    /// The value of a variable that the stack's template should set. `meaning` completes the error's
    /// sentence: "… is not set, but should hold {meaning}".
    pub fn require(&self, variable: &str, meaning: &str) -> Result<&str, Failure> {
        self.get(variable).ok_or_else(|| {
            Failure::configuration(format!(
                "{variable} is not set, but should hold {meaning}; if the stack's template sets \
                 it, run `mafia deploy --full`, or else add it there and run `mafia deploy`"
            ))
        })
    }

    /// The value of a variable that Lambda sets for every function.
    pub fn given_by_lambda(&self, variable: &str) -> Result<&str, Failure> {
        self.get(variable).ok_or_else(|| {
            Failure::configuration(format!(
                "{variable} is not set, though Lambda sets it for every function; \
                 set it yourself if you start the function by hand"
            ))
        })
    }

    /// Like [`Environment::require`], for a whole number. The error gives `example` as an example.
    pub fn number(&self, variable: &str, meaning: &str, example: usize) -> Result<usize, Failure> {
        let value = self.require(variable, meaning)?;
        value.parse().map_err(|_| {
            Failure::configuration(format!(
                "{variable} is \"{value}\", but should be a whole number such as {example}; \
                 change the stack's parameter and deploy again"
            ))
        })
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Environment {
    fn from(variables: [(&str, &str); N]) -> Self {
        Self(
            variables
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text<T: std::fmt::Debug>(result: Result<T, Failure>) -> String {
        result.expect_err("the setting cannot work").text
    }

    #[test]
    fn a_variable_that_is_empty_counts_as_not_set() {
        let environment = Environment::from([("TABLE", " \n"), ("PLAYERS", " 10 ")]);

        assert_eq!(environment.get("TABLE"), None);
        assert_eq!(environment.get("PLAYERS"), Some("10"));
        assert_eq!(environment.number("PLAYERS", "a number", 5), Ok(10));
    }

    #[test]
    fn a_setting_that_is_missing_or_no_number_is_named_with_what_to_do_about_it() {
        let environment = Environment::from([("PLAYERS", "ten"), ("MAFIA", "-1")]);

        assert_eq!(
            text(environment.require("TABLE", "the name of the table")),
            "TABLE is not set, but should hold the name of the table; if the stack's template \
             sets it, run `mafia deploy --full`, or else add it there and run `mafia deploy`"
        );
        assert_eq!(
            text(environment.given_by_lambda("AWS_REGION")),
            "AWS_REGION is not set, though Lambda sets it for every function; set it yourself if \
             you start the function by hand"
        );
        assert_eq!(
            text(environment.number("PLAYERS", "the number of players", 10)),
            "PLAYERS is \"ten\", but should be a whole number such as 10; change the stack's \
             parameter and deploy again"
        );
        assert!(text(environment.number("MAFIA", "", 3)).starts_with("MAFIA is \"-1\", but"));
    }
}
