//! Every property of every resource type: created, changed alone, taken away, and refused, at the
//! creation and at an update. The service is asked each time, and in the end nothing is left.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::Sandbox;
use super::properties::{Row, Subject, prepare, subject};
use crate::cloudformation::resources::{Property, Shape, Types, Update};

/// A subject's resources, one for each row, in a sandbox that has what they need.
struct Walk {
    sandbox: Sandbox,
    subject: Subject,
    properties: &'static [Property],
}

#[derive(Clone, Copy, PartialEq)]
enum Given {
    One,
    Two,
    Nothing,
    Wrong,
    /// As two, also if it cannot change.
    Changed,
}

impl Walk {
    async fn new(kind: &str) -> Self {
        let sandbox = Sandbox::open();
        let subject = subject(kind, &sandbox);
        for index in 0..subject.rows.len() {
            prepare(&sandbox, kind, &id(index)).await;
        }
        let properties = sandbox.api.engine.types.get(kind).expect("it is there");
        Self {
            properties: properties.properties(),
            sandbox,
            subject,
        }
    }

    fn rows(&self) -> impl Iterator<Item = (String, &Row)> {
        let rows = self.subject.rows.iter().enumerate();
        rows.map(|(index, row)| (id(index), row))
    }

    fn property(&self, row: &Row) -> &'static Property {
        let mut properties = self.properties.iter();
        let found = properties.find(|property| property.name == row.property);
        found.expect("the type has the property")
    }

    /// A template with a resource for each of these rows.
    fn template<'a>(&self, rows: impl Iterator<Item = (String, &'a Row, Given)>) -> Value {
        let mut resources = Map::new();
        for (id, row, given) in rows {
            let mut properties = self.subject.least.clone();
            let [along_one, along_two, along_wrong] = &row.along;
            let value = match given {
                Given::One => Some((&row.one, along_one)),
                Given::Two | Given::Nothing if row.is_fixed => Some((&row.one, along_one)),
                Given::Two | Given::Changed => Some((&row.two, along_two)),
                Given::Wrong => Some((&row.wrong, along_wrong)),
                Given::Nothing => None,
            };
            if let Some((value, along)) = value {
                properties[row.property] = value.clone();
                for (name, value) in along.as_object().into_iter().flatten() {
                    properties[name] = value.clone();
                }
            }
            let resource = json!({ "Type": self.subject.kind, "Properties": properties });
            resources.insert(id.clone(), with_id(&resource, &id));
        }
        json!({ "Resources": resources })
    }

    /// Creates or updates the stack with all rows so, and asks the service.
    async fn all(&self, operation: &'static str, given: Given) -> Vec<String> {
        let rows = || self.rows().map(|(id, row)| (id, row, given));
        let status = self.sandbox.apply(operation, &self.template(rows())).await;
        let complete = match operation {
            "CreateStack" => "CREATE_COMPLETE",
            _ => "UPDATE_COMPLETE",
        };
        let failures = self.sandbox.failures("stack").await;
        assert_eq!(status, Ok(complete.to_owned()), "{failures:#?}");
        let mut physical_ids = Vec::new();
        let mut wrong = Vec::new();
        for (id, row) in self.rows() {
            let physical_id = self.sandbox.physical_id(&id).await;
            let shown = self.shown(&id, row, &physical_id).await;
            let expected = match given {
                _ if row.is_fixed => Some(&row.shows_one),
                Given::One => Some(&row.shows_one),
                Given::Two => Some(&row.shows_two),
                _ => row.shows_nothing.as_ref(),
            };
            let is_right = match expected {
                Some(expected) => shown == with_id(expected, &id),
                None => ![&row.shows_one, &row.shows_two].contains(&&shown),
            };
            if !is_right {
                wrong.push(format!("{}: {shown}, not {expected:?}", row.property));
            }
            physical_ids.push(physical_id);
        }
        assert!(wrong.is_empty(), "{operation}: {wrong:#?}");
        physical_ids
    }

    async fn shown(&self, id: &str, row: &Row, physical_id: &str) -> Value {
        let shown = self.sandbox.shown(self.subject.kind, physical_id).await;
        let at = row.at.replace("{id}", &id.to_lowercase());
        shown.pointer(&at).cloned().unwrap_or_default()
    }
}

fn id(index: usize) -> String {
    format!("Row{index}")
}

/// With `{id}` replaced, so that no two resources have a name.
fn with_id(value: &Value, id: &str) -> Value {
    let text = value.to_string().replace("{id}", &id.to_lowercase());
    serde_json::from_str(&text).expect("JSON")
}

async fn properties_do_what_they_say(kind: &str) {
    let walk = Walk::new(kind).await;
    if walk.properties.is_empty() {
        return;
    }
    let types = &walk.sandbox.api.engine.types;
    let before = walk.sandbox.inventory().await;
    let created = walk.all("CreateStack", Given::One).await;
    let changed = walk.all("UpdateStack", Given::Two).await;
    for ((_, row), (created, changed)) in walk.rows().zip(created.iter().zip(&changed)) {
        let property = walk.property(row);
        let given = |value: &Value| json!({ row.property: value });
        let update = types.get(kind).expect("it is there").update_of(
            property,
            &given(&row.one),
            &given(&row.two),
        );
        let replaces = update == Update::Replace;
        let differ = row.one != row.two && !row.is_fixed;
        assert_eq!(created != changed, replaces && differ, "{}", row.property);
    }
    walk.all("UpdateStack", Given::Nothing).await;
    let full = walk.sandbox.inventory().await;
    let status = |row: &str, status: &Result<String, String>, ended: &str| match status {
        Ok(status) => assert_eq!(status, ended, "{row}"),
        Err(refused) => assert!(refused.contains("Row"), "{row}: {refused}"),
    };
    let refused = walk.rows().map(|it| (it, Given::Wrong));
    let fixed = walk
        .rows()
        .filter(|(_, row)| row.is_fixed)
        .map(|it| (it, Given::Changed));
    for ((wrong, row), how) in refused.chain(fixed) {
        let given = |id: &String| {
            if *id == wrong { how } else { Given::Nothing }
        };
        let rows = walk.rows().map(|(id, row)| (id.clone(), row, given(&id)));
        let updated = walk
            .sandbox
            .apply("UpdateStack", &walk.template(rows))
            .await;
        status(row.property, &updated, "UPDATE_ROLLBACK_COMPLETE");
        assert_eq!(walk.sandbox.inventory().await, full, "{}", row.property);
    }
    assert_eq!(walk.sandbox.delete().await, "DELETE_COMPLETE");
    assert_eq!(walk.sandbox.inventory().await, before);
    for (id, row) in walk.rows() {
        let rows = [(id, row, Given::Wrong)].into_iter();
        let created = walk
            .sandbox
            .apply("CreateStack", &walk.template(rows))
            .await;
        status(row.property, &created, "ROLLBACK_COMPLETE");
        assert_eq!(walk.sandbox.delete().await, "DELETE_COMPLETE");
        assert_eq!(walk.sandbox.inventory().await, before, "{}", row.property);
    }
}

/// The attributes of a resource in outputs are what the service says.
async fn attributes_are_the_services(kind: &str) {
    let walk = Walk::new(kind).await;
    let kinds = walk
        .sandbox
        .api
        .engine
        .types
        .get(kind)
        .expect("it is there");
    let attributes: Vec<&str> = walk
        .subject
        .attributes
        .iter()
        .map(|(name, _)| *name)
        .collect();
    assert_eq!(attributes, kinds.attribute_names(), "{kind}");
    let resource = json!({ "Type": kind, "Properties": walk.subject.full });
    let mut outputs = Map::new();
    outputs.insert("Ref".to_owned(), json!({ "Value": { "Ref": "Row0" } }));
    for attribute in &attributes {
        let value = json!({ "Value": { "Fn::GetAtt": ["Row0", attribute] } });
        outputs.insert((*attribute).to_owned(), value);
    }
    let template =
        json!({ "Resources": { "Row0": with_id(&resource, "Row0") }, "Outputs": outputs });
    let created = walk.sandbox.apply("CreateStack", &template).await;
    let failures = walk.sandbox.failures("stack").await;
    assert_eq!(created.as_deref(), Ok("CREATE_COMPLETE"), "{failures:#?}");
    let physical_id = walk.sandbox.physical_id("Row0").await;
    let shown = walk.sandbox.shown(kind, &physical_id).await;
    let stack = walk.sandbox.described("stack").await.expect("it is there");
    let output = |name: &str| {
        let outputs = stack["Outputs"].as_array().expect("a list");
        let mut outputs = outputs.iter().filter(|output| output["OutputKey"] == name);
        outputs.next().expect("it is there")["OutputValue"].clone()
    };
    assert_eq!(output("Ref"), physical_id);
    for (attribute, expected) in &walk.subject.attributes {
        let expected = match expected.strip_prefix('/') {
            Some(_) => shown.pointer(expected).cloned().unwrap_or_default(),
            None => json!(expected.replace("{ref}", &physical_id)),
        };
        assert_eq!(output(attribute), expected, "{attribute}");
    }
    assert_eq!(walk.sandbox.delete().await, "DELETE_COMPLETE");
}

/// The members of objects that the shape has, such as `Rules.Status`.
fn members(shape: &Shape, path: &str, found: &mut BTreeSet<String>) {
    match shape {
        Shape::List(item) => members(item, path, found),
        Shape::Object(properties) => {
            for property in *properties {
                let path = format!("{path}.{}", property.name);
                members(&property.shape, &path, found);
                found.insert(path);
            }
        }
        _ => {}
    }
}

fn given_members(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items
            .iter()
            .for_each(|item| given_members(item, path, found)),
        Value::Object(members) => {
            for (name, value) in members {
                let path = format!("{path}.{name}");
                given_members(value, &path, found);
                found.insert(path);
            }
        }
        _ => {}
    }
}

fn wrong_shape(shape: &Shape) -> Option<Value> {
    match shape {
        Shape::Document => None,
        Shape::Text => Some(json!(["a"])),
        Shape::Whole => Some(json!("many")),
        Shape::Flag => Some(json!("maybe")),
        Shape::Texts | Shape::List(_) | Shape::Object(_) => Some(json!("a")),
    }
}

async fn every_property_has_a_row_and_a_shape(kind: &str) {
    let walk = Walk::new(kind).await;
    let tried: BTreeSet<&str> = walk.subject.rows.iter().map(|row| row.property).collect();
    let all: BTreeSet<&str> = walk
        .properties
        .iter()
        .map(|property| property.name)
        .collect();
    assert_eq!(tried, all, "{kind}");
    let (mut known, mut given) = (BTreeSet::new(), BTreeSet::new());
    for property in walk.properties {
        members(&property.shape, property.name, &mut known);
    }
    for row in &walk.subject.rows {
        for value in [&row.one, &row.two, &row.wrong] {
            given_members(value, row.property, &mut given);
        }
    }
    let untried: Vec<&String> = known.difference(&given).collect();
    assert!(untried.is_empty(), "{kind}: no row gives {untried:?}");

    for (_, row) in walk.rows() {
        let property = walk.property(row);
        let Some(wrong) = wrong_shape(&property.shape) else {
            continue;
        };
        let mut properties = walk.subject.least.clone();
        properties[property.name] = wrong;
        let resource = json!({ "Type": kind, "Properties": properties });
        let template = json!({ "Resources": { "A": with_id(&resource, "A") } });
        let created = walk.sandbox.apply("CreateStack", &template).await;
        let refused = created.expect_err(property.name);
        assert!(refused.contains(property.name), "{refused}");
    }
    let unknown = json!({ "Resources": { "A": { "Type": kind, "Properties": { "Nope": 1 } } } });
    let created = walk.sandbox.apply("CreateStack", &unknown).await;
    let refused = created.expect_err("it is unknown");
    assert!(refused.contains("unsupported property Nope"), "{refused}");
}

macro_rules! types {
    ($($test:ident $kind:literal)+) => {
        $(mod $test {
            #[tokio::test]
            async fn properties_do_what_they_say() {
                super::properties_do_what_they_say($kind).await;
            }

            #[tokio::test]
            async fn attributes_are_the_services() {
                super::attributes_are_the_services($kind).await;
            }

            #[tokio::test]
            async fn every_property_has_a_row_and_a_shape() {
                super::every_property_has_a_row_and_a_shape($kind).await;
            }
        })+

        #[test]
        fn every_type_is_walked() {
            let sandbox = Sandbox::open();
            assert_eq!(Types::of(&sandbox.platform).names(), [$($kind),+]);
        }
    };
}

types! {
    api_account "AWS::ApiGateway::Account"
    api_authorizer "AWS::ApiGateway::Authorizer"
    api_deployment "AWS::ApiGateway::Deployment"
    api_gateway_response "AWS::ApiGateway::GatewayResponse"
    api_method "AWS::ApiGateway::Method"
    api_model "AWS::ApiGateway::Model"
    api_request_validator "AWS::ApiGateway::RequestValidator"
    api_resource "AWS::ApiGateway::Resource"
    rest_api "AWS::ApiGateway::RestApi"
    api_stage "AWS::ApiGateway::Stage"
    cdk_metadata "AWS::CDK::Metadata"
    wait_condition_handle "AWS::CloudFormation::WaitConditionHandle"
    user_pool "AWS::Cognito::UserPool"
    user_pool_client "AWS::Cognito::UserPoolClient"
    table "AWS::DynamoDB::Table"
    event_bus "AWS::Events::EventBus"
    rule "AWS::Events::Rule"
    managed_policy "AWS::IAM::ManagedPolicy"
    inline_policy "AWS::IAM::Policy"
    role "AWS::IAM::Role"
    event_invoke_config "AWS::Lambda::EventInvokeConfig"
    event_source_mapping "AWS::Lambda::EventSourceMapping"
    function "AWS::Lambda::Function"
    layer_version "AWS::Lambda::LayerVersion"
    permission "AWS::Lambda::Permission"
    log_group "AWS::Logs::LogGroup"
    bucket "AWS::S3::Bucket"
    bucket_policy "AWS::S3::BucketPolicy"
    subscription "AWS::SNS::Subscription"
    topic "AWS::SNS::Topic"
    topic_policy "AWS::SNS::TopicPolicy"
    queue "AWS::SQS::Queue"
    queue_policy "AWS::SQS::QueuePolicy"
    schedule "AWS::Scheduler::Schedule"
    schedule_group "AWS::Scheduler::ScheduleGroup"
}
