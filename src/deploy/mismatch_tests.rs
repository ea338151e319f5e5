use super::*;
use crate::cloud::{NamedValues, Status};

const TEMPLATE: &str = "\
Parameters:
  OneCode: {Type: String}
Resources:
  One:
    Properties:
      FunctionName: !Sub ${AWS::StackName}-01-one
      Role: !GetAtt Servant.Arn
";

fn project(functions: &[(&str, &str)], unlisted: &[&str]) -> Project {
    Project::example(functions, unlisted)
}

fn words(error: DeployError) -> (String, Vec<String>, String) {
    match error {
        DeployError::Mismatch(mismatch) => (mismatch.message, mismatch.hints, mismatch.snippet),
        other => panic!("another error: {other}"),
    }
}

fn checked(
    project: &Project,
    template: &str,
    required: &[&str],
    defaults: &[&str],
) -> Result<(), DeployError> {
    let owned = |names: &[&str]| -> Vec<String> { names.iter().map(|&n| n.to_owned()).collect() };
    let summary = TemplateSummary {
        parameters: owned(&[required, defaults].concat()),
        required: owned(required),
    };
    let given = |name: &str| name == "GivenCode";
    check_parameters(project, template, &summary, project.functions.iter(), given)
}

#[test]
fn a_template_that_fits_is_accepted() {
    let project = project(&[("01-one", "one")], &[]);
    let required = ["ArtifactBucket", "OneCode", "Players", "GivenCode"];
    assert!(checked(&project, TEMPLATE, &required, &["PostCode"]).is_ok());
}

#[test]
fn a_function_that_the_template_lacks_is_shown_as_what_to_add() {
    let project = project(&[("01-one", "one"), ("03-three", "three")], &[]);
    let error = checked(&project, TEMPLATE, &["OneCode"], &[]).expect_err("three is missing");
    let (message, hints, snippet) = words(error);
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
        "      Role: !GetAtt Servant.Arn",
    ] {
        assert!(snippet.contains(line), "{line} in {snippet}");
    }
    let error = checked(&project, "{}", &["OneCode"], &[]).expect_err("three is missing");
    let (_, _, snippet) = words(error);
    let json: serde_json::Value = serde_json::from_str(&snippet).expect("JSON for JSON");
    let function = &json["Resources"]["Three"]["Properties"];
    assert_eq!(function["Code"]["S3Key"]["Ref"], "ThreeCode");
    assert_eq!(
        function["FunctionName"]["Fn::Sub"],
        "${AWS::StackName}-03-three"
    );
}

#[test]
fn a_slip_in_a_name_is_recognised() {
    let project = project(&[("01-one", "one"), ("03-tree", "three")], &[]);
    let error = checked(&project, TEMPLATE, &["OneCode", "ThreeCode"], &[]);
    let (_, hints, _) = words(error.expect_err("tree is missing"));
    assert!(
        hints[0].contains("has the parameter ThreeCode"),
        "{hints:?}"
    );
}

#[test]
fn a_parameter_without_a_function_points_at_the_package() {
    let template = format!("{TEMPLATE}      FunctionName: !Sub '${{AWS::StackName}}-7-night-turn'");
    let required = ["OneCode", "NightTurnCode"];
    let hint = |unlisted: &[&str], template: &str| {
        let project = project(&[("01-one", "one")], unlisted);
        let error = checked(&project, template, &required, &[]).expect_err("no code for it");
        let (message, hints, snippet) = words(error);
        assert!(
            message.contains("needs code for its parameter NightTurnCode"),
            "{message}"
        );
        assert_eq!(snippet, "");
        assert!(hints[1].ends_with("set it with --parameter NightTurnCode=VALUE"));
        hints[0].clone()
    };
    let place = "to `[package.metadata.mafia.functions]` in `/ws/labs/game/Cargo.toml`";
    assert_eq!(
        hint(&["noon", "night_turn"], &template),
        format!("add `night_turn = \"7-night-turn\"` {place}")
    );
    assert_eq!(
        hint(&[], TEMPLATE),
        format!(
            "write the program `src/bin/night-turn.rs`, and add `night-turn = \"02-night-turn\"` \
             {place}"
        )
    );
}

/// A stack `game` with the functions of this logical and physical ids, and these parameters.
fn missing(template: Option<&str>, parameters: &[&str], functions: &[(&str, &str)]) -> DeployError {
    let stack = Stack {
        name: "game".to_owned(),
        id: "id".to_owned(),
        status: Status("CREATE_COMPLETE".to_owned()),
        reason: None,
        changed: None,
        protected: false,
        tags: NamedValues::new(),
        parameters: parameters
            .iter()
            .map(|&p| (p.to_owned(), String::new()))
            .collect(),
        outputs: NamedValues::new(),
    };
    let resources: Vec<Resource> = functions
        .iter()
        .map(|(logical_id, physical_id)| Resource {
            logical_id: (*logical_id).to_owned(),
            physical_id: (*physical_id).to_owned(),
            resource_type: FUNCTION.to_owned(),
            status: Status("CREATE_COMPLETE".to_owned()),
            reason: None,
        })
        .collect();
    let project = project(&[("01-one", "one"), ("03-three", "three")], &[]);
    missing_function(
        &project,
        template,
        &stack,
        &project.functions[1],
        &resources,
    )
}

#[test]
fn a_function_that_is_not_there_is_told_from_one_that_is_gone() {
    let template = Some(TEMPLATE);
    let one = ("One", "game-01-one");
    let (message, _, snippet) = words(missing(template, &["OneCode"], &[one]));
    assert!(message.contains("has no function 03-three with the parameter ThreeCode"));
    assert!(!snippet.is_empty());

    let (message, hints, _) = words(missing(None, &["OneCode"], &[one]));
    assert_eq!(message, "stack game has no function 03-three yet");
    assert!(hints[0].contains("without a function's name"), "{hints:?}");

    let codes = ["OneCode", "ThreeCode"];
    let (message, _, snippet) = words(missing(template, &codes, &[one]));
    assert!(message.ends_with("but not the function"), "{message}");
    assert!(snippet.contains("FunctionName"), "{snippet}");

    let gone = missing(template, &codes, &[one, ("Three", "game-03-three")]);
    assert!(
        matches!(gone, DeployError::FunctionMissing { .. }),
        "{gone}"
    );
}

#[test]
fn a_function_of_another_name_is_found_and_its_name_given() {
    let codes = ["OneCode", "ThreeCode"];
    let found = |physical_id: &str| {
        let functions = [("One", "game-01-one"), ("Third", physical_id)];
        let (message, hints, _) = words(missing(Some(TEMPLATE), &codes, &functions));
        let end = format!("its function Third is called {physical_id}");
        assert!(message.ends_with(&end), "{message}");
        let name = "`FunctionName: !Sub ${AWS::StackName}-03-three`";
        assert!(hints[0].contains("the resource Third"), "{hints:?}");
        assert!(hints[0].ends_with(name), "{hints:?}");
        hints.get(1).cloned()
    };
    assert_eq!(found("game-Third-1ABCDEF"), None);
    assert_eq!(found("elsewhere"), None);
    let written = "or write `three = \"3-three\"` in `/ws/labs/game/Cargo.toml`";
    assert_eq!(found("game-3-three").as_deref(), Some(written));
}
