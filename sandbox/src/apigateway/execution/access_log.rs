//! The access log of a stage: a line of its format for each request, in a log group.

use serde_json::json;

use super::answer::Answer;
use super::call::Call;
use super::substitution::substituted;
use crate::apigateway::stages::Stage;
use crate::clock::now;
use crate::logs::{LogEvent, Logs};

/// Writes the line, if the stage has a log and the group is there.
pub fn write(logs: &Logs, stage: &Stage, call: &Call, answer: &Answer) {
    let Some(settings) = &stage.access_log_settings else {
        return;
    };
    let group = settings.destination_arn.split(":log-group:").nth(1);
    let Some(group) = group.map(|group| group.trim_end_matches(":*")) else {
        return;
    };
    let now = now();
    let mut context = call.context();
    context["status"] = json!(answer.status.to_string());
    context["responseLength"] = json!(answer.body.len());
    context["responseLatency"] = json!(now - call.started);
    let variables = json!(call.variables);
    let variables = [("context", &context), ("stageVariables", &variables)];
    let event = LogEvent {
        timestamp: now,
        message: substituted(&settings.format, &variables, "-"),
    };
    // The request is answered all the same, as on AWS.
    let _ = logs.append(group, &format!("{}/{}", call.api, call.stage), &[event]);
}
