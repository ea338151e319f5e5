use serde_json::json;

use super::*;
use crate::cloud::{Cloud, Index, Table};

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
