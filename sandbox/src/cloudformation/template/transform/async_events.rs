//! `EventInvokeConfig` and `DeadLetterQueue` of functions: who hears of events that have ended, with what the
//! function's role needs for it.

use serde_json::{Map, Value, json};

use super::declared::Declared;

/// The properties of functions that are read here.
pub const CONFIG: &str = "EventInvokeConfig";
pub const DEAD_LETTERS: &str = "DeadLetterQueue";

/// Properties that mean the same to Lambda's configuration.
const SAME: [&str; 2] = ["MaximumEventAgeInSeconds", "MaximumRetryAttempts"];
const DESTINATIONS: &str = "DestinationConfig";
const ENDS: [&str; 2] = ["OnSuccess", "OnFailure"];

/// A type of destinations, with what SAM calls its policies, what the role may do, and what SAM makes where
/// the template has no destination.
struct Kind {
    name: &'static str,
    action: &'static str,
    made: Option<(&'static str, &'static str)>,
}

const KINDS: [Kind; 4] = [
    Kind {
        name: "SQS",
        action: "sqs:SendMessage",
        made: Some(("Queue", "AWS::SQS::Queue")),
    },
    Kind {
        name: "SNS",
        action: "sns:Publish",
        made: Some(("Topic", "AWS::SNS::Topic")),
    },
    Kind {
        name: "Lambda",
        action: "lambda:InvokeFunction",
        made: None,
    },
    Kind {
        name: "EventBridge",
        action: "events:PutEvents",
        made: None,
    },
];

struct Destination<'a> {
    /// `OnSuccess` or `OnFailure`.
    end: &'static str,
    kind: &'static Kind,
    given: Option<&'a Value>,
}

/// The configuration, and the queues and topics that SAM makes for it.
pub fn expand(function: &Declared) -> Result<Vec<(String, Value)>, String> {
    let Some(given) = function.properties.get(CONFIG) else {
        return Ok(Vec::new());
    };
    let mut made = Vec::new();
    let mut ends = Map::new();
    for destination in destinations(function)? {
        if let (None, Some((_, kind))) = (destination.given, destination.kind.made) {
            let resource = function.becomes(kind, Map::new(), &["Condition"]);
            made.push((destination.made_id(function), resource));
        }
        let arn = json!({ "Destination": destination.arn(function) });
        ends.insert(destination.end.to_owned(), arn);
    }
    let mut properties = Map::from_iter([
        ("FunctionName".to_owned(), json!({ "Ref": function.id })),
        ("Qualifier".to_owned(), json!("$LATEST")),
    ]);
    if !ends.is_empty() {
        properties.insert(DESTINATIONS.to_owned(), Value::Object(ends));
    }
    for name in SAME {
        if let Some(value) = given.get(name) {
            properties.insert(name.to_owned(), value.clone());
        }
    }
    let config = function.becomes("AWS::Lambda::EventInvokeConfig", properties, &["Condition"]);
    made.push((format!("{}{CONFIG}", function.id), config));
    Ok(made)
}

/// What the function's role needs, as policies with their names.
pub fn policies(function: &Declared) -> Result<Vec<Value>, String> {
    let mut policies = Vec::new();
    if let Some((kind, target)) = dead_letters(function)? {
        let document = json!({ "Version": "2012-10-17",
            "Statement": [{ "Action": kind.action, "Resource": target, "Effect": "Allow" }] });
        policies.push(json!({ "PolicyName": "DeadLetterQueuePolicy", "PolicyDocument": document }));
    }
    for destination in destinations(function)? {
        let Destination { end, kind, .. } = &destination;
        let name = format!("{}{CONFIG}{end}{}Policy", function.id, kind.name);
        let resource = destination.arn(function);
        let document = json!({ "Statement": [
            { "Action": kind.action, "Effect": "Allow", "Resource": resource }] });
        policies.push(json!({ "PolicyName": name, "PolicyDocument": document }));
    }
    Ok(policies)
}

/// `DeadLetterConfig`, if there is one.
pub fn dead_letter_config(function: &Declared) -> Result<Option<Value>, String> {
    let dead_letters = dead_letters(function)?;
    Ok(dead_letters.map(|(_, target)| json!({ "TargetArn": target })))
}

fn dead_letters<'a>(function: &'a Declared) -> Result<Option<(&'static Kind, &'a Value)>, String> {
    let Some(given) = function.properties.get(DEAD_LETTERS) else {
        return Ok(None);
    };
    let (Some(kind), Some(target)) = (given["Type"].as_str(), given.get("TargetArn")) else {
        return Err(function
            .invalid("'DeadLetterQueue' requires Type and TargetArn properties to be specified."));
    };
    let mut kinds = KINDS.iter().filter(|kind| kind.made.is_some());
    match kinds.find(|known| known.name == kind) {
        Some(kind) => Ok(Some((kind, target))),
        None => Err(function.invalid("'DeadLetterQueue' requires Type of ['SQS', 'SNS']")),
    }
}

fn destinations<'a>(function: &'a Declared) -> Result<Vec<Destination<'a>>, String> {
    let Some(given) = function.properties.get(CONFIG) else {
        return Ok(Vec::new());
    };
    let is_known = |key: &&String| *key == DESTINATIONS || SAME.contains(&key.as_str());
    let keys = given.as_object().map(Map::keys).into_iter().flatten();
    if let Some(other) = keys.into_iter().find(|key| !is_known(key)) {
        return Err(function.invalid(format_args!(
            "The sandbox does not support property '{other}' of {CONFIG}; it supports {DESTINATIONS}, {}",
            SAME.join(", ")
        )));
    }
    let ends = ENDS.into_iter().filter_map(|end| {
        let given = given[DESTINATIONS].get(end)?;
        Some(destination(function, end, given))
    });
    ends.collect()
}

fn destination<'a>(
    function: &Declared,
    end: &'static str,
    given: &'a Value,
) -> Result<Destination<'a>, String> {
    let name = given["Type"].as_str().unwrap_or("None");
    let kind = KINDS.iter().find(|kind| kind.name == name);
    let kind = kind.ok_or_else(|| {
        let names: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
        function.invalid(format_args!(
            "'Type: {name}' must be one of {} in the sandbox",
            names.join(", ")
        ))
    })?;
    let given = given.get("Destination");
    if given.is_none() && kind.made.is_none() {
        return Err(function.invalid("Destination is required if Type is not ['SQS', 'SNS']"));
    }
    Ok(Destination { end, kind, given })
}

impl Destination<'_> {
    /// Of the resource that SAM makes.
    fn made_id(&self, function: &Declared) -> String {
        let end = self.kind.made.map_or("", |(end, _)| end);
        format!("{}{CONFIG}{}{end}", function.id, self.end)
    }

    fn arn(&self, function: &Declared) -> Value {
        match (self.given, self.kind.made) {
            (Some(given), _) => given.clone(),
            (None, Some(("Topic", _))) => json!({ "Ref": self.made_id(function) }),
            (None, _) => json!({ "Fn::GetAtt": [self.made_id(function), "Arn"] }),
        }
    }
}
