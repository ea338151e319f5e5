//! The life of a class beside others, as somebody sees it who did not make it: from the first `up` to
//! nothing.

use serde_json::json;

use super::classroom::Classroom;
use crate::endpoint::{Endpoint, on_each_endpoint};
use crate::listing::Listing;
use crate::outside::boto3;

on_each_endpoint! {
    a_class_comes_and_goes_beside_another,
    a_reset_empties_the_table_of_one_student,
    what_lambda_and_students_left_is_cleaned,
}

const FIVE: [&str; 5] = ["ann", "ben", "b-ann", "cem", "dee-lee"];

fn a_class_comes_and_goes_beside_another(endpoint: &Endpoint) {
    let class = Classroom::of(endpoint, 1);
    // The bystanders' names look like ours.
    class.writes_roster("a-b", ["ann", "eve"]);
    class.asks(&["class", "up"]).all("ready", "created");
    let bystander = Listing::of(endpoint);

    let names = FIVE.map(|name| name.replace("b-ann", "b-zoe"));
    class.writes_roster("a", names.iter().map(String::as_str));
    class.asks(&["class", "up"]).all("ready", "created");
    class
        .run(&["class", "status"])
        .succeeds()
        .prints("5 students");
    class.run(&["class", "reset", "ann"]).succeeds();
    bystander.assert_still_there(&Listing::of(endpoint));
    class
        .run(&["class", "clean"])
        .succeeds()
        .prints("0 left of class a on ");
    bystander.assert_still_all_there_is(&Listing::of(endpoint));
}

fn a_reset_empties_the_table_of_one_student(endpoint: &Endpoint) {
    let class = Classroom::of(endpoint, 2);
    class.asks(&["class", "up"]).all("ready", "created");
    let tables = |listing: &Listing| -> Vec<(String, usize)> {
        let names = listing.names("tables").into_iter();
        // That of the progress is not a student's.
        let names = names.filter(|name| !name.contains("-workshop-"));
        let items = |name: &str| {
            listing.get("tables", name)["Items"]
                .as_array()
                .map_or(0, Vec::len)
        };
        names.map(|name| (name.to_owned(), items(name))).collect()
    };
    let both = tables(&Listing::of(endpoint));
    // More than one batch.
    let players = (0..30).flat_map(|player| {
        let name = format!("Player {player}");
        both.iter().map(move |(table, _)| {
            let item = json!({ "Name": { "S": name }, "Identity": { "S": "Uncovered" } });
            let put = json!({ "TableName": table, "Item": item });
            ("dynamodb", "put_item", put)
        })
    });
    let put = boto3(endpoint, &players.collect::<Vec<_>>());
    assert!(put.iter().all(|call| call.answer.is_some()), "{put:?}");
    let reset = class
        .run(&["class", "reset", "s01", "--json"])
        .succeeds()
        .json();
    assert_eq!(reset["lost"][0]["items"], 30, "{reset:#}");
    let mut items: Vec<usize> = tables(&Listing::of(endpoint))
        .iter()
        .map(|it| it.1)
        .collect();
    items.sort_unstable();
    assert_eq!(items, [0, 30]);
}

/// Log groups without tags, versions of objects, and a function that no stack has.
fn what_lambda_and_students_left_is_cleaned(endpoint: &Endpoint) {
    let class = Classroom::of(endpoint, 2);
    class.asks(&["class", "up"]).all("ready", "created");
    class.student("s02").cleans();
    let create = |name: &str| {
        let name = format!("/aws/lambda/{name}");
        ("logs", "create_log_group", json!({ "logGroupName": name }))
    };
    // Of a deleted stack of the class, and of strangers with names that look alike.
    let calls = [
        create("mafia-monday-s02-01-new-game"),
        create("mafia-monday-x-s02-01-new-game"),
        create("mafia-mondays-s02-01-new-game"),
    ];
    assert!(boto3(endpoint, &calls).iter().all(|it| it.answer.is_some()));
    class.run(&["class", "clean"]).succeeds().prints("0 left");
    let listing = Listing::of(endpoint);
    assert_eq!(
        listing.names("log_groups"),
        [
            "/aws/lambda/mafia-monday-x-s02-01-new-game",
            "/aws/lambda/mafia-mondays-s02-01-new-game"
        ]
    );
    for kind in ["stacks", "functions", "tables", "roles", "buckets"] {
        assert_eq!(listing.names(kind), [""; 0], "{kind}");
    }
}
