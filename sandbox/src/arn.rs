//! Amazon Resource Names: `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`. Source: "IAM
//! identifiers" in IAM's user guide.

use std::fmt::Display;

use crate::{ACCOUNT, REGION};

/// The ARN of a resource in the sandbox's region and account.
pub fn regional(service: &str, resource: impl Display) -> String {
    format!("arn:aws:{service}:{REGION}:{ACCOUNT}:{resource}")
}

/// The ARN of a resource in the sandbox's account that is in no region, such as a role.
pub fn global(service: &str, resource: impl Display) -> String {
    format!("arn:aws:{service}::{ACCOUNT}:{resource}")
}

/// Whose a resource is that is not the sandbox's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Foreign {
    Service,
    Account,
    Region,
}

/// The parts of an ARN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arn<'a> {
    pub service: &'a str,
    pub region: &'a str,
    /// Twelve digits, `aws` or empty.
    pub account: &'a str,
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// `None` if the text is not an ARN.
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        let mut part = || parts.next();
        let (prefix, partition) = (part()?, part()?);
        let arn = Self {
            service: part()?,
            region: part()?,
            account: part()?,
            resource: part()?,
        };
        let is_account = arn.account.len() == 12 && arn.account.bytes().all(|c| c.is_ascii_digit());
        let valid = prefix == "arn"
            && partition.starts_with("aws")
            && !arn.service.is_empty()
            && (is_account || ["", "aws"].contains(&arn.account))
            && !arn.resource.is_empty();
        valid.then_some(arn)
    }

    /// Whether a service of this name in the sandbox can have the resource.
    pub fn check_owner(&self, service: &str) -> Result<(), Foreign> {
        if self.service != service {
            Err(Foreign::Service)
        } else if self.account != ACCOUNT {
            Err(Foreign::Account)
        } else if !["", REGION].contains(&self.region) {
            Err(Foreign::Region)
        } else {
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn arns_are_written_and_read() {
        let group = regional("logs", "log-group:/aws/lambda/f:*");
        assert_eq!(
            group,
            "arn:aws:logs:us-east-1:000000000000:log-group:/aws/lambda/f:*"
        );
        let parsed = Arn::parse(&group).expect("it is one");
        assert_eq!(
            (parsed.service, parsed.resource),
            ("logs", "log-group:/aws/lambda/f:*")
        );
        assert_eq!(parsed.check_owner("logs"), Ok(()));
        assert_eq!(parsed.check_owner("lambda"), Err(Foreign::Service));
        let role = global("iam", "role/r");
        assert_eq!(role, "arn:aws:iam::000000000000:role/r");
        assert_eq!(
            Arn::parse(&role).expect("it is one").check_owner("iam"),
            Ok(())
        );
        let managed = Arn::parse("arn:aws:iam::aws:policy/P").expect("it is one");
        assert_eq!(managed.account, "aws");
        assert_eq!(managed.check_owner("iam"), Err(Foreign::Account));
        let elsewhere = Arn::parse("arn:aws:logs:eu-west-1:000000000000:log-group:g");
        let owner = elsewhere.expect("it is one").check_owner("logs");
        assert_eq!(owner, Err(Foreign::Region));
        for text in [
            "",
            "policy",
            "arn:",
            "arn:aws:iam::aws",
            "arn:aws:iam::aws:",
            "arn:aws::iam:000000000000:role/x",
            "arn:aws:iam::12:role/x",
            "arn:azure:iam::000000000000:role/x",
        ] {
            assert_eq!(Arn::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(text in "(arn:|aws|:|iam|[a-z0-9]{0,3}){0,9}") {
            let _ = Arn::parse(&text);
        }
    }
}
