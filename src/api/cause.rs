//! Why an API does not do what its template says, in words. Pure.

use std::fmt;

use serde::Serialize;

use super::route;
use crate::cloud::ApiMethod;
use crate::names::short_name;
use crate::wording::{nearest, shortened};

/// What is wrong with an API, or with a request to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "problem")]
pub enum Cause {
    /// API Gateway may not call the functions: it answers 500.
    NoPermission {
        /// Their full names.
        functions: Vec<String>,
        /// What API Gateway names as its source when it calls the first of them.
        source: String,
    },
    /// The function answered something that is no HTTP response: 502.
    NotAResponse {
        function: String,
        /// What it answered.
        answer: String,
    },
    /// The function failed: 502.
    FunctionFailed { function: String, error: String },
    /// One of the two above: the function was not called again to find out which.
    FailedOrNotAResponse { function: String },
    /// The function took longer than API Gateway waits: 504.
    TimedOut { function: String },
    /// 403.
    NoStage { stage: String, known: Vec<String> },
    /// 403.
    NoRoute {
        method: String,
        path: String,
        /// The methods that the path has.
        methods: Vec<String>,
        /// The path that was probably meant.
        nearest: Option<String>,
        known: Vec<String>,
    },
    /// The stage serves what the API was when it was deployed last.
    NotDeployed {
        /// The id of the REST API.
        api: String,
        stage: String,
        /// What differs, such as `GET /night-turn`.
        changed: Vec<String>,
    },
    /// The event for the function is larger than Lambda takes: 413. API Gateway itself takes more.
    TooLarge,
    /// 429.
    TooManyRequests,
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPermission { functions, .. } => {
                let names: Vec<&str> = functions.iter().map(|it| short_name(it)).collect();
                let names = names.join(", ");
                write!(
                    f,
                    "API Gateway may not call {names}: a permission is missing"
                )
            }
            Self::NotAResponse { function, answer } => write!(
                f,
                "{} answered something that is no HTTP response: {}",
                short_name(function),
                shortened(answer)
            ),
            Self::FunctionFailed { function, error } => {
                write!(f, "{} failed: {}", short_name(function), shortened(error))
            }
            Self::FailedOrNotAResponse { function } => write!(
                f,
                "{} failed, or answered something that is no HTTP response",
                short_name(function)
            ),
            Self::TimedOut { function } => write!(
                f,
                "{} took longer than API Gateway waits",
                short_name(function)
            ),
            Self::NoStage { stage, .. } => write!(f, "the API has no stage {stage}"),
            Self::NoRoute {
                method,
                path,
                methods,
                ..
            } if methods.is_empty() => write!(f, "the API has no path {path} for {method}"),
            Self::NoRoute { method, path, .. } => {
                write!(f, "the path {path} of the API has no method {method}")
            }
            Self::NotDeployed { stage, changed, .. } => write!(
                f,
                "the stage {stage} serves an older API: it was not deployed again after a change of {}",
                changed.join(", ")
            ),
            Self::TooLarge => f.write_str(
                "the event for the function is too large: Lambda takes 6 MB, with what API Gateway adds to the body",
            ),
            Self::TooManyRequests => f.write_str("API Gateway refused it: too many requests"),
        }
    }
}

/// That there is no method for the request.
pub fn no_route(methods: &[ApiMethod], method: &str, target: &str) -> Cause {
    let path = route::path_of(target);
    let of_path = route::of_path(methods, target).into_iter();
    let mut known: Vec<String> = methods.iter().map(|it| it.path.clone()).collect();
    known.dedup();
    Cause::NoRoute {
        method: method.to_owned(),
        path: path.to_owned(),
        methods: of_path.map(|it| it.method.clone()).collect(),
        nearest: nearest(path, known.iter().map(String::as_str)).map(str::to_owned),
        known,
    }
}

/// What the log of a test says about a call of the function.
///
/// Source: AWS re:Post, "How do I resolve malformed Lambda proxy response errors", and the logs themselves.
pub fn of_log(log: &str, function: &str, source: &str) -> Option<Cause> {
    let after = |words: &str| {
        let (_, rest) = log.split_once(words)?;
        Some(rest.lines().next().unwrap_or_default().trim().to_owned())
    };
    let function = function.to_owned();
    if let Some(error) = after("due to customer function error:") {
        return Some(Cause::FunctionFailed { function, error });
    }
    if after("Malformed Lambda proxy response").is_some() {
        let answer = after("Endpoint response body before transformations:");
        return Some(Cause::NotAResponse {
            function,
            answer: answer.unwrap_or_default(),
        });
    }
    after("Invalid permissions on Lambda function").map(|_| Cause::NoPermission {
        functions: vec![function],
        source: source.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(log: &str) -> Option<Cause> {
        of_log(log, "game-03-night-turn", "source")
    }

    #[test]
    fn a_log_of_a_test_names_what_went_wrong() {
        let function = || "game-03-night-turn".to_owned();
        let malformed = "\
Sun : Endpoint response body before transformations: \"hello\"
Sun : Execution failed due to configuration error: Malformed Lambda proxy response
";
        let expected = Cause::NotAResponse {
            function: function(),
            answer: "\"hello\"".to_owned(),
        };
        assert_eq!(of(malformed), Some(expected.clone()));
        assert_eq!(
            expected.to_string(),
            "03-night-turn answered something that is no HTTP response: \"hello\""
        );
        let failed = "Lambda execution failed with status 200 due to customer function error: no. Lambda request \
                      id: 1\n";
        let expected = Cause::FunctionFailed {
            function: function(),
            error: "no. Lambda request id: 1".to_owned(),
        };
        assert_eq!(of(failed), Some(expected));
        let refused =
            "Execution failed due to configuration error: Invalid permissions on Lambda function\n";
        let expected = Cause::NoPermission {
            functions: vec![function()],
            source: "source".to_owned(),
        };
        assert_eq!(of(refused), Some(expected));
        assert_eq!(of("Successfully completed execution\n"), None);
    }

    #[test]
    fn a_path_that_is_not_there_is_told_from_a_method_that_it_lacks() {
        let methods = ["/day-turn", "/night-turn"].map(|path| ApiMethod {
            resource: "r".to_owned(),
            path: path.to_owned(),
            method: "GET".to_owned(),
            query: Vec::new(),
            authorization: "NONE".to_owned(),
            integration: None,
        });
        let missing = no_route(&methods, "GET", "/nigth-turn?a=b");
        assert_eq!(
            missing.to_string(),
            "the API has no path /nigth-turn for GET"
        );
        let Cause::NoRoute { nearest, known, .. } = missing else {
            panic!("{missing:?}")
        };
        assert_eq!(nearest.as_deref(), Some("/night-turn"));
        assert_eq!(known, ["/day-turn", "/night-turn"]);
        let lacking = no_route(&methods, "POST", "/night-turn");
        assert_eq!(
            lacking.to_string(),
            "the path /night-turn of the API has no method POST"
        );
    }
}
