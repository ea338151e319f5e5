//! What destinations and dead-letter queues get of an invocation that has ended.
//!
//! Source: "Capturing records of Lambda asynchronous invocations" in Lambda's developer guide.

use serde_json::{Value, json};
use uuid::Uuid;

use super::super::Lambda;
use super::super::function::Function;
use super::super::function_ref::FunctionRef;
use super::super::runtime::InvocationResponse;
use super::destination::Kind;
use crate::clock;
use crate::delivery::{Attempt, Attribute, BusEvent, Delivery, Ended, Following};

/// Of an attribute of a dead letter, in bytes: "the first 1 KB of the error message".
const LONGEST_MESSAGE: usize = 1 << 10;

const CONTEXT: &str = "responseContext";
const PAYLOAD: &str = "responsePayload";

/// What a function answered, as reports have it.
pub fn answer(version: &str, response: &InvocationResponse) -> Value {
    let mut answer = json!({
        CONTEXT: { "statusCode": 200, "executedVersion": version },
        PAYLOAD: json_or_text(&response.payload),
    });
    if let Some(error) = response.function_error {
        answer[CONTEXT]["functionError"] = json!(error);
    }
    answer
}

impl Lambda {
    /// A report, and a dead letter, where the function has somebody who gets them.
    pub fn reports(&self, delivery: &Delivery, ended: Ended, attempt: &Attempt) -> Vec<Following> {
        let reported = delivery.reported_to(ended).map(|to| {
            let function = self.reaching(delivery, to)?;
            self.report(&function, delivery, ended, attempt, to)
        });
        let dead = delivery.dead_letter(ended).map(|dead| {
            self.reaching(delivery, &dead.target)?;
            Ok(Delivery {
                attributes: attributes(delivery, attempt),
                ..dead
            })
        });
        reported.into_iter().chain(dead).collect()
    }

    /// The function, if its role may hand something over to what has this ARN.
    fn reaching(&self, delivery: &Delivery, to: &str) -> Result<Function, String> {
        let function = self.function_of(delivery)?;
        let kind = Kind::of(to).ok_or_else(|| format!("{to} takes no reports"))?;
        let may = self.may_reach(&function, kind, to);
        match may.map_err(|fault| fault.to_string())? {
            true => Ok(function),
            false => Err(format!(
                "the role {} of {} does not allow {} on {to}",
                function.role,
                function.name,
                kind.action()
            )),
        }
    }

    fn report(
        &self,
        function: &Function,
        delivery: &Delivery,
        ended: Ended,
        attempt: &Attempt,
        to: &str,
    ) -> Following {
        let record = record(function, delivery, ended, attempt);
        let id = Uuid::new_v4();
        match Kind::of(to) {
            Some(Kind::EventBus) => Ok(bus_event(record, ended, to).delivery(to)),
            // It is an event of that function, which has destinations of its own.
            Some(Kind::Function) => {
                let function_ref = FunctionRef::parse(to, None);
                let event = function_ref
                    .and_then(|function_ref| self.event(&function_ref, id, record.to_string()));
                event.map_err(|fault| fault.to_string())
            }
            _ => Ok(Delivery::new(id, to, record.to_string())),
        }
    }
}

/// The event for a bus with a record in it.
fn bus_event(record: Value, ended: Ended, bus: &str) -> BusEvent {
    let result = match ended {
        Ended::Succeeded => "Success",
        _ => "Failure",
    };
    let function = record["requestContext"]["functionArn"].as_str();
    BusEvent {
        source: "lambda".to_owned(),
        detail_type: format!("Lambda Function Invocation Result - {result}"),
        time: clock::now(),
        resources: vec![bus.to_owned(), function.unwrap_or_default().to_owned()],
        detail: record,
    }
}

/// The record of an invocation.
fn record(function: &Function, delivery: &Delivery, ended: Ended, attempt: &Attempt) -> Value {
    let (condition, count) = match ended {
        Ended::Succeeded => ("Success", delivery.failures + 1),
        Ended::AgeExceeded => ("EventAgeExceeded", delivery.failures),
        Ended::RetriesExhausted | Ended::Rejected => ("RetriesExhausted", delivery.failures),
    };
    let version = function.version();
    let mut record = json!({
        "version": "1.0",
        "timestamp": clock::to_the_millisecond(clock::now()),
        "requestContext": {
            "requestId": delivery.id,
            "functionArn": format!("{}:{version}", super::super::function_ref::arn(&function.name)),
            "condition": condition,
            "approximateInvokeCount": count,
        },
        "requestPayload": json_or_text(delivery.payload.as_bytes()),
    });
    for member in [CONTEXT, PAYLOAD] {
        let answered = attempt.answer.as_ref().and_then(|it| it.get(member));
        if let Some(answered) = answered {
            record[member] = answered.clone();
        }
    }
    record
}

/// Of the message with an event in a dead-letter queue.
fn attributes(delivery: &Delivery, attempt: &Attempt) -> Vec<Attribute> {
    let mut attributes = vec![Attribute::new("RequestID", "String", &*delivery.id)];
    if let Some(answer) = &attempt.answer {
        let code = &answer[CONTEXT]["statusCode"];
        attributes.push(Attribute::new("ErrorCode", "Number", code.to_string()));
        let error = answer[PAYLOAD]["errorMessage"].as_str();
        if let Some(error) = error.map(shortened).filter(|error| !error.is_empty()) {
            attributes.push(Attribute::new("ErrorMessage", "String", error));
        }
    }
    attributes
}

/// Without the characters that no attribute of a message can have.
fn shortened(message: &str) -> String {
    let is_fit = |c: &char| !c.is_control() || "\t\n\r".contains(*c);
    let mut message: String = message.chars().filter(is_fit).collect();
    message.truncate(message.floor_char_boundary(LONGEST_MESSAGE));
    message
}

fn json_or_text(payload: &[u8]) -> Value {
    let text = || Value::from(String::from_utf8_lossy(payload).into_owned());
    serde_json::from_slice(payload).unwrap_or_else(|_| text())
}
