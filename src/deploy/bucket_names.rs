//! Names of buckets that S3 would refuse, known before anything is created. Pure.

use super::DeployError;
use super::template::Template;
use super::template_values::Values;
use crate::cloud::NamedValues;

const BUCKET: &str = "AWS::S3::Bucket";
/// In the place of the account's id, which has as many digits.
const ACCOUNT: &str = "000000000000";

/// An error for the first bucket whose name in the template breaks a rule. Names that only CloudFormation
/// knows are left to it.
pub(super) fn check(
    template: &Template,
    stack: &str,
    values: &NamedValues,
) -> Result<(), DeployError> {
    let values = Values::new(template, stack, values).of_account(ACCOUNT);
    let buckets = values
        .resources()
        .filter(|(_, resource)| resource["Type"] == BUCKET);
    for (logical_id, resource) in buckets {
        let name = &resource["Properties"]["BucketName"];
        let Some(name) = values.text(name) else {
            continue;
        };
        if let Some(rule) = broken_rule(&name) {
            return Err(DeployError::BucketName {
                logical_id: logical_id.clone(),
                name: name.replace(ACCOUNT, "ACCOUNT"),
                rule,
            });
        }
    }
    Ok(())
}

/// The rule that a bucket's name breaks.
///
/// Source: Amazon S3 user guide, "General purpose bucket naming rules".
fn broken_rule(name: &str) -> Option<&'static str> {
    let is_end = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if !(3..=63).contains(&name.len()) {
        Some("a bucket's name has 3 to 63 characters")
    } else if name.contains(|c: char| !is_end(c) && c != '-' && c != '.') {
        Some("a bucket's name has only lower-case letters, digits, hyphens and dots")
    } else if !name.starts_with(is_end) || !name.ends_with(is_end) {
        Some("a bucket's name begins and ends with a lower-case letter or a digit")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = "\
Resources:
  Files:
    Type: AWS::S3::Bucket
    Properties: {BucketName: !Sub '${AWS::StackName}-files-${AWS::AccountId}'}
  Other:
    Type: AWS::S3::Bucket
  Imported:
    Type: AWS::S3::Bucket
    Properties: {BucketName: !ImportValue X}
";

    #[test]
    fn a_stacks_name_has_to_fit_into_its_buckets() {
        let operations = std::fs::read_to_string("templates/operations.yaml").expect("read");
        for stack in [
            "mafia-2026-11-27-student-300-operations",
            "mafia-ann-operations",
        ] {
            let checked = check(
                &Template::new(operations.as_str()),
                stack,
                &NamedValues::new(),
            );
            assert!(checked.is_ok(), "{stack}: {checked:?}");
        }
        let upper = check(
            &Template::new(operations),
            "Mafia-Upper",
            &NamedValues::new(),
        );
        assert!(upper.is_err(), "the bucket's name is known");
        for (stack, expected) in [
            ("mafia-ann-operations".to_owned(), None),
            ("a".repeat(44), None),
            ("a".repeat(45), Some("3 to 63 characters")),
            ("Mafia-Upper".to_owned(), Some("only lower-case letters")),
            (
                "-a".to_owned(),
                Some("begins and ends with a lower-case letter or a digit"),
            ),
        ] {
            let checked = check(&Template::new(TEMPLATE), &stack, &NamedValues::new());
            let said = checked.err().map(|error| error.to_string());
            match expected {
                None => assert_eq!(said, None),
                Some(part) => assert!(
                    said.as_ref().is_some_and(|it| it.contains(part)),
                    "{stack}: {said:?}"
                ),
            }
        }
    }
}
