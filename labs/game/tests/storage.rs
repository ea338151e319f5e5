//! The table's side of the story, against a DynamoDB that answers by the book: the tests write the
//! book, answer by answer, and read afterwards what was asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use mafia_game::player::{Identity, Player, TrueIdentity};
use mafia_game::rules::{Fate, Game, Winner};
use mafia_game::settings::Environment;
use mafia_game::storage::Written;
use mafia_game::{Table, turn};
use serde_json::{Value, json};

/// What was asked: the operation, and its input.
type Asked = Vec<(String, Value)>;

/// One answer: a status and a body, or none, which drops the connection.
type Scripted = Option<(u16, Value)>;

fn ok(body: Value) -> Scripted {
    Some((200, body))
}

fn exception(name: &str) -> Scripted {
    let kind = format!("com.amazonaws.dynamodb.v20120810#{name}");
    Some((
        400,
        json!({ "__type": kind, "message": "as the script says" }),
    ))
}

/// A table on a server that gives these answers in turn, and the last of them ever after.
fn dynamodb(script: Vec<Scripted>) -> (Table, Arc<Mutex<Asked>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
    let asked = Arc::new(Mutex::new(Asked::new()));

    let log = Arc::clone(&asked);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let Some(request) = read(&stream) else {
                continue;
            };
            let mut log = log.lock().expect("no test panics here");
            if let Some((status, body)) = &script[log.len().min(script.len() - 1)] {
                let body = body.to_string();
                let length = body.len();
                let head = format!("HTTP/1.1 {status} Scripted\r\nConnection: close\r\n");
                // Who asked may be gone; the test sees that in what was asked.
                let _ = write!(stream, "{head}Content-Length: {length}\r\n\r\n{body}");
            }
            log.push(request);
        }
    });

    let table = Table::from_environment(&Environment::from([
        ("DYNAMO_TABLE", "players"),
        ("AWS_REGION", "eu-west-1"),
        ("AWS_ACCESS_KEY_ID", "key"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_ENDPOINT_URL_DYNAMODB", &endpoint),
    ]));
    (table.expect("all is set"), asked)
}

/// Reads one request: the operation in `X-Amz-Target`, and the body.
fn read(stream: &TcpStream) -> Option<(String, Value)> {
    let (mut operation, mut length) = (String::new(), 0);
    let mut reader = BufReader::new(stream);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? <= 2 {
            break;
        }
        let (name, value) = line.split_once(": ").unwrap_or_default();
        match name.to_ascii_lowercase().as_str() {
            "x-amz-target" => operation = value.trim().rsplit('.').next()?.to_owned(),
            "content-length" => length = value.trim().parse().ok()?,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((operation, serde_json::from_slice(&body).ok()?))
}

fn operations(asked: &Mutex<Asked>) -> Vec<String> {
    let asked = asked.lock().expect("the server doesn't panic");
    asked
        .iter()
        .map(|(operation, _)| operation.clone())
        .collect()
}

fn input(asked: &Mutex<Asked>, number: usize) -> Value {
    asked.lock().expect("the server doesn't panic")[number]
        .1
        .clone()
}

fn ann() -> Player {
    Player::new("Ann", TrueIdentity::Innocent)
}

fn bob() -> Player {
    Player::new("Bob", TrueIdentity::Mafia)
}

fn item(player: &Player) -> Value {
    let plain = serde_json::to_value(player).expect("a player is plain data");
    let fields = plain.as_object().expect("with fields").iter();
    fields
        .map(|(name, value)| (name.clone(), json!({ "S": value })))
        .collect()
}

fn page(players: &[Player], next: Option<&str>) -> Scripted {
    let mut page = json!({ "Items": players.iter().map(item).collect::<Vec<_>>() });
    if let Some(next) = next {
        page["LastEvaluatedKey"] = json!({ "Name": { "S": next } });
    }
    ok(page)
}

fn killing(player: Player) -> Fate {
    Fate {
        player,
        becomes: Identity::KilledByMafia,
    }
}

#[tokio::test]
async fn a_game_is_read_to_its_last_page_even_past_an_empty_one() {
    let (table, asked) = dynamodb(vec![
        page(&[bob()], Some("Bob")),
        page(&[], Some("Carol")),
        page(&[ann()], None),
    ]);

    let game = table.game().await.expect("three pages");

    assert_eq!(game, Game::new(vec![ann(), bob()]), "by name");
    assert_eq!(operations(&asked), ["Scan", "Scan", "Scan"]);
    assert_eq!(
        input(&asked, 0),
        json!({"TableName": "players", "ConsistentRead": true})
    );
    assert_eq!(
        input(&asked, 2)["ExclusiveStartKey"],
        json!({"Name": {"S": "Carol"}})
    );
}

#[tokio::test]
async fn what_everybody_may_know_is_read_through_the_index() {
    let (table, asked) = dynamodb(vec![page(&[bob()], Some("Bob")), page(&[ann()], None)]);

    let players = table.masked().await.expect("two pages");

    let seen = serde_json::to_value(players).expect("plain data");
    assert_eq!(
        seen,
        json!([{"Name": "Ann", "Identity": "Uncovered"}, {"Name": "Bob", "Identity": "Uncovered"}])
    );
    assert_eq!(
        input(&asked, 0),
        json!({"TableName": "players", "IndexName": "Masked"})
    );
}

#[tokio::test]
async fn an_item_that_is_no_player_is_named() {
    let broken = json!({"Items": [{"Name": {"S": "Eve"}, "Identity": {"S": "Uncovered"}}]});
    let (table, _) = dynamodb(vec![ok(broken)]);

    let error = table
        .game()
        .await
        .expect_err("Eve has no true identity")
        .to_string();

    assert!(
        error.starts_with("The item \"Eve\" in the table players isn't a player"),
        "{error}"
    );
    assert!(error.ends_with("Start over with new-game"), "{error}");
}

#[tokio::test]
async fn a_write_depends_on_what_the_turn_saw() {
    let (table, asked) = dynamodb(vec![ok(json!({}))]);

    assert_eq!(
        table.write(&killing(ann())).await.expect("an answer"),
        Written::Yes
    );

    let update = input(&asked, 0);
    assert_eq!(update["Key"], json!({"Name": {"S": "Ann"}}));
    assert_eq!(
        update["ConditionExpression"],
        "#identity = :identity AND #true_identity = :true_identity"
    );
    assert_eq!(
        update["ExpressionAttributeValues"],
        json!({
            ":becomes": {"S": "Killed by mafia"},
            ":identity": {"S": "Uncovered"},
            ":true_identity": {"S": "Innocent"},
        })
    );
}

#[tokio::test]
async fn a_refused_write_is_no_failure() {
    for refusal in [
        "ConditionalCheckFailedException",
        "TransactionConflictException",
    ] {
        let (table, asked) = dynamodb(vec![exception(refusal)]);

        assert_eq!(
            table.write(&killing(ann())).await.expect("an answer"),
            Written::No
        );
        assert_eq!(operations(&asked), ["UpdateItem"]);
    }
}

#[tokio::test]
async fn a_write_without_an_answer_is_not_repeated() {
    let (table, asked) = dynamodb(vec![None]);

    let error = table
        .write(&killing(ann()))
        .await
        .expect_err("no answer")
        .to_string();

    assert!(
        error.contains("look at game-state before you try again"),
        "{error}"
    );
    assert_eq!(operations(&asked), ["UpdateItem"]);
}

#[tokio::test]
async fn a_turn_that_comes_too_late_is_decided_again() {
    let killed = Player {
        identity: Identity::KilledByMafia,
        ..ann()
    };
    let cat = Player::new("Cat", TrueIdentity::Innocent);
    let cat_killed = Player {
        identity: Identity::KilledByMafia,
        ..cat.clone()
    };
    let (table, asked) = dynamodb(vec![
        page(&[ann(), bob(), cat.clone()], None),
        exception("ConditionalCheckFailedException"),
        page(&[killed.clone(), bob(), cat.clone()], None),
        ok(json!({})),
        page(&[killed, bob(), cat_killed], None),
    ]);

    let night = turn::take(&table, |game| game.night(&mut rand::rng())).await;
    let night = night.expect("the second try is in time");

    assert_eq!((night.player, night.winner), (cat, Some(Winner::Mafia)));
    assert_eq!(
        operations(&asked),
        ["Scan", "UpdateItem", "Scan", "UpdateItem", "Scan"]
    );
}

#[tokio::test]
async fn a_turn_gives_up_in_the_end() {
    let mut script = Vec::new();
    for _ in 0..100 {
        script.push(page(&[ann(), bob()], None));
        script.push(exception("ConditionalCheckFailedException"));
    }
    let (table, asked) = dynamodb(script);

    let night = turn::take(&table, |game| game.night(&mut rand::rng())).await;

    let error = night
        .expect_err("there is always somebody faster")
        .to_string();
    assert!(
        error.contains("changed the table players first, 100 times in a row"),
        "{error}"
    );
    assert_eq!(operations(&asked).len(), 200);
}

#[tokio::test]
async fn a_new_game_replaces_the_old_one_in_batches_and_repeats_what_was_left_undone() {
    let players: Vec<_> = (0..60)
        .map(|n| Player {
            name: format!("P{n}"),
            ..ann()
        })
        .collect();
    let old = [ann(), players[0].clone()];
    let undone = json!({"players": [{"PutRequest": {"Item": item(&players[3])}}]});
    let (table, asked) = dynamodb(vec![
        page(&old, None),
        ok(json!({ "UnprocessedItems": undone })),
        ok(json!({ "UnprocessedItems": {} })),
        ok(json!({})),
        ok(json!({})),
        page(&players, None),
    ]);

    table
        .replace(&Game::new(players))
        .await
        .expect("all is written in the end");

    let batch = |number| input(&asked, number)["RequestItems"]["players"].clone();
    let sizes = [1, 2, 3, 4].map(|number| batch(number).as_array().map_or(0, Vec::len));
    assert_eq!(sizes, [25, 1, 25, 11], "60 players, and one delete");
    assert_eq!(batch(2), undone["players"]);
    assert_eq!(
        batch(4)[10],
        json!({"DeleteRequest": {"Key": {"Name": {"S": "Ann"}}}})
    );
    assert_eq!(operations(&asked).last().map(String::as_str), Some("Scan"));
}

#[tokio::test]
async fn a_new_game_that_loses_writes_says_so() {
    let left = json!({"players": [{"PutRequest": {"Item": item(&bob())}}]});
    let (table, asked) = dynamodb(vec![page(&[], None), ok(json!({"UnprocessedItems": left}))]);

    let outcome = table.replace(&Game::new(vec![ann(), bob()])).await;

    let error = outcome.expect_err("Bob is never written").to_string();
    assert!(
        error.starts_with("DynamoDB left 1 of 2 writes to the table players undone after 8 tries"),
        "{error}"
    );
    assert_eq!(operations(&asked).len(), 1 + 8);
}

#[tokio::test]
async fn two_new_games_at_once_do_not_end_as_a_mixture() {
    let killed = Player {
        identity: Identity::KilledByMafia,
        ..ann()
    };
    let stranger = Player::new("Eve", TrueIdentity::Mafia);
    let (table, asked) = dynamodb(vec![
        page(&[], None),
        ok(json!({})),
        page(&[ann(), bob(), stranger], None),
        ok(json!({})),
        page(&[killed, bob()], None),
    ]);

    table
        .replace(&Game::new(vec![ann(), bob()]))
        .await
        .expect("Eve goes, and a turn is no matter");

    let last = input(&asked, 3)["RequestItems"]["players"][2].clone();
    assert_eq!(
        last,
        json!({"DeleteRequest": {"Key": {"Name": {"S": "Eve"}}}})
    );
}

#[tokio::test]
async fn a_missing_table_is_named_with_what_to_do_about_it() {
    let (table, _) = dynamodb(vec![exception("ResourceNotFoundException")]);

    let error = table
        .game()
        .await
        .expect_err("there is no table")
        .to_string();

    assert_eq!(
        error,
        "Can't read the table players: there is no such table, or it has no index Masked. \
         Deploy the stack again: its template makes both"
    );
}
