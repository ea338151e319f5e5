//! For each property of each resource type: two values, what the service shows of them and of none, and
//! a value that it refuses. `{id}` stands for a name of the resource's own.

mod apigateway;
mod apigateway_access;
mod cognito;
mod dynamodb;
mod events;
mod iam;
mod lambda;
mod lambda_events;
mod plain;
mod s3;
mod scheduler;
mod sns;
mod sqs;

use serde_json::{Value, json};

use super::{Sandbox, ask};
use crate::lambda::zipped_program;

pub struct Subject {
    pub kind: &'static str,
    /// The properties that it cannot be without.
    pub least: Value,
    /// All properties that its attributes depend on.
    pub full: Value,
    pub rows: Vec<Row>,
    /// Where the service shows each attribute, or what it is; `{ref}` is the physical id.
    pub attributes: Vec<(&'static str, &'static str)>,
}

pub struct Row {
    pub property: &'static str,
    /// Where the service shows it.
    pub at: &'static str,
    pub one: Value,
    pub two: Value,
    pub wrong: Value,
    pub shows_one: Value,
    pub shows_two: Value,
    /// `None` for a value that nobody knows before.
    pub shows_nothing: Option<Value>,
    /// Properties that each of the values needs: one, two, wrong.
    pub along: [Value; 3],
    /// Whether it can only be given at the creation.
    pub is_fixed: bool,
}

/// Shown as it is given, and nothing without it.
fn row(property: &'static str, at: &'static str, one: Value, two: Value, wrong: Value) -> Row {
    Row {
        property,
        at,
        shows_one: one.clone(),
        shows_two: two.clone(),
        one,
        two,
        wrong,
        shows_nothing: Some(Value::Null),
        along: [json!({}), json!({}), json!({})],
        is_fixed: false,
    }
}

impl Row {
    fn along(self, one: Value, two: Value, wrong: Value) -> Self {
        Self {
            along: [one, two, wrong],
            ..self
        }
    }

    fn fixed(self) -> Self {
        Self {
            is_fixed: true,
            ..self
        }
    }

    fn shows(mut self, one: Value, two: Value) -> Self {
        (self.shows_one, self.shows_two) = (one, two);
        self
    }

    fn or_else(self, nothing: Value) -> Self {
        Self {
            shows_nothing: Some(nothing),
            ..self
        }
    }

    fn or_any(self) -> Self {
        Self {
            shows_nothing: None,
            ..self
        }
    }
}

fn name(property: &'static str, at: &'static str) -> Row {
    row(
        property,
        at,
        json!("{id}-one"),
        json!("{id}-two"),
        json!("a b"),
    )
    .or_any()
}

fn tags(at: &'static str) -> Row {
    let tag = |key: &str, value: &str| json!([{ "Key": key, "Value": value }]);
    let row = row(
        "Tags",
        at,
        tag("a", "1"),
        tag("b", "2"),
        tag(&"k".repeat(129), "1"),
    );
    row.shows(json!({ "a": "1" }), json!({ "b": "2" }))
        .or_else(json!({}))
}

fn trust(service: &str) -> Value {
    json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow",
        "Principal": { "Service": service }, "Action": "sts:AssumeRole" }] })
}

fn document(action: &str) -> Value {
    json!({ "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Action": action, "Resource": "*" }] })
}

fn policy_arn(name: &str) -> String {
    format!("arn:aws:iam::000000000000:policy/{name}")
}

/// Makes what the resource with this id needs.
pub async fn prepare(sandbox: &Sandbox, kind: &str, id: &str) {
    let id = id.to_lowercase();
    let (iam, s3) = (&*sandbox.platform.iam, &sandbox.platform.s3);
    for end in ["one", "two"] {
        let name = format!("{id}-{end}");
        match kind {
            _ if kind.starts_with("AWS::ApiGateway::") => {
                cognito::prepare(sandbox, &name).await;
                apigateway::prepare(sandbox, &name).await;
            }
            "AWS::Cognito::UserPoolClient" => cognito::prepare(sandbox, &name).await,
            "AWS::Events::Rule" => events::prepare(sandbox, &name).await,
            "AWS::Scheduler::Schedule" => scheduler::prepare(sandbox, &name).await,
            "AWS::IAM::ManagedPolicy" | "AWS::IAM::Policy" => {
                let role = json!({ "RoleName": name,
                    "AssumeRolePolicyDocument": trust("lambda.amazonaws.com") });
                ask(iam, "CreateRole", role).await.expect("made");
            }
            "AWS::IAM::Role" => {
                let policy = json!({ "PolicyName": name, "PolicyDocument": document("s3:*") });
                ask(iam, "CreatePolicy", policy).await.expect("made");
            }
            "AWS::Lambda::EventInvokeConfig" | "AWS::Lambda::Permission" => {
                lambda::make_function(sandbox, &name).await
            }
            "AWS::Lambda::EventSourceMapping" => {
                lambda::make_function(sandbox, &name).await;
                make_queue(sandbox, &name).await;
                make_stream(sandbox, &name).await;
            }
            "AWS::Lambda::Function" => lambda::make_layer(sandbox).await,
            "AWS::S3::Bucket" => s3::prepare(sandbox, &name).await,
            "AWS::S3::BucketPolicy" => s3.create_bucket(&name).expect("made"),
            "AWS::SNS::Subscription" | "AWS::SNS::TopicPolicy" => {
                sns::prepare(sandbox, &name).await
            }
            "AWS::SQS::Queue" => make_queue(sandbox, &format!("{name}-dead")).await,
            "AWS::SQS::QueuePolicy" => make_queue(sandbox, &name).await,
            _ => {}
        }
    }
}

async fn make_queue(sandbox: &Sandbox, name: &str) {
    let queue = json!({ "QueueName": name });
    let made = ask(&*sandbox.platform.sqs, "CreateQueue", queue).await;
    made.expect("made");
}

/// Of a table of this name, from the first second of 1970.
async fn make_stream(sandbox: &Sandbox, name: &str) {
    let table = json!({ "TableName": name, "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{ "AttributeName": "a", "AttributeType": "S" }],
        "KeySchema": [{ "AttributeName": "a", "KeyType": "HASH" }],
        "StreamSpecification": { "StreamEnabled": true, "StreamViewType": "KEYS_ONLY" } });
    let made = ask(&*sandbox.platform.dynamodb, "CreateTable", table).await;
    made.expect("made");
    sandbox.platform.streams.set_beginning(name, 1);
}

/// Objects called `one`, and `two` in two versions, of which the first one's id is returned.
fn with_bundles(sandbox: &Sandbox) -> String {
    let s3 = &sandbox.platform.s3;
    s3.create_bucket("bundles").expect("made");
    let versions = json!({ "Status": "Enabled" });
    s3.configure_bucket("bundles", "VersioningConfiguration", Some(versions))
        .expect("set");
    s3.keep("bundles", "one", &zipped_program(b"one"));
    let first = s3.keep("bundles", "two", &zipped_program(b"number two"));
    s3.keep("bundles", "two", &zipped_program(b"a later number two"));
    first.version_id.expect("a version")
}

pub fn subject(kind: &str, sandbox: &Sandbox) -> Subject {
    match kind {
        "AWS::ApiGateway::Account" => apigateway::account(),
        "AWS::ApiGateway::Authorizer" => apigateway_access::authorizer(),
        "AWS::ApiGateway::Deployment" => apigateway::deployment(),
        "AWS::ApiGateway::GatewayResponse" => apigateway::gateway_response(),
        "AWS::ApiGateway::Method" => apigateway_access::method(),
        "AWS::ApiGateway::Model" => apigateway::model(),
        "AWS::ApiGateway::RequestValidator" => apigateway::request_validator(),
        "AWS::ApiGateway::Resource" => apigateway::resource(),
        "AWS::ApiGateway::RestApi" => apigateway::rest_api(),
        "AWS::ApiGateway::Stage" => apigateway::stage(),
        "AWS::CDK::Metadata" => plain::cdk_metadata(),
        "AWS::CloudFormation::WaitConditionHandle" => plain::wait_condition_handle(),
        "AWS::Cognito::UserPool" => cognito::user_pool(),
        "AWS::Cognito::UserPoolClient" => cognito::user_pool_client(),
        "AWS::DynamoDB::Table" => dynamodb::table(),
        "AWS::Events::EventBus" => events::event_bus(),
        "AWS::Events::Rule" => events::rule(),
        "AWS::IAM::ManagedPolicy" => iam::managed_policy(),
        "AWS::IAM::Policy" => iam::inline_policy(),
        "AWS::IAM::Role" => iam::role(),
        "AWS::Lambda::EventInvokeConfig" => {
            with_bundles(sandbox);
            lambda_events::event_invoke_config()
        }
        "AWS::Lambda::EventSourceMapping" => {
            with_bundles(sandbox);
            lambda_events::event_source_mapping()
        }
        "AWS::Lambda::Function" => lambda::function(&with_bundles(sandbox)),
        "AWS::Lambda::LayerVersion" => lambda::layer_version(&with_bundles(sandbox)),
        "AWS::Lambda::Permission" => {
            with_bundles(sandbox);
            lambda::permission()
        }
        "AWS::Logs::LogGroup" => plain::log_group(),
        "AWS::S3::Bucket" => {
            with_bundles(sandbox);
            s3::bucket()
        }
        "AWS::S3::BucketPolicy" => s3::bucket_policy(),
        "AWS::Scheduler::Schedule" => scheduler::schedule(),
        "AWS::Scheduler::ScheduleGroup" => scheduler::schedule_group(),
        "AWS::SNS::Subscription" => sns::subscription(),
        "AWS::SNS::Topic" => sns::topic(),
        "AWS::SNS::TopicPolicy" => sns::topic_policy(),
        "AWS::SQS::Queue" => sqs::queue(),
        "AWS::SQS::QueuePolicy" => sqs::queue_policy(),
        other => panic!("there are no rows for {other}"),
    }
}
