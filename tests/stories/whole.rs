//! The whole story: a student deploys, calls, plays, reads logs, edits code and names and template,
//! and cleans up, beside another student of the same workshop and a bystander with names like theirs.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::endpoint::{Endpoint, on_each_endpoint};
use crate::listing::{Listing, bystander};
use crate::outside::boto3;
use crate::student::{FUNCTIONS, Student};
use crate::workspace::Workspace;

on_each_endpoint! { a_student_deploys_plays_edits_and_cleans_up }

const STACK: &str = "mafia-alma";

fn a_student_deploys_plays_edits_and_cleans_up(endpoint: &Endpoint) {
    let before = bystander(endpoint, STACK);
    let workspace = Workspace::copy();
    let alma = Student::new(endpoint, STACK, &workspace);
    let ben = Student::new(endpoint, "mafia-ben", &workspace);

    let first = alma.deploys(&[]);
    assert_eq!(first.action, "created");
    assert_eq!(first.functions("created"), FUNCTIONS);
    let bens = ben.deploys(&[]);
    let now = Listing::of(endpoint);
    now.since(&before)
        .assert_holds_games(&[(STACK, &first), ("mafia-ben", &bens)]);
    before.assert_still_there(&now);

    calls_each_function(&alma, &workspace);
    plays_turn_by_turn(&alma);
    lets_games_be_played(&alma);
    sits_down_at_the_table(&alma);
    reads_the_logs(&alma);
    edits_a_function(&alma, &workspace);
    edits_the_names(&alma, &workspace);
    changes_a_parameter(&alma);
    let last = edits_the_template(&alma, &workspace);

    let now = Listing::of(endpoint);
    now.since(&before)
        .assert_holds_games(&[(STACK, &last), ("mafia-ben", &bens)]);
    alma.run(&["clean"])
        .succeeds()
        .remarks("The shared stack is kept, because it is used by mafia-ben.")
        .prints("0 left");
    let now = Listing::of(endpoint);
    now.since(&before)
        .assert_holds_games(&[("mafia-ben", &bens)]);
    before.assert_still_there(&now);

    ben.cleans();
    before.assert_still_all_there_is(&Listing::of(endpoint));
}

/// By full name, by name and by word; with the payload on the command line, in a file, from a pipe
/// and not at all.
fn calls_each_function(alma: &Student, workspace: &Workspace) {
    let new = alma.invokes(&["new-game"]);
    let started = new["message"].as_str().unwrap_or_default();
    assert!(started.starts_with("New game started with "), "{new}");

    let state = alma.invokes(&["02-game-state", "{}"]);
    let players = state.as_array().expect("a list of players");
    assert_eq!(players.len(), 10);
    let keys: Vec<_> = players[0].as_object().into_iter().flatten().collect();
    let keys: BTreeSet<_> = keys.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, BTreeSet::from(["Identity", "Name"]), "no secrets");

    let night = alma.mafia().input("{}").run(&["invoke", "night-turn", "-"]);
    night
        .succeeds()
        .prints("Night, time to sleep")
        .prints("Mafia kills ");

    workspace.write(
        "event.json",
        r#"{"httpMethod": "POST", "requestContext": {}, "body": null}"#,
    );
    let day = alma.invokes(&["mafia-alma-04-day-turn", "@event.json"]);
    assert_eq!(day["statusCode"], 200, "as API Gateway wants it: {day}");

    let state = alma.invokes(&["game-state"]);
    let living = state.as_array().into_iter().flatten();
    let mut living = living.filter(|player| player["Identity"] == "Uncovered");
    let name = &living.next().expect("somebody lives")["Name"];
    let sentence = json!({ "Name": name }).to_string();
    let verdict = alma.run(&["invoke", "judgement", &sentence, "--verbose"]);
    let verdict = verdict.succeeds().prints(name.as_str().unwrap_or_default());
    let figures = [" of 256 MB", "this target reports no figures for the call"];
    assert!(
        figures.iter().any(|figure| verdict.stderr.contains(figure)),
        "{verdict:?}"
    );
}

fn plays_turn_by_turn(alma: &Student) {
    let new = alma.asks(&["play", "new"]);
    let names: BTreeSet<_> = texts(&new["players"]).collect();
    assert_eq!(names.len(), 10);
    let mut living = names.clone();
    let mut rounds = 0;
    let winner = loop {
        rounds += 1;
        assert!(rounds <= 10, "each round takes at least one player");
        let night = alma.asks(&["play", "night"]);
        let killed = night["killed"].as_str().expect("somebody dies each night");
        assert!(living.remove(killed), "{killed} died before");
        if let Some(winner) = night["winner"].as_str() {
            break winner.to_owned();
        }
        let day = alma.asks(&["play", "day"]);
        let accusations = day["accusations"].as_array().expect("accusations");
        let accusers: BTreeSet<_> = accusations
            .iter()
            .map(|blame| blame["accuser"].as_str().unwrap_or_default().to_owned())
            .collect();
        assert_eq!(accusers, living, "all who live accuse, and nobody else");
        let accused = accusations[0]["accused"].as_str().unwrap_or_default();
        let verdict = alma.asks(&["play", "judge", accused]);
        assert!(verdict["was_mafia"].is_boolean(), "{verdict}");
        assert!(living.remove(accused), "{accused} died before");
        if let Some(winner) = verdict["winner"].as_str() {
            break winner.to_owned();
        }
    };
    alma.run(&["play", "night"])
        .succeeds()
        .prints(&format!("Game over: the {winner} win"));
    let state = alma.asks(&["play", "state"]);
    let players = state["players"].as_array().expect("players");
    let standing = players
        .iter()
        .filter(|player| player["identity"] == "Uncovered")
        .map(|player| player["name"].as_str().unwrap_or_default().to_owned());
    assert_eq!(standing.collect::<BTreeSet<_>>(), living);
    alma.run(&["play", "state"])
        .succeeds()
        .prints(&format!("Game over: the {winner} win"));
}

fn lets_games_be_played(alma: &Student) {
    alma.run(&["play", "auto", "--seed", "7"])
        .succeeds()
        .prints("New game started with ")
        .prints("Game over: the ")
        .prints(", seed 7\n");
    let game = alma.asks(&["play", "auto", "--seed", "8"]);
    assert_eq!(game["seed"], 8);
    let winner = game["winner"].as_str().unwrap_or_default();
    assert!(["mafia", "innocents"].contains(&winner), "{winner}");
    let turns = game["turns"].as_array().expect("turns");
    assert_eq!(turns[0]["turn"], "new");
    assert_eq!(
        turns.last().map(|turn| &turn["winner"]),
        Some(&game["winner"])
    );
}

fn sits_down_at_the_table(alma: &Student) {
    alma.asks(&["play", "new"]);
    alma.mafia()
        .input("\nXyz\nq\n")
        .run(&["play"])
        .succeeds()
        .prints("10 of 10 players alive")
        .prints("Mafia kills ")
        .remarks("there is no player Xyz in the game");
}

fn reads_the_logs(alma: &Student) {
    let all = alma.run(&["logs", "--raw"]).succeeds();
    for function in FUNCTIONS {
        let own =
            |line: &str| line.contains(&format!(" {function} ")) && line.contains("answers 200");
        if !all.stdout.lines().any(own) {
            all.fails(&format!("should have shown what {function} answered"));
        }
    }
    let lines = alma.asks(&["logs", "game-state"]);
    let functions: BTreeSet<_> = functions_of(&lines["lines"]).collect();
    assert_eq!(functions, BTreeSet::from(["mafia-alma-02-game-state"]));

    writes_an_old_line(alma, "three days old");
    alma.run(&["logs"]).succeeds().never_says("three days old");
    alma.run(&["logs", "day-turn", "--since", "4d"])
        .succeeds()
        .prints("three days old");

    let mut following = alma.start(&["logs", "--follow"]);
    following.wait_until_it_says("answers 200");
    alma.run(&["invoke", "judgement", r#"{"Name": "Somebody New"}"#])
        .succeeds()
        .prints("Player with name Somebody New not found");
    following.wait_until_it_says("answers 404");
    following.wait_until_it_says("Somebody New");
    following.interrupt();
    following.finish().exits_with(130);
}

fn writes_an_old_line(alma: &Student, text: &str) {
    const THREE_DAYS: u128 = 3 * 24 * 60 * 60 * 1000;
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("it is later than 1970")
        .as_millis();
    let group = format!("/aws/lambda/{STACK}-04-day-turn");
    let stream = json!({ "logGroupName": group, "logStreamName": "old" });
    let events = json!({
        "logGroupName": group,
        "logStreamName": "old",
        "logEvents": [{ "timestamp": (now - THREE_DAYS) as u64, "message": text }],
    });
    let written = boto3(
        &alma.endpoint,
        &[
            ("logs", "create_log_stream", stream),
            ("logs", "put_log_events", events),
        ],
    );
    assert!(
        written.iter().all(|call| call.answer.is_some()),
        "{written:?}"
    );
}

fn edits_a_function(alma: &Student, workspace: &Workspace) {
    workspace.edit(
        "labs/game/src/bin/night-turn.rs",
        "\"Night, time to sleep\",\n",
        "\"Night falls\",\n",
    );
    let patched = alma.deploys(&[]);
    assert_eq!(patched.action, "patched");
    assert_eq!(patched.functions("patched"), ["03-night-turn"]);
    let night = alma.invokes(&["night-turn"]);
    assert_eq!(night["Message"][0], "Night falls", "{night}");
}

fn edits_the_names(alma: &Student, workspace: &Workspace) {
    let names: Vec<_> = (1..=12).map(|number| format!("Player {number}")).collect();
    workspace.write("names.txt", &names.join("\n"));
    let patched = alma.deploys(&[]);
    assert_eq!(patched.functions("patched"), FUNCTIONS);
    let new = alma.asks(&["play", "new"]);
    let players: Vec<_> = texts(&new["players"]).collect();
    assert_eq!(players.len(), 10);
    assert!(players.iter().all(|name| names.contains(name)), "{new}");
}

fn changes_a_parameter(alma: &Student) {
    let updated = alma.asks(&["deploy", "--parameter", "Players=7"]);
    assert_eq!(updated["action"], "updated");
    let changes = updated["changes"].as_array().expect("changes");
    let table = changes
        .iter()
        .find(|change| change["logical_id"] == "Table");
    assert!(table.is_none(), "the players stay: {updated:#}");
    let new = alma.asks(&["play", "new"]);
    assert_eq!(texts(&new["players"]).count(), 7, "{new}");
    let night = alma.invokes(&["night-turn"]);
    assert_eq!(night["Message"][0], "Night falls", "the newest code stays");
}

fn edits_the_template(alma: &Student, workspace: &Workspace) -> crate::student::Deployed {
    let group = |days| {
        format!(
            "LogGroupName: !Sub /aws/lambda/${{AWS::StackName}}-03-night-turn\n      \
             RetentionInDays: {days}"
        )
    };
    workspace.edit("templates/game.yaml", &group(7), &group(14));
    let updated = alma.deploys(&[]);
    assert_eq!(updated.action, "updated");
    let listing = Listing::of(&alma.endpoint);
    let retention = |function| {
        let group = format!("/aws/lambda/{STACK}-{function}");
        listing.get("log_groups", &group)["RetentionInDays"].clone()
    };
    assert_eq!(retention("03-night-turn"), 14);
    assert_eq!(retention("04-day-turn"), 7);
    let new = alma.asks(&["play", "new"]);
    assert_eq!(texts(&new["players"]).count(), 7, "parameters stay: {new}");
    updated
}

fn texts(list: &Value) -> impl Iterator<Item = String> {
    let list = list.as_array().into_iter().flatten();
    list.map(|text| text.as_str().unwrap_or_default().to_owned())
}

fn functions_of(lines: &Value) -> impl Iterator<Item = &str> {
    let lines = lines.as_array().into_iter().flatten();
    lines.map(|line| line["function"].as_str().unwrap_or_default())
}
