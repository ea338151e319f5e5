//! For each operation, what it acts on.

use serde_json::{Value, json};

/// An operation, a request for it, and what it needs.
pub struct Case {
    pub service: &'static str,
    pub operation: &'static str,
    pub parameters: Value,
    /// `action resource`.
    pub accesses: Vec<String>,
}

pub fn case(
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
pub fn on(
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
            "DetectStackResourceDrift",
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

fn streams() -> Vec<Case> {
    const STREAM: &str =
        "arn:aws:dynamodb:us-east-1:000000000000:table/players/stream/2026-01-02T03:04:05.678";
    let service = "dynamodb";
    let mut cases = on(
        service,
        STREAM,
        &json!({ "StreamArn": STREAM }),
        &["DescribeStream", "GetShardIterator"],
    );
    let iterator = format!("{STREAM}|1|MC8w");
    let get_records = format!("dynamodb:GetRecords {STREAM}");
    let of_table =
        "dynamodb:ListStreams arn:aws:dynamodb:us-east-1:000000000000:table/players/stream/*";
    let none = json!({});
    cases.extend([
        case(
            service,
            "GetRecords",
            json!({ "ShardIterator": iterator }),
            &[&get_records],
        ),
        case(
            service,
            "ListStreams",
            json!({ "TableName": "players" }),
            &[of_table],
        ),
        case(service, "ListStreams", none, &["dynamodb:ListStreams *"]),
    ]);
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
            "DeleteRolePermissionsBoundary",
            "DeleteRolePolicy",
            "DetachRolePolicy",
            "GetRole",
            "GetRolePolicy",
            "ListAttachedRolePolicies",
            "ListInstanceProfilesForRole",
            "ListRolePolicies",
            "ListRoleTags",
            "PutRolePermissionsBoundary",
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
        "ListEntitiesForPolicy",
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
    let own = [
        "CreateAccessKey",
        "DeleteAccessKey",
        "GetUser",
        "ListAccessKeys",
    ];
    cases.extend(on(service, user, &json!({}), &own));
    cases.extend(on(
        service,
        "arn:aws:iam::000000000000:user/u",
        &json!({ "UserName": "u" }),
        &[
            "AttachUserPolicy",
            "CreateAccessKey",
            "CreateUser",
            "DeleteUser",
            "DeleteUserPermissionsBoundary",
            "DeleteUserPolicy",
            "DetachUserPolicy",
            "GetUserPolicy",
            "ListAttachedUserPolicies",
            "ListUserPolicies",
            "PutUserPermissionsBoundary",
            "PutUserPolicy",
        ],
    ));
    let simulated = json!({ "PolicySourceArn": user });
    cases.extend(on(service, user, &simulated, &["SimulatePrincipalPolicy"]));
    let any = [
        "ListPolicies",
        "ListRoles",
        "ListUsers",
        "SimulateCustomPolicy",
    ];
    cases.extend(on(service, "*", &json!({}), &any));
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
            "DeleteFunctionEventInvokeConfig",
            "GetFunction",
            "GetFunctionConcurrency",
            "GetFunctionConfiguration",
            "GetFunctionEventInvokeConfig",
            "GetPolicy",
            "ListFunctionEventInvokeConfigs",
            "ListVersionsByFunction",
            "PublishVersion",
            "PutFunctionConcurrency",
            "PutFunctionEventInvokeConfig",
            "RemovePermission",
            "UpdateFunctionCode",
            "UpdateFunctionConfiguration",
            "UpdateFunctionEventInvokeConfig",
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
        &["GetAccountSettings", "ListFunctions", "ListLayers"],
    ));
    cases.extend(layers());
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

fn layers() -> Vec<Case> {
    const LAYER: &str = "arn:aws:lambda:us-east-1:000000000000:layer:shared";
    let service = "lambda";
    let version = format!("{LAYER}:1");
    let named = json!({ "LayerName": "shared" });
    let numbered = json!({ "LayerName": "shared", "VersionNumber": "1" });
    let mut cases = on(service, LAYER, &named, &["PublishLayerVersion"]);
    cases.extend(on(service, "*", &named, &["ListLayerVersions"]));
    let of_version = ["DeleteLayerVersion", "GetLayerVersion"];
    cases.extend(on(service, &version, &numbered, &of_version));
    let read = format!("lambda:GetLayerVersion {version}");
    let by_arn = json!({ "Arn": version });
    cases.push(case(service, "GetLayerVersionByArn", by_arn, &[&read]));
    let function = json!({ "FunctionName": "game", "Layers": [version] });
    for operation in ["CreateFunction", "UpdateFunctionConfiguration"] {
        let own = format!("lambda:{operation} arn:aws:lambda:us-east-1:000000000000:function:game");
        cases.push(case(service, operation, function.clone(), &[&own, &read]));
    }
    cases
}

fn event_source_mappings() -> Vec<Case> {
    const MAPPING: &str = "arn:aws:lambda:us-east-1:000000000000:event-source-mapping:m";
    let service = "lambda";
    let mut cases = on(
        service,
        MAPPING,
        &json!({ "UUID": "m" }),
        &[
            "DeleteEventSourceMapping",
            "GetEventSourceMapping",
            "UpdateEventSourceMapping",
        ],
    );
    let function = json!({ "FunctionName": "f" });
    let none = ["CreateEventSourceMapping", "ListEventSourceMappings"];
    cases.extend(on(service, "*", &function, &none));
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

fn sqs() -> Vec<Case> {
    const QUEUE: &str = "arn:aws:sqs:us-east-1:000000000000:jobs";
    let service = "sqs";
    let url = json!({ "QueueUrl": "http://127.0.0.1:4566/000000000000/jobs" });
    let mut cases = on(
        service,
        QUEUE,
        &url,
        &[
            "AddPermission",
            "ChangeMessageVisibility",
            "DeleteMessage",
            "DeleteQueue",
            "GetQueueAttributes",
            "ListDeadLetterSourceQueues",
            "ListQueueTags",
            "PurgeQueue",
            "ReceiveMessage",
            "RemovePermission",
            "SendMessage",
            "SetQueueAttributes",
            "TagQueue",
            "UntagQueue",
        ],
    );
    for single in ["ChangeMessageVisibility", "DeleteMessage", "SendMessage"] {
        let access = format!("sqs:{single} {QUEUE}");
        let batch = match single {
            "ChangeMessageVisibility" => "ChangeMessageVisibilityBatch",
            "DeleteMessage" => "DeleteMessageBatch",
            _ => "SendMessageBatch",
        };
        cases.push(case(service, batch, url.clone(), &[&access]));
    }
    let source = json!({ "SourceArn": QUEUE });
    let tasks = ["ListMessageMoveTasks", "StartMessageMoveTask"];
    cases.extend(on(service, QUEUE, &source, &tasks));
    // The handle of a task of this queue.
    let handle = json!({ "TaskHandle": "am9icy8x" });
    cases.extend(on(service, QUEUE, &handle, &["CancelMessageMoveTask"]));
    let named = json!({ "QueueName": "jobs" });
    cases.extend(on(service, QUEUE, &named, &["CreateQueue", "GetQueueUrl"]));
    cases.extend(on(service, "*", &json!({}), &["ListQueues"]));
    cases
}

fn sts() -> Vec<Case> {
    let role = "arn:aws:iam::000000000000:role/r";
    let mut cases = on("sts", role, &json!({ "RoleArn": role }), &["AssumeRole"]);
    let own = ["GetCallerIdentity", "GetSessionToken"];
    cases.extend(on("sts", "*", &json!({}), &own));
    cases
}

pub fn cases() -> Vec<Case> {
    let all = [
        super::apigateway::cases(),
        cloudformation(),
        dynamodb(),
        streams(),
        super::events::cases(),
        iam(),
        lambda(),
        event_source_mappings(),
        logs(),
        super::cognito::cases(),
        super::sns::cases(),
        sqs(),
        sts(),
    ];
    all.into_iter().flatten().collect()
}
