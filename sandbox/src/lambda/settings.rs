//! The configuration that `CreateFunction` and `UpdateFunctionConfiguration` share: parsed, checked,
//! applied.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

use super::fault::{constraint, invalid};
use super::function::{Function, default_log_group};
use crate::arn::{Arn, Foreign};
use crate::fault::Fault;
use crate::wire::lenient;

/// Runtimes whose bundles have a program called `bootstrap`.
const RUNTIMES: [&str; 2] = ["provided.al2023", "provided.al2"];
const MEMORY_MB: RangeInclusive<u32> = 128..=10_240;
const TIMEOUT_SECONDS: RangeInclusive<u32> = 1..=900;
const STORAGE_MB: RangeInclusive<u32> = 512..=10_240;
/// Of all variables, as JSON, in bytes.
const MAX_ENVIRONMENT_BYTES: usize = 4096;

/// Variables that Lambda sets itself.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>
const RESERVED: &[&str] = &[
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
];

/// The parameters that were given; the rest of the configuration stays as it is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Settings {
    description: Option<String>,
    runtime: Option<String>,
    handler: Option<String>,
    role: Option<String>,
    #[serde(deserialize_with = "lenient")]
    memory_size: Option<u32>,
    #[serde(deserialize_with = "lenient")]
    timeout: Option<u32>,
    environment: Option<Environment>,
    ephemeral_storage: Option<EphemeralStorage>,
    logging_config: Option<Map<String, Value>>,
    tracing_config: Option<TracingConfig>,
    dead_letter_config: Option<DeadLetterConfig>,
    layers: Option<Vec<String>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Environment {
    #[serde(deserialize_with = "strings")]
    variables: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct EphemeralStorage {
    #[serde(deserialize_with = "lenient")]
    size: Option<u32>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct TracingConfig {
    mode: Option<String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct DeadLetterConfig {
    target_arn: Option<String>,
}

impl Settings {
    /// Whether the dead-letter queue is among them.
    pub fn change_dead_letters(&self) -> bool {
        self.dead_letter_config.is_some()
    }

    /// The ARNs of layers; they are not applied with the rest, because they have to be looked up.
    pub fn layers(&self) -> Option<&[String]> {
        self.layers.as_deref()
    }

    pub fn apply(self, function: &mut Function) -> Result<(), Fault> {
        if let Some(runtime) = self.runtime {
            function.runtime = checked_runtime(runtime)?;
        }
        if let Some(handler) = self.handler {
            function.handler = checked_handler(handler)?;
        }
        if let Some(role) = self.role {
            function.role = checked_role(role)?;
        }
        if let Some(description) = self.description {
            if description.chars().count() > 256 {
                return Err(constraint(
                    "description",
                    "…",
                    "at most 256 characters long",
                ));
            }
            function.description = description;
        }
        if let Some(memory) = self.memory_size {
            function.memory_mb = in_range("memorySize", memory, MEMORY_MB)?;
        }
        if let Some(timeout) = self.timeout {
            function.timeout_seconds = in_range("timeout", timeout, TIMEOUT_SECONDS)?;
        }
        if let Some(size) = self.ephemeral_storage.and_then(|storage| storage.size) {
            function.storage_mb = in_range("ephemeralStorage.size", size, STORAGE_MB)?;
        }
        if let Some(environment) = self.environment {
            function.variables = Some(checked_variables(environment.variables)?);
        }
        if let Some(logging) = self.logging_config {
            apply_logging(logging, function)?;
        }
        if let Some(mode) = self.tracing_config.and_then(|tracing| tracing.mode) {
            if !["Active", "PassThrough"].contains(&mode.as_str()) {
                return Err(constraint(
                    "tracingConfig.mode",
                    mode,
                    "Active or PassThrough",
                ));
            }
            function.tracing = mode;
        }
        if let Some(config) = self.dead_letter_config {
            // An empty one removes it.
            function.dead_letter = config.target_arn.filter(|arn| !arn.is_empty());
        }
        Ok(())
    }
}

fn checked_runtime(runtime: String) -> Result<String, Fault> {
    if RUNTIMES.contains(&runtime.as_str()) {
        Ok(runtime)
    } else {
        Err(invalid(format!(
            "the sandbox does not support the runtime {runtime}; it runs bundles with a program \
             called `bootstrap`, for the runtimes {}",
            RUNTIMES.join(" and ")
        )))
    }
}

fn checked_handler(handler: String) -> Result<String, Fault> {
    let fits = handler.len() <= 128 && !handler.contains(char::is_whitespace);
    if fits && !handler.is_empty() {
        Ok(handler)
    } else {
        Err(constraint(
            "handler",
            handler,
            "1 to 128 characters long and without spaces",
        ))
    }
}

/// Checks that it is the ARN of a role, not that the role exists.
fn checked_role(role: String) -> Result<String, Fault> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "+=,.@-_/".contains(c);
    let is_role = |arn: &Arn| {
        let name = arn.resource.strip_prefix("role/").unwrap_or_default();
        arn.region.is_empty() && !name.is_empty() && name.chars().all(plain)
    };
    let arn = Arn::parse(&role).filter(is_role);
    match arn.map(|arn| arn.check_owner("iam")) {
        Some(Ok(())) => Ok(role),
        Some(Err(Foreign::Account)) => Err(Fault::denied(
            "AccessDeniedException",
            format!("Cross-account pass role is not allowed: {role}"),
        )),
        _ => Err(constraint(
            "role",
            role,
            "the ARN of a role, such as arn:aws:iam::000000000000:role/NAME",
        )),
    }
}

fn checked_variables(
    variables: BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, Fault> {
    let is_name = |name: &&String| {
        let mut letters = name.chars();
        letters.next().is_some_and(|c| c.is_ascii_alphabetic())
            && name.len() > 1
            && letters.all(|c| c.is_ascii_alphanumeric() || c == '_')
    };
    let mut reserved = variables.keys().map(String::as_str).collect::<Vec<_>>();
    reserved.retain(|name| RESERVED.contains(name));
    if !reserved.is_empty() {
        return Err(invalid(format!(
            "Lambda was unable to configure your environment variables because the environment \
             variables you have provided contains reserved keys that are currently not supported \
             for modification. Reserved keys used in this request: {}",
            reserved.join(", ")
        )));
    }
    if let Some(name) = variables.keys().find(|name| !is_name(name)) {
        return Err(constraint(
            "environment.variables",
            name,
            "a name of at least two letters, digits and underscores that starts with a letter",
        ));
    }
    if let Some((name, _)) = variables.iter().find(|(_, value)| value.contains('\0')) {
        return Err(constraint(
            "environment.variables",
            name,
            "a variable without a null character",
        ));
    }
    let size = json!(variables).to_string().len();
    if size > MAX_ENVIRONMENT_BYTES {
        return Err(invalid(format!(
            "Lambda was unable to configure your environment variables because the environment \
             variables you have provided exceeded the 4KB limit: they have {size} bytes"
        )));
    }
    Ok(variables)
}

fn apply_logging(mut logging: Map<String, Value>, function: &mut Function) -> Result<(), Fault> {
    logging.retain(|_, value| !value.is_null());
    let group = match logging.remove("LogGroup") {
        None | Some(Value::Null) => default_log_group(&function.name),
        Some(Value::String(group)) => {
            let plain = |c: char| c.is_ascii_alphanumeric() || ".-_/#".contains(c);
            if !(1..=512).contains(&group.len()) || !group.chars().all(plain) {
                return Err(constraint(
                    "loggingConfig.logGroup",
                    group,
                    "the name of a log group",
                ));
            }
            group
        }
        Some(other) => {
            return Err(constraint(
                "loggingConfig.logGroup",
                other,
                "the name of a log group",
            ));
        }
    };
    check_logging(&logging)?;
    function.log_group = group;
    function.logging = logging;
    Ok(())
}

/// Levels belong to JSON, where they are INFO if they are not given. Source: `LoggingConfig` in
/// Lambda's API reference.
fn check_logging(logging: &Map<String, Value>) -> Result<(), Fault> {
    const APPLICATION: &[&str] = &["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
    const SYSTEM: &[&str] = &["DEBUG", "INFO", "WARN"];
    for (name, value) in logging {
        let (member, allowed) = match name.as_str() {
            "LogFormat" => ("logFormat", &["JSON", "Text"][..]),
            "ApplicationLogLevel" => ("applicationLogLevel", APPLICATION),
            "SystemLogLevel" => ("systemLogLevel", SYSTEM),
            _ => continue,
        };
        if !value.as_str().is_some_and(|value| allowed.contains(&value)) {
            let expected = format!("one of {}", allowed.join(", "));
            return Err(constraint(
                &format!("loggingConfig.{member}"),
                value,
                &expected,
            ));
        }
    }
    let is_json = logging
        .get("LogFormat")
        .is_some_and(|format| format == "JSON");
    let has_level = logging.keys().any(|name| name.ends_with("Level"));
    if has_level && !is_json {
        return Err(invalid(
            "Log level is not supported when LogFormat is set to Text. Remove log level from your \
             request or change the LogFormat to JSON and try again.",
        ));
    }
    Ok(())
}

fn in_range(member: &str, value: u32, range: RangeInclusive<u32>) -> Result<u32, Fault> {
    let (least, most) = (range.start(), range.end());
    if range.contains(&value) {
        Ok(value)
    } else {
        Err(constraint(member, value, &format!("{least} to {most}")))
    }
}

/// Strings, also where a template has numbers or booleans for them.
fn strings<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, String>, D::Error> {
    let given = Option::<BTreeMap<String, Value>>::deserialize(deserializer)?;
    let text = |(name, value)| match value {
        Value::String(text) => Ok((name, text)),
        Value::Number(_) | Value::Bool(_) => Ok((name, value.to_string())),
        _ => Err(serde::de::Error::custom(format!(
            "the variable {name} is not text"
        ))),
    };
    given.unwrap_or_default().into_iter().map(text).collect()
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
