//! The `SNS` events of a function: a subscription to a topic, and the permission for it.

use serde_json::{Map, Value, json};

use super::declared::Declared;

/// Properties that mean the same to a subscription; `Topic` is read here.
const SAME: [&str; 3] = ["FilterPolicy", "FilterPolicyScope", "RedrivePolicy"];
const TOPIC: &str = "Topic";

pub fn expand(function: &Declared) -> Result<Vec<(String, Value)>, String> {
    let events = function.properties.get("Events").and_then(Value::as_object);
    let events = events.into_iter().flatten();
    let of_topics = events.filter(|(_, event)| event["Type"] == "SNS");
    let made = of_topics.map(|(name, event)| subscription(function, name, event));
    let made = made.collect::<Result<Vec<_>, _>>()?;
    Ok(made.into_iter().flatten().collect())
}

fn subscription(
    function: &Declared,
    name: &str,
    event: &Value,
) -> Result<[(String, Value); 2], String> {
    let invalid = |reason: String| {
        function.invalid(format_args!("Event with id [{name}] is invalid. {reason}"))
    };
    let given = event["Properties"].as_object().cloned().unwrap_or_default();
    let is_known = |key: &&String| key.as_str() == TOPIC || SAME.contains(&key.as_str());
    if let Some(other) = given.keys().find(|key| !is_known(key)) {
        return Err(invalid(format!(
            "The sandbox does not support property '{other}'; it supports {TOPIC}, {}",
            SAME.join(", ")
        )));
    }
    let topic = given.get(TOPIC);
    let topic = topic.ok_or_else(|| invalid(format!("Event is missing property '{TOPIC}'.")))?;
    let arn = json!({ "Fn::GetAtt": [function.id, "Arn"] });
    let mut properties = Map::from_iter([
        ("Endpoint".to_owned(), arn),
        ("Protocol".to_owned(), json!("lambda")),
        ("TopicArn".to_owned(), topic.clone()),
    ]);
    for property in SAME {
        if let Some(value) = given.get(property) {
            properties.insert(property.to_owned(), value.clone());
        }
    }
    let permission = Map::from_iter([
        ("Action".to_owned(), json!("lambda:InvokeFunction")),
        ("FunctionName".to_owned(), json!({ "Ref": function.id })),
        ("Principal".to_owned(), json!("sns.amazonaws.com")),
        ("SourceArn".to_owned(), topic.clone()),
    ]);
    let id = format!("{}{name}", function.id);
    let with = |kind: &str, properties| function.becomes(kind, properties, &["Condition"]);
    Ok([
        (
            format!("{id}Permission"),
            with("AWS::Lambda::Permission", permission),
        ),
        (id, with("AWS::SNS::Subscription", properties)),
    ])
}
