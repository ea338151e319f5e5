//! Another implementation judges what policies allow: the table of cases that the sandbox's unit tests hold it
//! to, and drawn policies and requests, which the sandbox's simulator decides. So does another one the table of
//! event patterns and filter policies.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::endpoint::Endpoint;
use crate::outside::{REMEDY, boto3, script, target_folder, tool};

#[path = "../../sandbox/src/authorise/policy/tests/expand.rs"]
mod expand;

const DRAWN: usize = 300;
/// At once: they are an argument of a program, which cannot be long.
const QUESTIONS: usize = 50;

/// What iam-simulate decides.
fn judged(cases: &[Value]) -> Vec<String> {
    let mut node = Command::new("node")
        .arg(script("judge.mjs"))
        .arg(target_folder().join("judge"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node starts: install Debian's nodejs, or run .ci/run as root");
    let mut input = node.stdin.take().expect("the input is a pipe");
    let cases = Value::from(cases.to_vec()).to_string();
    input.write_all(cases.as_bytes()).expect("node reads");
    drop(input);
    let output = node.wait_with_output().expect("node ends");
    let remedy = "run .ci/run once, which installs what tests/judge.txt names into target/judge";
    assert!(output.status.success(), "node fails: {remedy}");
    serde_json::from_slice(&output.stdout).expect("the script prints JSON")
}

#[test]
#[ignore = "needs Node and iam-simulate: run .ci/run, or pass --include-ignored"]
fn the_cases_are_judged_as_they_are_decided_or_the_deviation_is_named() {
    let cases = expand::cases();
    let judged = judged(&cases);
    assert_eq!(judged.len(), cases.len());
    for (case, verdict) in cases.iter().zip(&judged) {
        let agrees = *verdict == case["verdict"];
        let is_named = case["judge"].is_string();
        assert!(agrees != is_named, "{}: it says {verdict}", case["name"]);
    }
}

/// Where the verdict is in the cases of each list.
const PATTERNS: [(&str, usize); 5] = [
    ("patterns", 2),
    ("refused", 1),
    ("attributes", 2),
    ("bodies", 2),
    ("refused_policies", 2),
];

#[test]
#[ignore = "needs LocalStack's evaluators: run .ci/run, or pass --include-ignored"]
fn event_patterns_are_judged_as_they_match_or_the_deviation_is_named() {
    let table =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("sandbox/src/event_pattern/tests/cases.json");
    let output = Command::new(tool("python3"))
        .arg(script("patterns.py"))
        .arg(&table)
        .output()
        .expect("Python starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{REMEDY}");
    let judged: Value = serde_json::from_slice(&output.stdout).expect("the script prints JSON");
    let table = std::fs::read(table).expect("the table is there");
    let table: Value = serde_json::from_slice(&table).expect("JSON");
    for (list, at) in PATTERNS {
        let cases = table[list].as_array().expect("a list");
        let judged = judged[list].as_array().expect("a list");
        assert_eq!(cases.len(), judged.len());
        for (case, verdict) in cases.iter().zip(judged) {
            let agrees = case[at] == *verdict;
            let is_named = case[at + 1].is_string();
            assert!(agrees != is_named, "{list}: {case}: it says {verdict}");
        }
    }
}

#[test]
#[ignore = "needs boto3, Node and iam-simulate: run .ci/run, or pass --include-ignored"]
fn drawn_policies_are_judged_as_the_simulator_decides() {
    let mut draw = Draw(1);
    let cases: Vec<Value> = (0..DRAWN).map(|_| draw.case()).collect();
    let questions: Vec<_> = cases
        .iter()
        .map(|case| ("iam", "simulate_custom_policy", question(case)))
        .collect();
    let endpoint = Endpoint::sandbox();
    let parts = questions.chunks(QUESTIONS);
    let decided = parts.flat_map(|questions| boto3(&endpoint, questions));
    let judged = judged(&cases);
    let mut verdicts = [0; 3];
    for ((case, decided), judged) in cases.iter().zip(decided).zip(judged) {
        let answer = decided.answer.expect("it is answered");
        let verdict = &answer["EvaluationResults"][0]["EvalDecision"];
        assert_eq!(*verdict, judged.as_str(), "{case:#}");
        let known = ["allowed", "explicitDeny", "implicitDeny"];
        verdicts[known.iter().position(|it| verdict == it).expect("one")] += 1;
    }
    // Something was at stake.
    assert!(
        verdicts.iter().all(|count| *count > DRAWN / 20),
        "{verdicts:?}"
    );
}

fn question(case: &Value) -> Value {
    let entries = case["context"].as_object().expect("keys").iter();
    let entries = entries.map(|(key, value)| {
        let values = match value {
            Value::Array(values) => values.clone(),
            value => vec![value.clone()],
        };
        json!({ "ContextKeyName": key, "ContextKeyValues": values, "ContextKeyType": "string" })
    });
    let mut question = json!({
        "PolicyInputList": case["identity"].as_array().expect("a list").iter()
            .map(Value::to_string).collect::<Vec<_>>(),
        "ActionNames": [case["action"]],
        "ResourceArns": [case["on"]],
        "ResourceOwner": format!("arn:aws:iam::{}:root", case["account"].as_str().expect("text")),
        "CallerArn": case["principal"],
        "ContextEntries": entries.collect::<Vec<_>>(),
    });
    if !case["boundary"].is_null() {
        question["PermissionsBoundaryPolicyInputList"] = json!([case["boundary"].to_string()]);
    }
    if !case["resource"].is_null() {
        question["ResourcePolicy"] = json!(case["resource"].to_string());
    }
    question
}

/// Draws the same cases each time.
struct Draw(u64);

impl Draw {
    fn below(&mut self, end: usize) -> usize {
        // Source: Knuth's MMIX.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let end = u64::try_from(end).expect("it is small");
        usize::try_from((self.0 >> 33) % end).expect("it is small")
    }

    fn one<T: Clone>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())].clone()
    }

    fn statement(&mut self, has_principal: bool) -> Value {
        let mut statement = json!({ "Effect": self.one(&["Allow", "Allow", "Allow", "Deny"]) });
        let action = self.one(&["Action", "Action", "Action", "NotAction"]);
        let actions = [
            "*",
            "s3:*",
            "s3:Get*",
            "s3:GetObject",
            "s3:PutObject",
            "S3:?utObject",
        ];
        statement[action] = json!(self.one(&actions));
        let resource = self.one(&["Resource", "Resource", "Resource", "NotResource"]);
        let resources = [
            "arn:aws:s3:::box/${aws:username}/*",
            "*",
            "arn:aws:s3:::box/*",
            "arn:aws:s3:::box/ann/?",
            "arn:aws:s3:::b*/*/1",
            "arn:aws:s3:::other/*",
        ];
        // A variable without a value matches no resource, so that any is left by `NotResource`; to
        // iam-simulate such a statement is about none.
        let judged = match resource {
            "NotResource" => &resources[1..],
            _ => &resources[..],
        };
        statement[resource] = json!(self.one(judged));
        let conditions = [
            Value::Null,
            Value::Null,
            Value::Null,
            json!({ "StringEquals": { "aws:username": ["ann", "bob"] } }),
            json!({ "StringNotLike": { "aws:username": "a*" } }),
            json!({ "StringLikeIfExists": { "aws:PrincipalTag/team": "re?" } }),
            json!({ "ForAllValues:StringEquals": { "aws:TagKeys": ["a", "b"] } }),
            json!({ "ForAnyValue:StringLike": { "aws:TagKeys": ["c*"] } }),
            json!({ "Null": { "aws:PrincipalTag/team": "true" } }),
            json!({ "IpAddress": { "aws:SourceIp": "203.0.113.0/24" },
                "Bool": { "aws:SecureTransport": "true" } }),
            json!({ "NotIpAddress": { "aws:SourceIp": "203.0.113.0/24" } }),
            json!({ "DateGreaterThan": { "aws:CurrentTime": "2026-01-01T00:00:00Z" } }),
        ];
        let condition = self.one(&conditions);
        if !condition.is_null() {
            statement["Condition"] = condition;
        }
        if has_principal {
            let principals = [
                json!("*"),
                json!({ "AWS": "000000000000" }),
                json!({ "AWS": "arn:aws:iam::000000000000:user/ann" }),
                json!({ "AWS": "arn:aws:iam::000000000000:user/bob" }),
                json!({ "AWS": ["123456789012", "arn:aws:iam::000000000000:root"] }),
            ];
            statement["Principal"] = self.one(&principals);
        }
        statement
    }

    fn document(&mut self, has_principal: bool) -> Value {
        let count = 1 + self.below(3);
        let statements: Vec<Value> = (0..count).map(|_| self.statement(has_principal)).collect();
        json!({ "Version": "2012-10-17", "Statement": statements })
    }

    fn case(&mut self) -> Value {
        let mut context = json!({});
        for (key, values) in [
            ("aws:username", [json!("ann"), json!("bob")]),
            ("aws:PrincipalTag/team", [json!("red"), json!("green")]),
            ("aws:TagKeys", [json!(["a"]), json!(["a", "cd"])]),
            (
                "aws:SourceIp",
                [json!("203.0.113.9"), json!("198.51.100.1")],
            ),
            ("aws:SecureTransport", [json!("true"), json!("false")]),
            (
                "aws:CurrentTime",
                [json!("2026-11-27T00:00:00Z"), json!("2025-11-27T00:00:00Z")],
            ),
        ] {
            if self.below(4) > 0 {
                context[key] = self.one(&values);
            }
        }
        let count = self.below(3);
        let identity: Vec<Value> = (0..count).map(|_| self.document(false)).collect();
        let mut sometimes = |has_principal| match self.below(2) {
            0 => Value::Null,
            _ => self.document(has_principal),
        };
        let (boundary, resource) = (sometimes(false), sometimes(true));
        json!({
            "identity": identity,
            "boundary": boundary,
            "resource": resource,
            "principal": self.one(&["arn:aws:iam::000000000000:user/ann", "arn:aws:iam::123456789012:user/ann"]),
            "action": self.one(&["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]),
            "on": self.one(&["arn:aws:s3:::box/ann/1", "arn:aws:s3:::box/bob/1", "arn:aws:s3:::other/1"]),
            "account": "000000000000",
            "context": context,
        })
    }
}
