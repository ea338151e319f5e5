//! What of a template changes a stack, and what of it does not: parameters that nothing uses, outputs,
//! templates too long for a request.

use crate::mafia::Mafia;
use crate::tiny::Tiny;

const PATH: &str = "templates/game.yaml";
const TEMPLATE: &str = "\
Parameters:
  ArtifactBucket: {Type: String}
  NewGameCode: {Type: String}
  Size: {Type: String, Default: '1'}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]
  NewGame:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: !Sub ${AWS::StackName}-01-new-game
      Runtime: provided.al2023
      Handler: bootstrap
      Code: {S3Bucket: !Ref ArtifactBucket, S3Key: !Ref NewGameCode}
      Role: !GetAtt Role.Arn
      Environment: {Variables: {SIZE: !Ref Size}}
";

/// A workshop folder with this template, and `mafia` in it.
fn student() -> (Tiny, Mafia) {
    let tiny = Tiny::new();
    tiny.write(PATH, TEMPLATE);
    let mafia = Mafia::alone()
        .in_folder(tiny.path())
        .env("MAFIA_STACK", "mafia-tiny")
        .env("MAFIA_YES", "true");
    (tiny, mafia)
}

fn with(old: &str, new: &str) -> String {
    assert!(TEMPLATE.contains(old), "{old}");
    TEMPLATE.replacen(old, new, 1)
}

/// CloudFormation does not update a stack for it, and the stack does not get it.
#[test]
fn a_parameter_that_nothing_uses_is_no_change_until_something_does() {
    let (tiny, mafia) = student();
    mafia.run(&["deploy"]).succeeds();
    let more = "Parameters:\n  Spare: {Type: String}\n";
    for template in [
        with("Parameters:\n", more),
        with(
            "Resources:\n",
            "Conditions: {Never: !Equals [a, b]}\nResources:\n",
        ),
        with(
            "Resources:\n",
            "Mappings: {Sizes: {a: {b: c}}}\nResources:\n",
        ),
        with("Parameters:\n", "Metadata: {Author: Ann}\nParameters:\n"),
    ] {
        tiny.write(PATH, &template);
        mafia.run(&["deploy"]).succeeds().prints("nothing to do");
    }
    let template = with("Parameters:\n", more);
    tiny.write(PATH, &template);
    for _ in 0..2 {
        mafia
            .run(&["deploy", "-p", "Spare=x"])
            .succeeds()
            .remarks("nothing in the template depends on the parameter Spare")
            .prints("nothing to do");
    }
    tiny.write(
        PATH,
        &template.replace("{SIZE: !Ref Size}", "{SIZE: !Ref Spare}"),
    );
    mafia
        .run(&["deploy"])
        .exits_with(2)
        .remarks("the template needs a value for its parameter Spare")
        .remarks("mafia deploy -p Spare=VALUE");
    mafia.run(&["deploy", "-p", "Spare=x"]).succeeds();
    mafia.run(&["deploy"]).succeeds().prints("nothing to do");
}

#[test]
fn an_output_alone_is_an_update() {
    let (tiny, mafia) = student();
    mafia.run(&["deploy"]).succeeds();
    tiny.write(
        PATH,
        &format!("{TEMPLATE}Outputs: {{Name: {{Value: !Ref NewGame}}}}\n"),
    );
    let dry = mafia.run(&["deploy", "--dry-run"]).succeeds();
    dry.prints("dry run, nothing changed");
    mafia.run(&["deploy"]).succeeds().prints("outputs updated");
    mafia.run(&["deploy"]).succeeds().prints("nothing to do");
}

#[test]
fn parameters_that_mafia_sets_cannot_be_given() {
    let (_tiny, mafia) = student();
    for _ in 0..2 {
        for given in ["NewGameCode=x", "ArtifactBucket=mine"] {
            let name = given.split('=').next().expect("a name");
            for arguments in [
                &["deploy", "-p", given][..],
                &["deploy", "--dry-run", "-p", given],
            ] {
                mafia
                    .run(arguments)
                    .exits_with(2)
                    .remarks(&format!("the parameter {name} is set by mafia itself"));
            }
        }
        mafia.run(&["deploy"]).succeeds();
    }
}

/// It is stored in the artifact bucket.
#[test]
fn a_template_may_be_too_long_for_a_request() {
    let (tiny, mafia) = student();
    let topic = |number: usize| {
        let name = format!("{number:03}-{}", "x".repeat(400));
        format!(
            "  Logs{number}: {{Type: AWS::Logs::LogGroup, Properties: {{LogGroupName: {name}}}}}\n"
        )
    };
    let large: String = (0..120).map(topic).collect();
    let large = format!("{TEMPLATE}{large}");
    assert!(large.len() > 51_200);
    tiny.write(PATH, &large);
    mafia
        .run(&["deploy", "--dry-run"])
        .exits_with(1)
        .remarks("a dry run needs the artifact bucket for it");
    mafia.run(&["deploy"]).succeeds().prints("created");
    mafia.run(&["deploy"]).succeeds().prints("nothing to do");
    tiny.write(PATH, &large.replace("Default: '1'", "Default: '2'"));
    let dry = mafia.run(&["deploy", "--dry-run"]).succeeds();
    dry.prints("~ NewGame").prints("dry run, nothing changed");
    mafia
        .run(&["deploy"])
        .succeeds()
        .prints("1 resource updated");
    mafia.run(&["clean"]).succeeds().prints("0 left");
}

/// The dry run says what the deployment does. What the failed stack keeps is not forgotten.
#[test]
fn a_dry_run_of_a_failed_stack_says_what_comes_first() {
    let (tiny, mafia) = student();
    let twice = "Resources:\n  Keep: {Type: AWS::S3::Bucket, DeletionPolicy: Retain}\n  A: {Type: \
                 AWS::Logs::LogGroup, DependsOn: Keep, Properties: {LogGroupName: a}}\n  B: {Type: \
                 AWS::Logs::LogGroup, DependsOn: A, Properties: {LogGroupName: a}}\n";
    tiny.write(PATH, &with("Resources:\n", twice));
    mafia.run(&["deploy"]).exits_with(1);
    tiny.write(PATH, TEMPLATE);
    let dry = mafia.run(&["deploy", "--dry-run"]).succeeds();
    dry.remarks("stack mafia-tiny is in CREATE_FAILED: a deployment would first delete it")
        .prints("would create")
        .prints("dry run, nothing changed");
    mafia
        .run(&["deploy"])
        .succeeds()
        .remarks("stack mafia-tiny is in CREATE_FAILED: deleting it")
        .remarks("Keep (AWS::S3::Bucket mafia-tiny-keep-")
        .remarks("still exists, as its policy in the template says")
        .prints("created with 1 function");
    for _ in 0..2 {
        let cleaned = mafia.run(&["clean"]).succeeds().prints("1 left");
        cleaned.prints("mafia-tiny-keep-");
    }
}
