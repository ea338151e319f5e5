use super::*;
use crate::cloud::{Caller, Cloud, Elsewhere, Given, NamedValues};

#[tokio::test]
async fn whose_the_credentials_are_is_asked() {
    let identity = "<Account>000000000000</Account><Arn>arn:aws:iam::000000000000:user/ann</Arn>";
    let (cloud, requests) = Cloud::answering([
        xml("GetCallerIdentity", identity),
        refused("ExpiredToken", "why"),
    ]);
    let caller = cloud.caller().await.expect("no failure");
    assert_eq!(caller.principal(), "user/ann");
    assert_eq!(caller.account, "000000000000");
    assert_eq!(caller.arn, "arn:aws:iam::000000000000:user/ann");
    assert_refused(cloud.caller().await, "ExpiredToken");
    assert_has(&sent(&requests)[0], &["Action=GetCallerIdentity&"], &[]);
    let bare = Caller {
        account: String::new(),
        arn: "root".to_owned(),
    };
    assert_eq!(bare.principal(), "root");
}

#[tokio::test]
async fn what_is_not_allowed_is_asked_of_the_simulator() {
    let decision = |action: &str, decision: &str| {
        format!("<EvalActionName>{action}</EvalActionName><EvalDecision>{decision}</EvalDecision>")
    };
    let page = |decisions: &[String], rest: &str| {
        let results = members(decisions);
        xml(
            "SimulatePrincipalPolicy",
            &format!("<EvaluationResults>{results}</EvaluationResults>{rest}"),
        )
    };
    let (cloud, requests) = Cloud::answering([
        page(
            &[decision("a:A", "allowed"), decision("a:B", "implicitDeny")],
            "<IsTruncated>true</IsTruncated><Marker>more</Marker>",
        ),
        page(&[decision("a:C", "explicitDeny")], ""),
        refused("AccessDenied", "why"),
    ]);
    let actions = ["a:A", "a:B", "a:C"].map(str::to_owned);
    let context = NamedValues::from([("k".to_owned(), "v".to_owned())]);
    let denied = cloud.denied_actions("me", &actions, "*", &context).await;
    assert_eq!(denied.expect("no failure"), ["a:B", "a:C"]);
    let asked = [
        "PolicySourceArn=me",
        "ActionNames.member.1=a%3AA",
        "ActionNames.member.3=a%3AC",
        "ResourceArns.member.1=%2A",
        "ContextEntries.member.1.ContextKeyName=k",
        "ContextEntries.member.1.ContextKeyValues.member.1=v",
        "ContextEntries.member.1.ContextKeyType=string",
    ];
    assert_has(&sent(&requests)[0], &asked, &[]);
    let refused = cloud.denied_actions("me", &actions, "*", &context).await;
    assert_refused(refused, "AccessDenied");
}

#[tokio::test]
async fn each_service_at_an_address_of_its_own_is_asked_something() {
    for (service, asked) in [
        ("API Gateway", "/restapis/mafia-none/stages"),
        ("CloudFormation", "Action=DescribeStacks&"),
        ("CloudWatch Logs", "logGroupNamePrefix"),
        ("IAM", "Action=SimulatePrincipalPolicy&"),
        ("Lambda", "/functions/mafia-none"),
        ("S3", "HEAD http://script/mafia-none"),
        ("STS", "Action=GetCallerIdentity&"),
    ] {
        let elsewhere = Elsewhere {
            service,
            url: Given::new("http://elsewhere", "AWS_ENDPOINT_URL"),
        };
        // A refusal is an answer too.
        let refusal = match service {
            "API Gateway" | "CloudWatch Logs" | "Lambda" => denied(),
            _ => refused("AccessDenied", "why"),
        };
        let (cloud, requests) = Cloud::answering([refusal]);
        cloud.answers(&elsewhere).await.expect(service);
        assert_has(&sent(&requests)[0], &[asked], &[]);
        let (cloud, _) = Cloud::answering([(404, "no page is here".to_owned())]);
        let answered = cloud.answers(&elsewhere).await;
        // What has no body is believed by its status.
        assert_eq!(answered.is_ok(), service == "S3", "{service}");
    }
}

#[tokio::test]
async fn what_a_deployment_needs_is_tried_without_effect() {
    let (cloud, requests) = Cloud::scripted(|request| match request {
        it if it.contains("DescribeStackEvents") => refused("AccessDenied", "why"),
        it if it.contains("ValidateTemplate") => xml("ValidateTemplate", ""),
        it if it.starts_with("PUT ") => denied(),
        _ => (
            404,
            String::from(r#"{"__type":"ResourceNotFoundException"}"#),
        ),
    });
    for bucket in [None, Some("b")] {
        requests.lock().expect("no answer panics").clear();
        let tried = cloud.tries("game", bucket).await;
        let told: Vec<_> = tried
            .iter()
            .map(|(action, tried)| {
                let code = tried.as_ref().err().and_then(CloudError::code);
                (*action, code)
            })
            .collect();
        let mut expected = vec![
            ("cloudformation:ValidateTemplate", None),
            ("cloudformation:DescribeStackEvents", Some("AccessDenied")),
            // That there is none is no refusal.
            ("lambda:GetFunction", None),
            ("lambda:UpdateFunctionCode", Some("AccessDeniedException")),
            ("lambda:InvokeFunction", Some("ResourceNotFoundException")),
            ("logs:FilterLogEvents", None),
        ];
        expected.extend(bucket.map(|_| ("s3:GetObject", None)));
        assert_eq!(told, expected);
        let mut requests = sent(&requests);
        requests.sort();
        let changes = |request: &&String| request.starts_with("PUT ");
        let update = requests.iter().find(changes).expect("it is tried");
        assert_has(
            update,
            &["/functions/game-00-none/code", r#""DryRun":true"#],
            &[],
        );
        let heads = requests.iter().filter(|it| it.starts_with("HEAD "));
        let heads: Vec<_> = heads.map(|it| it.contains("/b/bundles/none")).collect();
        assert_eq!(heads, bucket.map(|_| true).into_iter().collect::<Vec<_>>());
    }
}
