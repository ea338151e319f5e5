//! Operations: an event goes through a queue into the audit log, a job sums up, and a message that nobody can read
//! ends where somebody finds it.

use serde_json::json;

use super::step::Asked;
use super::{Run, RunError};
use crate::cloud::Repetition;
use crate::functions;

const CRON: &str = "02-cron";
const QUEUE: &str = "IngestQueueUrl";
const DEAD_LETTERS: &str = "DeadLettersUrl";

pub(super) async fn run(run: &mut Run<'_>) -> Result<(), RunError> {
    let user = run.id.clone();
    let event = json!({ "UserId": user, "EventId": "1", "Action": "login", "At": 1_700_000_000 });
    let queue = run.output(QUEUE)?;
    run.cloud.send_message(queue, &event.to_string()).await?;
    let poison = format!("poison {user}");
    run.cloud.send_message(queue, &poison).await?;

    let recorded = run.wait_for("for queue-worker", async || {
        let items = run.items("TableName").await?;
        let mut items = items.into_iter();
        Ok(items.find(|item| item["UserId"] == *user && item["EventId"] == "event#1"))
    });
    let recorded = recorded.await?;
    let asked = Asked {
        did: "sent an event and a poisoned message to the queue".to_owned(),
        expected: "the event in the audit log",
        holds: recorded.is_some(),
    };
    run.end(
        asked,
        match recorded {
            Some(_) => format!("queue-worker has put the event of {user} into the audit log"),
            None => "the audit log does not have it".to_owned(),
        },
    )?;

    let job = json!({ "job": "audit" }).to_string().into_bytes();
    let (stack, cron) = (&run.stack.name, run.function(CRON));
    functions::call(run.cloud, stack, &cron, job, Repetition::Harmless).await?;
    let summary = run.wait_for("for the summary", async || {
        let items = run.items("TableName").await?;
        let mut items = items.into_iter();
        let summary = items.find(|item| item["UserId"] == *user && item["EventId"] == "summary");
        Ok(summary.map(|item| item["Counts"].clone()))
    });
    let summary = summary.await?;
    let asked = Asked {
        did: "called the job `audit` of cron".to_owned(),
        expected: "a summary with one login",
        holds: summary == Some(json!({ "login": 1 })),
    };
    run.end(
        asked,
        match summary {
            Some(counts) => format!("the topic, a queue and the worker made the summary {counts}"),
            None => "no summary comes".to_owned(),
        },
    )?;

    let dead = run.output(DEAD_LETTERS)?;
    let letter = run.wait_for("until the poisoned message has failed twice", async || {
        let messages = run.cloud.messages(dead).await?;
        Ok(messages.into_iter().find(|message| message.body == poison))
    });
    let letter = letter.await?;
    if let Some(letter) = &letter {
        run.cloud.delete_message(dead, letter).await?;
    }
    let asked = Asked {
        did: "looked into the dead-letter queue".to_owned(),
        expected: "the poisoned message",
        holds: letter.is_some(),
    };
    run.end(
        asked,
        match letter {
            Some(letter) => format!("`{}` is there, and taken away", letter.body),
            None => "it is not there".to_owned(),
        },
    )
}
