//! new-game: one game out of the table, another one in.

use mafia_game::players::{Player, TrueIdentity};
use mafia_support::Error;
use serde_json::{Value, json};

use crate::new_game::replace_everybody;
use crate::scripted::{Asked, dynamodb, ok};
use crate::{ann, bob, killed, page};

/// The writes of a request, as `put Ann` and `delete Eve`.
fn writes(asked: &Asked, number: usize) -> Vec<String> {
    let writes = asked.input(number)["RequestItems"]["players"].clone();
    let describe = |write: &Value| {
        let (put, delete) = (&write["PutRequest"]["Item"], &write["DeleteRequest"]["Key"]);
        match (put["Name"]["S"].as_str(), delete["Name"]["S"].as_str()) {
            (Some(name), None) => format!("put {name}"),
            (None, Some(name)) => format!("delete {name}"),
            _ => panic!("{write}"),
        }
    };
    let writes = writes.as_array().expect("a batch of writes").iter();
    writes.map(describe).collect()
}

#[tokio::test]
async fn the_players_are_written_and_everybody_else_is_deleted() {
    let eve = Player::new("Eve", TrueIdentity::Mafia);
    let (table, asked) = dynamodb(vec![
        page(&[eve], Some("Eve")),
        page(&[killed(ann())], None),
        ok(json!({})),
        page(&[ann(), bob()], None),
    ]);

    let outcome = replace_everybody(&table, &[ann(), bob()]).await;

    assert!(outcome.is_ok(), "{outcome:?}");
    let requests = ["Scan", "Scan", "BatchWriteItem", "Scan"];
    assert_eq!(asked.operations(), requests);
    for scan in [0, 3] {
        assert_eq!(asked.input(scan)["ConsistentRead"], true);
    }
    assert_eq!(writes(&asked, 2), ["put Ann", "put Bob", "delete Eve"]);
    let put = &asked.input(2)["RequestItems"]["players"][0]["PutRequest"]["Item"];
    let alive = json!({
        "Name": {"S": "Ann"}, "TrueIdentity": {"S": "Innocent"}, "Identity": {"S": "Uncovered"},
    });
    assert_eq!(put, &alive);
}

#[tokio::test]
async fn the_same_players_drawn_again_come_back_to_life() {
    let (table, asked) = dynamodb(vec![
        page(&[killed(ann()), bob()], None),
        ok(json!({})),
        page(&[ann(), bob()], None),
    ]);

    let outcome = replace_everybody(&table, &[ann(), bob()]).await;

    assert!(outcome.is_ok(), "{outcome:?}");
    assert_eq!(writes(&asked, 1), ["put Ann", "put Bob"]);
}

#[tokio::test]
async fn two_new_games_at_once_do_not_end_as_a_mixture() {
    let stranger = Player::new("Eve", TrueIdentity::Mafia);
    let (table, asked) = dynamodb(vec![
        page(&[], None),
        ok(json!({})),
        page(&[ann(), bob(), stranger], None),
        ok(json!({})),
        page(&[killed(ann()), bob()], None),
    ]);

    let outcome = replace_everybody(&table, &[ann(), bob()]).await;

    assert!(outcome.is_ok(), "Eve goes, and a turn does not matter");
    assert_eq!(writes(&asked, 3), ["put Ann", "put Bob", "delete Eve"]);
}

#[tokio::test]
async fn two_new_games_of_the_same_names_do_not_end_as_a_mixture() {
    let on_the_other_side = Player::new("Bob", TrueIdentity::Innocent);
    let (table, asked) = dynamodb(vec![
        page(&[], None),
        ok(json!({})),
        page(&[ann(), on_the_other_side], None),
        ok(json!({})),
        page(&[ann(), bob()], None),
    ]);

    let outcome = replace_everybody(&table, &[ann(), bob()]).await;

    assert!(outcome.is_ok(), "{outcome:?}");
    assert_eq!(writes(&asked, 3), ["put Ann", "put Bob"]);
}

#[tokio::test]
async fn an_item_that_is_no_player_does_not_keep_a_game_from_starting() {
    let broken = json!({"Items": [{"Name": {"S": "Eve"}, "Identity": {"N": "7"}}]});
    let (table, asked) = dynamodb(vec![ok(broken), ok(json!({})), page(&[ann(), bob()], None)]);

    let outcome = replace_everybody(&table, &[ann(), bob()]).await;

    assert!(outcome.is_ok(), "{outcome:?}");
    assert_eq!(writes(&asked, 1), ["put Ann", "put Bob", "delete Eve"]);
}

#[tokio::test]
async fn a_new_game_gives_up_in_the_end() {
    let mut script = vec![page(&[], None)];
    for _ in 0..12 {
        script.extend([ok(json!({})), page(&[ann()], None)]);
    }
    let (table, asked) = dynamodb(script);

    let outcome = replace_everybody(&table, &[ann(), bob()]).await;

    let Err(Error::Failure(failure)) = outcome else {
        panic!("{outcome:?}");
    };
    assert_eq!(
        failure.text,
        "Others changed the table players first, 12 times in a row. Try again when they are done"
    );
    assert_eq!(asked.operations().len(), 1 + 12 * 2);
}
