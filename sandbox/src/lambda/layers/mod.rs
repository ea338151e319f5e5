//! Layers: what several functions share, such as a library. A version of a layer never changes; functions
//! name the versions that they use.
//!
//! A version that is deleted while functions use it goes on working for them, as on AWS: its record stays,
//! but only they see it.

mod attached;
mod operations;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::code_links::CodeLinks;
use super::fault::{constraint, invalid};
use super::function::Code;
use crate::arn::{self, Arn};
use crate::fault::Fault;
use crate::store::Record;

pub use attached::AttachedLayer;
pub use operations::{delete, get, get_by_arn, list, list_versions, publish};

/// In characters.
const MAX_NAME_LENGTH: usize = 140;

/// A layer. It stays when its versions are deleted: their numbers are never used again.
#[derive(Debug, Default, Deserialize, Serialize)]
pub struct Layer {
    last_version: u64,
}

impl Record for Layer {
    const KIND: &'static str = "lambda.layer";
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct LayerVersion {
    layer: String,
    number: u64,
    description: String,
    license: Option<String>,
    runtimes: Option<Vec<String>>,
    architectures: Option<Vec<String>>,
    created: String,
    code: Code,
    /// Functions may still use it.
    is_deleted: bool,
}

impl Record for LayerVersion {
    const KIND: &'static str = "lambda.layer-version";

    fn blob(&self) -> Option<&str> {
        Some(&self.code.digest)
    }
}

/// A version of a layer, as requests name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LayerVersionRef {
    pub layer: String,
    pub number: u64,
}

impl LayerVersionRef {
    /// `layer` is a name, or the ARN of a layer.
    pub fn new(layer: &str, number: u64) -> Result<Self, Fault> {
        let layer = layer_name(layer)?;
        Ok(Self { layer, number })
    }

    /// Parses the ARN of a version.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let expected = "the ARN of a layer version";
        let malformed = || constraint("arn", text, expected);
        let (layer, number) = text.rsplit_once(':').ok_or_else(malformed)?;
        let number = number.parse().map_err(|_| malformed())?;
        if Arn::parse(layer).is_none_or(|arn| !arn.resource.starts_with("layer:")) {
            return Err(malformed());
        }
        Self::new(layer, number)
    }

    pub fn arn(&self) -> String {
        format!("{}:{}", layer_arn(&self.layer), self.number)
    }

    /// Sorted by number.
    fn key(&self) -> String {
        format!("{}{:020}", prefix(&self.layer), self.number)
    }
}

impl LayerVersion {
    fn version_ref(&self) -> LayerVersionRef {
        LayerVersionRef {
            layer: self.layer.clone(),
            number: self.number,
        }
    }

    /// `LayerVersionsListItem`.
    fn listed(&self) -> Value {
        let mut listed = json!({
            "LayerVersionArn": self.version_ref().arn(),
            "Version": self.number,
            "Description": self.description,
            "CreatedDate": self.created,
        });
        for (name, value) in [
            ("CompatibleArchitectures", json!(self.architectures)),
            ("CompatibleRuntimes", json!(self.runtimes)),
            ("LicenseInfo", json!(self.license)),
        ] {
            if !value.is_null() {
                listed[name] = value;
            }
        }
        listed
    }

    /// As `GetLayerVersion` returns it.
    fn described(&self, links: &CodeLinks) -> Value {
        let mut described = self.listed();
        described["LayerArn"] = json!(layer_arn(&self.layer));
        described["Content"] = json!({
            "Location": links.link(&self.code.digest),
            "CodeSha256": self.code.sha256(),
            "CodeSize": self.code.size,
        });
        described
    }

    fn is_for(&self, runtime: Option<&str>, architecture: Option<&str>) -> bool {
        let has = |list: &Option<Vec<String>>, wanted: Option<&str>| {
            wanted.is_none_or(|wanted| list.iter().flatten().any(|it| it == wanted))
        };
        !self.is_deleted && has(&self.runtimes, runtime) && has(&self.architectures, architecture)
    }
}

/// Begins the keys of a layer's versions.
fn prefix(layer: &str) -> String {
    format!("{layer}/")
}

pub fn layer_arn(layer: &str) -> String {
    arn::regional("lambda", format!("layer:{layer}"))
}

/// Parses `LayerName`: a name, or the ARN of a layer of this account.
pub fn layer_name(text: &str) -> Result<String, Fault> {
    let name = match Arn::parse(text) {
        None => text,
        Some(arn) => {
            if arn.check_owner("lambda").is_err() {
                return Err(invalid(format!(
                    "the sandbox does not support layers of other accounts and regions, such as {text}; \
                     publish a copy with PublishLayerVersion"
                )));
            }
            arn.resource.strip_prefix("layer:").unwrap_or_default()
        }
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    match (1..=MAX_NAME_LENGTH).contains(&name.len()) && name.chars().all(plain) {
        true => Ok(name.to_owned()),
        false => Err(constraint(
            "layerName",
            text,
            "the name of a layer, with at most 140 letters, digits, - and _, or its ARN",
        )),
    }
}
