//! The table of cases in `cases.json`, which another evaluator judges in the stories, and what holds for all
//! patterns and events.
//!
//! | list | its cases |
//! |---|---|
//! | `patterns` | pattern, event, whether it matches |
//! | `refused` | pattern, or its text; the reason |
//! | `attributes` | filter policy, types and texts of attributes, whether it takes them |
//! | `bodies` | filter policy, body, whether it takes it |
//! | `refused_policies` | scope, filter policy, reason |
//!
//! After that, where the other evaluator deviates: how.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use super::*;

fn cases(list: &str) -> Vec<Value> {
    let table: Value = serde_json::from_str(include_str!("cases.json")).expect("JSON");
    table[list].as_array().expect("a list").clone()
}

fn wrong_of(list: &str, is_right: impl Fn(&Value) -> bool) {
    let wrong: Vec<String> = cases(list)
        .iter()
        .filter(|case| !is_right(case))
        .map(Value::to_string)
        .collect();
    assert!(wrong.is_empty(), "{list}: {wrong:#?}");
}

fn policy(policy: &Value, scope: Scope) -> FilterPolicy {
    let policy = FilterPolicy::read(&policy.to_string(), scope);
    policy.expect("it is taken").expect("it is not empty")
}

fn reason<T>(read: Reading<T>) -> Option<String> {
    read.err().map(|refused| refused.to_string())
}

#[test]
fn patterns_match_as_on_aws() {
    wrong_of("patterns", |case| {
        let pattern = Pattern::read(&case[0]).expect("it is a pattern");
        pattern.matches(&case[1]) == case[2]
    });
}

#[test]
fn what_is_no_pattern_is_refused_in_the_words_of_aws() {
    wrong_of("refused", |case| {
        let read = match &case[0] {
            Value::String(text) => Pattern::parse(text),
            pattern => Pattern::read(pattern),
        };
        reason(read).as_deref() == case[1].as_str()
    });
}

#[test]
fn filter_policies_take_attributes_as_sns_does() {
    wrong_of("attributes", |case| {
        let attributes = case[1].as_object().expect("attributes").iter();
        let attributes = attributes.map(|(name, attribute)| {
            let text = |at: usize| attribute[at].as_str().expect("a text");
            let (data_type, text) = (text(0), text(1));
            (name.as_str(), Attribute { data_type, text })
        });
        let policy = policy(&case[0], Scope::MessageAttributes);
        policy.takes(&attributes.collect(), "") == case[2]
    });
}

#[test]
fn filter_policies_take_bodies_as_sns_does() {
    wrong_of("bodies", |case| {
        let policy = policy(&case[0], Scope::MessageBody);
        policy.takes(&BTreeMap::new(), case[1].as_str().expect("a text")) == case[2]
    });
}

#[test]
fn what_is_no_filter_policy_is_refused_in_the_words_of_sns() {
    wrong_of("refused_policies", |case| {
        let scope = match case[0].as_str() {
            Some("MessageBody") => Scope::MessageBody,
            _ => Scope::MessageAttributes,
        };
        let read = FilterPolicy::read(&case[1].to_string(), scope);
        reason(read).as_deref() == case[2].as_str()
    });
    for text in ["{", "[]", "1"] {
        assert!(FilterPolicy::read(text, Scope::MessageBody).is_err());
    }
    let long = format!("{{\"a\": [\"{}\"]}}", "x".repeat(256 << 10));
    let read = reason(FilterPolicy::read(&long, Scope::MessageBody));
    assert_eq!(
        read.as_deref(),
        Some("FilterPolicy: Filter policy is too long")
    );
}

#[test]
fn an_empty_filter_policy_is_none() {
    let read = FilterPolicy::read("{}", Scope::MessageAttributes);
    assert_eq!(read, Ok(None));
}

#[test]
fn alternatives_make_a_thousand_combinations_at_most() {
    let or = |count: usize| {
        let each = (0..count).map(|number| json!({ "a": [number] }));
        json!({ "$or": each.collect::<Vec<_>>() })
    };
    let of = |counts: [usize; 3]| {
        let [a, b, c] = counts.map(or);
        Pattern::read(&json!({ "x": a, "y": b, "z": c }))
    };
    assert!(of([10, 10, 10]).is_ok());
    assert!(of([10, 10, 11]).is_err());
    let mut all = Map::new();
    for field in 0..100 {
        all.insert(field.to_string(), or(10));
    }
    assert!(Pattern::read(&Value::Object(all)).is_err());
}

/// An address that is not the first of its network begins the range, as AWS's evaluator reads it.
#[test]
fn a_network_begins_with_its_address() {
    let pattern = Pattern::read(&json!({ "a": [{ "cidr": "10.0.0.9/24" }] }));
    let pattern = pattern.expect("it is a pattern");
    for (address, expected) in [
        ("10.0.0.8", false),
        ("10.0.0.9", true),
        ("10.0.0.255", true),
    ] {
        assert_eq!(pattern.matches(&json!({ "a": address })), expected);
    }
}

/// It would not end if each star or object were tried with all others.
#[test]
fn large_patterns_and_events_take_no_long_time() {
    let stars = "a*".repeat(2000) + "b";
    let pattern = Pattern::read(&json!({ "a": [{ "wildcard": stars }] })).expect("a pattern");
    assert!(!pattern.matches(&json!({ "a": "a".repeat(256 << 10) })));
    // Whether a field is absent is asked for each of the objects.
    let pattern = json!({ "a": { "b": [{ "exists": false }], "c": [1] } });
    let pattern = Pattern::read(&pattern).expect("a pattern");
    let items: Vec<Value> = (0..20_000).map(|item| json!({ "d": item })).collect();
    assert!(!pattern.matches(&json!({ "a": items })));
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        select(vec![
            "",
            "a",
            "*",
            "a*b",
            "\\",
            "=",
            "<",
            "10.0.0.0/8",
            "::1",
            "é"
        ])
        .prop_map(Value::from),
    ];
    let names = vec![
        "a",
        "$or",
        "prefix",
        "suffix",
        "numeric",
        "exists",
        "cidr",
        "wildcard",
        "anything-but",
        "equals-ignore-case",
    ];
    leaf.prop_recursive(5, 40, 4, move |inner| {
        let names = select(names.clone()).prop_map(str::to_owned);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(names, inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn anything_is_read_or_refused(pattern in values(), event in values()) {
        if let Ok(pattern) = Pattern::read(&pattern) {
            let _ = pattern.matches(&event);
        }
        for scope in [Scope::MessageAttributes, Scope::MessageBody] {
            if let Ok(Some(policy)) = FilterPolicy::read(&pattern.to_string(), scope) {
                let _ = policy.takes(&BTreeMap::new(), &event.to_string());
            }
        }
    }

    #[test]
    fn a_pattern_of_its_own_values_matches_an_event(texts in prop::collection::btree_map("[a-z]{1,3}", ".{0,9}", 1..5)) {
        let event = json!(texts);
        let pattern: Map<String, Value> =
            texts.into_iter().map(|(name, text)| (name, json!([text]))).collect();
        let pattern = Pattern::read(&Value::Object(pattern)).expect("a pattern");
        prop_assert!(pattern.matches(&event));
    }
}
