//! A deployed game whose functions say what a story has written for them: the same game at each run.

use std::collections::HashMap;
use std::sync::Mutex;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::header::HeaderValue;
use serde_json::{Value, json};

use crate::fault::Answer;
use crate::mafia::Mafia;
use crate::stub::{self, Asked, Stub};

/// The stack that the functions are in.
pub const STACK: &str = "mafia-anna";

/// What a function does when it is called.
#[derive(Clone)]
pub enum Says {
    Answers(Value),
    /// It fails with this type and message, having logged these lines.
    Fails(&'static str, &'static str, &'static str),
}

/// Functions by their word, each with what it says at its first call, its second and so on; the last
/// goes on for ever. And what the night's turn has logged.
pub struct Script {
    functions: HashMap<&'static str, Vec<Says>>,
    logged: Vec<(u64, &'static str)>,
}

impl Script {
    /// A short game of four players in which Cleo is the mafia.
    pub fn game() -> Self {
        let lines = |lines: &[&str]| Says::Answers(json!({ "Message": lines }));
        let night = [
            "Night, time to sleep",
            "Mafia awakes",
            "Mafia kills Bo",
            "Mafia sleeps",
        ];
        let day = [
            "Day, time to wake up!",
            "Players see the dead body and makes their accusations",
            "Ann blames on Cleo",
            "Cleo blames on Dee",
            "Dee blames on Cleo",
            "Who is the Mafia?",
        ];
        let verdict = [
            "Mafia has been uncovered!",
            "Guilty member of mafia Cleo has been sentenced!",
            "Game over: the innocents win",
        ];
        let players = |bo: &str, cleo: &str| {
            Says::Answers(json!([
                {"Name": "Ann", "Identity": "Uncovered"},
                {"Name": "Bo", "Identity": bo},
                {"Name": "Cleo", "Identity": cleo},
                {"Name": "Dee", "Identity": "Uncovered"},
            ]))
        };
        let started = json!({ "message": "New game started with Ann, Bo, Cleo, Dee" });
        let script = Self {
            functions: HashMap::new(),
            logged: vec![
                (1_795_305_600_000, "START RequestId: 1 Version: $LATEST\n"),
                (1_795_305_600_000, "the mafia awakes\n"),
                (1_795_305_600_042, "the mafia sleeps\n"),
            ],
        };
        script
            .with("new-game", [Says::Answers(started)])
            .with("night-turn", [lines(&night)])
            .with("day-turn", [lines(&day)])
            .with("judgement", [lines(&verdict)])
            .with(
                "game-state",
                [players("Killed by mafia", "Correctly sentenced")],
            )
    }

    /// Lets a function say these things instead.
    pub fn with<const N: usize>(mut self, function: &'static str, says: [Says; N]) -> Self {
        self.functions.insert(function, says.to_vec());
        self
    }

    /// Lets a function be gone, though the stack still has it.
    pub fn without(mut self, function: &'static str) -> Self {
        self.functions.remove(function);
        self
    }

    /// Lets the night's turn have logged one more line.
    pub fn logging(mut self, line: &'static str) -> Self {
        self.logged.push((1_795_305_600_043, line));
        self
    }

    /// Lets a function answer this instead.
    pub fn answering(self, function: &'static str, answer: Value) -> Self {
        self.with(function, [Says::Answers(answer)])
    }

    /// Starts a stub where a stack with these functions is deployed.
    pub fn deployed(self) -> Stub {
        let calls = Mutex::new(HashMap::<&str, usize>::new());
        Stub::answering(move |asked| match asked.name.as_str() {
            "cloudformation:DescribeStacks"
                if asked.text.contains(STACK) || !asked.text.contains("StackName=") =>
            {
                Some(stack())
            }
            "logs:DescribeLogGroups" => Some(stub::json(&json!({ "logGroups": [] }))),
            "cloudformation:ListStackResources" => Some(resources()),
            "cloudformation:GetTemplate" => Some(stub::xml(
                "<GetTemplateResponse><GetTemplateResult><TemplateBody>{}</TemplateBody>\
                 </GetTemplateResult></GetTemplateResponse>",
            )),
            "cloudformation:DescribeStackEvents" => Some(stub::xml(
                "<DescribeStackEventsResponse><DescribeStackEventsResult><StackEvents/>\
                 </DescribeStackEventsResult></DescribeStackEventsResponse>",
            )),
            "lambda:Invoke" => {
                let (function, says) = self.functions.iter().find(|(function, _)| {
                    asked.text.contains(&format!("-{function}/invocations"))
                })?;
                let mut calls = calls.lock().expect("no answer panics");
                let call = calls.entry(function).or_default();
                let said = says.get(*call).or(says.last())?;
                *call += 1;
                Some(invoked(said))
            }
            "lambda:GetFunction" => Some(stub::json(&json!({
                "Configuration": { "Environment": { "Variables": { "NUMBER_OF_MAFIA": "1" } } },
            }))),
            "logs:FilterLogEvents" => Some(logged(asked, &self.logged)),
            _ => None,
        })
    }
}

/// A player of the game at `stub`.
pub fn anna(stub: &Stub) -> Mafia {
    Mafia::at(stub.endpoint()).env("MAFIA_STACK", STACK)
}

fn stack() -> Answer {
    stub::xml(&format!(
        "<DescribeStacksResponse><DescribeStacksResult><Stacks><member>\
         <StackName>{STACK}</StackName><StackId>arn:aws:cloudformation:us-east-1:1:stack/{STACK}/1\
         </StackId><StackStatus>CREATE_COMPLETE</StackStatus>\
         <CreationTime>2026-11-22T00:00:00Z</CreationTime>\
         <Tags><member><Key>mafia:kind</Key><Value>game</Value></member></Tags>\
         </member></Stacks></DescribeStacksResult></DescribeStacksResponse>"
    ))
}

fn resources() -> Answer {
    let names = [
        "01-new-game",
        "02-game-state",
        "03-night-turn",
        "04-day-turn",
        "05-judgement",
    ];
    let resource = |name: &str| {
        format!(
            "<member><LogicalResourceId>{name}</LogicalResourceId>\
             <PhysicalResourceId>{STACK}-{name}</PhysicalResourceId>\
             <ResourceType>AWS::Lambda::Function</ResourceType>\
             <LastUpdatedTimestamp>2026-11-22T00:00:00Z</LastUpdatedTimestamp>\
             <ResourceStatus>CREATE_COMPLETE</ResourceStatus></member>"
        )
    };
    stub::xml(&format!(
        "<ListStackResourcesResponse><ListStackResourcesResult><StackResourceSummaries>{}\
         </StackResourceSummaries></ListStackResourcesResult></ListStackResourcesResponse>",
        names.map(resource).concat()
    ))
}

const REPORT: &str = "REPORT RequestId: 1\tDuration: 1.93 ms\tBilled Duration: 2 ms\t\
                      Memory Size: 256 MB\tMax Memory Used: 21 MB\tInit Duration: 9.50 ms\t";

fn invoked(said: &Says) -> Answer {
    let (mut answer, log) = match said {
        Says::Answers(value) => (stub::json(value), ""),
        Says::Fails(kind, message, log) => {
            let error = json!({ "errorType": kind, "errorMessage": message });
            let mut answer = stub::json(&error);
            let unhandled = HeaderValue::from_static("Unhandled");
            answer
                .headers_mut()
                .insert("x-amz-function-error", unhandled);
            (answer, *log)
        }
    };
    let log = format!("START RequestId: 1 Version: $LATEST\n{log}\nEND RequestId: 1\n{REPORT}\n");
    let log = HeaderValue::from_str(&STANDARD.encode(log)).expect("base64 is plain");
    answer.headers_mut().insert("x-amz-log-result", log);
    answer
}

/// These lines for the function whose log group is asked for, and none for all others.
fn logged(asked: &Asked, lines: &[(u64, &str)]) -> Answer {
    // Without an `eventId`: some servers give none.
    let event = |(timestamp, message): &(u64, &str)| json!({ "timestamp": timestamp, "message": message, "logStreamName": "s" });
    let lines = lines
        .iter()
        .filter(|_| asked.text.contains("-03-night-turn"));
    let events: Vec<Value> = lines.map(event).collect();
    stub::json(&json!({ "events": events }))
}
