//! The table of cases in `cases.json`, with each case as policies, a request and the verdict. The stories read
//! it too, for another evaluator to judge.
//!
//! | list | its cases |
//! |---|---|
//! | `actions` | element, patterns, action, whether it is one |
//! | `resources` | element, patterns, resource, context, whether it is one |
//! | `conditions` | operator, key, values in the policy, values of the request or `null`, whether it is met |
//! | `decisions` | policies, who makes the request, the verdict; how iam-simulate deviates, which judges them too |
//!
//! In `decisions`, a policy is the effects of its statements, or a resource's policy the effects and principals.

use serde_json::{Value, json};

const OBJECT: &str = "arn:aws:s3:::box/a/b";
const BUCKET: &str = "arn:aws:s3:::box";
const USER: &str = "arn:aws:iam::000000000000:user/ann";

/// A case with these members: `name`, `identity` (documents), `boundary`, `session` and `resource` (documents or
/// `null`), `principal`, `action`, `on` (an ARN), `account` (whose that is), `context`, `verdict`, and
/// `judge` if the other evaluator deviates: how.
pub fn cases() -> Vec<Value> {
    let table: Value = serde_json::from_str(include_str!("cases.json")).expect("JSON");
    let list = |name: &str| table[name].as_array().expect("a list").clone();
    let actions = list("actions").into_iter().map(|case| {
        let mut statement = json!({ "Effect": "Allow", "Resource": "*" });
        statement[text(&case[0])] = case[1].clone();
        allowing(
            &case,
            &statement,
            text(&case[2]),
            OBJECT,
            &json!({}),
            &case[3],
        )
    });
    let resources = list("resources").into_iter().map(|case| {
        let mut statement = json!({ "Effect": "Allow", "Action": "*" });
        statement[text(&case[0])] = case[1].clone();
        let service = text(&case[2]).split(':').nth(2).expect("an ARN");
        let action = match service {
            "dynamodb" => "dynamodb:GetItem",
            "iam" => "iam:GetRole",
            "lambda" => "lambda:InvokeFunction",
            "logs" => "logs:PutLogEvents",
            "s3" => "s3:GetObject",
            other => panic!("no action of {other}"),
        };
        allowing(
            &case,
            &statement,
            action,
            text(&case[2]),
            &case[3],
            &case[4],
        )
    });
    let conditions = list("conditions").into_iter().map(|case| {
        let mut condition = json!({});
        condition[text(&case[0])] = json!({ text(&case[1]): case[2] });
        let statement = json!({ "Effect": "Allow", "Action": "*", "Resource": "*",
            "Condition": condition });
        let mut context = json!({ "aws:username": "ann", "aws:PrincipalTag/odd": "a*" });
        if !case[3].is_null() {
            context[text(&case[1])] = case[3].clone();
        }
        allowing(
            &case,
            &statement,
            "s3:ListBucket",
            BUCKET,
            &context,
            &case[4],
        )
    });
    let decisions = list("decisions").into_iter().map(|case| decided(&case));
    actions
        .chain(resources)
        .chain(conditions)
        .chain(decisions)
        .collect()
}

/// A case of one statement that allows if it is about the request.
fn allowing(
    case: &Value,
    statement: &Value,
    action: &str,
    on: &str,
    context: &Value,
    is_about: &Value,
) -> Value {
    let is_about = is_about.as_bool().expect("true or false");
    let verdict = if is_about { "allowed" } else { "implicitDeny" };
    json!({
        "name": case.to_string(),
        "identity": [document(std::slice::from_ref(statement))],
        "principal": USER,
        "action": action,
        "on": on,
        "account": "000000000000",
        "context": context,
        "verdict": verdict,
    })
}

fn decided(case: &Value) -> Value {
    let statement =
        |effect: &Value| json!({ "Effect": effect, "Action": "s3:GetObject", "Resource": OBJECT });
    let plain = |name: &str| {
        let effects = case[name].as_array()?;
        let statements: Vec<Value> = effects.iter().map(statement).collect();
        // A policy about something else.
        let other = json!({ "Effect": "Allow", "Action": "s3:PutObject", "Resource": "*" });
        Some(document(&[statements, vec![other]].concat()))
    };
    let resource = case["resource"].as_array().map(|statements| {
        let statements = statements.iter().map(|given| {
            let mut statement = statement(&given[0]);
            statement[text(&given[1])] = given[2].clone();
            statement
        });
        document(&statements.collect::<Vec<_>>())
    });
    json!({
        "name": case.to_string(),
        "identity": plain("identity").into_iter().collect::<Vec<_>>(),
        "boundary": plain("boundary"),
        "session": plain("session"),
        "resource": resource,
        "principal": case["principal"],
        "action": "s3:GetObject",
        "on": OBJECT,
        "account": "000000000000",
        "context": {},
        "verdict": case["verdict"],
        "judge": case["judge"],
    })
}

fn document(statements: &[Value]) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}
