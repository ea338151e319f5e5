//! Each request passes the authority before its service, with who asks for what on what.

use super::{Front, form, json, request};
use crate::authorise::Access;

#[tokio::test]
async fn the_authority_is_asked_with_caller_action_and_resource() {
    let front = Front::new();
    front
        .send_signed("formgreeter", form("Action=Greet&Name=Ann"))
        .await;
    let asked = json("Greeter_2026.Greet", r#"{"Name":"Bob"}"#);
    front.send_signed("jsongreeter", asked).await;
    let asked = request("PUT", "/v1/letters/Cleo/home", &[], "");
    front.send_signed("pathgreeter", asked).await;
    let asked = front
        .authority
        .asked
        .lock()
        .expect("nobody panicked")
        .clone();
    let accesses: Vec<Access> = asked.iter().map(|(_, access)| access.clone()).collect();
    let expected = [
        Access::new("formgreeter:Greet", "arn:greet:::Ann"),
        Access::new("jsongreeter:Greet", "arn:greet:::Bob"),
        Access::new("pathgreeter:WriteLetter", "arn:greet:::Cleo"),
    ];
    assert_eq!(accesses, expected);
    let owner = "arn:aws:iam::000000000000:user/sandbox";
    assert!(asked.iter().all(|(caller, _)| caller.arn == owner));
}

#[tokio::test]
async fn what_is_denied_does_not_reach_the_service() {
    let front = Front::denying(Some("formgreeter:Greet"));
    let answered = front
        .send_signed("formgreeter", form("Action=Greet&Name=Ann"))
        .await;
    assert_eq!(answered.status, 403);
    let refused = "<Code>AccessDenied</Code><Message>User: arn:aws:iam::000000000000:user/sandbox is \
        not authorized to perform: formgreeter:Greet on resource: arn:greet:::Ann because no \
        identity-based policy allows the formgreeter:Greet action</Message>";
    assert!(answered.text.contains(refused), "{}", answered.text);

    let front = Front::denying(Some("jsongreeter:Greet"));
    let asked = json("Greeter_2026.Greet", r#"{"Name":"Ann"}"#);
    let answered = front.send_signed("jsongreeter", asked).await;
    assert_eq!(answered.status, 400);
    assert_eq!(
        answered.headers["x-amzn-errortype"],
        "AccessDeniedException"
    );

    let front = Front::denying(Some("pathgreeter:WriteLetter"));
    let asked = request("PUT", "/v1/letters/Ann/home", &[], "");
    let answered = front.send_signed("pathgreeter", asked).await;
    assert_eq!(answered.status, 403);
    assert_eq!(
        answered.headers["x-amzn-errortype"],
        "AccessDeniedException"
    );
    let asked = request("GET", "/v1/greetings/Ann", &[], "");
    assert_eq!(front.send_signed("pathgreeter", asked).await.status, 200);
}

#[tokio::test]
async fn who_is_not_known_is_not_asked_about() {
    let front = Front::new();
    front.send(form("Action=Greet&Name=Ann")).await;
    front.send_signed("formgreeter", form("Action=Shout")).await;
    assert!(
        front
            .authority
            .asked
            .lock()
            .expect("nobody panicked")
            .is_empty()
    );
}
