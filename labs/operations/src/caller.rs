//! Who signed a request, as a user of the audit log.

/// The user of the audit log with this ARN: a user of IAM by name, and a session of a role as `ROLE/SESSION`,
/// which no user is called. `None` for who has no log of its own, such as the root user.
///
/// Source: "IAM ARNs" in IAM's user guide.
pub fn user(arn: &str) -> Option<&str> {
    let mut parts = arn.splitn(6, ':').skip(2);
    let (service, resource) = (parts.next()?, parts.nth(2)?);
    let (kind, name) = resource.split_once('/')?;
    match (service, kind) {
        ("iam", "user") => name.rsplit('/').next(),
        ("sts", "assumed-role") => Some(name),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_and_sessions_have_logs_of_their_own() {
        for (arn, expected) in [
            ("arn:aws:iam::123456789012:user/ann", Some("ann")),
            ("arn:aws:iam::123456789012:user/mafia/ann", Some("ann")),
            (
                "arn:aws:sts::123456789012:assumed-role/student/ann",
                Some("student/ann"),
            ),
            ("arn:aws:iam::123456789012:root", None),
            ("arn:aws:iam::123456789012:role/user/ann", None),
            ("ann", None),
            ("", None),
        ] {
            assert_eq!(user(arn), expected, "{arn}");
        }
    }
}
