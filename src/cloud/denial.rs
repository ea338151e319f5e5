//! What AWS says about a request that was not allowed: who asked for what, and which kind of policy stands in
//! the way. Pure.
//!
//! Source: "Troubleshoot access denied error messages" in IAM's user guide.

use serde_json::json;

/// A request that was not allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// The ARN of who asked.
    pub principal: String,
    /// As policies name it, such as `sns:Publish`.
    pub action: String,
    /// The ARN of what it was to be done to, if it was something.
    pub resource: Option<String>,
    pub because: Because,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Because {
    /// No policy of this kind allows it.
    NotAllowed(PolicyKind),
    /// A policy of this kind denies it.
    Denied(PolicyKind),
    /// AWS does not say.
    Unsaid,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyKind {
    Identity,
    Resource,
    Trust,
    Boundary,
    Session,
    ServiceControl,
    ResourceControl,
    Endpoint,
}

/// What AWS calls the kinds.
const KINDS: [(&str, PolicyKind); 8] = [
    ("identity-based policy", PolicyKind::Identity),
    ("resource-based policy", PolicyKind::Resource),
    ("role trust policy", PolicyKind::Trust),
    ("permissions boundary", PolicyKind::Boundary),
    ("session policy", PolicyKind::Session),
    ("service control policy", PolicyKind::ServiceControl),
    ("resource control policy", PolicyKind::ResourceControl),
    ("VPC endpoint policy", PolicyKind::Endpoint),
];

const NOT_AUTHORIZED: &str = " is not authorized to perform: ";
const ON: &str = " on resource: ";
const NO_POLICY: &str = " because no ";
const DENY: &str = " with an explicit deny in ";

impl PolicyKind {
    pub fn name(self) -> &'static str {
        let known = KINDS.iter().find(|(_, kind)| *kind == self);
        known.map_or("policy", |(name, _)| name)
    }

    fn beginning(text: &str) -> Option<Self> {
        let known = KINDS.iter().find(|(name, _)| text.starts_with(name));
        known.map(|(_, kind)| *kind)
    }
}

impl Denial {
    /// The first of those that a text tells of, such as a message or a line of a log.
    pub fn read(text: &str) -> Option<Self> {
        // In a log a message may be a quoted text.
        let text = text.replace("\\\"", "\"");
        let (before, after) = text.split_once(NOT_AUTHORIZED)?;
        let (_, principal) = before.rsplit_once("User: ")?;
        let after = after.trim_start();
        let action = after.split(char::is_whitespace).next()?;
        let rest = &after[action.len()..];
        let action = action.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        let (service, operation) = action.split_once(':')?;
        if principal.contains(char::is_whitespace) || service.is_empty() || operation.is_empty() {
            return None;
        }
        let (resource, rest) = match rest.strip_prefix(ON) {
            Some(rest) => of_resource(rest),
            None => (None, rest),
        };
        Some(Self {
            principal: principal.to_owned(),
            action: format!("{}:{operation}", service.to_lowercase()),
            resource: resource.filter(|it| !it.is_empty()).map(str::to_owned),
            because: reason(rest),
        })
    }

    /// The role whose session asked, if it was one.
    pub fn role(&self) -> Option<&str> {
        let (_, session) = self.principal.split_once(":assumed-role/")?;
        session.split('/').next()
    }

    /// The statement that would allow it, in a form for policies in JSON and for templates in YAML.
    pub fn statement(&self) -> String {
        let resource = self.resource.as_deref().unwrap_or("*");
        // API Gateway hides the account.
        let parts = resource.split(':');
        let parts = parts.map(|part| if part.starts_with("****") { "*" } else { part });
        let resource = parts.collect::<Vec<_>>().join(":");
        let (action, resource) = (json!(self.action), json!(resource));
        format!(r#"{{"Effect": "Allow", "Action": {action}, "Resource": {resource}}}"#)
    }
}

/// The resource that a text begins with, perhaps in quotation marks, and what follows it.
fn of_resource(text: &str) -> (Option<&str>, &str) {
    if let Some((resource, rest)) = text
        .strip_prefix('"')
        .and_then(|quoted| quoted.split_once('"'))
    {
        return (Some(resource), rest);
    }
    let reasons = [NO_POLICY, DENY];
    let end = reasons.iter().filter_map(|reason| text.find(reason)).min();
    let end = end.or_else(|| text.find(char::is_whitespace));
    let (resource, rest) = text.split_at(end.unwrap_or(text.len()));
    let is_end = |c: char| "\"',.;)}]".contains(c);
    (Some(resource.trim_end_matches(is_end)), rest)
}

fn reason(text: &str) -> Because {
    if let Some(rest) = text.strip_prefix(NO_POLICY) {
        return PolicyKind::beginning(rest).map_or(Because::Unsaid, Because::NotAllowed);
    }
    let Some(rest) = text.strip_prefix(DENY) else {
        return Because::Unsaid;
    };
    let articles = ["an ", "a ", "the "];
    let found = articles.iter().find_map(|it| rest.strip_prefix(it));
    PolicyKind::beginning(found.unwrap_or(rest)).map_or(Because::Unsaid, Because::Denied)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    const USER: &str = "arn:aws:iam::123456789012:user/ann";

    fn read(rest: &str) -> Denial {
        let text = format!("User: {USER} is not authorized to perform: {rest}");
        Denial::read(&text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn every_reason_that_aws_documents_is_read() {
        for (name, kind) in KINDS {
            let not_allowed = read(&format!(
                "sts:AssumeRole because no {name} allows the sts:AssumeRole action"
            ));
            assert_eq!(not_allowed.because, Because::NotAllowed(kind), "{name}");
            assert_eq!(not_allowed.resource, None);
            for article in ["a", "an", "the"] {
                let denied = read(&format!(
                    "s3:GetObject on resource: \"arn:aws:s3:::b/k\" with an explicit deny in {article} {name}"
                ));
                assert_eq!(denied.because, Because::Denied(kind), "{name}");
                assert_eq!(denied.resource.as_deref(), Some("arn:aws:s3:::b/k"));
            }
            assert_eq!(kind.name(), name);
        }
        let named = read(
            "s3:ListBucket on resource: \"arn:aws:s3:::b\" with an explicit deny in an identity-based policy: arn:aws:iam::1:policy/p",
        );
        assert_eq!(named.because, Because::Denied(PolicyKind::Identity));
        let unsaid =
            read("lambda:InvokeFunction on resource: arn:aws:lambda:eu-west-1:1:function:f");
        assert_eq!(unsaid.because, Because::Unsaid);
        assert_eq!(
            unsaid.resource.as_deref(),
            Some("arn:aws:lambda:eu-west-1:1:function:f")
        );
    }

    #[test]
    fn it_is_found_within_other_words() {
        let session = "arn:aws:sts::000000000000:assumed-role/game-Role-1/game-02-game-state";
        let table = "arn:aws:dynamodb:us-east-1:000000000000:table/t/index/Masked";
        let words = format!(
            "User: {session} is not authorized to perform: dynamodb:Scan on resource: {table}"
        );
        let because = " because no identity-based policy allows the dynamodb:Scan action";
        let expected = |because| Denial {
            principal: session.to_owned(),
            action: "dynamodb:Scan".to_owned(),
            resource: Some(table.to_owned()),
            because,
        };
        let identity = Because::NotAllowed(PolicyKind::Identity);
        for (text, because) in [
            (
                format!(
                    "Can't read the table t: service error: AccessDeniedException: {words}{because}"
                ),
                identity,
            ),
            (
                format!("{{\"errorMessage\": \"{words}{because}\", \"errorType\": \"Storage\"}}"),
                identity,
            ),
            (
                format!("Error {{ message: Some(\\\"{words}\\\") }}"),
                Because::Unsaid,
            ),
            (format!("{words}, and {because}"), Because::Unsaid),
            (format!("{words}.\nmore"), Because::Unsaid),
        ] {
            let mut found = Denial::read(&text).unwrap_or_else(|| panic!("{text}"));
            if because == Because::Unsaid {
                found.because = Because::Unsaid;
            }
            let found_resource = found.resource.clone().unwrap_or_default();
            assert!(found_resource.starts_with(table), "{text}: {found:?}");
            if found_resource == table {
                assert_eq!(found, expected(because), "{text}");
            }
            assert_eq!(found.role(), Some("game-Role-1"));
        }
        for text in [
            "",
            "AccessDenied: Access Denied",
            "User: is not authorized to perform: ",
            "User: ann is not authorized to perform: nothing",
            "User: ann is not authorized to perform:  é",
            "he and User: ann with friends is not authorized to perform: s3:GetObject",
        ] {
            assert_eq!(Denial::read(text), None, "{text}");
        }
    }

    #[test]
    fn a_statement_can_be_put_into_a_policy() {
        let publish = read(
            "SNS:Publish on resource: arn:aws:sns:eu-west-1:1:t because no identity-based policy allows the SNS:Publish action",
        );
        assert_eq!(
            publish.statement(),
            r#"{"Effect": "Allow", "Action": "sns:Publish", "Resource": "arn:aws:sns:eu-west-1:1:t"}"#
        );
        assert_eq!(publish.role(), None);
        let call = read(
            "execute-api:Invoke on resource: arn:aws:execute-api:eu-west-1:********9012:abc/prod/GET/a b because no identity-based policy allows the execute-api:Invoke action",
        );
        let statement: Value = serde_json::from_str(&call.statement()).expect("JSON");
        assert_eq!(
            statement["Resource"],
            "arn:aws:execute-api:eu-west-1:*:abc/prod/GET/a b"
        );
        let list = read(
            "codecommit:ListRepositories because no session policy allows the codecommit:ListRepositories action",
        );
        assert!(list.statement().ends_with(r#""Resource": "*"}"#));
    }

    proptest::proptest! {
        #[test]
        fn any_text_can_be_read(text in "(User: )?[ -~]{0,20}( is not authorized to perform: )?[ -~é\"\\\\]{0,40}( on resource: )?[ -~é\"\\\\]{0,20}") {
            if let Some(denial) = Denial::read(&text) {
                serde_json::from_str::<Value>(&denial.statement()).expect("JSON");
            }
        }
    }
}
