//! night-turn, day-turn and judgement, while others take turns as well.

use mafia_game::players::Player;
use mafia_support::{Answer, Error, Request, Table};
use serde_json::{Value, json};

use crate::day_turn::day_turn;
use crate::judgement::judgement;
use crate::night_turn::night_turn;
use crate::scripted::{Asked, Scripted, dynamodb, exception, ok};
use crate::{ann, answered, bob, cat, failed, killed, page, sentenced};

async fn night(table: &Table) -> Result<Answer, Error> {
    night_turn(&Request::new(json!({})), table).await
}

async fn day(table: &Table) -> Result<Answer, Error> {
    day_turn(&Request::new(json!({})), table).await
}

async fn judge(name: &str, table: &Table) -> Result<Answer, Error> {
    judgement(&Request::new(json!({ "Name": name })), table).await
}

fn refused() -> Scripted {
    exception("ConditionalCheckFailedException")
}

fn lines(lines: &[&str]) -> (u16, Value) {
    (200, json!({ "Message": lines }))
}

fn story_of_a_night(victim: &str) -> Vec<String> {
    let kills = format!("Mafia kills {victim}");
    let story = [
        "Night, time to sleep",
        "Mafia awakes",
        &kills,
        "Mafia sleeps",
    ];
    story.map(str::to_owned).to_vec()
}

#[tokio::test]
async fn a_night_kills_an_innocent_on_the_condition_that_nothing_has_changed() {
    let (table, asked) = dynamodb(vec![
        page(&[ann(), bob(), killed(cat())], None),
        ok(json!({})),
        page(&[killed(ann()), bob(), killed(cat())], None),
    ]);

    let (status, body) = answered(night(&table).await);

    let story = [
        story_of_a_night("Ann"),
        vec!["Game over: the mafia wins".to_owned()],
    ];
    assert_eq!((status, body), (200, json!({ "Message": story.concat() })));
    assert_eq!(asked.operations(), ["Scan", "UpdateItem", "Scan"]);
    assert_reads_are_consistent(&asked, &[0, 2]);
    assert_update(&asked.input(1), &ann(), "Killed by mafia");
}

#[tokio::test]
async fn a_judgement_uncovers_on_the_condition_that_nothing_has_changed() {
    let before = [ann(), bob(), cat()];
    let (table, asked) = dynamodb(vec![
        page(&before, None),
        ok(json!({})),
        page(&[ann(), sentenced(bob()), cat()], None),
    ]);
    let verdict = [
        "Mafia has been uncovered!",
        "Guilty member of mafia Bob has been sentenced!",
        "Game over: the innocents win",
    ];
    assert_eq!(answered(judge("Bob", &table).await), lines(&verdict));
    assert_eq!(asked.operations(), ["Scan", "UpdateItem", "Scan"]);
    assert_reads_are_consistent(&asked, &[0, 2]);
    assert_update(&asked.input(1), &bob(), "Correctly sentenced");

    let (table, asked) = dynamodb(vec![
        page(&before, None),
        ok(json!({})),
        page(&[sentenced(ann()), bob(), cat()], None),
    ]);
    let verdict = [
        "Mafia has not been uncovered!",
        "Innocent Ann has been sentenced unfairly",
    ];
    assert_eq!(answered(judge("Ann", &table).await), lines(&verdict));
    assert_update(&asked.input(1), &ann(), "Incorrectly sentenced");
}

#[track_caller]
fn assert_reads_are_consistent(asked: &Asked, scans: &[usize]) {
    for number in scans {
        let scan = json!({"TableName": "players", "ConsistentRead": true});
        assert_eq!(asked.input(*number), scan);
    }
}

/// The request changes nothing but `Identity`, of this player as the turn has read it.
#[track_caller]
fn assert_update(request: &Value, player: &Player, identity: &str) {
    let text = |value: Value| json!({ "S": value });
    let (names, values) = (
        &request["ExpressionAttributeNames"],
        &request["ExpressionAttributeValues"],
    );
    assert_eq!(request["TableName"], "players");
    assert_eq!(request["Key"], json!({"Name": {"S": player.name}}));
    assert_eq!(names, &json!({"#Identity": "Identity"}));
    let update = request["UpdateExpression"].as_str().expect("an update");
    let becomes = update.strip_prefix("SET #Identity = ").expect("only that");
    assert_eq!(values[becomes], text(json!(identity)));
    assert_eq!(
        request["ConditionExpression"],
        "#Identity = :identity AND TrueIdentity = :true_identity"
    );
    assert_eq!(values[":identity"], text(json!(player.identity)));
    assert_eq!(values[":true_identity"], text(json!(player.true_identity)));
}

#[tokio::test]
async fn a_turn_that_comes_too_late_is_decided_again() {
    let (table, asked) = dynamodb(vec![
        page(&[ann(), bob(), cat()], None),
        refused(),
        page(&[killed(ann()), bob(), cat()], None),
        ok(json!({})),
        page(&[killed(ann()), bob(), killed(cat())], None),
    ]);
    let (_, body) = answered(night(&table).await);
    assert_eq!(body["Message"][2], "Mafia kills Cat");
    assert_eq!(body["Message"][4], "Game over: the mafia wins");
    let turns = ["Scan", "UpdateItem", "Scan", "UpdateItem", "Scan"];
    assert_eq!(asked.operations(), turns);

    let (table, asked) = dynamodb(vec![
        page(&[ann(), bob(), cat()], None),
        refused(),
        page(&[killed(ann()), bob(), cat()], None),
    ]);
    let not_found = json!({"Message": "Player with name Ann not found"});
    assert_eq!(answered(judge("Ann", &table).await), (404, not_found));
    assert_eq!(asked.operations(), ["Scan", "UpdateItem", "Scan"]);
}

#[tokio::test]
async fn a_turn_gives_up_in_the_end() {
    let script = || {
        let round = || [page(&[ann(), bob()], None), refused()];
        dynamodb((0..100).flat_map(|_| round()).collect())
    };
    let ((one, asked_by_night), (other, asked_by_judgement)) = (script(), script());
    let (night, judgement) = tokio::join!(night(&one), judge("Ann", &other));

    for (outcome, asked) in [(night, asked_by_night), (judgement, asked_by_judgement)] {
        assert_eq!(
            failed(outcome),
            "Others changed the table players first, 100 times in a row. Try again when they are \
             done"
        );
        assert_eq!(asked.operations().len(), 200);
    }
}

#[tokio::test]
async fn a_turn_whose_write_has_no_answer_fails_and_is_not_repeated() {
    let (table, asked) = dynamodb(vec![page(&[ann(), bob()], None), None]);

    let failure = failed(night(&table).await);

    assert!(failure.starts_with("Can't change the table"), "{failure}");
    assert_eq!(asked.operations(), ["Scan", "UpdateItem"]);
}

#[tokio::test]
async fn a_turn_that_was_taken_counts_even_if_the_table_cannot_be_read_afterwards() {
    let no_table = || exception("ResourceNotFoundException");
    let (table, _) = dynamodb(vec![page(&[ann(), bob()], None), ok(json!({})), no_table()]);
    let (_, body) = answered(night(&table).await);
    assert_eq!(body["Message"][2], "Mafia kills Ann");
    assert_eq!(body["Message"][4], "Game over: the mafia wins");

    let (table, _) = dynamodb(vec![page(&[ann(), bob()], None), ok(json!({})), no_table()]);
    let (_, body) = answered(judge("Bob", &table).await);
    assert_eq!(body["Message"][2], "Game over: the innocents win");
}

#[tokio::test]
async fn the_table_says_who_has_won_if_two_leave_at_the_same_moment() {
    let (table, _) = dynamodb(vec![
        page(&[ann(), bob()], None),
        ok(json!({})),
        page(&[killed(ann()), sentenced(bob())], None),
    ]);

    let (_, body) = answered(judge("Bob", &table).await);

    assert_eq!(body["Message"][2], "Game over: the mafia wins");
}

#[tokio::test]
async fn by_day_everybody_alive_blames_somebody_in_the_order_of_the_names() {
    let (table, asked) = dynamodb(vec![
        page(&[bob()], Some("Bob")),
        page(&[killed(cat()), ann()], None),
    ]);

    let story = [
        "Day, time to wake up!",
        "Players see the dead body and makes their accusations",
        "Ann blames on Bob",
        "Bob blames on Ann",
        "Who is the Mafia?",
    ];
    assert_eq!(answered(day(&table).await), lines(&story));
    assert_eq!(asked.operations(), ["Scan", "Scan"]);
    assert_reads_are_consistent(&asked, &[0]);
}

#[tokio::test]
async fn every_turn_tells_the_end_of_the_game_and_changes_nothing() {
    for (players, winner) in [
        ([killed(ann()), bob()], "Game over: the mafia wins"),
        ([ann(), sentenced(bob())], "Game over: the innocents win"),
    ] {
        let (table, asked) = dynamodb(vec![page(&players, None)]);
        assert_eq!(answered(night(&table).await), lines(&[winner]));
        assert_eq!(answered(day(&table).await), lines(&[winner]));
        assert_eq!(answered(judge("Ann", &table).await), lines(&[winner]));
        assert_eq!(asked.operations(), ["Scan"; 3]);
    }
}

#[tokio::test]
async fn without_a_game_every_turn_says_how_to_start_one() {
    let (table, _) = dynamodb(vec![page(&[], None)]);
    let no_game = (
        409,
        json!({"Message": "No game yet: start one with new-game"}),
    );

    assert_eq!(answered(night(&table).await), no_game);
    assert_eq!(answered(day(&table).await), no_game);
    assert_eq!(answered(judge("Ann", &table).await), no_game);
}

#[tokio::test]
async fn a_judgement_without_a_name_asks_for_it_before_it_reads_the_table() {
    let (table, asked) = dynamodb(vec![page(&[ann(), bob()], None)]);

    let answer = judgement(&Request::new(json!({})), &table).await;

    let text = "Name is missing: send {\"Name\":\"John\"}";
    assert_eq!(answered(answer), (400, json!({ "Message": text })));
    assert!(asked.operations().is_empty());
}
