//! A target of a rule: as it is recorded and shown, and what of an event it gets.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::event_path::EventPath;
use super::fault::invalid;
use super::input_transformer::{self, Variables};
use super::names::{NAME, check_role};
use crate::arn::Arn;
use crate::constraint::TextShape;
use crate::fault::Fault;
use crate::handover::{
    self, DeadLetterConfig, Parcel, Principal, RetrySettings, Sender, SqsParameters,
};

/// Source: `TargetInput`, `TargetInputPath` and `TransformerInput` in the service's API model.
const INPUT: TextShape = TextShape::of_length(0, 8192);
const INPUT_PATH: TextShape = TextShape::of_length(0, 256);
const TEMPLATE: TextShape = TextShape::of_length(1, 8192);

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Target {
    pub id: String,
    pub arn: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    role_arn: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input_path: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input_transformer: Option<InputTransformer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sqs_parameters: Option<SqsParameters>,
    #[serde(skip_serializing_if = "Option::is_none")]
    dead_letter_config: Option<DeadLetterConfig>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_policy: Option<RetrySettings>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct InputTransformer {
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    input_paths_map: BTreeMap<String, String>,
    input_template: String,
}

impl Target {
    /// Refuses what EventBridge does not take. It is the target of this number in its request.
    pub fn check(&self, number: usize) -> Result<(), Fault> {
        let member = |name: &str| format!("targets.{number}.member.{name}");
        NAME.check(&member("id"), &self.id).map_err(invalid)?;
        self.check_arn()?;
        self.role_arn.as_deref().map_or(Ok(()), check_role)?;
        self.check_input(&member)?;
        if let Some(retry) = &self.retry_policy {
            retry.check(&member("retryPolicy")).map_err(invalid)?;
        }
        if let Some(dead_letter) = &self.dead_letter_config {
            dead_letter.check().map_err(invalid)?;
        }
        if let Some(parameters) = &self.sqs_parameters {
            parameters
                .check(&member("sqsParameters"))
                .map_err(invalid)?;
        }
        let is_fifo = self.arn.ends_with(".fifo");
        if is_fifo && self.group().is_none() {
            return Err(invalid(format!(
                "Parameter(s) SqsParameters must be specified for target: {}.",
                self.id
            )));
        }
        Ok(())
    }

    fn check_arn(&self) -> Result<(), Fault> {
        let Self { arn, .. } = self;
        if Arn::parse(arn).is_none() {
            return Err(invalid(format!(
                "Parameter {arn} is not valid. Reason: Provided Arn is not in correct format."
            )));
        }
        if !handover::is_target(arn) {
            return Err(invalid(format!(
                "the sandbox supports only its own functions, queues and topics as targets, not {arn}"
            )));
        }
        Ok(())
    }

    fn check_input(&self, member: &dyn Fn(&str) -> String) -> Result<(), Fault> {
        let given = [
            self.input.is_some(),
            self.input_path.is_some(),
            self.input_transformer.is_some(),
        ];
        if given.iter().filter(|is_given| **is_given).count() > 1 {
            return Err(invalid(format!(
                "Only one of Input, InputPath, or InputTransformer must be provided for target {}.",
                self.id
            )));
        }
        if let Some(input) = &self.input {
            INPUT.check(&member("input"), input).map_err(invalid)?;
            if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(input) {
                let message = format!("JSON syntax error in input for target {}: {error}", self.id);
                return Err(invalid(message));
            }
        }
        if let Some(path) = &self.input_path {
            INPUT_PATH
                .check(&member("inputPath"), path)
                .map_err(invalid)?;
            self.path(path)?;
        }
        if let Some(transformer) = &self.input_transformer {
            let template = &transformer.input_template;
            TEMPLATE
                .check(&member("inputTransformer.inputTemplate"), template)
                .map_err(invalid)?;
            for path in transformer.input_paths_map.values() {
                self.path(path)?;
            }
            let paths = &transformer.input_paths_map;
            if let Some(unknown) = input_transformer::unknown(template, paths) {
                return Err(invalid(format!(
                    "InputTemplate for target {} contains invalid placeholder {unknown}.",
                    self.id
                )));
            }
        }
        Ok(())
    }

    fn path(&self, text: &str) -> Result<EventPath, Fault> {
        let path = EventPath::parse(text);
        path.ok_or_else(|| invalid(format!("Invalid InputPath for target {}.", self.id)))
    }

    fn group(&self) -> Option<String> {
        self.sqs_parameters.clone()?.message_group_id
    }

    pub fn retry(&self) -> RetrySettings {
        self.retry_policy.unwrap_or_default()
    }

    /// What it gets of an event.
    pub fn parcel(&self, rule: &str, rule_arn: &str, event: &Value) -> Parcel {
        Parcel {
            target: self.arn.clone(),
            body: self.body(rule, rule_arn, event),
            group: self.group(),
            sender: Sender {
                principal: Principal::Events,
                source: rule_arn.to_owned(),
                role: self.role_arn.clone(),
            },
            dead_letter: self.dead_letter_config.clone().and_then(|it| it.arn),
            attributes: Vec::new(),
        }
    }

    fn body(&self, rule: &str, rule_arn: &str, event: &Value) -> String {
        if let Some(input) = &self.input {
            return input.clone();
        }
        let found = |path: &str| EventPath::parse(path).and_then(|path| path.find(event));
        if let Some(path) = &self.input_path {
            return found(path).unwrap_or_default().to_string();
        }
        let Some(transformer) = &self.input_transformer else {
            return event.to_string();
        };
        let mut variables: Variables = input_transformer::reserved(rule, rule_arn, event);
        let paths = transformer.input_paths_map.iter();
        variables.extend(paths.map(|(name, path)| (name.clone(), found(path))));
        input_transformer::render(&transformer.input_template, &variables)
    }
}
