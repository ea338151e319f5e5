//! Each request passes the authority before its service, with its caller, action and resource.

use super::{Front, form, json, request};
use crate::authorise::Access;

#[tokio::test]
async fn the_authority_gets_caller_action_and_resource() {
    let front = Front::new();
    front
        .send_signed("formgreeter", form("Action=Greet&Name=Ann"))
        .await;
    let sent = json("Greeter_2026.Greet", r#"{"Name":"Bob"}"#);
    front.send_signed("jsongreeter", sent).await;
    let sent = request("PUT", "/v1/letters/Cleo/home", &[], "");
    front.send_signed("pathgreeter", sent).await;
    let checked = front
        .authority
        .checked
        .lock()
        .expect("nobody panicked")
        .clone();
    let accesses: Vec<Access> = checked.iter().map(|(_, access)| access.clone()).collect();
    let expected = [
        Access::new("formgreeter:Greet", "arn:greet:::Ann"),
        Access::new("jsongreeter:Greet", "arn:greet:::Bob"),
        Access::new("pathgreeter:WriteLetter", "arn:greet:::Cleo"),
    ];
    assert_eq!(accesses, expected);
    let owner = "arn:aws:iam::000000000000:user/sandbox";
    assert!(checked.iter().all(|(caller, _)| caller.arn == owner));
}

#[tokio::test]
async fn what_is_denied_does_not_reach_the_service() {
    let front = Front::denying(Some("formgreeter:Greet"));
    let response = front
        .send_signed("formgreeter", form("Action=Greet&Name=Ann"))
        .await;
    assert_eq!(response.status, 403);
    let refused = "<Code>AccessDenied</Code><Message>User: arn:aws:iam::000000000000:user/sandbox is \
        not authorized to perform: formgreeter:Greet on resource: arn:greet:::Ann because no \
        identity-based policy allows the formgreeter:Greet action</Message>";
    assert!(response.text.contains(refused), "{}", response.text);

    let front = Front::denying(Some("jsongreeter:Greet"));
    let sent = json("Greeter_2026.Greet", r#"{"Name":"Ann"}"#);
    let response = front.send_signed("jsongreeter", sent).await;
    assert_eq!(response.status, 400);
    assert_eq!(
        response.headers["x-amzn-errortype"],
        "AccessDeniedException"
    );

    let front = Front::denying(Some("pathgreeter:WriteLetter"));
    let sent = request("PUT", "/v1/letters/Ann/home", &[], "");
    let response = front.send_signed("pathgreeter", sent).await;
    assert_eq!(response.status, 403);
    assert_eq!(
        response.headers["x-amzn-errortype"],
        "AccessDeniedException"
    );
    let sent = request("GET", "/v1/greetings/Ann", &[], "");
    assert_eq!(front.send_signed("pathgreeter", sent).await.status, 200);
}

#[tokio::test]
async fn requests_that_are_refused_before_do_not_reach_the_authority() {
    let front = Front::new();
    front.send(form("Action=Greet&Name=Ann")).await;
    front.send_signed("formgreeter", form("Action=Shout")).await;
    assert!(
        front
            .authority
            .checked
            .lock()
            .expect("nobody panicked")
            .is_empty()
    );
}
