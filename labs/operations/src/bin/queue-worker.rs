//! Works on the messages of two queues: audit events, and users whose summary is to be made again.
//!
//! A message that fails is named in the answer, so that only this one comes again, and ends in the dead-letter
//! queue when it has failed too often. The rest of its batch is done.

use mafia_operations::audit_log::{AuditEvent, AuditLog};
use mafia_operations::queue::{Message, messages, report};
use mafia_support::{
    Answer, Environment, Error, Failure, Request, Resources, RuntimeError, Table, log_line, serve,
};
use serde::Deserialize;

struct Worker {
    table: Table,
    /// The names of the queues.
    aggregator: String,
    ingest: String,
}

/// What the aggregator is told.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Summarise {
    user_id: String,
}

impl Resources for Worker {
    fn from_environment(environment: &Environment) -> Result<Self, Failure> {
        let name = |variable: &str| {
            let name = environment.require(variable, "the name of a queue")?;
            Ok::<_, Failure>(name.to_owned())
        };
        Ok(Self {
            table: Table::from_environment(environment)?,
            aggregator: name("AGGREGATOR_QUEUE_NAME")?,
            ingest: name("CLOUD_TRAIL_INGEST_QUEUE_NAME")?,
        })
    }
}

fn main() -> Result<(), RuntimeError> {
    serve(work)
}

async fn work(request: &Request, worker: &Worker) -> Result<Answer, Error> {
    let mut failed = Vec::new();
    for message in messages(request)? {
        if let Err(reason) = worker.handle(&message).await {
            log_line(&format!("message {} has failed: {reason}", message.id));
            failed.push(message.id);
        }
    }
    Ok(report(failed))
}

impl Worker {
    async fn handle(&self, message: &Message) -> Result<(), String> {
        let log = AuditLog(&self.table);
        let done = if message.queue == self.ingest {
            let event: AuditEvent = read(&message.body)?;
            log.record(&event).await
        } else if message.queue == self.aggregator {
            let Summarise { user_id } = read(&message.body)?;
            log.summarise(&user_id).await
        } else {
            return Err(format!("no worker found for the queue {}", message.queue));
        };
        done.map_err(|failure| failure.to_string())
    }
}

fn read<'b, T: Deserialize<'b>>(body: &'b str) -> Result<T, String> {
    serde_json::from_str(body).map_err(|error| format!("it is not what the queue is for: {error}"))
}
