use mafia_sandbox::read_template;
use serde_json::Value;

use super::*;

const TEMPLATE: &str = "\
Parameters:
  OneCode: {Type: String}
Resources:
  One:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: !Sub ${AWS::StackName}-01-one
      Code: {S3Bucket: b, S3Key: !Ref OneCode}
      Role: !GetAtt Servant.Arn
      Environment:
        Variables:
          TABLE: !Ref Table
  OneLogs:
    Type: AWS::Logs::LogGroup
    Properties: {RetentionInDays: 7}
";

pub fn words(error: DeployError) -> (String, Vec<String>, String) {
    match error {
        DeployError::Mismatch(mismatch) => (mismatch.message, mismatch.hints, mismatch.snippet),
        other => panic!("another error: {other}"),
    }
}

fn checked(
    functions: &[(&str, &str)],
    unlisted: &[&str],
    template: &str,
    values: &[&str],
) -> Result<(), (String, Vec<String>, String)> {
    let project = Project::example(functions, unlisted);
    let values = values.iter().map(|&name| (name.to_owned(), "x".to_owned()));
    let template = Template::new(template);
    check(&project, &template, "ann", &values.collect()).map_err(words)
}

const ONE: (&str, &str) = ("01-one", "one");

#[test]
fn a_template_that_fits_is_accepted() {
    let more = "  PostCode: {Type: String, Default: x}\n  GivenCode: {Type: String}\nResources:\n";
    let template = TEMPLATE.replacen("Resources:\n", more, 1);
    assert_eq!(checked(&[ONE], &[], &template, &["GivenCode"]), Ok(()));
    assert_eq!(
        checked(&[ONE], &[], "Resources: [", &[]),
        Ok(()),
        "for CloudFormation to refuse"
    );
}

#[test]
fn a_parameter_without_a_value_is_asked_for() {
    let more = "  Token: {Type: String, Description: As Slack shows it}\n  ArtifactBucket: {Type: String}\n\
                \x20 Architecture: {Type: String}\nResources:\n";
    let template = TEMPLATE.replacen("Resources:\n", more, 1);
    assert_eq!(
        checked(&[ONE], &[], &template, &[]),
        Ok(()),
        "nothing uses it"
    );
    let template = template.replace("!Ref Table", "!Ref Token");
    let (message, hints, _) = checked(&[ONE], &[], &template, &[]).expect_err("no token");
    assert_eq!(
        message,
        "the template needs a value for its parameter Token (As Slack shows it)"
    );
    assert_eq!(hints, ["run `mafia deploy -p Token=VALUE`"]);
    assert_eq!(checked(&[ONE], &[], &template, &["Token"]), Ok(()));
}

#[test]
fn a_function_that_the_template_lacks_is_shown_as_what_to_add() {
    let functions = [ONE, ("03-three", "three")];
    let (message, hints, snippet) = checked(&functions, &[], TEMPLATE, &[]).expect_err("no three");
    assert_eq!(
        message,
        "the template `/ws/templates/game.yaml` has no function 03-three with the parameter \
         ThreeCode for its code"
    );
    assert_eq!(
        hints[1],
        "or remove `three` from `[package.metadata.mafia.functions]` in `/ws/labs/game/Cargo.toml`"
    );
    for line in [
        "  ThreeCode:\n    Type: String\n",
        "  Three:\n    Type: AWS::Lambda::Function\n",
        "      FunctionName: !Sub ${AWS::StackName}-03-three\n",
        "        S3Key: !Ref ThreeCode\n",
        "      Role: !GetAtt Servant.Arn\n",
        "          TABLE: !Ref Table\n",
        "  ThreeLogs:\n    Type: AWS::Logs::LogGroup\n",
        "      LogGroupName: !Sub /aws/lambda/${AWS::StackName}-03-three\n",
    ] {
        assert!(snippet.contains(line), "{line} in {snippet}");
    }
    let in_json = r#"{"Resources": {"R": {"Type": "AWS::IAM::Role"}}}"#;
    let (_, _, snippet) = checked(&functions[1..], &[], in_json, &[]).expect_err("no three");
    let json: Value = serde_json::from_str(&snippet).expect("JSON for JSON");
    let function = &json["Resources"]["Three"]["Properties"];
    assert_eq!(function["Code"]["S3Key"]["Ref"], "ThreeCode");
    assert_eq!(
        function["FunctionName"]["Fn::Sub"],
        "${AWS::StackName}-03-three"
    );
}

/// Nothing is left of some names for a resource, and others are taken.
#[test]
fn a_snippets_resource_always_has_a_free_name() {
    let named = |function: &str, template: &str| {
        let functions = [ONE, (function, "other")];
        let (_, _, snippet) = checked(&functions, &[], template, &[]).expect_err("no other");
        let snippet = read_template(&snippet).expect("a part of a template");
        let resources = snippet["Resources"].as_object().expect("resources");
        let functions = resources
            .iter()
            .filter(|(_, it)| it["Type"] == "AWS::Lambda::Function");
        functions.map(|(name, _)| name.clone()).collect::<Vec<_>>()
    };
    for function in ["7", "_1", "04", "-"] {
        assert_eq!(named(function, TEMPLATE), ["Function"], "{function}");
    }
    assert_eq!(named("05-table", TEMPLATE), ["Table"]);
    let template = format!("{TEMPLATE}  Table: {{Type: AWS::DynamoDB::Table}}\n");
    assert_eq!(named("05-table", &template), ["TableFunction"]);
}

#[test]
fn a_slip_in_a_name_is_recognised() {
    let template = TEMPLATE.replacen(
        "Resources:\n",
        "  ThreeCode: {Type: String}\nResources:\n",
        1,
    );
    let functions = [ONE, ("03-tree", "three")];
    let (_, hints, _) = checked(&functions, &[], &template, &[]).expect_err("no tree");
    assert!(
        hints[0].contains("has the parameter ThreeCode"),
        "{hints:?}"
    );
}

#[test]
fn a_parameter_without_a_function_points_at_the_package() {
    let place = "to `[package.metadata.mafia.functions]` in `/ws/labs/game/Cargo.toml`";
    let unused = TEMPLATE.replacen(
        "Resources:\n",
        "  NightTurnCode: {Type: String}\nResources:\n",
        1,
    );
    let used = format!(
        "{unused}  Night:\n    Type: AWS::Lambda::Function\n    Properties: {{FunctionName: !Sub \
         '${{AWS::StackName}}-7-night', Code: {{S3Key: !Ref NightTurnCode}}}}\n"
    );
    let hints = |unlisted: &[&str], template: &str| {
        let (message, hints, snippet) =
            checked(&[ONE], unlisted, template, &[]).expect_err("no code for it");
        assert!(
            message.contains("needs code for its parameter NightTurnCode"),
            "{message}"
        );
        assert_eq!(snippet, "");
        assert!(hints[2].ends_with("set it with --parameter NightTurnCode=VALUE"));
        hints[..2].to_vec()
    };
    assert_eq!(
        hints(&["noon", "night_turn"], &used),
        [
            format!("add `night_turn = \"7-night\"` {place}"),
            "or remove the function Night and the parameter NightTurnCode from \
             `/ws/templates/game.yaml`"
                .to_owned()
        ]
    );
    assert_eq!(
        hints(&[], &unused),
        [
            format!(
                "write the program `src/bin/night-turn.rs`, and add `night-turn = \
                 \"02-night-turn\"` {place}"
            ),
            "or remove the parameter NightTurnCode from `/ws/templates/game.yaml`".to_owned()
        ]
    );
}

#[test]
fn a_function_of_another_name_is_found_and_its_name_given() {
    let found = |name: &str| {
        let template = format!(
            "{}  Third:\n    Type: AWS::Lambda::Function\n    Properties:\n      {name}Code: {{S3Key: \
             !Ref ThreeCode}}\n",
            TEMPLATE.replacen(
                "Resources:\n",
                "  ThreeCode: {Type: String}\nResources:\n",
                1
            )
        );
        checked(&[ONE, ("03-three", "three")], &[], &template, &[])
    };
    let message = |end: &str| {
        format!("the template has no function called ann-03-three: its function Third {end}")
    };
    let give = "give the resource Third in `/ws/templates/game.yaml` this name: `FunctionName: !Sub \
                ${AWS::StackName}-03-three`";
    let (said, hints, _) = found("").expect_err("no name");
    assert_eq!(
        (said, hints),
        (message("has no FunctionName"), vec![give.to_owned()])
    );
    let (said, hints, _) = found("FunctionName: elsewhere\n      ").expect_err("another name");
    assert_eq!(
        (said, hints),
        (message("is called elsewhere"), vec![give.to_owned()])
    );
    let (_, hints, _) = found("FunctionName: ann-3-three\n      ").expect_err("another name");
    assert_eq!(
        hints[1],
        "or write `three = \"3-three\"` in `/ws/labs/game/Cargo.toml`"
    );
    assert_eq!(
        found("FunctionName: !ImportValue x\n      "),
        Ok(()),
        "for CloudFormation to know"
    );
}

#[test]
fn a_function_that_is_not_deployed_yet_is_told_from_one_of_an_unknown_name() {
    let project = Project::example(&[("03-three", "three")], &[]);
    let said = |template| {
        words(missing_function(
            &project,
            template,
            "ann",
            &project.functions[0],
        ))
    };
    let (message, hints, _) = said(None);
    assert_eq!(message, "stack ann has no function 03-three yet");
    assert!(hints[0].contains("without a function's name"), "{hints:?}");
    let (message, hints, _) = said(Some(&Template::new(TEMPLATE)));
    assert_eq!(message, "stack ann has no function called ann-03-three");
    assert!(hints[0].ends_with("`FunctionName: !Sub ${AWS::StackName}-03-three`"));
}
