//! Configurations, and what is told of changes.

use std::path::Path;
use std::sync::{Arc, Weak};

use s3s::dto::NotificationConfiguration;
use serde_json::{Value, json};

use super::super::bucket::configuration::Configuration;
use super::super::preconditions::Preconditions;
use super::super::storage::Storage;
use super::*;
use crate::delivery::BusEvent;
use crate::store::{Blobs, Records, Store};

const QUEUE: &str = "arn:aws:sqs:us-east-1:000000000000:q";
const TOPIC: &str = "arn:aws:sns:us-east-1:000000000000:t";
const FUNCTION: &str = "arn:aws:lambda:us-east-1:000000000000:function:f";

/// All but those with `none` or `closed` in their names get events.
#[derive(Debug)]
struct Known;

impl Receivers for Known {
    fn refusal(&self, receiver: &str, _: &str) -> Result<Option<Refusal>, Fault> {
        Ok(match receiver {
            _ if receiver.ends_with("none") => Some(Refusal::Missing),
            _ if receiver.ends_with("closed") => Some(Refusal::NotPermitted),
            _ => None,
        })
    }
}

struct World {
    s3: super::super::S3,
    store: Arc<Store>,
    _known: Arc<Known>,
}

impl World {
    /// With the bucket `files`.
    fn open(folder: &Path) -> Self {
        let store = Arc::new(Store::open(&folder.join("state")).expect("it opens"));
        let blobs = Blobs::open(&folder.join("blobs"), &store).expect("it opens");
        let deliveries = DeliveryQueue::in_folder(folder, &store);
        // What is accepted stays.
        deliveries.stop();
        let keyring = Arc::new(crate::keys::Keyring::new(crate::keys::Keys::long_term()));
        let authority: Arc<dyn crate::authorise::Authority> = Arc::new(crate::authorise::AllowAll);
        let s3 = super::super::S3::new(&store, &blobs, &keyring, &authority, &deliveries);
        let known = Arc::new(Known);
        let receivers: Weak<dyn Receivers> = Arc::downgrade(&known) as _;
        s3.ask_receivers(receivers);
        s3.create_bucket("files").expect("made");
        Self {
            s3,
            store,
            _known: known,
        }
    }

    fn storage(&self) -> &Storage {
        &self.s3.storage
    }

    fn configure(&self, value: Value) -> Result<(), Fault> {
        let property = NotificationConfiguration::PROPERTY;
        self.s3.configure_bucket("files", property, Some(value))
    }

    fn delete(&self, key: &str, version: Option<&str>) {
        let any = Preconditions::default();
        let deleted = self
            .storage()
            .delete("files", key, version, &any, &Origin::default());
        deleted.expect("deleted");
    }

    /// What is on its way since it was asked last, in the order in which it happened: the receivers and the
    /// events.
    fn told(&self) -> Vec<(String, Value)> {
        let records = Records::<Delivery>::new(&self.store);
        let mut deliveries = records.all().expect("they are read");
        for delivery in &deliveries {
            records.remove(&delivery.id).expect("removed");
        }
        deliveries.sort_by_key(|delivery| {
            let notice: Notice = serde_json::from_str(&delivery.payload).expect("a notice");
            notice.event["Records"][0]["s3"]["object"]["sequencer"].to_string()
        });
        let told = deliveries.into_iter().map(|delivery| {
            assert_eq!(delivery.target, "arn:aws:s3:::files");
            let notice: Notice = serde_json::from_str(&delivery.payload).expect("a notice");
            (notice.receiver, notice.event)
        });
        told.collect()
    }

    /// What EventBridge is told since it was asked last.
    fn told_to_bus(&self) -> Vec<BusEvent> {
        let records = Records::<Delivery>::new(&self.store);
        let mut events = Vec::new();
        for delivery in records.all().expect("they are read") {
            if delivery.target == "arn:aws:events:us-east-1:000000000000:event-bus/default" {
                events.push(serde_json::from_str::<BusEvent>(&delivery.payload).expect("an event"));
                records.remove(&delivery.id).expect("removed");
            }
        }
        events.sort_by_key(|event| event.detail["object"]["sequencer"].to_string());
        events
    }

    fn names(&self) -> Vec<(String, Value)> {
        let told = self.told().into_iter();
        told.map(|(receiver, event)| (receiver, event["Records"][0]["eventName"].clone()))
            .collect()
    }
}

fn to_queue(event: &str, rules: Value) -> Value {
    json!({ "Event": event, "Queue": QUEUE, "Filter": { "S3Key": { "Rules": rules } } })
}

#[test]
fn a_bus_is_told_of_all_changes() {
    let folder = tempfile::tempdir().expect("a folder");
    let world = World::open(folder.path());
    let bridge = json!({ "EventBridgeConfiguration": { "EventBridgeEnabled": true } });
    world.configure(bridge).expect("right");
    world.s3.keep("files", "a b", b"12");
    world.delete("a b", None);
    let told = world.told_to_bus();
    let [created, deleted] = &told[..] else {
        panic!("two events: {told:?}");
    };
    assert_eq!(created.source, "aws.s3");
    assert_eq!(created.detail_type, "Object Created");
    assert_eq!(created.resources, ["arn:aws:s3:::files"]);
    assert_eq!(
        (
            &created.detail["object"]["key"],
            &created.detail["object"]["size"]
        ),
        (&json!("a b"), &json!(2))
    );
    assert_eq!(created.detail["bucket"], json!({ "name": "files" }));
    assert_eq!(created.detail["reason"], "PutObject");
    assert_eq!(deleted.detail_type, "Object Deleted");
    assert_eq!(deleted.detail["reason"], "DeleteObject");
    assert_eq!(deleted.detail["deletion-type"], "Permanently Deleted");
    world.configure(json!({})).expect("right");
    world.s3.keep("files", "k", b"1");
    assert!(world.told_to_bus().is_empty() && world.told().is_empty());
}

#[test]
fn changes_are_told_to_those_whose_rules_they_match() {
    let folder = tempfile::tempdir().expect("a folder");
    let world = World::open(folder.path());
    let prefix =
        json!([{ "Name": "prefix", "Value": "in/" }, { "Name": "Suffix", "Value": ".json" }]);
    let configured = world.configure(json!({
        "QueueConfigurations": [to_queue("s3:ObjectCreated:*", prefix)],
        "LambdaConfigurations": [{ "Event": "s3:ObjectRemoved:*", "Function": FUNCTION }],
        "TopicConfigurations": [{ "Event": "s3:ObjectCreated:Copy", "Topic": TOPIC, "Filter":
            { "S3Key": { "Rules": [{ "Name": "prefix", "Value": "out/" }] } } }],
    }));
    configured.expect("right");
    // The test events, for the queue and the topic.
    let mut tests = world.told();
    tests.sort_by(|a, b| a.0.cmp(&b.0));
    let receivers: Vec<&str> = tests.iter().map(|(receiver, _)| &**receiver).collect();
    assert_eq!(receivers, [TOPIC, QUEUE]);
    assert_eq!(tests[0].1["Event"], "s3:TestEvent");
    assert_eq!(tests[0].1["Bucket"], "files");

    for key in ["in/a.json", "in/a.txt", "a.json", "out/a"] {
        world.s3.keep("files", key, b"abc");
    }
    let told = world.told();
    let [(receiver, event)] = &told[..] else {
        panic!("{told:?}")
    };
    assert_eq!(receiver, QUEUE);
    let record = &event["Records"][0];
    assert_eq!(record["eventName"], "ObjectCreated:Put");
    assert_eq!(record["s3"]["bucket"]["arn"], "arn:aws:s3:::files");
    let object = &record["s3"]["object"];
    assert_eq!(
        (&object["key"], &object["size"], &object["eTag"]),
        (&json!("in/a.json"), &json!(3), &json!("e"))
    );
    assert_eq!(object.get("versionId"), None);

    world.delete("in/a.json", None);
    world.delete("in/a.json", None);
    let deleted = (FUNCTION.to_owned(), json!("ObjectRemoved:Delete"));
    assert_eq!(
        world.names(),
        [deleted],
        "what was not there is not told of"
    );
    let removed = world
        .s3
        .configure_bucket("files", NotificationConfiguration::PROPERTY, None);
    removed.expect("removed");
    world.s3.keep("files", "in/a.json", b"abc");
    assert!(world.told().is_empty());
}

#[test]
fn versions_and_delete_markers_are_told_of() {
    let folder = tempfile::tempdir().expect("a folder");
    let world = World::open(folder.path());
    let versions = json!({ "Status": "Enabled" });
    let configured = world
        .s3
        .configure_bucket("files", "VersioningConfiguration", Some(versions));
    configured.expect("right");
    let configured = world.configure(json!({ "LambdaConfigurations": [
        { "Event": "s3:ObjectCreated:*", "Function": FUNCTION },
        { "Event": "s3:ObjectRemoved:*", "Function": FUNCTION }] }));
    configured.expect("right");
    let first = world
        .s3
        .keep("files", "k", b"abc")
        .version_id
        .expect("an id");
    let second = world
        .s3
        .keep("files", "k", b"abcd")
        .version_id
        .expect("an id");
    world.delete("k", None);
    world.delete("k", Some(&first));
    let told = world.told();
    let records = told.iter().map(|(_, event)| &event["Records"][0]);
    let records: Vec<(&Value, &Value)> = records
        .map(|it| (&it["eventName"], &it["s3"]["object"]["versionId"]))
        .collect();
    let of_marker = records
        .iter()
        .find(|(name, _)| *name == "ObjectRemoved:DeleteMarkerCreated");
    let marker = of_marker.expect("one is told of").1.clone();
    let expected = [
        ("ObjectCreated:Put", json!(first)),
        ("ObjectCreated:Put", json!(second)),
        ("ObjectRemoved:DeleteMarkerCreated", marker.clone()),
        ("ObjectRemoved:Delete", json!(first)),
    ];
    let expected: Vec<(Value, Value)> = expected
        .into_iter()
        .map(|(name, version)| (json!(name), version))
        .collect();
    let expected: Vec<(&Value, &Value)> = expected.iter().map(|(a, b)| (a, b)).collect();
    // A version that is deleted later may be older than the marker.
    for pair in &expected {
        assert!(records.contains(pair), "{pair:?} in {records:?}");
    }
    assert_eq!(records.len(), 4);
    assert!(marker.is_string(), "{marker}");
}

#[test]
fn what_no_bucket_can_have_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let world = World::open(folder.path());
    let queues = |items: Value| json!({ "QueueConfigurations": items });
    let created = "s3:ObjectCreated:*";
    let rule = |name: &str, value: &str| json!([{ "Name": name, "Value": value }]);
    for (value, said) in [
        (
            queues(json!([{ "Event": "s3:ObjectTagging:Put", "Queue": QUEUE }])),
            "the sandbox does not support the event s3:ObjectTagging:Put",
        ),
        (
            queues(json!([{ "Event": "s3:ObjectEaten", "Queue": QUEUE }])),
            "The event is not supported for notifications",
        ),
        (
            queues(json!([{ "Event": created, "Queue": TOPIC }])),
            "The ARN could not be parsed",
        ),
        (
            queues(json!([to_queue(created, rule("middle", "a"))])),
            "must be either prefix or suffix",
        ),
        (
            queues(json!([to_queue(
                created,
                rule("prefix", &"a".repeat(1025))
            )])),
            "Size of filter rule value",
        ),
        (
            queues(json!([to_queue(
                created,
                json!([{ "Name": "prefix", "Value": "a" }, { "Name": "Prefix", "Value": "b" }])
            )])),
            "more than one prefix rule",
        ),
        (
            queues(json!([{ "Event": created, "Queue": QUEUE },
                { "Event": "s3:ObjectCreated:Put", "Queue": QUEUE }])),
            "Configurations overlap",
        ),
        (
            queues(json!([
                to_queue(created, rule("prefix", "a")),
                to_queue(created, rule("prefix", "ab"))
            ])),
            "ambiguously defined",
        ),
        (
            queues(json!([{ "Event": created, "Queue": format!("{QUEUE}-none") }])),
            "Unable to validate",
        ),
        (
            queues(json!([{ "Event": created, "Queue": format!("{QUEUE}-closed") }])),
            "Unable to validate",
        ),
        (
            queues(json!([{ "Event": created, "Queue": format!("{QUEUE}.fifo") }])),
            "Unable to validate",
        ),
        (
            json!({ "LambdaConfigurations": [
                { "Event": created, "Function": format!("{FUNCTION}-closed") }] }),
            "Unable to validate",
        ),
    ] {
        let refused = world.configure(value.clone()).expect_err(said);
        assert!(refused.message.contains(said), "{value}: {refused}");
        assert!(world.told().is_empty());
    }
    // Different events, prefixes or suffixes do not overlap.
    let apart = queues(json!([
        to_queue(created, rule("prefix", "a/")),
        to_queue(created, rule("prefix", "b/")),
        to_queue("s3:ObjectRemoved:*", rule("suffix", "a")),
        to_queue("s3:ObjectRemoved:*", rule("suffix", "b")),
    ]));
    world.configure(apart).expect("right");
}
