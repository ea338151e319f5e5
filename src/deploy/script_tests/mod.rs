//! What operations do with answers that a test has written: of CloudFormation, Lambda and S3.

mod cleaning;
mod patches;
mod stacks;
mod waiting;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::clean::{self, Deletion};
use super::event::Reporter;
use super::stack::Execution;
use super::waiter::StackWaiter;
use super::{
    DeployError, Event, EventKind, Fate, FunctionCode, Prepared, Recovery, Release, Workshop,
    patch, stack,
};
use crate::bundle::{Architecture, Digest};
use crate::cloud::{
    Against, Cloud, DeployedFunction, NamedValues, Resource, Stack, StackRequest, Status,
    TemplateSource, UpdateStatus,
};

const ID: &str = "arn:aws:cloudformation:us-east-1:1:stack/game/1";
const FUNCTION: &str = "game-01-new-game";

fn silent(_: Event) {}

fn report() -> Reporter<'static> {
    Reporter {
        stack: "game",
        emit: &silent,
    }
}

fn game(status: &str) -> Stack {
    Stack::example("game", ID, status)
}

fn xml(operation: &str, content: &str) -> (u16, String) {
    let body = format!(
        "<{operation}Response><{operation}Result>{content}</{operation}Result></{operation}Response>"
    );
    (200, body)
}

fn described(status: &str) -> (u16, String) {
    let content = format!(
        "<Stacks><member><StackName>game</StackName><StackId>{ID}</StackId>\
         <StackStatus>{status}</StackStatus><CreationTime>2026-11-22T00:00:00Z</CreationTime>\
         </member></Stacks>"
    );
    xml("DescribeStacks", &content)
}

/// Of the stack itself.
fn event(id: &str, status: &str) -> String {
    format!(
        "<member><EventId>{id}</EventId><StackId>{ID}</StackId><StackName>game</StackName>\
         <PhysicalResourceId>{ID}</PhysicalResourceId><LogicalResourceId>game</LogicalResourceId>\
         <Timestamp>2026-11-22T00:00:00Z</Timestamp><ResourceStatus>{status}</ResourceStatus></member>"
    )
}

fn refusal(status: u16, code: &str, message: &str) -> (u16, String) {
    let body = format!(
        "<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
    );
    (status, body)
}

fn throttled() -> (u16, String) {
    refusal(400, "Throttling", "Rate exceeded")
}

fn count(sent: &[String], operation: &str) -> usize {
    let action = format!("Action={operation}&");
    sent.iter()
        .filter(|request| request.contains(&action))
        .count()
}

fn request() -> StackRequest {
    StackRequest {
        name: "game".to_owned(),
        template: TemplateSource::Text("Resources: {}".to_owned()),
        parameters: Vec::new(),
        tags: NamedValues::new(),
    }
}

fn listed() -> (u16, String) {
    let member = |resource: Resource| {
        format!(
            "<member><LogicalResourceId>{}</LogicalResourceId><PhysicalResourceId>{}\
             </PhysicalResourceId><ResourceType>{}</ResourceType><LastUpdatedTimestamp>\
             2026-11-22T00:00:00Z</LastUpdatedTimestamp><ResourceStatus>CREATE_COMPLETE\
             </ResourceStatus></member>",
            resource.logical_id, resource.physical_id, resource.resource_type
        )
    };
    let members = member(resource("AWS::Lambda::Function", FUNCTION))
        + &member(resource("AWS::S3::Bucket", "attic"));
    xml(
        "ListStackResources",
        &format!("<StackResourceSummaries>{members}</StackResourceSummaries>"),
    )
}

fn resource(resource_type: &str, physical_id: &str) -> Resource {
    Resource {
        logical_id: "Thing".to_owned(),
        physical_id: physical_id.to_owned(),
        resource_type: resource_type.to_owned(),
        status: Status("CREATE_COMPLETE".to_owned()),
        reason: None,
    }
}
