//! What single values look like that people write into files. Pure.

use time::Date;
use time::macros::format_description;

/// A day such as `2026-12-24`.
pub fn date(text: &str) -> Option<Date> {
    Date::parse(text, format_description!("[year]-[month]-[day]")).ok()
}

/// The ARN of a role that can be assumed.
pub fn is_role(text: &str) -> bool {
    let [arn, partition, service, region, account, role] =
        text.splitn(6, ':').collect::<Vec<_>>()[..]
    else {
        return false;
    };
    let name = role.strip_prefix("role/").unwrap_or_default();
    arn == "arn"
        && partition.starts_with("aws")
        && (service, region) == ("iam", "")
        && is_account(account)
        && is_role_name(name)
}

/// The name of a role, with its path.
pub fn is_role_name(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-/".contains(c);
    !text.is_empty() && text.chars().all(is_part) && !text.ends_with('/')
}

/// The number of an account.
pub fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit())
}

/// The ARN of the role of this name in an account.
pub fn role_in(account: &str, region: Option<&str>, name: &str) -> String {
    let partition = match region.unwrap_or_default() {
        region if region.starts_with("cn-") => "aws-cn",
        region if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    };
    format!("arn:{partition}:iam::{account}:role/{name}")
}

/// A name such as `eu-central-1`; servers that are not AWS may have others.
pub fn is_region(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !text.is_empty() && text.chars().all(is_part)
}

pub fn is_url(text: &str) -> bool {
    let host = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    host.is_some_and(|host| !host.is_empty()) && !text.contains(char::is_whitespace)
}
