//! Requests to a table, and what becomes of DynamoDB's answers.

mod scripted;

use mafia_support::{
    Failure, FailureKind, Item, TableItem, delete, put, read_all, scan_all, to_item, update_once,
    value, write_all,
};
use serde::Deserialize;
use serde_json::{Value, json};

use scripted::{attributes, dynamodb, exception, ok, page};

#[derive(Debug, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "PascalCase")]
struct Word {
    name: String,
    meaning: String,
}

impl TableItem for Word {
    const WHAT: &str = "a word";
    const KEY: &str = "Name";
    const ADVICE: &str = "Delete it";
}

fn word(name: &str) -> Value {
    json!({ "Name": name, "Meaning": format!("the meaning of {name}") })
}

fn item(name: &str) -> Item {
    to_item(word(name))
}

fn storage_failure<T: std::fmt::Debug>(result: Result<T, Failure>) -> String {
    let failure = result.expect_err("it cannot work");
    assert_eq!(failure.kind, FailureKind::Storage);
    failure.text
}

#[tokio::test]
async fn a_table_is_read_to_its_last_page_even_past_an_empty_one() {
    let (table, asked) = dynamodb(vec![
        page(&[word("one")], Some("one")),
        page(&[], Some("two")),
        page(&[word("three")], None),
    ]);

    let words: Vec<Word> = read_all(table.scan().consistent_read(true))
        .await
        .expect("three pages");

    let names: Vec<_> = words.iter().map(|word| word.name.as_str()).collect();
    assert_eq!(names, ["one", "three"]);
    assert_eq!(asked.operations(), ["Scan", "Scan", "Scan"]);
    assert_eq!(
        asked.input(0),
        json!({"TableName": "players", "ConsistentRead": true})
    );
    for (number, start) in [(1, "one"), (2, "two")] {
        assert_eq!(asked.input(number)["ConsistentRead"], true);
        assert_eq!(
            asked.input(number)["ExclusiveStartKey"],
            json!({"Name": {"S": start}})
        );
    }
}

#[tokio::test]
async fn an_item_of_another_kind_is_named_without_its_other_attributes() {
    let other = json!({ "Name": "Eve", "Secret": "Mafia" });
    let (table, _) = dynamodb(vec![page(&[word("one"), other.clone()], None)]);

    let words = read_all::<Word>(table.scan()).await;
    assert_eq!(
        storage_failure(words),
        "The item \"Eve\" in the table players isn't a word: missing field `Meaning`. Delete it"
    );
    let items = scan_all(table.scan()).await.expect("items of any kind");
    assert_eq!(items, [item("one"), to_item(other)]);
}

#[tokio::test]
async fn a_refused_update_is_no_failure() {
    for refusal in [
        "ConditionalCheckFailedException",
        "TransactionConflictException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingException",
    ] {
        let (table, asked) = dynamodb(vec![exception(refusal)]);
        let update = table.update_item().key("Name", value("one"));

        assert_eq!(update_once(update).await, Ok(false), "{refusal}");
        assert_eq!(asked.operations(), ["UpdateItem"], "{refusal}");
    }
}

#[tokio::test]
async fn an_update_without_an_answer_is_not_repeated() {
    let server_error = Some((500, json!({})));
    for answer in [None, server_error] {
        let (table, asked) = dynamodb(vec![answer]);
        let update = table.update_item().key("Name", value("one"));

        let text = storage_failure(update_once(update).await);

        assert!(
            text.starts_with("Can't change the table players: "),
            "{text}"
        );
        assert!(
            text.ends_with("look at what is in the table before you try again"),
            "{text}"
        );
        assert_eq!(asked.operations(), ["UpdateItem"]);
    }
}

#[tokio::test]
async fn reads_are_repeated_by_the_client() {
    let (table, asked) = dynamodb(vec![
        None,
        Some((500, json!({}))),
        page(&[word("one")], None),
    ]);

    let words = read_all::<Word>(table.scan()).await;

    assert_eq!(words.expect("the third try").len(), 1);
    assert_eq!(asked.operations(), ["Scan", "Scan", "Scan"]);
}

#[tokio::test]
async fn many_writes_go_in_batches_and_what_was_left_undone_is_sent_again() {
    let puts = (0..60).map(|number| put(item(&format!("W{number}"))));
    let writes = puts.chain([delete("Name", &item("old"))]).collect();
    let undone = json!({"players": [{"PutRequest": {"Item": attributes(&word("W3"))}}]});
    let (table, asked) = dynamodb(vec![
        ok(json!({ "UnprocessedItems": undone })),
        ok(json!({ "UnprocessedItems": {} })),
        ok(json!({})),
    ]);

    write_all(&table, writes)
        .await
        .expect("all is written in the end");

    let batch = |number| asked.input(number)["RequestItems"]["players"].clone();
    let sizes = [0, 1, 2, 3].map(|number| batch(number).as_array().map_or(0, Vec::len));
    assert_eq!(sizes, [25, 1, 25, 11], "60 puts and one delete");
    assert_eq!(batch(1), undone["players"]);
    assert_eq!(
        batch(3)[10],
        json!({"DeleteRequest": {"Key": {"Name": {"S": "old"}}}})
    );
}

#[tokio::test]
async fn a_batch_that_is_throttled_is_sent_again() {
    let throttled = || exception("ProvisionedThroughputExceededException");
    let (table, asked) = dynamodb(vec![throttled(), throttled(), ok(json!({}))]);

    write_all(&table, vec![put(item("one"))])
        .await
        .expect("the third try");

    assert_eq!(asked.operations(), ["BatchWriteItem"; 3]);
    for number in [1, 2] {
        assert_eq!(asked.input(number), asked.input(0));
    }
}

#[tokio::test]
async fn writes_that_stay_undone_are_counted() {
    let left = json!({"players": [{"PutRequest": {"Item": attributes(&word("two"))}}]});
    let (table, asked) = dynamodb(vec![ok(json!({ "UnprocessedItems": left }))]);

    let outcome = write_all(&table, vec![put(item("one")), put(item("two"))]).await;

    assert_eq!(
        storage_failure(outcome),
        "DynamoDB left 1 of 2 writes to the table players undone after 8 tries, so only a part of \
         them is in it. Call the function again in a moment"
    );
    assert_eq!(asked.operations().len(), 8);
}

#[tokio::test]
async fn a_table_or_a_permission_that_is_missing_is_named_with_what_to_do_about_it() {
    for (name, text) in [
        (
            "ResourceNotFoundException",
            "Can't read the table players: there is no such table. Right after a deployment, \
             call the function again in a few seconds; otherwise run `mafia deploy --full`: it \
             creates the table again",
        ),
        (
            "AccessDeniedException",
            "Can't read the table players: AccessDeniedException: as the script says. Right \
             after a deployment, call the function again in a few seconds; otherwise look at its \
             role in the stack's template",
        ),
        (
            "ValidationException",
            "Can't read the table players: ValidationException: as the script says. The same \
             call fails again: send what the table takes",
        ),
        (
            "ThrottlingException",
            "Can't read the table players: ThrottlingException: as the script says. Try again in \
             a moment",
        ),
    ] {
        let (table, _) = dynamodb(vec![exception(name)]);
        assert_eq!(storage_failure(scan_all(table.scan()).await), text);
    }
}
