//! What a principal may do: asked of IAM, and tried.

use std::time::{Duration, SystemTime};

use aws_sdk_iam::types::{ContextEntry, ContextKeyTypeEnum, PolicyEvaluationDecisionType};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;

use super::endpoints::{API_GATEWAY, QUEUES, S3, USER_POOLS};
use super::{Cloud, CloudError, Elsewhere, NamedValues, TemplateSource, Way};
use crate::names::{function_name, log_group};

impl Cloud {
    /// Those of `actions` that the principal with this ARN may not do on `resource`, as IAM's own
    /// simulator says. `context` are condition keys with their values.
    pub async fn denied_actions(
        &self,
        principal: &str,
        actions: &[String],
        resource: &str,
        context: &NamedValues,
    ) -> Result<Vec<String>, CloudError> {
        let entry = |(key, value): (&String, &String)| {
            ContextEntry::builder()
                .context_key_name(key)
                .context_key_type(ContextKeyTypeEnum::String)
                .context_key_values(value)
                .build()
        };
        let mut results = self
            .permissions
            .simulate_principal_policy()
            .policy_source_arn(principal)
            .set_action_names(Some(actions.to_vec()))
            .resource_arns(resource)
            .set_context_entries(Some(context.iter().map(entry).collect()))
            .into_paginator()
            .items()
            .send();
        let mut denied = Vec::new();
        while let Some(result) = results.next().await {
            let result = result.map_err(self.failed("SimulatePrincipalPolicy"))?;
            if result.eval_decision != PolicyEvaluationDecisionType::Allowed {
                denied.push(result.eval_action_name);
            }
        }
        Ok(denied)
    }
}

/// Nothing has this name.
const NOTHING: &str = "mafia-none";
/// As long as a doctor waits for a service.
const PATIENCE: Duration = Duration::from_secs(10);

impl Cloud {
    /// Whether a service, by its name in AWS's settings, answers at its address; also with a refusal.
    pub async fn answers(&self, elsewhere: &Elsewhere) -> Result<(), CloudError> {
        let asked = async {
            match elsewhere.service {
                API_GATEWAY => self.api_stages(NOTHING).await.map(|_| ()),
                "CloudFormation" => self.stack(NOTHING).await.map(|_| ()),
                "CloudWatch Logs" => self.log_groups(NOTHING).await.map(|_| ()),
                "IAM" => {
                    let context = NamedValues::new();
                    let denied = self.denied_actions(NOTHING, &[], "*", &context);
                    denied.await.map(|_| ())
                }
                QUEUES => self.messages(NOTHING).await.map(|_| ()),
                USER_POOLS => self.sign_in(NOTHING, NOTHING, NOTHING).await.map(|_| ()),
                "Lambda" => self.function(NOTHING).await.map(|_| ()),
                S3 => self.object_exists(NOTHING, NOTHING).await.map(|_| ()),
                _ => self.caller().await.map(|_| ()),
            }
        };
        match tokio::time::timeout(PATIENCE, asked).await {
            Ok(Err(CloudError::Refused { .. })) => Ok(()),
            Ok(answered) => answered,
            Err(_) => Err(CloudError::Unreachable {
                target: Box::new(self.target.clone()),
                reason: "it does not answer".to_owned(),
                sent: true,
                way: Some(Box::new(Way {
                    url: elsewhere.url.value.clone(),
                    proxy: None,
                })),
            }),
        }
    }
}

/// The smallest template that CloudFormation accepts.
const TEMPLATE: &str =
    r#"{"Resources":{"Wait":{"Type":"AWS::CloudFormation::WaitConditionHandle"}}}"#;
/// A zip without files: only the record at its end.
const EMPTY_ZIP: &[u8; 22] = b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

/// An action as policies name it, and the answer to a request that needs it.
pub type Tried = (&'static str, Result<(), CloudError>);

impl Cloud {
    /// Sends requests that change nothing, about this stack, a function of it that does not exist, and
    /// an object of `bucket` that does not exist. AWS refuses what the caller may not do before it looks
    /// whether there is such a thing.
    pub async fn tries(&self, stack: &str, bucket: Option<&str>) -> Vec<Tried> {
        let function = function_name(stack, "00-none");
        let log_group = log_group(&function);
        let object = async {
            match bucket {
                Some(bucket) => self.object_exists(bucket, "bundles/none").await.map(|_| ()),
                None => Ok(()),
            }
        };
        let template = TemplateSource::Text(TEMPLATE.to_owned());
        let (template, events, found, code, call, logs, object) = tokio::join!(
            self.validate_template(&template),
            self.newest_event(stack),
            self.function(&function),
            self.try_update_code(&function),
            self.try_invoke(&function),
            self.log_lines(&log_group, SystemTime::now()),
            object,
        );
        let mut tried = vec![
            ("cloudformation:ValidateTemplate", template.map(|_| ())),
            ("cloudformation:DescribeStackEvents", events.map(|_| ())),
            ("lambda:GetFunction", found.map(|_| ())),
            ("lambda:UpdateFunctionCode", code),
            ("lambda:InvokeFunction", call),
            ("logs:FilterLogEvents", logs.map(|_| ())),
        ];
        if bucket.is_some() {
            tried.push(("s3:GetObject", object));
        }
        tried
    }

    async fn try_update_code(&self, function: &str) -> Result<(), CloudError> {
        self.functions
            .update_function_code()
            .function_name(function)
            .zip_file(Blob::new(EMPTY_ZIP))
            .dry_run(true)
            .send()
            .await
            .map_err(self.failed("UpdateFunctionCode"))?;
        Ok(())
    }

    async fn try_invoke(&self, function: &str) -> Result<(), CloudError> {
        self.functions
            .invoke()
            .function_name(function)
            .invocation_type(InvocationType::DryRun)
            .send()
            .await
            .map_err(self.failed("Invoke"))?;
        Ok(())
    }
}
