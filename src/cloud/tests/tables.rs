use serde_json::json;

use super::*;
use crate::cloud::{Cloud, Index, StoredItem, Table};

#[tokio::test]
async fn a_table_is_described_with_its_indexes() {
    let key = |name: &str| json!([{ "AttributeName": name, "KeyType": "HASH" }]);
    let described = json!({ "Table": {
        "KeySchema": [
            { "AttributeName": "a", "KeyType": "HASH" },
            { "AttributeName": "b", "KeyType": "RANGE" },
        ],
        "GlobalSecondaryIndexes": [{ "IndexName": "G", "KeySchema": key("c") }],
        "LocalSecondaryIndexes": [{ "IndexName": "L", "KeySchema": key("d") }],
    } });
    let (cloud, requests) = Cloud::answering([json(&described), missing(), denied()]);
    let index = |name: &str, key: &str| Index {
        name: name.to_owned(),
        keys: vec![key.to_owned()],
    };
    let expected = Table {
        keys: vec!["a".to_owned(), "b".to_owned()],
        indexes: vec![index("G", "c"), index("L", "d")],
    };
    assert_eq!(cloud.table("t").await.expect("no failure"), Some(expected));
    assert_eq!(cloud.table("t").await.expect("no failure"), None);
    assert_refused(cloud.table("t").await, "AccessDeniedException");
    assert_has(&sent(&requests)[0], &[r#""TableName":"t""#], &[]);
}

fn page(names: &[&str], next: serde_json::Value) -> (u16, String) {
    let items = names.iter().map(|name| json!({ "Name": { "S": name } }));
    let items: serde_json::Value = items.collect();
    json(&json!({ "Items": items, "LastEvaluatedKey": next }))
}

#[tokio::test]
async fn items_are_read_until_there_are_enough() {
    let more = json!({ "Name": { "S": "b" } });
    for (at_most, expected, complete, requested) in [
        (9, &["a", "b", "c"][..], true, 2),
        (3, &["a", "b", "c"], true, 2),
        (2, &["a", "b"], false, 1),
        (1, &["a"], false, 1),
    ] {
        let pages = [
            page(&["a", "b"], more.clone()),
            // An empty key is none.
            page(&["c"], json!({})),
        ];
        let (cloud, requests) = Cloud::answering(pages);
        let found = cloud.items("t", None, at_most).await.expect("no failure");
        let names: Vec<_> = found.items.iter().map(|item| &item["Name"]).collect();
        assert_eq!(names, expected, "{at_most}");
        assert_eq!(found.complete, complete, "{at_most}");
        let requests = sent(&requests);
        assert_eq!(requests.len(), requested, "{at_most}");
        let asked = [r#""TableName":"t""#, r#""ConsistentRead":true"#];
        assert_has(&requests[0], &asked, &["IndexName", "ExclusiveStartKey"]);
        if requested == 2 {
            let start = r#""ExclusiveStartKey":{"Name":{"S":"b"}}"#;
            assert_has(&requests[1], &[start], &[]);
        }
    }
    let last = page(&["a", "b"], serde_json::Value::Null);
    let (cloud, requests) = Cloud::answering([last, denied()]);
    let found = cloud.items("t", Some("G"), 1).await.expect("no failure");
    assert_eq!((found.items.len(), found.complete), (1, false));
    assert_has(
        &sent(&requests)[0],
        &[r#""IndexName":"G""#],
        &["ConsistentRead"],
    );
    let refused = cloud.items("t", None, 1).await;
    assert_refused(refused, "AccessDeniedException");
}

#[tokio::test]
async fn a_table_gets_these_items_and_no_others() {
    let item = |name: &str, identity: &str| -> StoredItem {
        let attributes = [("Name", name), ("Identity", identity)];
        let attributes = attributes.map(|(name, value)| (name.to_owned(), value.into()));
        attributes.into()
    };
    let there = json!({ "Items": [
        { "Name": { "S": "same" }, "Identity": { "S": "x" } },
        { "Name": { "S": "other" }, "Identity": { "S": "x" } },
        { "Name": { "S": "gone" }, "Identity": { "S": "x" } },
    ] });
    let left = json!({ "UnprocessedItems": { "t": [
        { "DeleteRequest": { "Key": { "Name": { "S": "gone" } } } },
    ] } });
    let answers = [json(&there), json(&left), json(&json!({}))];
    let (cloud, requests) = Cloud::answering(answers);
    let items = [item("same", "x"), item("other", "y"), item("new", "x")];
    let key = ["Name".to_owned()];
    let replaced = cloud.replace_items("t", &key, &items).await;
    assert_eq!(replaced.expect("no failure"), 3);
    let requests = sent(&requests);
    assert_eq!(requests.len(), 3, "{requests:#?}");
    assert_has(&requests[0], &[r#""ConsistentRead":true"#], &[]);
    let written = [
        r#"{"DeleteRequest":{"Key":{"Name":{"S":"gone"}}}}"#,
        r#""Name":{"S":"other"}"#,
        r#""Name":{"S":"new"}"#,
    ];
    assert_has(&requests[1], &written, &["same"]);
    assert_has(&requests[2], &written[..1], &["other"]);

    let (cloud, requests) = Cloud::answering([json(&there), denied()]);
    let refused = cloud.replace_items("t", &key, &[]).await;
    assert_refused(refused, "AccessDeniedException");
    assert_has(&sent(&requests)[1], &["DeleteRequest"], &["PutRequest"]);
}

#[tokio::test]
async fn more_items_than_a_batch_takes_are_written_in_several() {
    let nothing = || json(&json!({}));
    let (cloud, requests) = Cloud::scripted(move |_| nothing());
    let item = |number: usize| -> StoredItem {
        [("Name".to_owned(), number.to_string().as_str().into())].into()
    };
    let items: Vec<StoredItem> = (0..51).map(item).collect();
    let replaced = cloud.replace_items("t", &["Name".to_owned()], &items).await;
    assert_eq!(replaced.expect("no failure"), 51);
    let puts = sent(&requests);
    let puts = puts.iter().map(|it| it.matches("PutRequest").count());
    let mut puts: Vec<usize> = puts.collect();
    puts.sort_unstable();
    assert_eq!(puts, [0, 1, 25, 25]);
}

#[tokio::test]
async fn stored_items_are_read_page_by_page() {
    let more = json!({ "Name": { "S": "b" } });
    let pages = [page(&["a", "b"], more), page(&["c"], json!({})), denied()];
    let (cloud, _) = Cloud::answering(pages);
    let items = cloud.stored_items("t").await.expect("no failure");
    let names = items.iter().filter_map(|item| item["Name"].text());
    assert_eq!(names.collect::<Vec<_>>(), ["a", "b", "c"]);
    assert_refused(cloud.stored_items("t").await, "AccessDeniedException");
}

#[tokio::test]
async fn an_item_is_put_unless_it_says_the_same() {
    let item: StoredItem = [("Student", "ann"), ("Failed", "01.2/a")]
        .map(|(name, value)| (name.to_owned(), value.into()))
        .into();
    let same = refused_in_json(400, "ConditionalCheckFailedException");
    let answers = [json(&json!({})), same, json(&json!({})), denied()];
    let (cloud, requests) = Cloud::answering(answers);
    for attribute in ["Failed", "Failed", "Passed"] {
        let put = cloud.put_unless_same("t", &item, attribute).await;
        put.expect("no failure");
    }
    let refused = cloud.put_unless_same("t", &item, "Failed").await;
    assert_refused(refused, "AccessDeniedException");
    let requests = sent(&requests);
    let condition = r##""ConditionExpression":"attribute_not_exists(#it) OR #it <> :it""##;
    let put = [r#""TableName":"t""#, r#""Student":{"S":"ann"}"#];
    assert_has(&requests[0], &[&put[..], &[condition]].concat(), &[]);
    assert_has(&requests[2], &put, &["ConditionExpression"]);
}
