//! A function that only some of the package's binaries, its metadata and the template have: whatever
//! comes first, the missing part is named, and with it the deployment succeeds.

use serde_json::Value;

use crate::mafia::{Mafia, Outcome};
use crate::tiny::Tiny;

/// What a student writes to get one more function. Each part may come first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Part {
    /// The program in `src/bin`.
    Binary,
    /// The line in `[package.metadata.mafia.functions]`.
    Listed,
    /// The template's parameter for the code.
    Parameter,
    /// The template's function.
    Resource,
    /// Its `FunctionName`.
    Name,
}

use Part::{Binary, Listed, Name, Parameter, Resource};

const ALL: [Part; 5] = [Binary, Listed, Parameter, Resource, Name];
const ONE: &str = "\
[package]
name = \"tiny\"
version = \"0.0.0\"
edition = \"2024\"
[package.metadata.mafia]
template = \"../../templates/game.yaml\"
[package.metadata.mafia.functions]
one = \"01-one\"
";
const ROLE: &str = "  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: \"2012-10-17\"
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]
";

struct Student {
    tiny: Tiny,
    mafia: Mafia,
}

impl Student {
    /// Has one function, and has written these parts of a second one.
    fn with(parts: &[Part]) -> Self {
        let tiny = Tiny::new();
        let mafia = Mafia::alone()
            .in_folder(tiny.path())
            .env("MAFIA_STACK", "mafia-tiny");
        let student = Self { tiny, mafia };
        student.tiny.remove("labs/tiny/src/bin/new-game.rs");
        student
            .tiny
            .write("labs/tiny/src/bin/one.rs", "fn main() {}\n");
        student.writes(parts);
        student
    }

    fn writes(&self, parts: &[Part]) {
        let has = |part| parts.contains(&part);
        if has(Binary) {
            let path = "labs/tiny/src/bin/night_turn.rs";
            self.tiny.write(path, "fn main() { assert!(true) }\n");
        }
        let listed = if has(Listed) {
            "night_turn = \"03-night_turn\"\n"
        } else {
            ""
        };
        self.tiny
            .write("labs/tiny/Cargo.toml", &format!("{ONE}{listed}"));
        let parameter = if has(Parameter) {
            "  NightTurnCode: {Type: String}\n"
        } else {
            ""
        };
        let mut resources = resource("One", "01-one", "OneCode");
        if has(Resource) {
            resources += &resource("NightTurn", "03-night_turn", "NightTurnCode");
        }
        if !has(Name) {
            let name = "      FunctionName: !Sub ${AWS::StackName}-03-night_turn\n";
            resources = resources.replace(name, "");
        }
        self.tiny.write(
            "templates/game.yaml",
            &format!(
                "Parameters:\n  ArtifactBucket: {{Type: String}}\n  OneCode: {{Type: String}}\n\
                 {parameter}Resources:\n{ROLE}{resources}"
            ),
        );
    }

    fn deploy(&self, arguments: &[&str]) -> Outcome {
        let outcome = self.mafia.run(&[&["deploy"], arguments].concat());
        let outcome = outcome.never_says("deleted outside CloudFormation");
        outcome.never_says("panicked")
    }

    #[track_caller]
    fn deploys_both(&self) {
        let deployed: Value = self.deploy(&["--json"]).succeeds().json();
        let functions = deployed["functions"].as_array().expect("a list");
        assert_eq!(functions.len(), 2, "{deployed:#}");
        self.deploy(&[]).succeeds().prints("nothing to do");
    }
}

fn resource(logical_id: &str, name: &str, code: &str) -> String {
    format!(
        "  {logical_id}:\n    Type: AWS::Lambda::Function\n    Properties:\n      \
         FunctionName: !Sub ${{AWS::StackName}}-{name}\n      Runtime: provided.al2023\n      \
         Handler: bootstrap\n      Code: {{S3Bucket: !Ref ArtifactBucket, S3Key: !Ref {code}}}\n      \
         Role: !GetAtt Role.Arn\n"
    )
}

/// The parts that were written so far, and what is said: an error with its exit code, or a remark.
fn said(parts: &[Part]) -> (i32, &'static [&'static str]) {
    let has = |part| parts.contains(&part);
    match (has(Binary), has(Listed), has(Parameter)) {
        (false, true, _) => (
            2,
            &["`functions` names the binary `night_turn`, but the package does not have it"],
        ),
        (_, _, false) if has(Resource) => (
            2,
            &[
                "the function NightTurn in the template `templates/game.yaml` has its code from the",
                "parameter NightTurnCode, but the template has no such parameter",
                "  | Parameters:\n  |   NightTurnCode:\n  |     Type: String\n",
            ],
        ),
        (_, true, false) => (
            2,
            &[
                "has no function 03-night_turn with the parameter NightTurnCode for its code",
                "  |   NightTurnCode:\n  |     Type: String\n",
                "  |       FunctionName: !Sub ${AWS::StackName}-03-night_turn\n",
                "  hint: add this to `templates/game.yaml`",
                "  hint: or remove `night_turn` from `[package.metadata.mafia.functions]`",
            ],
        ),
        (true, false, true) => (
            2,
            &[
                "needs code for its parameter NightTurnCode",
                "hint: add `night_turn = \"",
            ],
        ),
        (false, false, true) => (
            2,
            &["hint: write the program `src/bin/night-turn.rs`, and add `"],
        ),
        (true, false, false) => (
            0,
            &["the binary `night_turn` is not a function yet; to deploy it, add `night_turn = \""],
        ),
        (true, true, true) if !has(Resource) => (
            2,
            &[
                "the template has its parameter NightTurnCode, but not the function",
                "hint: add the resource to `templates/game.yaml`",
            ],
        ),
        (true, true, true) if !has(Name) => (
            2,
            &[
                "has no function called mafia-tiny-03-night_turn: its function NightTurn has no \
                 FunctionName",
                "hint: give the resource NightTurn in `templates/game.yaml` this name: \
                 `FunctionName: !Sub",
            ],
        ),
        _ => (0, &[]),
    }
}

/// From each part on, forwards and backwards, with a stack and without one.
#[test]
fn whatever_comes_first_the_missing_part_is_named() {
    let mut backwards = ALL;
    backwards.reverse();
    for (number, order) in [ALL, backwards].iter().cycle().take(10).enumerate() {
        let mut order = *order;
        order.rotate_left(number / 2);
        let student = Student::with(&[]);
        if number % 4 < 2 {
            student.deploy(&[]).succeeds();
        }
        for written in 1..=order.len() {
            let parts = &order[..written];
            student.writes(parts);
            let mut outcome = student.deploy(&[]);
            let (code, words) = said(parts);
            if outcome.code != Some(code) {
                outcome.fails(&format!("should have exited with {code} for {parts:?}"));
            }
            for words in words {
                outcome = outcome.remarks(words);
            }
        }
        student.deploys_both();
    }
}

#[test]
fn a_part_that_is_taken_away_is_named() {
    let student = Student::with(&ALL);
    student.deploys_both();
    student.writes(&[Binary, Parameter, Resource, Name]);
    student
        .deploy(&[])
        .succeeds()
        .remarks("03-night_turn is not in `[package.metadata.mafia.functions]` any more")
        .remarks("it keeps its code");
    let status = student.mafia.run(&["status", "--json"]).succeeds().json();
    let functions = status["functions"].as_array().expect("a list").iter();
    let code: Vec<&Value> = functions.map(|it| &it["code"]).collect();
    assert_eq!(code, ["as-built", "unlisted"]);
    assert_ne!(status["next"], "mafia deploy");
    student.writes(&[Binary, Listed]);
    let refused = student.deploy(&[]);
    refused
        .exits_with(2)
        .remarks("has no function 03-night_turn");
    student.writes(&[]);
    student.deploy(&[]).succeeds().never_says("any more");

    student.writes(&ALL);
    let alone = student.deploy(&["--function", "night_turn"]).exits_with(2);
    alone
        .remarks("error: stack mafia-tiny has no function 03-night_turn yet\n")
        .remarks("hint: run `mafia deploy` without a function's name to update the stack");
    student.writes(&[Binary]);
    let unlisted = student.deploy(&["--function", "night_turn"]).exits_with(2);
    unlisted
        .remarks("error: the binary `night_turn` is not a function yet\n")
        .remarks("hint: add `night_turn = \"02-night_turn\"` to");
}

/// Before an update deletes or replaces a function that the package still has.
#[test]
fn what_an_update_would_delete_is_named_before_it() {
    let student = Student::with(&ALL);
    student.deploys_both();
    student.writes(&[Binary, Listed, Parameter]);
    student
        .deploy(&[])
        .exits_with(2)
        .remarks("the template has its parameter NightTurnCode, but not the function");
    let renamed = |from: &str, to: &str| {
        let file = student.tiny.path().join("templates/game.yaml");
        let template = std::fs::read_to_string(&file).expect("a template");
        assert!(template.contains(from), "{template}");
        let path = "templates/game.yaml";
        student.tiny.write(path, &template.replace(from, to));
    };
    student.writes(&ALL);
    renamed("-03-night_turn", "-04-evening");
    student
        .deploy(&[])
        .exits_with(2)
        .remarks("its function NightTurn is called mafia-tiny-04-evening")
        .remarks("or write `night_turn = \"04-evening\"` in `labs/tiny/Cargo.toml`");

    // The hint is followed, and the next one: the parameter has the old name.
    let listed = format!("{ONE}night_turn = \"04-evening\"\n");
    student.tiny.write("labs/tiny/Cargo.toml", &listed);
    student
        .deploy(&[])
        .exits_with(2)
        .remarks("04-evening in the template `templates/game.yaml` has its code from the parameter")
        .remarks("write `S3Key: !Ref EveningCode` in the resource NightTurn")
        .remarks("  |   EveningCode:\n  |     Type: String\n");
    renamed("!Ref NightTurnCode", "!Ref EveningCode");
    renamed(
        "Parameters:\n",
        "Parameters:\n  EveningCode: {Type: String}\n",
    );
    student.deploys_both();
}

#[test]
fn a_function_is_deployed_while_its_condition_holds() {
    let student = Student::with(&ALL);
    let path = "templates/game.yaml";
    let template = std::fs::read_to_string(student.tiny.path().join(path)).expect("a template");
    let template = template
        .replace(
            "\nResources:\n",
            "\n  Time: {Type: String, Default: day}\n\
             Conditions: {AtNight: !Equals [!Ref Time, night]}\nResources:\n",
        )
        .replace("  NightTurn:\n", "  NightTurn:\n    Condition: AtNight\n");
    student.tiny.write(path, &template);
    let at_day = |arguments: &[&str]| {
        let deployed = student.deploy(arguments).succeeds();
        deployed.remarks("03-night_turn is not deployed: its condition AtNight in the template")
    };
    at_day(&["--dry-run"]).never_says("03-night_turn  would");
    at_day(&[]).prints("created with 1 function");
    at_day(&[]).prints("nothing to do");
    let status = student.mafia.run(&["status"]).succeeds();
    status
        .prints("not deployed: its condition in the template does not hold")
        .never_says("mafia deploy");
    student
        .mafia
        .run(&["invoke", "night"])
        .exits_with(1)
        .remarks(
            "has no function 03-night_turn: its template has it only under the condition AtNight",
        );
    student
        .deploy(&["-p", "Time=night"])
        .succeeds()
        .prints("03-night_turn  created");
    student.deploys_both();
    at_day(&["-p", "Time=day", "--dry-run"]).never_says("03-night_turn  unchanged");
    at_day(&["-p", "Time=day"]).prints("1 resource updated");
    at_day(&[]).prints("nothing to do");
}

#[test]
fn a_function_name_that_lambda_does_not_take_is_refused_before_anything_is_sent() {
    let student = Student::with(&[]);
    let long = format!("01-{}", "very-".repeat(11));
    let manifest = ONE.replace("01-one", &long);
    student.tiny.write("labs/tiny/Cargo.toml", &manifest);
    let refused = student.deploy(&[]).exits_with(2).prints_nothing();
    refused
        .remarks(&format!(
            "error: the function name mafia-tiny-{long} is too long: 69 characters"
        ))
        .remarks("  hint: Lambda allows 64 characters\n");
}
