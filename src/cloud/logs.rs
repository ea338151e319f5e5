//! CloudWatch Logs: what functions wrote.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use aws_sdk_cloudwatchlogs::config::http::HttpResponse;
use aws_sdk_cloudwatchlogs::error::SdkError;
use aws_sdk_cloudwatchlogs::operation::filter_log_events::builders::FilterLogEventsFluentBuilder;
use aws_sdk_cloudwatchlogs::operation::filter_log_events::{
    FilterLogEventsError, FilterLogEventsOutput,
};
use aws_sdk_cloudwatchlogs::types::FilteredLogEvent;

use super::{Cloud, CloudError, NamedValues, patience};

/// One line that a function wrote, or Lambda about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// Unique in the group, and the same at every reading.
    pub id: String,
    pub time: SystemTime,
    /// The log stream, one for each environment of a function; empty if the server gives none.
    pub stream: String,
    pub text: String,
}

/// A part of the lines of a group.
#[derive(Clone, Debug, Default)]
pub struct LogPage {
    /// Oldest first.
    pub lines: Vec<LogLine>,
    /// Where the next page begins; `None` at the last one.
    pub next: Option<String>,
}

impl Cloud {
    /// The lines of a log group written at `since` or later, oldest first; empty when the group does
    /// not exist.
    pub async fn log_lines(
        &self,
        group: &str,
        since: SystemTime,
    ) -> Result<Vec<LogLine>, CloudError> {
        let mut lines = Vec::new();
        let mut page = None;
        loop {
            let read = self.page_of_lines(group, since, page).send().await;
            let read = self.read_lines(read)?;
            lines.extend(read.lines);
            page = read.next;
            if page.is_none() {
                lines.sort_by_key(|line| line.time);
                return Ok(lines);
            }
        }
    }

    /// One page of the same, asked for once: a client that asks again and again sees by its refusals
    /// how often it may.
    pub async fn log_page(
        &self,
        group: &str,
        since: SystemTime,
        page: Option<String>,
    ) -> Result<LogPage, CloudError> {
        let once = aws_sdk_cloudwatchlogs::config::Builder::new();
        let once = once.retry_config(patience::no_retries());
        let read = self.page_of_lines(group, since, page);
        let read = read.customize().config_override(once).send().await;
        self.read_lines(read)
    }

    fn page_of_lines(
        &self,
        group: &str,
        since: SystemTime,
        page: Option<String>,
    ) -> FilterLogEventsFluentBuilder {
        let since = since.duration_since(SystemTime::UNIX_EPOCH);
        let since = since.unwrap_or_default().as_millis();
        self.logs
            .filter_log_events()
            .log_group_name(group)
            .start_time(i64::try_from(since).unwrap_or(i64::MAX))
            .set_next_token(page)
    }

    fn read_lines(
        &self,
        read: Result<FilterLogEventsOutput, SdkError<FilterLogEventsError, HttpResponse>>,
    ) -> Result<LogPage, CloudError> {
        match read.map_err(self.failed("FilterLogEvents")) {
            Err(error) if error.is_not_found() => Ok(LogPage::default()),
            Err(error) => Err(error),
            Ok(read) => Ok(LogPage {
                lines: lines(read.events.unwrap_or_default()),
                next: read.next_token,
            }),
        }
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

    /// The tags of the log group of that name; none when it does not exist.
    pub async fn log_group_tags(&self, name: &str) -> Result<NamedValues, CloudError> {
        let mut groups = self
            .logs
            .describe_log_groups()
            .log_group_name_prefix(name)
            .into_paginator()
            .items()
            .send();
        while let Some(group) = groups.next().await {
            let group = group.map_err(self.failed("DescribeLogGroups"))?;
            let arn = group.arn.as_deref().map(|arn| arn.trim_end_matches(":*"));
            if group.log_group_name.as_deref() == Some(name)
                && let Some(arn) = arn
            {
                return self.tags_of_log_group(arn).await;
            }
        }
        Ok(NamedValues::new())
    }

    async fn tags_of_log_group(&self, arn: &str) -> Result<NamedValues, CloudError> {
        let asked = self.logs.list_tags_for_resource().resource_arn(arn).send();
        match asked.await.map_err(self.failed("ListTagsForResource")) {
            Ok(answer) => Ok(answer.tags.unwrap_or_default().into_iter().collect()),
            Err(error) if error.is_not_found() => Ok(NamedValues::new()),
            Err(error) => Err(error),
        }
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

/// The lines of a group, oldest first.
fn lines(events: Vec<FilteredLogEvent>) -> Vec<LogLine> {
    let mut equal_lines: HashMap<String, usize> = HashMap::new();
    let line = |event: FilteredLogEvent| {
        let milliseconds = event.timestamp.unwrap_or_default().unsigned_abs();
        let text = event.message.unwrap_or_default();
        // Not every server that speaks AWS's protocols gives ids. Equal lines of the same time are
        // always read together, so counting them makes their ids unique.
        let stream = event.log_stream_name.unwrap_or_default();
        let id = event.event_id.unwrap_or_else(|| {
            let key = format!("{stream} {milliseconds} {text}");
            let count = equal_lines.entry(key.clone()).or_default();
            *count += 1;
            format!("{count} {key}")
        });
        LogLine {
            id,
            time: SystemTime::UNIX_EPOCH + Duration::from_millis(milliseconds),
            stream,
            text: text.trim_end().to_owned(),
        }
    };
    let mut lines: Vec<LogLine> = events.into_iter().map(line).collect();
    lines.sort_by_key(|line| line.time);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_without_ids_are_told_apart_and_known_again() {
        let event = |stream: &str, time, text: &str| {
            FilteredLogEvent::builder()
                .log_stream_name(stream)
                .timestamp(time)
                .message(text)
                .build()
        };
        let first = vec![event("a", 1, "hello"), event("a", 2, "again")];
        let later = [
            event("b", 1, "hello"),
            event("a", 2, "again"),
            event("a", 3, "again"),
        ];
        let ids = |events: &[FilteredLogEvent]| -> Vec<String> {
            let lines = lines(events.to_vec()).into_iter();
            lines.map(|line| line.id).collect()
        };
        let before = ids(&first);
        let mut after = ids(&[&first[..], &later].concat());
        assert!(before.iter().all(|id| after.contains(id)));
        after.sort();
        after.dedup();
        assert_eq!(after.len(), 5);
    }

    #[test]
    fn the_servers_ids_are_kept() {
        let event = FilteredLogEvent::builder().event_id("7").message("x\n");
        let line = lines(vec![event.build()]).remove(0);
        assert_eq!((line.id.as_str(), line.text.as_str()), ("7", "x"));
    }
}
