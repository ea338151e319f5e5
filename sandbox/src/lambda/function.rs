//! The record of a function, and its `FunctionConfiguration`.

use std::collections::BTreeMap;
use std::iter;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::fault::precondition_failed;
use super::function_ref::{LATEST, arn};
use super::layers::AttachedLayer;
use super::part::Part;
use crate::clock;
use crate::fault::Fault;
use crate::store::{Index, Record};
use crate::tags::Tags;

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Function {
    pub name: String,
    pub description: String,
    pub runtime: String,
    pub handler: String,
    /// An ARN.
    pub role: String,
    pub memory_mb: u32,
    pub timeout_seconds: u32,
    pub storage_mb: u32,
    /// `None` where none were ever given: `Environment` is left out then.
    pub variables: Option<BTreeMap<String, String>>,
    pub architecture: String,
    pub log_group: String,
    /// The rest of `LoggingConfig`: returned, without effect.
    pub logging: Map<String, Value>,
    /// Returned, without effect.
    pub tracing: String,
    pub code: Code,
    /// A new one with each change of code or configuration.
    pub revision: String,
    pub last_modified: String,
    pub tags: Tags,
    pub reserved_concurrency: Option<u32>,
    pub policy: Policy,
    /// The ARN of the queue or the topic that gets events that the function could not process.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dead_letter: Option<String>,
    /// In the order in which they are laid over each other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub layers: Vec<AttachedLayer>,
    /// The number of the version that this is; `None` is `$LATEST`.
    #[serde(default)]
    pub version: Option<u64>,
    /// The number of the version that was published last. Numbers are never used again.
    #[serde(default)]
    pub last_version: u64,
}

/// The zip of a function.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub struct Code {
    /// SHA-256, in hexadecimal digits; a blob's name.
    pub digest: String,
    /// In bytes.
    pub size: u64,
}

/// A function's resource policy.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub struct Policy {
    pub revision: String,
    pub statements: Vec<Value>,
}

/// By its reserved concurrency, if it has any.
pub const BY_RESERVED_CONCURRENCY: Index<Function> =
    Index::new("reserved-concurrency", |function| {
        let reserved = function.reserved_concurrency;
        reserved.iter().map(u32::to_string).collect()
    });

/// By the keys of its layers.
pub const BY_LAYER: Index<Function> = Index::new("layer", Function::layer_keys);

impl Record for Function {
    const KIND: &'static str = "lambda.function";
    const INDEXES: &'static [Index<Self>] = &[BY_LAYER, BY_RESERVED_CONCURRENCY];

    fn blob(&self) -> Option<&str> {
        Some(&self.code.digest)
    }
}

impl Function {
    /// A function with Lambda's defaults for this machine.
    pub fn new(name: &str) -> Self {
        let mut function = Self {
            name: name.to_owned(),
            description: String::new(),
            runtime: String::new(),
            handler: String::new(),
            role: String::new(),
            memory_mb: 128,
            timeout_seconds: 3,
            storage_mb: 512,
            variables: None,
            architecture: this_machines_architecture().to_owned(),
            log_group: default_log_group(name),
            logging: Map::new(),
            tracing: "PassThrough".to_owned(),
            code: Code::default(),
            revision: String::new(),
            last_modified: String::new(),
            tags: Tags::new(),
            reserved_concurrency: None,
            policy: Policy::default(),
            dead_letter: None,
            layers: Vec::new(),
            version: None,
            last_version: 0,
        };
        function.touch();
        function
    }

    /// To be called with each change of code or configuration.
    pub fn touch(&mut self) {
        self.revision = Uuid::new_v4().to_string();
        self.last_modified = now();
    }

    /// Refuses a change that expects another revision.
    pub fn expect_revision(&self, revision: Option<&str>) -> Result<(), Fault> {
        match revision {
            Some(revision) if revision != self.revision => Err(precondition_failed()),
            _ => Ok(()),
        }
    }

    /// Its code and its layers.
    pub fn parts(&self) -> Vec<Part> {
        let layers = self.layers.iter().map(AttachedLayer::part);
        iter::once(Part::code(&self.code.digest))
            .chain(layers)
            .collect()
    }

    /// The keys of its layers.
    pub fn layer_keys(&self) -> Vec<String> {
        let layers = self.layers.iter();
        layers.map(|layer| layer.key().to_owned()).collect()
    }

    /// Of the function, or of the version that this is.
    pub fn arn(&self) -> String {
        match self.version {
            Some(number) => format!("{}:{number}", arn(&self.name)),
            None => arn(&self.name),
        }
    }

    pub fn version(&self) -> String {
        let number = self.version.map(|number| number.to_string());
        number.unwrap_or_else(|| LATEST.to_owned())
    }

    /// As a version keeps it: tags, permissions and concurrency are the function's alone.
    pub fn without_its_own(&self) -> Self {
        Self {
            tags: Tags::new(),
            policy: Policy::default(),
            reserved_concurrency: None,
            version: None,
            last_version: 0,
            ..self.clone()
        }
    }

    /// Whether code and configuration are the same.
    pub fn runs_as(&self, other: &Self) -> bool {
        let plain = |function: &Self| Self {
            revision: String::new(),
            last_modified: String::new(),
            ..function.without_its_own()
        };
        plain(self) == plain(other)
    }

    /// `FunctionConfiguration`, with the ARN that the request used.
    pub fn configuration(&self, arn: &str) -> Value {
        let mut logging = self.logging.clone();
        logging.entry("LogFormat").or_insert_with(|| json!("Text"));
        if logging["LogFormat"] == "JSON" {
            for level in ["ApplicationLogLevel", "SystemLogLevel"] {
                logging.entry(level).or_insert_with(|| json!("INFO"));
            }
        }
        logging.insert("LogGroup".to_owned(), json!(self.log_group));
        let mut configuration = json!({
            "FunctionName": self.name,
            "FunctionArn": arn,
            "Runtime": self.runtime,
            "Role": self.role,
            "Handler": self.handler,
            "CodeSize": self.code.size,
            "Description": self.description,
            "Timeout": self.timeout_seconds,
            "MemorySize": self.memory_mb,
            "LastModified": self.last_modified,
            "CodeSha256": self.code.sha256(),
            "Version": self.version(),
            "TracingConfig": { "Mode": self.tracing },
            "RevisionId": self.revision,
            "State": "Active",
            "LastUpdateStatus": "Successful",
            "PackageType": "Zip",
            "Architectures": [self.architecture],
            "EphemeralStorage": { "Size": self.storage_mb },
            "SnapStart": { "ApplyOn": "None", "OptimizationStatus": "Off" },
            "LoggingConfig": logging,
        });
        if let Some(variables) = &self.variables {
            configuration["Environment"] = json!({ "Variables": variables });
        }
        if !self.layers.is_empty() {
            let layers = self.layers.iter().map(AttachedLayer::described);
            configuration["Layers"] = layers.collect();
        }
        if let Some(target) = &self.dead_letter {
            configuration["DeadLetterConfig"] = json!({ "TargetArn": target });
        }
        configuration
    }

    /// The configuration as `ListFunctions` returns it: without the states.
    pub fn listed(&self, arn: &str) -> Value {
        let mut configuration = self.configuration(arn);
        if let Value::Object(members) = &mut configuration {
            members.retain(|name, _| !["State", "LastUpdateStatus"].contains(&name.as_str()));
        }
        configuration
    }
}

impl Code {
    /// `CodeSha256`: the digest in Base64.
    pub fn sha256(&self) -> String {
        let digits = |pair: &[u8]| {
            let pair = std::str::from_utf8(pair).ok()?;
            u8::from_str_radix(pair, 16).ok()
        };
        let bytes: Vec<u8> = self
            .digest
            .as_bytes()
            .chunks(2)
            .filter_map(digits)
            .collect();
        BASE64_STANDARD.encode(bytes)
    }
}

pub fn default_log_group(name: &str) -> String {
    format!("/aws/lambda/{name}")
}

/// By Lambda's name for it.
pub fn this_machines_architecture() -> &'static str {
    match std::env::consts::ARCH {
        "aarch64" => "arm64",
        other => other,
    }
}

/// In Lambda's format, with an offset for the zone.
pub fn now() -> String {
    clock::to_the_millisecond(clock::now()).replace('Z', "+0000")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_returned_in_base64() {
        let code = Code {
            digest: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855".to_owned(),
            size: 0,
        };
        let empty = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
        assert_eq!(code.sha256(), empty);
    }

    #[test]
    fn a_configuration_has_the_shape_that_clients_wait_for() {
        let function = Function::new("game");
        let configuration = function.configuration(&function.arn());
        assert_eq!(configuration["State"], "Active");
        assert_eq!(configuration["LastUpdateStatus"], "Successful");
        assert_eq!(
            configuration["LoggingConfig"]["LogGroup"],
            "/aws/lambda/game"
        );
        assert!(configuration.get("Environment").is_none());
        let modified = configuration["LastModified"].as_str().expect("a text");
        assert_eq!(modified.len(), "2019-09-26T20:28:40.438+0000".len());
        assert!(function.listed("arn").get("State").is_none());
    }

    #[test]
    fn a_change_makes_requests_for_the_revision_before_fail() {
        let mut function = Function::new("game");
        let seen = function.revision.clone();
        assert!(function.expect_revision(Some(&seen)).is_ok());
        function.touch();
        let refused = function.expect_revision(Some(&seen)).expect_err("stale");
        assert_eq!(refused.status, 412);
        assert!(function.expect_revision(None).is_ok());
    }
}
