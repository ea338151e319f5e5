//! SAM templates, transformed. What is expected here is what SAM's own translator makes of them.

use super::*;

fn transformed(body: &str) -> Value {
    let body = format!("        Transform: AWS::Serverless-2016-10-31{body}");
    Template::parse(&body).expect("a template").body
}

fn refused(properties: &str) -> String {
    refusal(&format!(
        "{{Transform: AWS::Serverless-2016-10-31, Resources: {{F: {{Type: \
         AWS::Serverless::Function, Properties: {properties}}}}}}}"
    ))
}

#[test]
fn an_event_of_a_queue_is_an_event_source_mapping() {
    let body = transformed(
        "
        Resources:
          Worker:
            Type: AWS::Serverless::Function
            Properties:
              CodeUri: s3://b/k
              Handler: bootstrap
              Runtime: provided.al2023
              Events:
                Jobs:
                  Type: SQS
                  Properties:
                    Queue: !GetAtt Queue.Arn
                    BatchSize: 5
                    FunctionResponseTypes: [ReportBatchItemFailures]
          Queue: {Type: AWS::SQS::Queue}",
    );
    assert_eq!(
        body["Resources"]["WorkerJobs"],
        json!({
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {
                "EventSourceArn": {"Fn::GetAtt": "Queue.Arn"},
                "FunctionName": {"Ref": "Worker"},
                "BatchSize": 5,
                "FunctionResponseTypes": ["ReportBatchItemFailures"],
            },
        })
    );
    let policies = &body["Resources"]["WorkerRole"]["Properties"]["ManagedPolicyArns"];
    let policies: Vec<_> = policies.as_array().expect("a list").iter().collect();
    let names = policies.iter().map(|arn| arn.to_string());
    let names: Vec<bool> = names
        .zip([
            "AWSLambdaBasicExecutionRole",
            "AWSLambdaSQSQueueExecutionRole",
        ])
        .map(|(arn, name)| arn.contains(name))
        .collect();
    assert_eq!(names, [true, true], "{policies:?}");
}

#[test]
fn an_event_of_a_stream_is_an_event_source_mapping() {
    let body = transformed(
        "
        Resources:
          Projection:
            Type: AWS::Serverless::Function
            Properties:
              CodeUri: s3://b/k
              Handler: bootstrap
              Runtime: provided.al2023
              Events:
                Changes:
                  Type: DynamoDB
                  Properties:
                    Stream: !GetAtt Events.StreamArn
                    StartingPosition: TRIM_HORIZON
                    DestinationConfig: {OnFailure: {Type: SQS, Destination: !GetAtt Dead.Arn}}
          Events: {Type: AWS::DynamoDB::Table}
          Dead: {Type: AWS::SQS::Queue}",
    );
    let dead = json!({"Fn::GetAtt": "Dead.Arn"});
    assert_eq!(
        body["Resources"]["ProjectionChanges"],
        json!({
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {
                "EventSourceArn": {"Fn::GetAtt": "Events.StreamArn"},
                "FunctionName": {"Ref": "Projection"},
                "StartingPosition": "TRIM_HORIZON",
                "DestinationConfig": {"OnFailure": {"Destination": dead}},
            },
        })
    );
    let role = &body["Resources"]["ProjectionRole"]["Properties"];
    let managed = role["ManagedPolicyArns"].to_string();
    assert!(
        managed.contains("service-role/AWSLambdaDynamoDBExecutionRole"),
        "{managed}"
    );
    assert_eq!(
        role["Policies"],
        json!([{
            "PolicyName": "ProjectionChangesSQSPolicy",
            "PolicyDocument": {"Statement": [{
                "Action": "sqs:SendMessage", "Effect": "Allow", "Resource": dead,
            }]},
        }])
    );
}

#[test]
fn an_event_of_a_bucket_is_a_rule_of_it() {
    let body = transformed(
        "
        Conditions:
          Wanted: !Equals [a, a]
        Resources:
          Read:
            Type: AWS::Serverless::Function
            Properties:
              CodeUri: s3://b/k
              Handler: bootstrap
              Runtime: provided.al2023
              Events:
                Uploaded:
                  Type: S3
                  Properties:
                    Bucket: !Ref Files
                    Events: ['s3:ObjectCreated:*']
                    Filter: {S3Key: {Rules: [{Name: suffix, Value: .json}]}}
          Also:
            Type: AWS::Serverless::Function
            Condition: Wanted
            Properties:
              CodeUri: s3://b/k
              Handler: bootstrap
              Runtime: provided.al2023
              Events:
                Gone: {Type: S3, Properties: {Bucket: !Ref Files, Events: 's3:ObjectRemoved:*'}}
          Other: {Type: AWS::SNS::Topic}
          Files: {Type: AWS::S3::Bucket, DependsOn: Other, Properties: {BucketName: files}}",
    );
    let resources = &body["Resources"];
    let gone =
        json!({ "Event": "s3:ObjectRemoved:*", "Function": { "Fn::GetAtt": ["Also", "Arn"] } });
    assert_eq!(
        resources["Files"],
        json!({ "Type": "AWS::S3::Bucket", "DependsOn": ["Other", "ReadUploadedPermission"],
            "Properties": {
                "BucketName": "files",
                "NotificationConfiguration": { "LambdaConfigurations": [
                    { "Fn::If": ["Wanted", gone, { "Ref": "AWS::NoValue" }] },
                    { "Event": "s3:ObjectCreated:*", "Function": { "Fn::GetAtt": ["Read", "Arn"] },
                        "Filter": { "S3Key": { "Rules": [{ "Name": "suffix", "Value": ".json" }] } } },
                ] },
                "Tags": [{ "Key": "sam:ConditionalDependsOn:AlsoGonePermission",
                    "Value": { "Fn::If": ["Wanted", { "Ref": "AlsoGonePermission" }, "no dependency"] } }],
            } })
    );
    assert_eq!(
        resources["ReadUploadedPermission"],
        json!({ "Type": "AWS::Lambda::Permission", "Properties": {
            "Action": "lambda:InvokeFunction", "FunctionName": { "Ref": "Read" },
            "Principal": "s3.amazonaws.com", "SourceAccount": { "Ref": "AWS::AccountId" } } })
    );
    for (event, told) in [
        ("{Type: S3}", "must reference an S3 bucket"),
        (
            "{Type: S3, Properties: {Bucket: files, Events: a}}",
            "must reference an S3 bucket",
        ),
        (
            "{Type: S3, Properties: {Bucket: !Ref Role, Events: a}}",
            "must reference an S3 bucket",
        ),
        (
            "{Type: S3, Properties: {Bucket: !Ref Role}}",
            "missing property 'Events'",
        ),
        (
            "{Type: S3, Properties: {Bucket: !Ref Role, Retry: 1}}",
            "property 'Retry'",
        ),
    ] {
        let message = refused(&format!(
            "{{CodeUri: s3://b/k, Handler: h, Runtime: r, Events: {{Uploaded: {event}}}}}"
        ));
        assert!(message.contains(told), "{message}");
    }
}

#[test]
fn who_hears_of_ended_events_is_configured_and_reached() {
    let body = transformed(
        "
        Parameters:
          Next: {Type: String}
        Resources:
          Worker:
            Type: AWS::Serverless::Function
            Properties:
              CodeUri: s3://b/k
              Handler: bootstrap
              Runtime: provided.al2023
              DeadLetterQueue: {Type: SNS, TargetArn: !Ref Dead}
              EventInvokeConfig:
                MaximumRetryAttempts: 1
                DestinationConfig:
                  OnSuccess: {Type: Lambda, Destination: !Ref Next}
                  OnFailure: {Type: SQS}
          Dead: {Type: AWS::SNS::Topic}",
    );
    let resources = &body["Resources"];
    let made = json!({ "Fn::GetAtt": ["WorkerEventInvokeConfigOnFailureQueue", "Arn"] });
    assert_eq!(
        resources["WorkerEventInvokeConfig"],
        json!({ "Type": "AWS::Lambda::EventInvokeConfig", "Properties": {
            "FunctionName": { "Ref": "Worker" }, "Qualifier": "$LATEST", "MaximumRetryAttempts": 1,
            "DestinationConfig": {
                "OnSuccess": { "Destination": { "Ref": "Next" } },
                "OnFailure": { "Destination": made },
            } } })
    );
    assert_eq!(
        resources["WorkerEventInvokeConfigOnFailureQueue"],
        json!({ "Type": "AWS::SQS::Queue", "Properties": {} })
    );
    assert_eq!(
        resources["Worker"]["Properties"]["DeadLetterConfig"],
        json!({ "TargetArn": { "Ref": "Dead" } })
    );
    let policies = resources["WorkerRole"]["Properties"]["Policies"].as_array();
    let policies = policies.expect("a list").iter().map(|policy| {
        let statement = &policy["PolicyDocument"]["Statement"][0];
        (policy["PolicyName"].clone(), statement["Action"].clone())
    });
    assert_eq!(
        Vec::from_iter(policies),
        [
            ("DeadLetterQueuePolicy", "sns:Publish"),
            (
                "WorkerEventInvokeConfigOnSuccessLambdaPolicy",
                "lambda:InvokeFunction"
            ),
            (
                "WorkerEventInvokeConfigOnFailureSQSPolicy",
                "sqs:SendMessage"
            ),
        ]
        .map(|(name, action)| (json!(name), json!(action)))
    );
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

#[test]
fn an_event_of_a_topic_becomes_a_subscription_and_a_permission() {
    let function = |events: &str| {
        format!(
            "
        Conditions:
          Wanted: !Equals [a, a]
        Resources:
          Words: {{Type: AWS::SNS::Topic}}
          Count:
            Type: AWS::Serverless::Function
            Condition: Wanted
            Properties:
              CodeUri: s3://bundles/key
              Handler: bootstrap
              Runtime: provided.al2023
              Policies: [SNSPublishMessagePolicy: {{TopicName: !GetAtt Words.TopicName}}]
              Events: {{Said: {events}}}"
        )
    };
    let event = "{Type: SNS, Properties: {Topic: !Ref Words, FilterPolicy: {a: [b]}}}";
    let body = transformed(&function(event));
    assert_eq!(
        body["Resources"]["CountSaid"],
        json!({ "Type": "AWS::SNS::Subscription", "Condition": "Wanted", "Properties": {
            "Endpoint": { "Fn::GetAtt": ["Count", "Arn"] }, "Protocol": "lambda",
            "TopicArn": { "Ref": "Words" }, "FilterPolicy": { "a": ["b"] } } })
    );
    assert_eq!(
        body["Resources"]["CountSaidPermission"],
        json!({ "Type": "AWS::Lambda::Permission", "Condition": "Wanted", "Properties": {
            "Action": "lambda:InvokeFunction", "FunctionName": { "Ref": "Count" },
            "Principal": "sns.amazonaws.com", "SourceArn": { "Ref": "Words" } } })
    );
    for (event, words) in [
        ("{Type: SNS}", "missing property 'Topic'"),
        (
            "{Type: SNS, Properties: {Topic: a, SqsSubscription: true}}",
            "does not support property 'SqsSubscription'",
        ),
    ] {
        let body = format!(
            "        Transform: AWS::Serverless-2016-10-31{}",
            function(event)
        );
        let refused = refusal(&body);
        assert!(refused.contains(words), "{refused}");
    }
}
