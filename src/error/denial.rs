//! What to do about a request that was not allowed.

use crate::cloud::{Because, Denial, PolicyKind};

/// Whose request it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Requester {
    /// A function, whose role is in the template.
    Function,
    /// Whoever runs `mafia`.
    Caller,
}

/// What would allow it, or that no statement would.
pub fn hints(denial: &Denial, requester: Requester) -> Vec<String> {
    let Denial {
        action, resource, ..
    } = denial;
    let who = shown(denial);
    let statement = denial.statement();
    let resource = resource.as_deref().unwrap_or("what it is about");
    match denial.because {
        Because::NotAllowed(PolicyKind::Identity) | Because::Unsaid => {
            let place = match requester {
                Requester::Function => {
                    format!(
                        "add this statement to the policy of {who} in the template, and run `mafia deploy`"
                    )
                }
                Requester::Caller => {
                    format!(
                        "whoever manages the account can add this statement to a policy of {who}"
                    )
                }
            };
            let unsaid = match denial.because {
                Because::Unsaid => " (AWS does not say whether another policy denies it)",
                _ => "",
            };
            vec![format!("to allow it, {place}{unsaid}: {statement}")]
        }
        Because::NotAllowed(PolicyKind::Trust) => vec![format!(
            "the trust policy of {resource} does not name {who}: it has to allow {action}"
        )],
        Because::NotAllowed(PolicyKind::Resource) => vec![format!(
            "the policy of {resource} does not name {who}: it has to allow {action}"
        )],
        Because::NotAllowed(PolicyKind::Boundary) => vec![format!(
            "a statement in a policy of {who} would not help: its permissions boundary has to allow {action} too"
        )],
        Because::NotAllowed(PolicyKind::Session) => vec![format!(
            "a statement in a policy of {who} would not help: the policy that its session was begun with has to \
             allow {action} too"
        )],
        Because::NotAllowed(kind) => vec![format!(
            "a statement in a policy of {who} would not help: a {} has to allow {action} too; ask who manages the \
             organization",
            kind.name()
        )],
        Because::Denied(kind) => vec![format!(
            "no statement that allows it would help: a statement with Effect: Deny in {} {} forbids {action}; it has \
             to go, or to leave this out",
            if kind == PolicyKind::Identity {
                "an"
            } else {
                "a"
            },
            kind.name()
        )],
    }
}

/// Who asked, as people call it.
fn shown(denial: &Denial) -> String {
    if let Some(role) = denial.role() {
        return format!("the role {role}");
    }
    match denial.principal.split_once(":user/") {
        Some((_, path_and_name)) => {
            let name = path_and_name.rsplit('/').next().unwrap_or(path_and_name);
            format!("the user {name}")
        }
        None => denial.principal.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_told_only_where_it_would_help() {
        let told = |rest: &str, requester| {
            let text = format!(
                "User: arn:aws:sts::1:assumed-role/games/f is not authorized to perform: s3:GetObject on resource: \
                 \"arn:aws:s3:::b/k\"{rest}"
            );
            hints(&Denial::read(&text).expect("it is one"), requester).join("\n")
        };
        let statement =
            r#"{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/k"}"#;
        let identity = " because no identity-based policy allows the s3:GetObject action";
        for (rest, requester, words) in [
            (
                identity,
                Requester::Function,
                "to the policy of the role games in the template",
            ),
            (identity, Requester::Caller, "whoever manages the account"),
            (
                "",
                Requester::Function,
                "AWS does not say whether another policy denies it",
            ),
        ] {
            let said = told(rest, requester);
            assert!(said.contains(words) && said.ends_with(statement), "{said}");
        }
        for (rest, words) in [
            (
                " because no permissions boundary allows the s3:GetObject action",
                "its permissions boundary",
            ),
            (
                " because no session policy allows the s3:GetObject action",
                "its session was begun with",
            ),
            (
                " because no service control policy allows the s3:GetObject action",
                "manages the organization",
            ),
            (
                " because no resource-based policy allows the s3:GetObject action",
                "the policy of arn:aws:s3:::b/k does not name",
            ),
            (
                " because no role trust policy allows the s3:GetObject action",
                "the trust policy of",
            ),
            (
                " with an explicit deny in an identity-based policy",
                "Deny in an identity-based policy forbids",
            ),
            (
                " with an explicit deny in a permissions boundary",
                "in a permissions boundary forbids",
            ),
        ] {
            let said = told(rest, Requester::Function);
            assert!(
                said.contains(words) && !said.contains(r#""Allow""#),
                "{said}"
            );
        }
    }
}
