//! Lambda: the deployed functions, their code and their invocation.

use aws_sdk_lambda::operation::get_function::GetFunctionOutput;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{
    FunctionConfiguration, InvocationType, LastUpdateStatus, LogType, State,
};
use base64::Engine;

use super::patience::{OnlyWhatPasses, OnlyWithoutEffect};
use super::{Cloud, CloudError, NamedValues, patience};

/// A function as Lambda reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeployedFunction {
    /// Base64 of the zip's SHA-256.
    pub code_sha256: String,
    /// Lambda's `RevisionId`, which changes with every change to the function.
    pub revision: String,
    pub update: UpdateStatus,
    /// By the names that CloudFormation's resource type has for them; the variables right under
    /// `Environment`. `Null` where they were not asked for.
    ///
    /// Source: CloudFormation template reference, `AWS::Lambda::Function`.
    pub settings: serde_json::Value,
}

impl DeployedFunction {
    /// Whether somebody has set its reserved concurrency to 0, so that every call is refused.
    pub fn is_throttled(&self) -> bool {
        self.settings["ReservedConcurrentExecutions"] == 0
    }
}

/// Whether the last change to a function has been applied.
///
/// Source: Lambda developer guide, "Lambda function states".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UpdateStatus {
    Done,
    /// Calls still run the old code, and further changes are refused.
    InProgress,
    Failed(String),
}

/// A zip for a function, and how Lambda gets it.
#[derive(Clone, Debug)]
pub enum Code {
    /// Within the request.
    Zip(Vec<u8>),
    /// From a bucket.
    Object { bucket: String, key: String },
}

/// The largest zip that a request may carry, in bytes.
///
/// Source: "Lambda quotas", deployment package size: 50 MB (zipped, when uploaded through the API).
pub const LARGEST_ZIP_IN_A_REQUEST: usize = 50_000_000;

/// What it does to run a function twice, when the first answer was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repetition {
    /// As good as once.
    Harmless,
    /// Something happens a second time, such as a turn of the game.
    Counts,
}

/// The outcome of an invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// The answer, as bytes of JSON.
    pub payload: Vec<u8>,
    /// Set when the function failed; the payload then describes the failure.
    pub error: Option<FunctionError>,
    /// The last 4 KiB of the call's log.
    pub log_tail: String,
}

/// How a function failed, in the shape that Lambda gives the errors of every runtime.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct FunctionError {
    pub error_type: String,
    pub error_message: String,
}

/// A function from an answer of Lambda. Its answers have the same fields and different types.
macro_rules! deployed_function {
    ($answer:expr) => {
        DeployedFunction {
            code_sha256: $answer.code_sha256().unwrap_or_default().to_owned(),
            revision: $answer.revision_id().unwrap_or_default().to_owned(),
            update: update_status(
                $answer.state(),
                $answer.last_update_status(),
                $answer
                    .last_update_status_reason()
                    .or($answer.state_reason()),
            ),
            settings: serde_json::Value::Null,
        }
    };
}

fn update_status(
    state: Option<&State>,
    last_update: Option<&LastUpdateStatus>,
    reason: Option<&str>,
) -> UpdateStatus {
    match (state, last_update) {
        (Some(State::Failed), _) | (_, Some(LastUpdateStatus::Failed)) => {
            UpdateStatus::Failed(reason.unwrap_or("no reason given").to_owned())
        }
        (Some(State::Pending), _) | (_, Some(LastUpdateStatus::InProgress)) => {
            UpdateStatus::InProgress
        }
        _ => UpdateStatus::Done,
    }
}

impl Cloud {
    /// The function of that name, if there is one.
    pub async fn function(&self, name: &str) -> Result<Option<DeployedFunction>, CloudError> {
        let found = self.get_function(name).await?;
        Ok(found.and_then(|found| {
            let function = found.configuration?;
            let reserved = found.concurrency.as_ref();
            let reserved = reserved.and_then(|it| it.reserved_concurrent_executions);
            Some(DeployedFunction {
                settings: settings(&function, reserved),
                ..deployed_function!(function)
            })
        }))
    }

    /// The environment variables of the function of that name, if there is one.
    pub async fn function_environment(
        &self,
        name: &str,
    ) -> Result<Option<NamedValues>, CloudError> {
        let found = self.get_function(name).await?;
        Ok(found.and_then(|found| {
            let variables = found.configuration?.environment.and_then(|it| it.variables);
            Some(variables.unwrap_or_default().into_iter().collect())
        }))
    }

    /// The policy that says who may call the function, if it has one.
    pub async fn function_policy(&self, name: &str) -> Result<Option<String>, CloudError> {
        let policy = self.functions.get_policy().function_name(name).send().await;
        match policy.map_err(self.failed("GetPolicy")) {
            Ok(answer) => Ok(answer.policy),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn get_function(&self, name: &str) -> Result<Option<GetFunctionOutput>, CloudError> {
        // GetFunction has a far higher rate limit than GetFunctionConfiguration.
        let answer = self
            .functions
            .get_function()
            .function_name(name)
            .send()
            .await
            .map_err(self.failed("GetFunction"));
        match answer {
            Ok(answer) => Ok(Some(answer)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Replaces the code of `name`, if the function is still at `revision`.
    ///
    /// Errors: `PreconditionFailedException` when it is at another revision, and
    /// `ResourceConflictException` while another change is being applied.
    pub async fn update_code(
        &self,
        name: &str,
        code: Code,
        revision: &str,
    ) -> Result<DeployedFunction, CloudError> {
        let update = self
            .functions
            .update_function_code()
            .function_name(name)
            .revision_id(revision);
        let mut config = aws_sdk_lambda::config::Builder::new();
        let update = match code {
            Code::Zip(zip) => {
                // Not to be uploaded again and again.
                config = config.retry_config(patience::no_retries());
                update.zip_file(Blob::new(zip))
            }
            Code::Object { bucket, key } => update.s3_bucket(bucket).s3_key(key),
        };
        let updated = update
            .customize()
            .config_override(config)
            .send()
            .await
            .map_err(self.failed("UpdateFunctionCode"))?;
        Ok(deployed_function!(updated))
    }

    /// Sends code to `name` as [`Cloud::update_code`] does, but Lambda only checks it.
    ///
    /// Source: Lambda's API reference, `UpdateFunctionCode`, `DryRun`.
    pub async fn try_code(&self, name: &str, code: Code) -> Result<(), CloudError> {
        let update = self.functions.update_function_code().function_name(name);
        let update = match code {
            Code::Zip(zip) => update.zip_file(Blob::new(zip)),
            Code::Object { bucket, key } => update.s3_bucket(bucket).s3_key(key),
        };
        let tried = update.dry_run(true).send().await;
        tried.map_err(self.failed("UpdateFunctionCode"))?;
        Ok(())
    }

    /// Invokes the function and waits for its answer.
    pub async fn invoke(
        &self,
        name: &str,
        payload: Vec<u8>,
        repetition: Repetition,
    ) -> Result<Invocation, CloudError> {
        let config = aws_sdk_lambda::config::Builder::new();
        let config = match repetition {
            Repetition::Harmless => config.retry_classifier(OnlyWhatPasses),
            Repetition::Counts => config.retry_classifier(OnlyWithoutEffect),
        };
        let answer = self
            .functions
            .invoke()
            .function_name(name)
            .invocation_type(InvocationType::RequestResponse)
            .log_type(LogType::Tail)
            .payload(Blob::new(payload))
            .customize()
            .config_override(config)
            .send()
            .await
            .map_err(self.failed("Invoke"))?;
        let payload = answer.payload.map(Blob::into_inner).unwrap_or_default();
        let log_tail = answer
            .log_result
            .and_then(|log| base64::engine::general_purpose::STANDARD.decode(log).ok())
            .map(|log| String::from_utf8_lossy(&log).into_owned())
            .unwrap_or_default();
        let error = answer
            .function_error
            .map(|kind| FunctionError::read(&kind, &payload));
        Ok(Invocation {
            payload,
            error,
            log_tail,
        })
    }
}

fn settings(function: &FunctionConfiguration, reserved: Option<i32>) -> serde_json::Value {
    let variables = function.environment().and_then(|it| it.variables());
    let layers = function.layers().iter().filter_map(|layer| layer.arn());
    let architectures = function.architectures().iter().map(|it| it.as_str());
    serde_json::json!({
        "Architectures": architectures.collect::<Vec<_>>(),
        "Description": function.description().unwrap_or_default(),
        "Environment": variables.cloned().unwrap_or_default(),
        "Handler": function.handler(),
        "Layers": layers.collect::<Vec<_>>(),
        "MemorySize": function.memory_size(),
        "ReservedConcurrentExecutions": reserved,
        "Role": function.role(),
        "Runtime": function.runtime().map(|it| it.as_str()),
        "Timeout": function.timeout(),
    })
}

impl FunctionError {
    fn read(kind: &str, payload: &[u8]) -> Self {
        let answer: serde_json::Value = serde_json::from_slice(payload).unwrap_or_default();
        let text = |key: &str| answer.get(key).and_then(|v| v.as_str()).map(str::to_owned);
        Self {
            error_type: text("errorType").unwrap_or_else(|| kind.to_owned()),
            error_message: text("errorMessage")
                .unwrap_or_else(|| String::from_utf8_lossy(payload).into_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_ready_when_its_state_and_its_last_update_are() {
        use LastUpdateStatus as Update;
        let failed = || UpdateStatus::Failed("why".to_owned());
        for (state, update, expected) in [
            (None, None, UpdateStatus::Done),
            (
                Some(State::Active),
                Some(Update::Successful),
                UpdateStatus::Done,
            ),
            (
                Some(State::Inactive),
                Some(Update::Successful),
                UpdateStatus::Done,
            ),
            (
                Some(State::Pending),
                Some(Update::Successful),
                UpdateStatus::InProgress,
            ),
            (
                Some(State::Active),
                Some(Update::InProgress),
                UpdateStatus::InProgress,
            ),
            (Some(State::Active), Some(Update::Failed), failed()),
            (Some(State::Failed), None, failed()),
        ] {
            let found = update_status(state.as_ref(), update.as_ref(), Some("why"));
            assert_eq!(found, expected, "{state:?} {update:?}");
        }
    }

    #[test]
    fn how_a_function_failed_is_in_its_answer() {
        let error = |error_type: &str, error_message: &str| FunctionError {
            error_type: error_type.to_owned(),
            error_message: error_message.to_owned(),
        };
        for (payload, expected) in [
            (
                r#"{"errorType":"Panic","errorMessage":"why"}"#,
                error("Panic", "why"),
            ),
            (r#"{"errorMessage":"why"}"#, error("Unhandled", "why")),
            (
                r#"{"errorType":7}"#,
                error("Unhandled", r#"{"errorType":7}"#),
            ),
            ("no JSON", error("Unhandled", "no JSON")),
        ] {
            let read = FunctionError::read("Unhandled", payload.as_bytes());
            assert_eq!(read, expected);
        }
    }
}
