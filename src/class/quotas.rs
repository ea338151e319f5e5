//! What a class needs of an account, against what the account may have. Pure.

use serde::Serialize;

use crate::cloud::Quotas;

/// One kind of thing of which an account may have only so many.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Quota {
    pub what: &'static str,
    /// What the class needs.
    pub needed: u64,
    /// What the account has already; `None` if that is not known.
    pub used: Option<u64>,
    /// What the account may have: as it says, or else as published for new accounts.
    pub allowed: u64,
    /// Whether the account itself says what it may have.
    pub known: bool,
    pub source: &'static str,
}

impl Quota {
    /// Whether the class fits, as far as that is known.
    pub fn suffices(&self) -> bool {
        self.used.unwrap_or_default().saturating_add(self.needed) <= self.allowed
    }
}

/// Functions of a student's stack.
const FUNCTIONS: u64 = 5;
/// The size of a bundle of the dev profile, zipped.
const BUNDLE: u64 = 4 << 20;

/// What an account needs for so many students. `found` is what the account says.
pub fn quotas(students: usize, api: bool, found: &Quotas) -> Vec<Quota> {
    let students = students as u64;
    let quota = |what, needed, (used, told): (Option<u64>, Option<u64>), published, source| Quota {
        what,
        needed,
        used,
        allowed: told.unwrap_or(published),
        known: told.is_some(),
        source,
    };
    let unknown = (None, None);
    let mut quotas = vec![
        quota(
            "stacks",
            students + 1,
            (found.stacks_used, found.stacks),
            2_000,
            "AWS CloudFormation quotas; DescribeAccountLimits",
        ),
        quota(
            "roles",
            students,
            (found.roles_used, found.roles),
            1_000,
            "IAM quotas; GetAccountSummary",
        ),
        quota(
            "tables",
            students,
            unknown,
            2_500,
            "Amazon DynamoDB quotas, tables for each account",
        ),
        quota(
            "tables with an index, created at once",
            students.min(AT_ONCE),
            unknown,
            250,
            "Amazon DynamoDB API reference, LimitExceededException",
        ),
        quota(
            "calls at the same time",
            students,
            (found.concurrency_reserved, found.concurrency),
            10,
            "Lambda quotas; GetAccountSettings. One call for each student",
        ),
        quota(
            "bytes of code",
            students * FUNCTIONS * BUNDLE,
            (found.code_used, found.code),
            75 << 30,
            "Lambda quotas; GetAccountSettings",
        ),
    ];
    if api {
        let source = "Amazon API Gateway quotas, regional APIs for each account";
        quotas.push(quota("REST APIs", students, unknown, 600, source));
    }
    quotas
}

/// How many stacks of an account are worked on at the same time.
const AT_ONCE: u64 = super::up::MAX_CONCURRENT_STACKS as u64;

#[cfg(test)]
mod tests {
    use super::*;

    fn short(students: usize, api: bool, found: &Quotas) -> Vec<&'static str> {
        let quotas = quotas(students, api, found).into_iter();
        let short = quotas.filter(|quota| !quota.suffices());
        short.map(|quota| quota.what).collect()
    }

    #[test]
    fn what_does_not_suffice_is_found() {
        let unknown = Quotas::default();
        assert_eq!(short(10, true, &unknown), [""; 0]);
        assert_eq!(short(30, true, &unknown), ["calls at the same time"]);
        let known = Quotas {
            concurrency: Some(1_000),
            concurrency_reserved: Some(0),
            stacks: Some(200),
            stacks_used: Some(180),
            ..Quotas::default()
        };
        assert_eq!(short(30, true, &known), ["stacks"]);
        assert_eq!(short(2_500, true, &known)[..2], ["stacks", "roles"]);
        assert_eq!(
            short(
                700,
                false,
                &Quotas {
                    concurrency: Some(1_000),
                    ..unknown.clone()
                }
            ),
            [""; 0]
        );
        assert_eq!(
            short(
                700,
                true,
                &Quotas {
                    concurrency: Some(1_000),
                    ..unknown
                }
            ),
            ["REST APIs"]
        );
    }
}
