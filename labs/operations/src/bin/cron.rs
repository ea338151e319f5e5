//! Two jobs that EventBridge Scheduler starts: a backup of the audit log every twelve hours, and the audit
//! every evening, which has each user's summary made again.

use std::collections::BTreeSet;
use std::time::{SystemTime, UNIX_EPOCH};

use mafia_operations::audit_log::AuditLog;
use mafia_operations::files::Files;
use mafia_operations::topic::Topic;
use mafia_support::{
    Answer, Environment, Error, Failure, Request, Resources, RuntimeError, Table, serve,
};
use serde_json::json;

struct Cron {
    table: Table,
    files: Files,
    topic: Topic,
}

impl Resources for Cron {
    fn from_environment(environment: &Environment) -> Result<Self, Failure> {
        Ok(Self {
            table: Table::from_environment(environment)?,
            files: Files::from_environment(environment)?,
            topic: Topic::from_environment(environment)?,
        })
    }
}

fn main() -> Result<(), RuntimeError> {
    serve(start)
}

async fn start(request: &Request, cron: &Cron) -> Result<Answer, Error> {
    match request.text("job", "audit")?.as_str() {
        "backup-job" => Ok(cron.backup().await?),
        "audit" => Ok(cron.audit().await?),
        other => Err(Answer::refusal(400, format!("There is no job {other}")).into()),
    }
}

impl Cron {
    /// Writes all events to a file of its own.
    async fn backup(&self) -> Result<Answer, Failure> {
        let events = AuditLog(&self.table).everything().await?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let key = format!("backup/{}.json", now.unwrap_or_default().as_secs());
        let contents = json!(events).to_string().into_bytes();
        self.files.write(&key, contents).await?;
        Ok(Answer::body(
            json!({ "Backup": key, "Events": events.len() }),
        ))
    }

    /// Tells the aggregator of each user.
    async fn audit(&self) -> Result<Answer, Failure> {
        let events = AuditLog(&self.table).everything().await?;
        let users: BTreeSet<String> = events.into_iter().map(|event| event.user_id).collect();
        for user in &users {
            let message = json!({ "UserId": user }).to_string();
            self.topic.publish(message).await?;
        }
        Ok(Answer::body(json!({ "Audited": users })))
    }
}
