//! What a principal may do: asked of IAM, and tried.

use std::time::SystemTime;

use aws_sdk_iam::types::{ContextEntry, ContextKeyTypeEnum, PolicyEvaluationDecisionType};
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;

use super::{Cloud, CloudError, NamedValues};
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
        let (template, events, found, code, call, logs, object) = tokio::join!(
            self.validate_template(TEMPLATE),
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
