//! Lambda: what is deployed, new code for it, and calling it.

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{
    FunctionConfiguration, InvocationType, LastUpdateStatus, LogType, State,
};
use base64::Engine;

use super::retry::OnlyThrottled;
use super::{Cloud, CloudError};

/// The code that a function runs, as Lambda reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployed {
    /// Base64 of the zip's SHA-256.
    pub code_sha256: String,
    /// Changes with every change to the function.
    pub revision: String,
    pub settled: Settled,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settled {
    Yes,
    /// A change is still being applied: calls run the old code, further changes are refused.
    NotYet,
    Failed(String),
}

/// What a call gave back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// The answer, as bytes of JSON.
    pub payload: Vec<u8>,
    /// Set when the function failed; the payload then tells how.
    pub error: Option<FunctionError>,
    /// The last 4 KiB of the call's log.
    pub log_tail: String,
}

/// How a function failed: the shape that Lambda gives every runtime's errors.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct FunctionError {
    pub error_type: String,
    pub error_message: String,
}

impl Cloud {
    /// The function of that name, if there is one.
    pub async fn function(&self, name: &str) -> Result<Option<Deployed>, CloudError> {
        // GetFunction has a far higher rate limit than GetFunctionConfiguration.
        let answer = self
            .functions
            .get_function()
            .function_name(name)
            .send()
            .await
            .map_err(self.failed("GetFunction"));
        match answer {
            Ok(answer) => Ok(answer.configuration.map(|c| Deployed::from(&c))),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Puts `zip` in place of the code of `name`, if the function is still at `revision`.
    ///
    /// Errors with code `PreconditionFailedException` when it is not, and with
    /// `ResourceConflictException` while another change is being applied.
    pub async fn update_code(
        &self,
        name: &str,
        zip: Vec<u8>,
        revision: &str,
    ) -> Result<(), CloudError> {
        self.functions
            .update_function_code()
            .function_name(name)
            .zip_file(Blob::new(zip))
            .revision_id(revision)
            .send()
            .await
            .map_err(self.failed("UpdateFunctionCode"))?;
        Ok(())
    }

    /// Calls the function and waits for its answer.
    pub async fn invoke(&self, name: &str, payload: Vec<u8>) -> Result<Invocation, CloudError> {
        let answer = self
            .functions
            .invoke()
            .function_name(name)
            .invocation_type(InvocationType::RequestResponse)
            .log_type(LogType::Tail)
            .payload(Blob::new(payload))
            .customize()
            // A repeated call would be a second turn of the game; throttled ones never ran.
            .config_override(aws_sdk_lambda::config::Builder::new().retry_classifier(OnlyThrottled))
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

impl From<&FunctionConfiguration> for Deployed {
    fn from(function: &FunctionConfiguration) -> Self {
        let reason = function
            .last_update_status_reason()
            .or(function.state_reason());
        let settled = match (function.state(), function.last_update_status()) {
            (Some(State::Failed), _) | (_, Some(LastUpdateStatus::Failed)) => {
                Settled::Failed(reason.unwrap_or("no reason given").to_owned())
            }
            (Some(State::Pending), _) | (_, Some(LastUpdateStatus::InProgress)) => Settled::NotYet,
            _ => Settled::Yes,
        };
        Self {
            code_sha256: function.code_sha256().unwrap_or_default().to_owned(),
            revision: function.revision_id().unwrap_or_default().to_owned(),
            settled,
        }
    }
}
