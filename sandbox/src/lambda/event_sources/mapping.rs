//! The record of an event source mapping.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::settings::Settings;
use crate::arn::{self, Arn};
use crate::store::{Index, Record};
use crate::tags::Tags;

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub struct Mapping {
    /// A UUID.
    pub id: String,
    /// The ARN of a queue or a stream.
    pub source: String,
    /// An ARN, with the qualifier if there is one.
    pub function: String,
    pub is_enabled: bool,
    pub settings: Settings,
    pub tags: Tags,
    /// In milliseconds since 1970.
    pub modified_at: i64,
}

/// By the ARN of the function.
pub const BY_FUNCTION: Index<Mapping> =
    Index::new("function", |mapping| vec![mapping.function.clone()]);
/// By the ARN of the source.
pub const BY_SOURCE: Index<Mapping> = Index::new("source", |mapping| vec![mapping.source.clone()]);

impl Record for Mapping {
    const KIND: &'static str = "lambda.event_source_mapping";
    const INDEXES: &'static [Index<Self>] = &[BY_FUNCTION, BY_SOURCE];
}

/// Before the id in a mapping's ARN.
const RESOURCE: &str = "event-source-mapping:";

/// The id in the ARN of a mapping.
pub fn id_of_arn(text: &str) -> Option<&str> {
    let arn = Arn::parse(text).filter(|arn| arn.check_owner("lambda").is_ok())?;
    arn.resource.strip_prefix(RESOURCE)
}

impl Mapping {
    /// What it is doing when nothing changes it.
    pub fn state(&self) -> &'static str {
        match self.is_enabled {
            true => "Enabled",
            false => "Disabled",
        }
    }

    pub fn arn(&self) -> String {
        arn::regional("lambda", format_args!("{RESOURCE}{}", self.id))
    }

    /// `EventSourceMappingConfiguration`.
    pub fn configuration(&self, state: &str, problem: Option<String>) -> Value {
        let mut shown = json!({
            "UUID": self.id,
            "EventSourceMappingArn": self.arn(),
            "EventSourceArn": self.source,
            "FunctionArn": self.function,
            "LastModified": self.modified_at as f64 / 1000.0,
            "State": state,
            "StateTransitionReason": "USER_INITIATED",
        });
        self.settings.show(&mut shown);
        if let Some(problem) = problem {
            shown["LastProcessingResult"] = json!(format!("PROBLEM: {problem}"));
        }
        shown
    }
}
