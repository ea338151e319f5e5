//! Events of SAM's functions: of queues, streams, buckets and topics, and who hears of those that ended.

use super::serverless::{refused, transformed};
use super::*;

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
