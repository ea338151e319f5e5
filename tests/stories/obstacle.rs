//! A name that a bystander has taken already, so that a resource of the same name cannot be made: what
//! breaks a stack that was sound.
//!
//! Servers differ in what they take over silently, so each has an obstacle of its own.

use serde_json::{Value, json};

use crate::endpoint::Endpoint;
use crate::outside::boto3;
use crate::workspace::Workspace;

const TEMPLATE: &str = "templates/game.yaml";
const NAME: &str = "/mafia/motto";

/// The type and the properties of the resource that wants the name.
fn wanted(endpoint: &Endpoint, name: &Value) -> (&'static str, Value) {
    if endpoint.is_a_sandbox() {
        (
            "AWS::Logs::LogGroup",
            json!({ "LogGroupName": name, "RetentionInDays": 3 }),
        )
    } else {
        (
            "AWS::SSM::Parameter",
            json!({ "Name": name, "Type": "String", "Value": "ours" }),
        )
    }
}

#[track_caller]
fn add_to_template(workspace: &Workspace, motto: &Value) {
    // JSON is YAML, too.
    let with_motto = format!("\nResources:\n  Motto: {motto}\n");
    workspace.edit(TEMPLATE, "\nResources:\n", &with_motto);
}

/// Has each stack of the workspace's template want the same name: the first one gets it, all others fail.
#[track_caller]
pub fn let_one_stack_succeed(endpoint: &Endpoint, workspace: &Workspace) {
    let_stacks_want(endpoint, workspace, &json!(NAME));
}

/// Has each stack of the workspace's template want this name, which may be a function of the template.
#[track_caller]
pub fn let_stacks_want(endpoint: &Endpoint, workspace: &Workspace, name: &Value) {
    let (kind, properties) = wanted(endpoint, name);
    let motto = json!({ "Type": kind, "Properties": properties });
    add_to_template(workspace, &motto);
}

/// Something of a bystander's.
pub struct Obstacle {
    endpoint: Endpoint,
    /// The type of the resource that wants the same name.
    pub kind: &'static str,
    properties: Value,
    before: Value,
}

impl Obstacle {
    /// Puts the obstacle there.
    #[track_caller]
    pub fn at(endpoint: &Endpoint) -> Self {
        let (kind, properties) = wanted(endpoint, &json!(NAME));
        let call = if endpoint.is_a_sandbox() {
            ("logs", "create_log_group", json!({ "logGroupName": NAME }))
        } else {
            (
                "ssm",
                "put_parameter",
                json!({ "Name": NAME, "Type": "String", "Value": "theirs" }),
            )
        };
        let put = boto3(endpoint, &[call]);
        assert_eq!(put[0].status, Some(200), "{put:?}");
        let mut obstacle = Self {
            endpoint: endpoint.clone(),
            kind,
            properties,
            before: Value::Null,
        };
        obstacle.before = obstacle.look();
        obstacle
    }

    /// The resource that meets the obstacle, made after those that it depends on.
    pub fn resource(&self, depends_on: &[&str]) -> Value {
        json!({ "Type": self.kind, "DependsOn": depends_on, "Properties": self.properties })
    }

    /// Has the workspace's template meet it; what the template was before.
    #[track_caller]
    pub fn break_template(&self, workspace: &Workspace) -> String {
        let functions = ["NewGame", "GameState", "NightTurn", "DayTurn", "Judgement"];
        let whole = workspace.read(TEMPLATE);
        add_to_template(workspace, &self.resource(&functions));
        whole
    }

    /// Asserts that it was left alone.
    #[track_caller]
    pub fn assert_is_as_it_was(&self) {
        assert_eq!(self.look(), self.before);
    }

    #[track_caller]
    fn look(&self) -> Value {
        let call = if self.endpoint.is_a_sandbox() {
            let prefix = json!({ "logGroupNamePrefix": NAME });
            ("logs", "describe_log_groups", prefix)
        } else {
            ("ssm", "get_parameter", json!({ "Name": NAME }))
        };
        let answer = boto3(&self.endpoint, &[call]).remove(0).answer;
        let mut answer = answer.unwrap_or_default();
        // Of this call, not of what is there.
        answer["ResponseMetadata"].take();
        assert!(answer.to_string().contains(NAME), "{answer}");
        answer
    }
}
