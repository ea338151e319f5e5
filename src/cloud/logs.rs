//! CloudWatch Logs: what functions wrote.

use std::time::{Duration, SystemTime};

use super::{Cloud, CloudError};

/// One line that a function, or Lambda about it, wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    pub id: String,
    pub time: SystemTime,
    pub text: String,
}

impl Cloud {
    /// The lines of a log group written at `since` or later, oldest first; empty when there is no
    /// such group.
    pub async fn log_lines(
        &self,
        group: &str,
        since: SystemTime,
    ) -> Result<Vec<LogLine>, CloudError> {
        let since = since
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default()
            .as_millis();
        let mut pages = self
            .logs
            .filter_log_events()
            .log_group_name(group)
            .start_time(i64::try_from(since).unwrap_or(i64::MAX))
            .into_paginator()
            .send();
        let mut lines = Vec::new();
        while let Some(page) = pages.next().await {
            let page = match page.map_err(self.failed("FilterLogEvents")) {
                Err(error) if error.is_not_found() => return Ok(Vec::new()),
                page => page?,
            };
            lines.extend(
                page.events
                    .unwrap_or_default()
                    .into_iter()
                    .map(|event| LogLine {
                        id: event.event_id.unwrap_or_default(),
                        time: SystemTime::UNIX_EPOCH
                            + Duration::from_millis(
                                event.timestamp.unwrap_or_default().unsigned_abs(),
                            ),
                        text: event.message.unwrap_or_default().trim_end().to_owned(),
                    }),
            );
        }
        lines.sort_by_key(|line| line.time);
        Ok(lines)
    }

    /// The names of the log groups that begin with `prefix`.
    pub async fn log_groups(&self, prefix: &str) -> Result<Vec<String>, CloudError> {
        let mut names = Vec::new();
        let mut groups = self
            .logs
            .describe_log_groups()
            .log_group_name_prefix(prefix)
            .into_paginator()
            .items()
            .send();
        while let Some(group) = groups.next().await {
            names.extend(
                group
                    .map_err(self.failed("DescribeLogGroups"))?
                    .log_group_name,
            );
        }
        Ok(names)
    }

    /// Deletes a log group; one that is gone already is fine.
    pub async fn delete_log_group(&self, name: &str) -> Result<(), CloudError> {
        let answer = self
            .logs
            .delete_log_group()
            .log_group_name(name)
            .send()
            .await
            .map_err(self.failed("DeleteLogGroup"));
        match answer {
            Err(error) if !error.is_not_found() => Err(error),
            _ => Ok(()),
        }
    }
}
