//! SAM templates, transformed. What is expected here is what SAM's own translator makes of them.

use super::*;

pub fn transformed(body: &str) -> Value {
    let body = format!("        Transform: AWS::Serverless-2016-10-31{body}");
    Template::parse(&body).expect("a template").body
}

pub fn refused(properties: &str) -> String {
    refusal(&format!(
        "{{Transform: AWS::Serverless-2016-10-31, Resources: {{F: {{Type: \
         AWS::Serverless::Function, Properties: {properties}}}}}}}"
    ))
}

#[test]
fn a_function_gets_a_role() {
    let body = transformed(
        "
        Globals:
          Function:
            Timeout: 5
            Environment: {Variables: {A: shared, B: shared}}
        Conditions:
          Wanted: !Equals [a, a]
        Resources:
          Hello:
            Type: AWS::Serverless::Function
            Condition: Wanted
            DependsOn: Table
            DeletionPolicy: Retain
            Properties:
              CodeUri: s3://bundles/key/x.zip?versionId=3
              Handler: bootstrap
              Runtime: provided.al2023
              Architectures: [arm64]
              Tracing: Active
              Environment: {Variables: {A: own}}
              Tags: {Project: x}
              Policies:
                - AWSLambdaBasicExecutionRole
                - AWSLambdaExecute
                - !Ref Managed
                - DynamoDBReadPolicy: {TableName: !Ref Table}
                - Version: '2012-10-17'
                  Statement: [{Effect: Allow, Action: '*', Resource: '*'}]
          Managed: {Type: AWS::IAM::ManagedPolicy}
          Table: {Type: AWS::Serverless::SimpleTable}",
    );
    assert_eq!(body.get("Globals"), None);
    let tags = json!([
        {"Key": "lambda:createdBy", "Value": "SAM"}, {"Key": "Project", "Value": "x"},
    ]);
    assert_eq!(
        body["Resources"]["Hello"],
        json!({
            "Type": "AWS::Lambda::Function",
            "Condition": "Wanted",
            "DependsOn": "Table",
            "DeletionPolicy": "Retain",
            "Properties": {
                "Code": {"S3Bucket": "bundles", "S3Key": "key/x.zip", "S3ObjectVersion": "3"},
                "Handler": "bootstrap",
                "Runtime": "provided.al2023",
                "Architectures": ["arm64"],
                "Timeout": 5,
                "TracingConfig": {"Mode": "Active"},
                "Environment": {"Variables": {"A": "own", "B": "shared"}},
                "Tags": tags,
                "Role": {"Fn::GetAtt": ["HelloRole", "Arn"]},
            },
        })
    );
    let role = &body["Resources"]["HelloRole"];
    assert_eq!(
        (&role["Type"], &role["Condition"]),
        (&json!("AWS::IAM::Role"), &json!("Wanted"))
    );
    assert_eq!(role.get("DependsOn"), None);
    let properties = &role["Properties"];
    assert_eq!(properties["Tags"], tags);
    assert_eq!(
        properties["ManagedPolicyArns"],
        json!([
            "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
            "arn:aws:iam::aws:policy/AWSXrayWriteOnlyAccess",
            "arn:aws:iam::aws:policy/AWSLambdaExecute",
            {"Ref": "Managed"},
        ])
    );
    assert_eq!(properties["Policies"][0]["PolicyName"], "HelloRolePolicy3");
    assert_eq!(properties["Policies"][1]["PolicyName"], "HelloRolePolicy4");
    let state = desired(
        &json!({"Resources": body["Resources"], "Conditions": body["Conditions"]}).to_string(),
        &[],
    );
    let state = state.expect("a desired state");
    assert_eq!(dependencies(&state)["HelloRole"], ["Managed", "Table"]);
    let role = state.properties("HelloRole", &there).expect("a role");
    assert_eq!(
        role["Policies"][0]["PolicyDocument"]["Statement"][0]["Resource"][1],
        "arn:aws:dynamodb:us-east-1:000000000000:table/game-Table/index/*"
    );
}

#[test]
fn a_function_with_a_role_gets_none() {
    let body = transformed(
        "
        Resources:
          F:
            Type: AWS::Serverless::Function
            Properties:
              CodeUri: {Bucket: !Ref B, Key: k}
              Handler: bootstrap
              Runtime: provided.al2023
              Role: !GetAtt R.Arn
              PropagateTags: true
              Tags: {a: b}
          B: {Type: AWS::S3::Bucket}
          R: {Type: AWS::IAM::Role}",
    );
    let resources = body["Resources"].as_object().expect("a map");
    assert_eq!(Vec::from_iter(resources.keys()), ["B", "F", "R"]);
    assert_eq!(
        resources["F"]["Properties"],
        json!({
            "Code": {"S3Bucket": {"Ref": "B"}, "S3Key": "k"},
            "Handler": "bootstrap",
            "Runtime": "provided.al2023",
            "Role": {"Fn::GetAtt": "R.Arn"},
            "Tags": [{"Key": "a", "Value": "b"}],
        })
    );
}

#[test]
fn a_simple_table_is_a_table() {
    let body = transformed(
        "
        Resources:
          T: {Type: AWS::Serverless::SimpleTable}
          U:
            Type: AWS::Serverless::SimpleTable
            Properties:
              PrimaryKey: {Name: n, Type: Number}
              ProvisionedThroughput: {ReadCapacityUnits: 1, WriteCapacityUnits: 1}
              TableName: u
              Tags: {a: b}",
    );
    assert_eq!(
        body["Resources"]["T"],
        json!({
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
                "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
                "BillingMode": "PAY_PER_REQUEST",
            },
        })
    );
    assert_eq!(
        body["Resources"]["U"]["Properties"],
        json!({
            "AttributeDefinitions": [{"AttributeName": "n", "AttributeType": "N"}],
            "KeySchema": [{"AttributeName": "n", "KeyType": "HASH"}],
            "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
            "TableName": "u",
            "Tags": [{"Key": "a", "Value": "b"}],
        })
    );
}

#[test]
fn a_transform_has_to_be_acknowledged() {
    let body = "{Transform: [AWS::Serverless-2016-10-31], Resources: {F: {Type: \
                AWS::Serverless::Function, Properties: {CodeUri: s3://b/k, Handler: h, Runtime: \
                provided.al2023}}}}";
    let template = Template::parse(body).expect("a template");
    let needed = template.capabilities();
    let named = needed.iter().map(|needed| needed.name);
    assert_eq!(
        Vec::from_iter(named),
        ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
    );
    assert_eq!(needed[0].resources, ["FRole"]);
}

#[test]
fn what_the_sandbox_cannot_transform_is_named() {
    for (properties, told) in [
        ("{}", "Either 'InlineCode' or 'CodeUri' must be set."),
        ("{CodeUri: ./x}", "'CodeUri' is not a valid S3 Uri"),
        ("{CodeUri: s3://bucket}", "'CodeUri' is not a valid S3 Uri"),
        ("{CodeUri: {Bucket: b}}", "'CodeUri' is not a valid S3 Uri"),
        ("{InlineCode: x}", "does not support 'InlineCode'"),
        ("{ImageUri: x}", "only the 'PackageType' Zip"),
        (
            "{CodeUri: s3://b/k, Events: {Web: {Type: HttpApi}}}",
            "has Web (HttpApi)",
        ),
        (
            "{CodeUri: s3://b/k, Handler: h, Runtime: r, Events: {Jobs: {Type: SQS}}}",
            "No Queue (for SQS)",
        ),
        (
            "{CodeUri: s3://b/k, Handler: h, Runtime: r, Events: {Jobs: {Type: SQS, Properties: {Queue: a, Bisect: true}}}}",
            "property 'Bisect'",
        ),
        (
            "{CodeUri: s3://b/k, AutoPublishAlias: live}",
            "property 'AutoPublishAlias'",
        ),
        (
            "{CodeUri: s3://b/k, Handler: h, Runtime: r, Events: {Jobs: {Type: DynamoDB, Properties: {Stream: a}}}}",
            "missing property 'StartingPosition'",
        ),
        (
            "{CodeUri: s3://b/k, Handler: h, Runtime: r, DeadLetterQueue: {Type: SQS}}",
            "requires Type and TargetArn",
        ),
        (
            "{CodeUri: s3://b/k, Handler: h, Runtime: r, DeadLetterQueue: {Type: Lambda, TargetArn: a}}",
            "requires Type of ['SQS', 'SNS']",
        ),
        (
            "{CodeUri: s3://b/k, Handler: h, Runtime: r, EventInvokeConfig: {DestinationConfig: {OnSuccess: {}}}}",
            "'Type: None' must be one of",
        ),
        (
            "{CodeUri: s3://b/k, Handler: h, Runtime: r, EventInvokeConfig: {DestinationConfig: {OnFailure: {Type: Lambda}}}}",
            "Destination is required",
        ),
        (
            "{CodeUri: s3://b/k, Handler: h, Runtime: r, EventInvokeConfig: {Retries: 1}}",
            "property 'Retries'",
        ),
        (
            "{CodeUri: s3://b/k, Handler: h}",
            "Runtime and Handler needs to be present",
        ),
        (
            "{CodeUri: s3://b/k, Runtime: r}",
            "Runtime and Handler needs to be present",
        ),
        (
            "{CodeUri: s3://b/k, Tags: [a]}",
            "Property 'Tags' should be a map.",
        ),
        (
            "{CodeUri: s3://b/k, Policies: [{A: b}]}",
            "Policy at index 0 in the 'Policies'",
        ),
    ] {
        let message = refused(properties);
        assert!(message.starts_with("Transform AWS::Serverless-2016-10-31 failed with: "));
        assert!(
            message.contains("Resource with id [F] is invalid. "),
            "{message}"
        );
        assert!(message.contains(told), "{message}");
    }
    let body = |resources: &str| {
        refusal(&format!(
            "{{Transform: AWS::Serverless-2016-10-31, Resources: {{{resources}}}}}"
        ))
    };
    let message = body("A: {Type: AWS::Serverless::HttpApi}, B: {Type: AWS::Serverless::HttpApi}");
    assert!(
        message.contains("Number of errors found: 2. Resource with id [A]"),
        "{message}"
    );
    assert!(
        message.contains("Resource with id [B] is invalid. "),
        "{message}"
    );
    let message = body("A: {Type: AWS::Serverless::HttpApi}");
    assert!(
        message.contains("The sandbox does not support AWS::Serverless::HttpApi; it supports"),
        "{message}"
    );
    let message = body("T: {Type: AWS::Serverless::SimpleTable, Properties: {Key: 1}}");
    assert!(
        message.ends_with(
            "property Key not defined for resource of type AWS::Serverless::SimpleTable"
        )
    );
    let message = body(
        "F: {Type: AWS::Serverless::Function, Properties: {CodeUri: s3://b/k, Handler: h, Runtime: r}}, \
         FRole: {Type: AWS::IAM::Role}",
    );
    assert!(
        message.contains("another resource has this id"),
        "{message}"
    );
}
