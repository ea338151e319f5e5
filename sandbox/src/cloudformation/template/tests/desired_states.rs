//! Which resources are wanted, and what each waits for.

use super::*;

const WORKSHOP: &str = include_str!("../../../../../templates/workshop.yaml");
const GAME: &str = include_str!("../../../../../templates/game.yaml");

#[test]
fn the_projects_own_templates_have_a_desired_state() {
    let state = desired(WORKSHOP, &[]).expect("workshop.yaml");
    assert_eq!(
        dependencies(&state),
        BTreeMap::from([
            ("ArtifactBucket", vec![]),
            ("OnlyOverTls", vec!["ArtifactBucket"])
        ])
    );
    let policy = state.properties("OnlyOverTls", &there).expect("a policy");
    let statement = &policy["PolicyDocument"]["Statement"][0];
    assert_eq!(
        statement["Resource"],
        json!(["ArtifactBucket:Arn", "ArtifactBucket:Arn/*"])
    );
    let condition = json!({ "Bool": { "aws:SecureTransport": "false" } });
    assert_eq!(statement["Condition"], condition);

    let code = ["NewGame", "GameState", "NightTurn", "DayTurn", "Judgement"];
    let keys = code.map(|name| format!("{name}Code"));
    let mut given = vec![("ArtifactBucket", "bundles"), ("Players", "12")];
    given.extend(keys.iter().map(|key| (key.as_str(), "key.zip")));
    let state = desired(GAME, &given).expect("game.yaml");
    assert_eq!(
        dependencies(&state)["GameState"],
        ["GameStateLogs", "Role", "Table"]
    );
    let function = state.properties("GameState", &there).expect("a function");
    assert_eq!(function["FunctionName"], "game-02-game-state");
    assert_eq!(function["Architectures"], json!(["x86_64"]));
    assert_eq!(function["MemorySize"], 256);
    assert_eq!(
        function["Environment"]["Variables"],
        json!({"DYNAMO_TABLE": "game-Table", "NUMBER_OF_PLAYERS": "12", "NUMBER_OF_MAFIA": "3"})
    );
    let outputs = state.outputs(&there).expect("outputs");
    assert_eq!(outputs.len(), 6);
    assert_eq!(outputs[5].key, "TableName");
    assert_eq!(outputs[5].value, "game-Table");
    assert_eq!(
        outputs[5].description.as_deref(),
        Some("Name of the table of players")
    );
    assert_eq!(
        state.resources["Table"].policies.deletion_policy,
        Retention::Delete
    );

    let game = Template::parse(GAME).expect("game.yaml");
    let needed = game.require_capabilities(&[]).expect_err("a role");
    assert_eq!(needed.code, "InsufficientCapabilitiesException");
    assert_eq!(needed.message, "Requires capabilities : [CAPABILITY_IAM]");
    assert_eq!(
        game.require_capabilities(&["CAPABILITY_IAM".to_owned()]),
        Ok(())
    );
    assert!(game.resource_types().contains("AWS::Logs::LogGroup"));
    assert_eq!(
        game.parameters["Architecture"].allowed_values(),
        ["x86_64", "arm64"]
    );
}

#[test]
fn the_games_parameters_are_held_to_their_constraints() {
    let given = [("Players", "1")];
    let error = desired(GAME, &given).expect_err("too few");
    assert_eq!(
        error.message,
        "Parameter Players failed to satisfy constraint: must be a whole number from 2 to 300"
    );
    assert_eq!(
        refusal(GAME),
        "Parameters: [ArtifactBucket, DayTurnCode, GameStateCode, JudgementCode, NewGameCode, \
         NightTurnCode] must have values"
    );
}

const STAGES: &str = "
    Parameters:
      Stage: {Type: String, Default: dev}
    Conditions:
      Production: !Equals [!Ref Stage, prod]
    Resources:
      Table:
        Type: AWS::DynamoDB::Table
      Alarm:
        Type: AWS::Logs::LogGroup
        Condition: Production
        DependsOn: Table
        DeletionPolicy: Retain
        Metadata: {Why: to know}
      Function:
        Type: AWS::Lambda::Function
        DependsOn: [Alarm, Table]
        Properties:
          Name: !If [Production, !Ref Alarm, !Ref AWS::NoValue]
          Nested: {List: [a, !If [Production, !GetAtt Alarm.Arn, !Ref AWS::NoValue]]}
    Outputs:
      Alarm:
        Condition: Production
        Value: !Ref Alarm
        Export: {Name: !Sub '${AWS::StackName}-alarm'}
      Stage: {Value: !Ref Stage}";

#[test]
fn conditions_leave_out_resources_branches_and_outputs() {
    let state = desired(STAGES, &[]).expect("dev");
    let expected = BTreeMap::from([("Function", vec!["Table"]), ("Table", vec![])]);
    assert_eq!(dependencies(&state), expected);
    let properties = state.properties("Function", &there);
    assert_eq!(properties, Ok(json!({ "Nested": { "List": ["a"] } })));
    let outputs = state.outputs(&there).expect("outputs");
    assert_eq!(outputs.len(), 1);
    assert_eq!(
        (outputs[0].key.as_str(), outputs[0].value.as_str()),
        ("Stage", "dev")
    );

    let state = desired(STAGES, &[("Stage", "prod")]).expect("prod");
    assert_eq!(dependencies(&state)["Function"], ["Alarm", "Table"]);
    assert_eq!(dependencies(&state)["Alarm"], ["Table"]);
    let alarm = &state.resources["Alarm"];
    assert_eq!(alarm.kind, "AWS::Logs::LogGroup");
    assert_eq!(alarm.policies.deletion_policy, Retention::Retain);
    assert_eq!(alarm.policies.metadata, Some(json!({ "Why": "to know" })));
    let outputs = state.outputs(&there).expect("outputs");
    assert_eq!(outputs[0].export.as_deref(), Some("game-alarm"));
}

#[test]
fn dependencies_are_found_wherever_they_are() {
    let body = "
        Parameters: {P: {Type: String, Default: x}}
        Resources:
          A: {Type: T}
          B: {Type: T}
          C: {Type: T}
          D: {Type: T}
          E: {Type: T}
          F:
            Type: T
            Properties:
              One: !Sub ['${own}${A}${P}${AWS::Region}${!E}${C.Own}', {own: !Ref B, C.Own: x}]
              Two: [[!Join ['-', [!GetAtt D.List, x]]]]";
    let state = desired(body, &[]).expect("a desired state");
    assert_eq!(dependencies(&state)["F"], ["A", "B", "D"]);
}

#[test]
fn circles_are_refused_with_their_members() {
    let body = "
        Resources:
          A: {Type: T, Properties: {X: !Ref B}}
          B: {Type: T, DependsOn: C}
          C: {Type: T, Properties: {X: !Sub '${A.Arn}'}}
          Above: {Type: T, Properties: {X: !Ref A}}";
    assert_eq!(
        refusal(body),
        "Circular dependency between resources: [A, B, C]"
    );
    let own = "Resources: {A: {Type: T, Properties: {X: !Ref A}}}";
    assert_eq!(refusal(own), "Circular dependency between resources: [A]");
}

#[test]
fn json_says_the_same_as_yaml() {
    let yaml = Template::parse(STAGES).expect("YAML");
    let json = Template::parse(&yaml.body.to_string()).expect("JSON");
    assert_eq!(json.body, yaml.body);
}
