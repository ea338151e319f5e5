//! Resources that fail, are refused, or stay.

use serde_json::json;

use super::{Sandbox, groups, refusal};

#[tokio::test]
async fn what_no_stack_can_be_or_have_is_refused_by_name() {
    let sandbox = Sandbox::open();
    let refused = refusal(
        sandbox
            .call("DescribeStacks", json!({ "StackName": "" }))
            .await,
    );
    assert!(refused.message.contains("'stackName'"), "{refused}");
    for (status, taken) in [
        ("CREATE_COMPLETE", true),
        ("IMPORT_COMPLETE", true),
        ("FOO", false),
    ] {
        let filter = json!({ "StackStatusFilter": [status] });
        assert_eq!(
            sandbox.call("ListStacks", filter).await.is_ok(),
            taken,
            "{status}"
        );
    }
    let mut dynamic = groups(&[("A", "{{resolve:ssm:/not/there:1}}")]);
    let refused = sandbox
        .apply("CreateStack", &dynamic)
        .await
        .expect_err("refused");
    assert!(
        refused.contains("{{resolve:ssm:/not/there:1}}"),
        "{refused}"
    );
    dynamic["Parameters"] = json!({ "P": { "Type": "String",
        "Default": "{{resolve:secretsmanager:s}}" } });
    dynamic["Resources"]["A"]["Properties"]["LogGroupName"] = json!({ "Ref": "P" });
    let refused = sandbox
        .apply("CreateStack", &dynamic)
        .await
        .expect_err("refused");
    assert!(refused.contains("dynamic references"), "{refused}");

    let twice = json!([{ "Key": "a", "Value": "1" }, { "Key": "a", "Value": "2" }]);
    for kind in ["AWS::S3::Bucket", "AWS::Logs::LogGroup"] {
        let resource = json!({ "Type": kind, "Properties": { "Tags": twice } });
        let created = sandbox
            .apply("CreateStack", &json!({ "Resources": { "A": resource } }))
            .await;
        assert_eq!(created.as_deref(), Ok("ROLLBACK_COMPLETE"), "{kind}");
        assert_eq!(sandbox.delete().await, "DELETE_COMPLETE");
    }
    let document = json!({ "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Action": "*", "Resource": "*" }] });
    let policy = json!({ "Resources": { "A": { "Type": "AWS::IAM::Policy",
        "Properties": { "PolicyName": "p", "PolicyDocument": document } } } });
    let created = sandbox.apply("CreateStack", &policy).await;
    assert_eq!(created.as_deref(), Ok("ROLLBACK_COMPLETE"));
}

#[tokio::test]
async fn a_bucket_that_leaves_the_template_stays_if_it_is_not_empty() {
    let sandbox = Sandbox::open();
    let mut template = groups(&[("A", "a")]);
    template["Resources"]["B"] = json!({ "Type": "AWS::S3::Bucket",
        "Properties": { "BucketName": "full" } });
    sandbox
        .apply("CreateStack", &template)
        .await
        .expect("created");
    sandbox.platform.s3.keep("full", "key", b"contents");
    let updated = sandbox.apply("UpdateStack", &groups(&[("A", "a")])).await;
    assert_eq!(updated.as_deref(), Ok("UPDATE_COMPLETE"));
    let failures = sandbox.failures("stack").await;
    assert!(failures[0].starts_with("B DELETE_FAILED: "), "{failures:?}");
    assert_eq!(sandbox.platform.s3.bucket_names(), ["full"]);
    assert_eq!(sandbox.delete().await, "DELETE_COMPLETE");
    assert_eq!(sandbox.platform.s3.bucket_names(), ["full"]);
}

#[tokio::test]
async fn another_type_of_a_key_is_another_table() {
    let sandbox = Sandbox::open();
    let table = |name: Option<&str>, kind: &str| {
        let mut properties = json!({
            "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{ "AttributeName": "a", "KeyType": "HASH" }],
            "AttributeDefinitions": [{ "AttributeName": "a", "AttributeType": kind }],
        });
        if let Some(name) = name {
            properties["TableName"] = json!(name);
        }
        json!({ "Resources": { "T": { "Type": "AWS::DynamoDB::Table", "Properties": properties } } })
    };
    sandbox
        .apply("CreateStack", &table(Some("named"), "S"))
        .await
        .expect("created");
    let updated = sandbox
        .apply("UpdateStack", &table(Some("named"), "N"))
        .await;
    assert_eq!(updated.as_deref(), Ok("UPDATE_ROLLBACK_COMPLETE"));
    let shown = sandbox.shown("AWS::DynamoDB::Table", "named").await;
    assert_eq!(shown["AttributeDefinitions"][0]["AttributeType"], "S");
}
