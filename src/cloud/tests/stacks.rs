use std::time::{Duration, SystemTime};

use super::*;
use crate::cloud::{
    Cloud, NamedValues, ParameterValue, StackRequest, TemplateSource, TemplateStage,
};

fn described(name: &str) -> String {
    format!("<StackName>{name}</StackName><StackId>id of {name}</StackId>")
}

fn stacks(stacks: &[String], next: Option<&str>) -> (u16, String) {
    let stacks = members(stacks);
    let next = next.map(|next| format!("<NextToken>{next}</NextToken>"));
    let next = next.unwrap_or_default();
    xml(
        "DescribeStacks",
        &format!("<Stacks>{stacks}</Stacks>{next}"),
    )
}

#[tokio::test]
async fn a_stack_is_read_with_all_that_it_has() {
    let full = format!(
        "{}<StackStatus>UPDATE_COMPLETE</StackStatus><StackStatusReason>why</StackStatusReason>\
         <CreationTime>1970-01-01T00:00:01Z</CreationTime>\
         <LastUpdatedTime>1970-01-01T00:00:02.500Z</LastUpdatedTime>\
         <EnableTerminationProtection>true</EnableTerminationProtection>\
         <Parameters><member><ParameterKey>P</ParameterKey><ParameterValue>1</ParameterValue>\
         </member></Parameters>\
         <Outputs><member><OutputKey>O</OutputKey><OutputValue>2</OutputValue></member></Outputs>\
         <Tags><member><Key>T</Key><Value>3</Value></member></Tags>",
        described("game")
    );
    let (cloud, requests) = Cloud::answering([stacks(&[full], None)]);
    let stack = cloud.stack("game").await.expect("no failure");
    let stack = stack.expect("it is there");
    assert_has(
        &sent(&requests)[0],
        &["Action=DescribeStacks&", "StackName=game"],
        &[],
    );
    let pair = |key: &str, value: &str| NamedValues::from([(key.to_owned(), value.to_owned())]);
    assert_eq!(stack.name, "game");
    assert_eq!(stack.id, "id of game");
    assert_eq!(stack.status.0, "UPDATE_COMPLETE");
    assert_eq!(stack.reason.as_deref(), Some("why"));
    let changed = SystemTime::UNIX_EPOCH + Duration::from_millis(2500);
    assert_eq!(stack.changed, Some(changed));
    assert!(stack.protected);
    assert_eq!(stack.parameters, pair("P", "1"));
    assert_eq!(stack.outputs, pair("O", "2"));
    assert_eq!(stack.tags, pair("T", "3"));

    let new = format!(
        "{}<CreationTime>1970-01-01T00:00:01Z</CreationTime>",
        described("new")
    );
    let (cloud, _) = Cloud::answering([stacks(&[new], None)]);
    let stack = cloud.stack("new").await.expect("no failure");
    let stack = stack.expect("it is there");
    let created = SystemTime::UNIX_EPOCH + Duration::from_secs(1);
    assert_eq!((stack.changed, stack.protected), (Some(created), false));
}

#[tokio::test]
async fn a_stack_that_is_not_there_is_told_from_a_failure() {
    let (cloud, _) = Cloud::answering([
        refused("ValidationError", "Stack with id game does not exist"),
        stacks(&[described("other")], None),
        refused("ValidationError", "the name is too long"),
        refused("AccessDenied", "a stack that does not exist"),
    ]);
    assert!(cloud.stack("game").await.expect("no failure").is_none());
    // An empty name is no name.
    assert!(cloud.stack("").await.expect("no failure").is_none());
    assert_refused(cloud.stack("long").await, "ValidationError");
    assert_refused(cloud.stack("game").await, "AccessDenied");
}

#[tokio::test]
async fn all_stacks_are_found_on_all_pages() {
    let (cloud, requests) = Cloud::answering([
        stacks(&[described("a"), described("b")], Some("more")),
        stacks(&[described("c")], None),
    ]);
    let found = cloud.stacks().await.expect("no failure");
    let names: Vec<_> = found.iter().map(|stack| stack.name.as_str()).collect();
    assert_eq!(names, ["a", "b", "c"]);
    assert_has(&sent(&requests)[1], &["NextToken=more"], &[]);
}

#[tokio::test]
async fn deleted_stacks_of_a_name_are_found_the_newest_first() {
    let summary = |name: &str, id: &str, deleted: u8| {
        format!(
            "<StackName>{name}</StackName><StackId>{id}</StackId>\
             <DeletionTime>1970-01-01T00:00:0{deleted}Z</DeletionTime>"
        )
    };
    let page = |summaries: &[String], next: &str| {
        let summaries = members(summaries);
        xml(
            "ListStacks",
            &format!("<StackSummaries>{summaries}</StackSummaries>{next}"),
        )
    };
    let pages = [
        page(
            &[
                summary("game", "1", 1),
                summary("other", "2", 2),
                summary("game", "3", 3),
            ],
            "<NextToken>more</NextToken>",
        ),
        page(&[summary("game", "4", 2)], ""),
    ];
    let found = async |cloud: Cloud| {
        let found = cloud.deleted_stacks(|name| name == "game").await;
        let found = found.expect("no failure").into_iter();
        found.map(|stack| stack.id).collect::<Vec<_>>()
    };
    let (cloud, requests) = Cloud::answering(pages);
    assert_eq!(found(cloud).await, ["3", "4", "1"]);
    let filter = "StackStatusFilter.member.1=DELETE_COMPLETE";
    assert_has(&sent(&requests)[0], &["Action=ListStacks&", filter], &[]);
    // As far as it looks, it looks at each: the last of many is found too.
    let many: Vec<_> = (0..1999).map(|_| summary("other", "x", 1)).collect();
    let last = |many: &[String]| page(&[many, &[summary("game", "last", 1)]].concat(), "");
    let (cloud, _) = Cloud::answering([last(&many)]);
    assert_eq!(found(cloud).await, ["last"]);
}

#[tokio::test]
async fn a_template_is_asked_for_by_its_stage() {
    let (cloud, requests) = Cloud::answering([
        xml("GetTemplate", "<TemplateBody>sent</TemplateBody>"),
        xml("GetTemplate", "<TemplateBody>processed</TemplateBody>"),
        refused("ValidationError", "Stack with id game does not exist"),
        refused("AccessDenied", "why"),
    ]);
    let get = async |stage| cloud.template("game", stage).await;
    let found = get(TemplateStage::AsSent).await.expect("no failure");
    assert_eq!(found, "sent");
    let found = get(TemplateStage::Processed).await.expect("no failure");
    assert_eq!(found, "processed");
    let found = get(TemplateStage::AsSent).await.expect("no failure");
    assert_eq!(found, "");
    assert_refused(get(TemplateStage::AsSent).await, "AccessDenied");
    let requests = sent(&requests);
    for (request, stage) in [
        (0, "TemplateStage=Original"),
        (1, "TemplateStage=Processed"),
    ] {
        assert_has(&requests[request], &["StackName=game", stage], &[]);
    }
}

#[tokio::test]
async fn a_template_is_checked_for_its_parameters() {
    let parameters = members(&[
        "<ParameterKey>A</ParameterKey><DefaultValue>1</DefaultValue>".to_owned(),
        "<ParameterKey>B</ParameterKey>".to_owned(),
    ]);
    let answer = xml(
        "ValidateTemplate",
        &format!("<Parameters>{parameters}</Parameters>"),
    );
    let (cloud, requests) = Cloud::answering([answer.clone(), answer]);
    let text = TemplateSource::Text("body".to_owned());
    let found = cloud.validate_template(&text).await.expect("it is taken");
    assert_eq!(found.parameters, ["A", "B"]);
    assert_eq!(found.required, ["B"]);
    let url = TemplateSource::Url("http://url".to_owned());
    cloud.validate_template(&url).await.expect("it is taken");
    let requests = sent(&requests);
    assert_has(&requests[0], &["TemplateBody=body"], &["TemplateURL"]);
    assert_has(
        &requests[1],
        &["TemplateURL=http%3A%2F%2Furl"],
        &["TemplateBody"],
    );
}

/// A stack with everything that a request can have.
pub fn request() -> StackRequest {
    StackRequest {
        name: "game".to_owned(),
        template: TemplateSource::Url("url".to_owned()),
        parameters: vec![
            ("A".to_owned(), ParameterValue::Is("1".to_owned())),
            ("B".to_owned(), ParameterValue::Previous),
        ],
        tags: [("t".to_owned(), "v".to_owned())].into(),
    }
}

/// What a request for a stack contains.
pub const OF_REQUEST: [&str; 11] = [
    "StackName=game",
    "TemplateURL=url",
    "Parameters.member.1.ParameterKey=A&Parameters.member.1.ParameterValue=1",
    "Parameters.member.2.ParameterKey=B",
    "Parameters.member.2.UsePreviousValue=true",
    "Tags.member.1.Key=t&Tags.member.1.Value=v",
    "Capabilities.member.1=CAPABILITY_IAM",
    "Capabilities.member.2=CAPABILITY_NAMED_IAM",
    "Capabilities.member.3=CAPABILITY_AUTO_EXPAND",
    "RoleARN=role",
    "Token=",
];

#[tokio::test]
async fn operations_on_a_stack_have_the_role_and_a_token_of_their_own() {
    let (cloud, requests) = Cloud::answering([
        xml("CreateStack", "<StackId>id</StackId>"),
        xml("CreateStack", ""),
        xml("DeleteStack", ""),
        xml("ContinueUpdateRollback", ""),
        xml("ContinueUpdateRollback", ""),
    ]);
    let cloud = cloud.with_stack_role(Some("role".to_owned()));
    assert_eq!(cloud.stack_role(), Some("role"));
    let id = cloud.create_stack(&request()).await;
    assert_eq!(id.expect("no failure"), "id");
    // Its name finds it too.
    let id = cloud.create_stack(&request()).await;
    assert_eq!(id.expect("no failure"), "game");
    cloud.delete_stack("game").await.expect("no failure");
    for skipped in [vec!["A".to_owned()], Vec::new()] {
        let continued = cloud.continue_rollback("game", skipped).await;
        continued.expect("no failure");
    }
    let requests = sent(&requests);
    assert_has(&requests[0], &OF_REQUEST, &["TemplateBody"]);
    assert_has(
        &requests[0],
        &["Action=CreateStack&", "DisableRollback=true"],
        &[],
    );
    let role = ["StackName=game", "RoleARN=role"];
    assert_has(&requests[2], &["Action=DeleteStack&"], &[]);
    let skipped = "ResourcesToSkip.member.1=A";
    assert_has(
        &requests[3],
        &["Action=ContinueUpdateRollback&", skipped],
        &[],
    );
    assert_has(&requests[4], &[], &["ResourcesToSkip"]);
    let mut tokens = Vec::new();
    for request in &requests {
        assert_has(request, &role, &[]);
        let token = request.split("ClientRequestToken=").nth(1);
        let token = token.expect("a token").split('&').next();
        tokens.push(token.expect("a token").to_owned());
    }
    tokens.sort();
    tokens.dedup();
    assert_eq!(tokens.len(), requests.len(), "{tokens:?}");
    // As the names of change sets may be.
    assert!(tokens.iter().all(|token| token.len() == 16));
}

#[tokio::test]
async fn refused_operations_on_a_stack_are_failures() {
    let (cloud, _) = Cloud::answering([(); 6].map(|()| refused("AccessDenied", "why")));
    assert_refused(cloud.create_stack(&request()).await, "AccessDenied");
    assert_refused(cloud.delete_stack("game").await, "AccessDenied");
    let continued = cloud.continue_rollback("game", Vec::new()).await;
    assert_refused(continued, "AccessDenied");
    assert_refused(cloud.stacks().await, "AccessDenied");
    assert_refused(cloud.deleted_stacks(|_| true).await, "AccessDenied");
    let template = TemplateSource::Text(String::new());
    assert_refused(cloud.validate_template(&template).await, "AccessDenied");
}
