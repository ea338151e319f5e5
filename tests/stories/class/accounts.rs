//! Students with roles of their own: each account has its own services.

use super::classroom::{Classroom, Ends};
use crate::endpoint::Endpoint;
use crate::mafia::Mafia;
use crate::proxy::Proxy;
use crate::student::Student;
use crate::workspace::Workspace;

const SERVICES: [&str; 7] = [
    "CLOUDFORMATION",
    "CLOUDWATCH_LOGS",
    "DYNAMODB",
    "IAM",
    "LAMBDA",
    "S3",
    "STS",
];
const ROLE: &str = "\nResources:\n  Teacher:\n    Type: AWS::IAM::Role\n    Properties:\n      RoleName: teacher\n      \
                    AssumeRolePolicyDocument: { Version: \"2012-10-17\", Statement: [{ Effect: Allow, \
                    Principal: { AWS: \"*\" }, Action: \"sts:AssumeRole\" }] }\n      \
                    Policies: [{ PolicyName: all, PolicyDocument: { Version: \"2012-10-17\", Statement: [{ \
                    Effect: Allow, Action: \"*\", Resource: \"*\" }] } }]\n";

/// As on AWS, though each service is at an address of its own.
fn on_aws(class: &Classroom, proxy: &Proxy) -> Mafia {
    let mafia = Mafia::at(proxy.endpoint())
        .in_folder(class.workspace.path())
        .without_env("MAFIA_ENDPOINT_URL")
        .env("MAFIA_TARGET", "aws");
    SERVICES.iter().fold(mafia, |mafia, service| {
        mafia.env(
            &format!("AWS_ENDPOINT_URL_{service}"),
            proxy.endpoint().url(),
        )
    })
}

#[test]
fn each_account_is_worked_on_with_its_role() {
    let endpoint = Endpoint::sandbox();
    let elsewhere = Workspace::light();
    elsewhere.edit("templates/game.yaml", "\nResources:\n", ROLE);
    Student::new(&endpoint, "mafia-bystander", &elsewhere).deploys(&[]);

    let class = Classroom::of(&endpoint, 2);
    let role = format!("arn:aws:iam::{}:role/teacher", endpoint.account());
    let roster = class.workspace.read("roster.toml");
    class
        .workspace
        .write("roster.toml", &format!("{roster}role = \"{role}\"\n"));
    let proxy = Proxy::in_front_of(&endpoint);
    let up = on_aws(&class, &proxy)
        .run(&["class", "up", "--json"])
        .succeeds();
    Ends::of(&up).all("ready", "created");
    up.remarks("class monday on AWS (us-east-1)")
        .remarks("assumed-role/teacher/mafia");
    // At most once for the client of each service, and not for each request.
    let assumed = proxy.count("sts:AssumeRole");
    assert!(
        (1..=SERVICES.len()).contains(&assumed),
        "{}",
        proxy.transcript()
    );
    // The bundles are uploaded once for each account; here both are the same one.
    assert!(proxy.count("s3:PutObject") >= 5, "{}", proxy.transcript());
    class.asks(&["class", "up"]).all("ready", "unchanged");
}
