//! Checks the prerequisites of a deployment: the machine's tools, the project, the target. Changes
//! nothing.

mod local;
mod permissions;
mod policies;
mod remote;

use serde::Serialize;

use crate::error::{Error, Kind};

pub use local::local_checks;
pub use policies::Policy;
pub use remote::{class_permissions, target_checks};

/// The result of one check.
#[derive(Debug, Serialize)]
pub struct Check {
    pub name: &'static str,
    pub ok: bool,
    /// What was found, or what is wrong.
    pub finding: String,
    /// What to do about it.
    pub remedies: Vec<String>,
    #[serde(skip)]
    pub kind: Kind,
}

impl Check {
    pub fn new(name: &'static str, found: Result<String, Error>) -> Self {
        match found {
            Ok(finding) => Self {
                name,
                ok: true,
                finding,
                remedies: Vec::new(),
                kind: Kind::Failed,
            },
            Err(error) => Self {
                name,
                ok: false,
                finding: match error.detail {
                    Some(detail) => format!("{}: {detail}", error.message),
                    None => error.message,
                },
                remedies: error.hints,
                kind: error.kind,
            },
        }
    }
}

/// The error for failed checks; its kind is that of the first one.
pub fn failure(checks: &[Check]) -> Option<Error> {
    let failed: Vec<&Check> = checks.iter().filter(|check| !check.ok).collect();
    let first = failed.first()?;
    let names: Vec<&str> = failed.iter().map(|check| check.name).collect();
    Some(Error {
        kind: first.kind,
        ..Error::failed(format!("checks failed: {}", names.join(", ")))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_failed_check_says_what_kind_of_failure_it_is() {
        let checks = [
            Check::new("toolchain", Ok("cargo 1.95.0".to_owned())),
            Check::new("credentials", Err(Error::blocked("none"))),
            Check::new("stack", Err(Error::usage("no name"))),
        ];
        let failure = failure(&checks).expect("two checks failed");
        assert_eq!(failure.kind, Kind::Blocked);
        assert!(
            failure.message.ends_with("credentials, stack"),
            "{failure:?}"
        );
        assert!(super::failure(&checks[..1]).is_none());
    }
}
