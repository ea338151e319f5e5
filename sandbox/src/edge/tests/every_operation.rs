//! Every operation of every service passes the authority, with its action and the ARN of what it acts on.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Front, request};
use crate::authorise::Access;
use crate::service::Registered;
use crate::wire::{Protocol, Route};

/// An operation, a request for it, and what it needs.
struct Case {
    service: &'static str,
    operation: &'static str,
    parameters: Value,
    /// `action resource`.
    accesses: Vec<String>,
}

fn case(
    service: &'static str,
    operation: &'static str,
    parameters: Value,
    accesses: &[&str],
) -> Case {
    Case {
        service,
        operation,
        parameters,
        accesses: accesses.iter().map(|access| (*access).to_owned()).collect(),
    }
}

/// Operations on the same thing, whose actions are named as they are.
fn on(
    service: &'static str,
    resource: &str,
    parameters: &Value,
    operations: &[&'static str],
) -> Vec<Case> {
    operations
        .iter()
        .map(|operation| {
            let access = format!("{service}:{operation} {resource}");
            case(service, operation, parameters.clone(), &[&access])
        })
        .collect()
}

fn cloudformation() -> Vec<Case> {
    const STACK: &str = "arn:aws:cloudformation:us-east-1:000000000000:stack/game/*";
    const STACKS: &str = "arn:aws:cloudformation:us-east-1:000000000000:stack/*/*";
    let service = "cloudformation";
    let game = json!({ "StackName": "game", "ChangeSetName": "change" });
    let id = "arn:aws:cloudformation:us-east-1:000000000000:stack/game/1";
    let acting = json!({ "StackName": "game", "RoleARN": "arn:aws:iam::000000000000:role/r" });
    let pass_role = "iam:PassRole arn:aws:iam::000000000000:role/r";
    let mut cases = on(
        service,
        STACK,
        &game,
        &[
            "CancelUpdateStack",
            "ContinueUpdateRollback",
            "CreateChangeSet",
            "CreateStack",
            "DeleteChangeSet",
            "DeleteStack",
            "DescribeChangeSet",
            "DescribeEvents",
            "DescribeStackEvents",
            "DescribeStackResource",
            "DescribeStackResources",
            "DescribeStacks",
            "ExecuteChangeSet",
            "GetTemplate",
            "GetTemplateSummary",
            "ListChangeSets",
            "ListStackResources",
            "RollbackStack",
            "UpdateStack",
            "UpdateTerminationProtection",
        ],
    );
    cases.extend(on(
        service,
        STACKS,
        &json!({}),
        &["DescribeStacks", "ListStacks"],
    ));
    cases.extend(on(
        service,
        id,
        &json!({ "StackName": id }),
        &["DescribeStacks"],
    ));
    let anything = [
        "GetTemplateSummary",
        "ListExports",
        "ListImports",
        "ValidateTemplate",
    ];
    cases.extend(on(service, "*", &json!({}), &anything));
    for (operation, action) in [
        ("CreateStack", "cloudformation:CreateStack"),
        ("UpdateStack", "cloudformation:UpdateStack"),
        ("CreateChangeSet", "cloudformation:CreateChangeSet"),
        ("DeleteStack", "cloudformation:DeleteStack"),
    ] {
        let own = format!("{action} {STACK}");
        cases.push(case(service, operation, acting.clone(), &[&own, pass_role]));
    }
    cases
}

fn dynamodb() -> Vec<Case> {
    const TABLE: &str = "arn:aws:dynamodb:us-east-1:000000000000:table/players";
    const MASKED: &str = "arn:aws:dynamodb:us-east-1:000000000000:table/players/index/Masked";
    let service = "dynamodb";
    let players = json!({ "TableName": "players" });
    let masked = json!({ "TableName": "players", "IndexName": "Masked" });
    let operations = [
        "CreateTable",
        "DeleteItem",
        "DeleteTable",
        "DescribeContinuousBackups",
        "DescribeTable",
        "DescribeTimeToLive",
        "GetItem",
        "PutItem",
        "Query",
        "Scan",
        "UpdateItem",
        "UpdateTable",
        "UpdateTimeToLive",
    ];
    let mut cases = on(service, TABLE, &players, &operations);
    let by_arn = json!({ "TableName": TABLE });
    cases.extend(on(service, TABLE, &by_arn, &["GetItem"]));
    cases.extend(on(service, MASKED, &masked, &["Query", "Scan"]));
    let batch = json!({ "RequestItems": { "players": {} } });
    cases.extend(on(
        service,
        TABLE,
        &batch,
        &["BatchGetItem", "BatchWriteItem"],
    ));
    let tagged = json!({ "ResourceArn": TABLE });
    let tags = ["ListTagsOfResource", "TagResource", "UntagResource"];
    cases.extend(on(service, TABLE, &tagged, &tags));
    cases.extend(on(
        service,
        "*",
        &json!({}),
        &["DescribeLimits", "ListTables"],
    ));
    let get = json!({ "TransactItems": [{ "Get": players }] });
    let get_item = format!("dynamodb:GetItem {TABLE}");
    cases.push(case(service, "TransactGetItems", get, &[&get_item]));
    let write = json!({ "TransactItems": [{ "Put": players }, { "ConditionCheck": players }] });
    let put_item = format!("dynamodb:PutItem {TABLE}");
    let check = format!("dynamodb:ConditionCheckItem {TABLE}");
    cases.push(case(
        service,
        "TransactWriteItems",
        write,
        &[&put_item, &check],
    ));
    let statement = json!({ "Statement": "SELECT * FROM players" });
    let select = format!("dynamodb:PartiQLSelect {TABLE}");
    for (operation, parameters) in [
        ("ExecuteStatement", statement.clone()),
        (
            "BatchExecuteStatement",
            json!({ "Statements": [statement] }),
        ),
        (
            "ExecuteTransaction",
            json!({ "TransactStatements": [statement] }),
        ),
    ] {
        cases.push(case(service, operation, parameters, &[&select]));
    }
    cases
}

fn iam() -> Vec<Case> {
    const ROLE: &str = "arn:aws:iam::000000000000:role/r";
    const POLICY: &str = "arn:aws:iam::000000000000:policy/p";
    let service = "iam";
    let mut cases = on(
        service,
        ROLE,
        &json!({ "RoleName": "r" }),
        &[
            "AttachRolePolicy",
            "CreateRole",
            "DeleteRole",
            "DeleteRolePolicy",
            "DetachRolePolicy",
            "GetRole",
            "GetRolePolicy",
            "ListAttachedRolePolicies",
            "ListInstanceProfilesForRole",
            "ListRolePolicies",
            "ListRoleTags",
            "PutRolePolicy",
            "TagRole",
            "UntagRole",
            "UpdateAssumeRolePolicy",
            "UpdateRole",
            "UpdateRoleDescription",
        ],
    );
    let policy = json!({ "PolicyArn": POLICY });
    let operations = [
        "DeletePolicy",
        "GetPolicy",
        "GetPolicyVersion",
        "ListPolicyVersions",
    ];
    cases.extend(on(service, POLICY, &policy, &operations));
    cases.extend(on(
        service,
        POLICY,
        &json!({ "PolicyName": "p" }),
        &["CreatePolicy"],
    ));
    let deep = json!({ "RoleName": "r", "Path": "/a/" });
    let arn = "arn:aws:iam::000000000000:role/a/r";
    cases.extend(on(service, arn, &deep, &["CreateRole"]));
    let user = "arn:aws:iam::000000000000:user/sandbox";
    cases.extend(on(service, user, &json!({}), &["GetUser"]));
    cases.extend(on(service, "*", &json!({}), &["ListPolicies", "ListRoles"]));
    cases
}

fn lambda() -> Vec<Case> {
    const FUNCTION: &str = "arn:aws:lambda:us-east-1:000000000000:function:game";
    let service = "lambda";
    let game = json!({ "FunctionName": "game", "StatementId": "s" });
    let mut cases = on(
        service,
        FUNCTION,
        &game,
        &[
            "AddPermission",
            "CreateFunction",
            "DeleteFunction",
            "DeleteFunctionConcurrency",
            "GetFunction",
            "GetFunctionConcurrency",
            "GetFunctionConfiguration",
            "GetPolicy",
            "ListVersionsByFunction",
            "PutFunctionConcurrency",
            "RemovePermission",
            "UpdateFunctionCode",
            "UpdateFunctionConfiguration",
        ],
    );
    let tagged = json!({ "Resource": FUNCTION });
    cases.extend(on(
        service,
        FUNCTION,
        &tagged,
        &["ListTags", "TagResource", "UntagResource"],
    ));
    cases.extend(on(
        service,
        "*",
        &json!({}),
        &["GetAccountSettings", "ListFunctions"],
    ));
    for (name, arn) in [
        ("game", FUNCTION.to_owned()),
        ("game:$LATEST", format!("{FUNCTION}:$LATEST")),
        (FUNCTION, FUNCTION.to_owned()),
    ] {
        let invoke = format!("lambda:InvokeFunction {arn}");
        cases.push(case(
            service,
            "Invoke",
            json!({ "FunctionName": name }),
            &[&invoke],
        ));
    }
    let role = json!({ "FunctionName": "game", "Role": "arn:aws:iam::000000000000:role/r" });
    let pass_role = "iam:PassRole arn:aws:iam::000000000000:role/r";
    for operation in ["CreateFunction", "UpdateFunctionConfiguration"] {
        let own = format!("lambda:{operation} {FUNCTION}");
        cases.push(case(service, operation, role.clone(), &[&own, pass_role]));
    }
    cases
}

fn logs() -> Vec<Case> {
    const GROUP: &str = "arn:aws:logs:us-east-1:000000000000:log-group:g:log-stream:";
    const STREAM: &str = "arn:aws:logs:us-east-1:000000000000:log-group:g:log-stream:s";
    const GROUPS: &str = "arn:aws:logs:us-east-1:000000000000:log-group::log-stream:";
    let service = "logs";
    let named = json!({ "logGroupName": "g", "logStreamName": "s" });
    let arn = "arn:aws:logs:us-east-1:000000000000:log-group:g";
    let mut cases = on(
        service,
        GROUP,
        &named,
        &[
            "CreateLogGroup",
            "CreateLogStream",
            "DeleteLogGroup",
            "DeleteRetentionPolicy",
            "DescribeLogStreams",
            "FilterLogEvents",
            "ListTagsLogGroup",
            "PutRetentionPolicy",
            "TagLogGroup",
            "UntagLogGroup",
        ],
    );
    let streams = ["DeleteLogStream", "GetLogEvents", "PutLogEvents"];
    cases.extend(on(service, STREAM, &named, &streams));
    let identified = json!({ "logGroupIdentifier": format!("{arn}:*") });
    cases.extend(on(service, GROUP, &identified, &["FilterLogEvents"]));
    cases.extend(on(service, GROUPS, &json!({}), &["DescribeLogGroups"]));
    let tagged = json!({ "resourceArn": arn });
    let tags = ["ListTagsForResource", "TagResource", "UntagResource"];
    cases.extend(on(service, arn, &tagged, &tags));
    cases
}

fn sts() -> Vec<Case> {
    let role = "arn:aws:iam::000000000000:role/r";
    let mut cases = on("sts", role, &json!({ "RoleArn": role }), &["AssumeRole"]);
    let own = ["GetCallerIdentity", "GetSessionToken"];
    cases.extend(on("sts", "*", &json!({}), &own));
    cases
}

fn cases() -> Vec<Case> {
    [cloudformation(), dynamodb(), iam(), lambda(), logs(), sts()]
        .into_iter()
        .flatten()
        .collect()
}

/// A front with all services of the sandbox, which denies the actions that begin so: all, where it is
/// empty.
pub fn deny(denied: &'static str) -> (Front, Vec<Registered>) {
    let mut registered = Vec::new();
    let front = Front::open(Some(denied), |base| {
        let services = crate::services::open(base).expect("they open");
        registered = services.control.clone();
        services
    });
    (front, registered)
}

pub fn told(accesses: &[Access]) -> Vec<String> {
    accesses
        .iter()
        .map(|Access { action, resource }| format!("{action} {resource}"))
        .collect()
}

#[tokio::test]
async fn operations_need_access_to_what_they_act_on() {
    let (front, registered) = deny("");
    for case in cases() {
        let named = |service: &&Registered| service.description().signing_name == case.service;
        let Some(Registered::Service(service)) = registered.iter().find(named) else {
            panic!("there is no service {}", case.service);
        };
        let description = service.description();
        let operation = description.operation(case.operation).expect("it is there");
        let accesses = told(&service.accesses(operation, &case.parameters));
        assert_eq!(accesses, case.accesses, "{}", case.operation);

        let request = wired(description.protocol, case.operation, &case.parameters);
        let answered = front.send_signed(case.service, request).await;
        assert!(
            answered.text.contains("is not authorized to perform"),
            "{}: {}",
            case.operation,
            answered.text
        );
        let asked = std::mem::take(&mut *front.authority.asked.lock().expect("nobody panicked"));
        let asked: Vec<Access> = asked.into_iter().map(|(_, access)| access).collect();
        // The first denial is enough.
        assert_eq!(told(&asked), case.accesses[..1], "{}", case.operation);
    }
}

#[tokio::test]
async fn no_operation_is_left_out() {
    let (_front, registered) = deny("");
    let cases = cases();
    let tried: BTreeSet<_> = cases
        .iter()
        .map(|case| (case.service, case.operation))
        .collect();
    let mut all = BTreeSet::new();
    for service in &registered {
        let description = service.description();
        if let Registered::Service(_) = service {
            let names = description
                .operations
                .iter()
                .map(|operation| operation.name);
            all.extend(names.map(|name| (description.signing_name, name)));
        }
        for operation in description.operations {
            let own = format!("{}:", description.signing_name);
            assert!(operation.action.starts_with(&own), "{operation:?}");
        }
        if let Protocol::RestJson { routes } = description.protocol {
            let routed: BTreeSet<_> = routes.iter().map(|route| route.operation).collect();
            let names = description
                .operations
                .iter()
                .map(|operation| operation.name);
            assert_eq!(routed, names.collect());
        }
    }
    assert_eq!(tried, all);
    // S3's requests and signatures are read by a library, and tried in `s3`.
    let own_wire = registered
        .iter()
        .filter(|service| matches!(service, Registered::OwnWire(_)));
    let names: Vec<_> = own_wire
        .map(|service| service.description().signing_name)
        .collect();
    assert_eq!(names, ["s3"]);
}

/// The request in the service's protocol.
fn wired(protocol: Protocol, operation: &str, parameters: &Value) -> http::Request<Vec<u8>> {
    match protocol {
        Protocol::Query { .. } => {
            let members = parameters.as_object().into_iter().flatten();
            let members =
                members.map(|(name, value)| (name.as_str(), value.as_str().expect("text")));
            let form = form_urlencoded::Serializer::new(String::new())
                .append_pair("Action", operation)
                .extend_pairs(members)
                .finish();
            super::form(&form)
        }
        Protocol::Json { target, .. } => {
            super::json(&format!("{target}.{operation}"), &parameters.to_string())
        }
        Protocol::RestJson { routes } => routed(routes, operation, parameters),
        Protocol::RestXml => panic!("a library speaks it"),
    }
}

fn routed(routes: &[Route], operation: &str, parameters: &Value) -> http::Request<Vec<u8>> {
    let mut routes = routes.iter();
    let route = routes
        .find(|route| route.operation == operation)
        .expect("it has one");
    let mut path = route.pattern.split('?').next().expect("a path").to_owned();
    for (name, value) in parameters.as_object().into_iter().flatten() {
        let text = value.as_str().expect("text");
        let encoded: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
        path = path.replace(&format!("{{{name}}}"), &encoded);
    }
    request(route.method, &path, &[], &parameters.to_string())
}
