//! The table of cases, and what holds for all policies.

mod expand;

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::*;
use crate::ACCOUNT;

#[test]
fn cases_are_decided_as_aws_documents_it() {
    let cases = expand::cases();
    assert!(cases.len() >= 200, "{}", cases.len());
    let wrong: Vec<String> = cases
        .iter()
        .filter(|case| verdict(case) != case["verdict"])
        .map(|case| format!("{} is {}", case["name"], verdict(case)))
        .collect();
    assert_eq!(wrong, [""; 0], "{wrong:#?}");
}

fn verdict(case: &Value) -> &'static str {
    let document = |value: &Value| Document::read(value).expect("it can be read");
    let optional = |name: &str| Some(&case[name]).filter(|it| !it.is_null()).map(document);
    let policies = Policies {
        identity: case["identity"]
            .as_array()
            .into_iter()
            .flatten()
            .map(document)
            .collect(),
        boundary: optional("boundary"),
        session: optional("session").map(|document| vec![document]),
        resource: optional("resource").map(|document| ResourcePolicy {
            document,
            is_trust: false,
        }),
    };
    let text = |name: &str| case[name].as_str().expect(name);
    let mut context = Context::default();
    for (key, value) in case["context"].as_object().expect("keys") {
        context.set_all(key, condition::texts(value));
    }
    let request = Request {
        principal: &principal(text("principal")),
        action: text("action"),
        resource: text("on"),
        account: text("account"),
        context: &context,
    };
    match decide(&request, &policies) {
        Decision::Allowed => "allowed",
        Decision::Denied(_) => "explicitDeny",
        Decision::NotAllowed(_) => "implicitDeny",
    }
}

fn principal(arn: &str) -> Principal {
    match arn.split_once(":assumed-role/") {
        Some((account, session)) => {
            let role = session.split('/').next().expect("a role");
            let account = account.replace(":sts:", ":iam:");
            Principal::Session {
                role: format!("{account}:role/{role}"),
                session: arn.to_owned(),
            }
        }
        None if arn.ends_with(".amazonaws.com") => Principal::Service(arn.to_owned()),
        None => Principal::User(arn.to_owned()),
    }
}

/// Buckets' policies are stored without the checks of IAM's grammar.
#[test]
fn what_cannot_be_read_is_refused() {
    for (element, value) in [
        ("Effect", json!("allow")),
        ("Action", json!({})),
        ("NotAction", json!([])),
        ("Resource", json!([{}])),
        ("NotResource", json!({})),
        ("Principal", json!("ann")),
        ("NotPrincipal", json!({})),
        ("Condition", json!("x")),
        (
            "Condition",
            json!({ "StringSame": { "aws:username": "ann" } }),
        ),
        ("Condition", json!({ "StringEquals": "ann" })),
    ] {
        let mut statement = json!({ "Effect": "Allow" });
        statement["Action"] = json!("s3:*");
        if let Some(plain) = element.strip_prefix("Not") {
            statement[plain] = Value::Null;
        }
        statement[element] = value;
        let document = json!({ "Statement": [statement] });
        assert!(Document::read(&document).is_err(), "{document}");
    }
    assert!(Document::read(&json!({})).is_err());
    assert!(Document::parse("{").is_err());
}

/// A role is assumed by those whom its policy names, whatever else allows it.
#[test]
fn a_trust_policy_has_to_name_who_assumes_the_role() {
    let ann = Principal::User("arn:aws:iam::000000000000:user/ann".to_owned());
    let decided = |trusted: Value, identity: &str| {
        let trust = json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow",
            "Principal": { "AWS": trusted }, "Action": "sts:AssumeRole" } });
        let identity = json!({ "Version": "2012-10-17", "Statement": { "Effect": "Allow",
            "Action": identity, "Resource": "*" } });
        let policies = Policies {
            identity: vec![Document::read(&identity).expect("a policy")],
            resource: Some(ResourcePolicy {
                document: Document::read(&trust).expect("a policy"),
                is_trust: true,
            }),
            ..Policies::default()
        };
        let request = Request {
            principal: &ann,
            action: "sts:AssumeRole",
            resource: "arn:aws:iam::000000000000:role/r",
            account: ACCOUNT,
            context: &Context::default(),
        };
        decide(&request, &policies)
    };
    let named = json!("arn:aws:iam::000000000000:user/ann");
    assert_eq!(decided(named, "s3:*"), Decision::Allowed);
    assert_eq!(decided(json!(ACCOUNT), "sts:*"), Decision::Allowed);
    let not_allowed = Decision::NotAllowed(PolicyKind::Identity);
    assert_eq!(decided(json!(ACCOUNT), "s3:*"), not_allowed);
    let not_named = Decision::NotAllowed(PolicyKind::Resource);
    let other = json!("arn:aws:iam::000000000000:user/bob");
    assert_eq!(decided(other, "sts:*"), not_named);
}

fn statement() -> impl Strategy<Value = Value> {
    let actions = ["*", "s3:*", "s3:Get*", "s3:GetObject", "s3:PutObject"];
    let resources = [
        "*",
        "arn:aws:s3:::box/*",
        "arn:aws:s3:::box/${aws:username}/*",
        "arn:aws:s3:::other/?",
    ];
    let condition = prop_oneof![
        Just(Value::Null),
        Just(json!({ "StringEquals": { "aws:username": "ann" } })),
        Just(json!({ "StringNotLike": { "s3:prefix": "b*" } })),
        Just(json!({ "ForAllValues:StringEquals": { "aws:TagKeys": ["a", "b"] } })),
        Just(json!({ "NumericLessThanIfExists": { "s3:max-keys": 5 } })),
    ];
    let parts = (select(&["Allow", "Deny"][..]), any::<bool>(), any::<bool>());
    let listed = (
        select(actions.to_vec()),
        select(resources.to_vec()),
        condition,
    );
    (parts, listed).prop_map(
        |((effect, not_action, not_resource), (action, resource, condition))| {
            let name = |not: bool, name: &str| {
                if not {
                    format!("Not{name}")
                } else {
                    name.to_owned()
                }
            };
            let mut statement =
                json!({ "Effect": effect, "Principal": "*", "Condition": condition });
            statement[name(not_action, "Action")] = json!(action);
            statement[name(not_resource, "Resource")] = json!(resource);
            statement
        },
    )
}

fn statements() -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(statement(), 0..4)
}

fn case(policies: &[Vec<Value>; 4], action: &str, keys: &[bool; 3], is_user: bool) -> Value {
    let document =
        |statements: &Vec<Value>| json!({ "Version": "2012-10-17", "Statement": statements });
    let limit = |statements: &Vec<Value>| match statements.as_slice() {
        [] => Value::Null,
        _ => document(statements),
    };
    let mut context = json!({});
    for (key, value, has) in [
        ("aws:username", json!("ann"), keys[0]),
        ("s3:prefix", json!("box"), keys[1]),
        ("aws:TagKeys", json!(["a", "c"]), keys[2]),
    ] {
        if has {
            context[key] = value;
        }
    }
    let principal = match is_user {
        true => "arn:aws:iam::000000000000:user/ann",
        false => "arn:aws:sts::000000000000:assumed-role/r/s",
    };
    json!({
        "identity": [document(&policies[0])], "boundary": limit(&policies[1]),
        "session": limit(&policies[2]), "resource": limit(&policies[3]), "principal": principal,
        "action": action, "on": "arn:aws:s3:::box/ann/1", "account": ACCOUNT, "context": context,
    })
}

fn any_case() -> impl Strategy<Value = ([Vec<Value>; 4], &'static str, [bool; 3], bool)> {
    let policies = [statements(), statements(), statements(), statements()];
    let action = select(&["s3:GetObject", "s3:PutObject", "s3:DeleteObject"][..]);
    (policies, action, any::<[bool; 3]>(), any::<bool>())
}

proptest! {
    #[test]
    fn a_denial_always_wins((policies, action, keys, is_user) in any_case(), which in 0..4_usize) {
        let mut denied = policies;
        denied[which].push(json!({ "Effect": "Deny", "Principal": "*", "Action": action,
            "Resource": "arn:aws:s3:::box/*" }));
        prop_assert_eq!(verdict(&case(&denied, action, &keys, is_user)), "explicitDeny");
    }

    #[test]
    fn an_allowing_statement_never_takes_anything_away(
        (policies, action, keys, is_user) in any_case(),
        which in 0..4_usize,
        added in statement(),
    ) {
        // A boundary or a session's policy that is new is a limit.
        prop_assume!(which == 0 || which == 3 || !policies[which].is_empty());
        let before = verdict(&case(&policies, action, &keys, is_user));
        let mut more = policies;
        let mut added = added;
        added["Effect"] = json!("Allow");
        more[which].push(added);
        let after = verdict(&case(&more, action, &keys, is_user));
        prop_assert!(before == after || after == "allowed", "{before} became {after}");
    }

    #[test]
    fn any_policy_is_decided_or_refused(text in r#"[\[\]{}":,a-zA-Z*?$ ]{0,60}"#) {
        for element in ["Action", "Resource", "Principal", "NotPrincipal", "Condition"] {
            let mut statement = json!({ "Effect": "Allow", "Action": "s3:*", "Resource": "*" });
            let value = serde_json::from_str(&text).unwrap_or_else(|_| json!(text));
            statement[element] = value;
            if let Ok(document) = Document::read(&json!({ "Statement": [statement] })) {
                let ann = principal("arn:aws:iam::000000000000:user/ann");
                let request = Request {
                    principal: &ann,
                    action: "s3:GetObject",
                    resource: "arn:aws:s3:::box/1",
                    account: ACCOUNT,
                    context: &Context::default(),
                };
                let _ = (document.has(Effect::Allow, &request), document.denies_whom(&request));
            }
        }
    }
}
