//! game-state.

use mafia_support::Request;
use serde_json::json;

use crate::game_state::game_state;
use crate::scripted::{self, dynamodb, ok};
use crate::{answered, failed};

#[tokio::test]
async fn everybody_is_told_what_the_index_holds_in_the_order_of_the_names() {
    let ann = [json!({"Name": "Ann", "Identity": "Killed by mafia"})];
    let bob = [json!({"Name": "Bob", "Identity": "Uncovered"})];
    let (table, asked) = dynamodb(vec![
        scripted::page(&bob, Some("Bob")),
        scripted::page(&ann, None),
    ]);

    let answer = game_state(&Request::new(json!({})), &table).await;

    assert_eq!(answered(answer), (200, json!([ann[0], bob[0]])));
    assert_eq!(asked.operations(), ["Scan", "Scan"]);
    assert_eq!(
        asked.input(0),
        json!({"TableName": "players", "IndexName": "Masked"})
    );
}

#[tokio::test]
async fn a_secret_that_the_index_should_not_hold_is_not_told() {
    let bob = json!({"Name": "Bob", "Identity": "Uncovered", "TrueIdentity": "Mafia"});
    let (table, _) = dynamodb(vec![scripted::page(&[bob], None)]);

    let answer = game_state(&Request::new(json!({})), &table).await;

    let masked = json!([{"Name": "Bob", "Identity": "Uncovered"}]);
    assert_eq!(answered(answer), (200, masked));
}

#[tokio::test]
async fn an_item_that_is_no_player_is_named() {
    let broken = json!({"Items": [{"Name": {"S": "Eve"}}]});
    let (table, _) = dynamodb(vec![ok(broken)]);

    let failure = failed(game_state(&Request::new(json!({})), &table).await);

    assert_eq!(
        failure,
        "The item \"Eve\" in the table players isn't a player: missing field `Identity`. Start \
         over with new-game"
    );
}
