//! What a request asks a stack to be, read and checked as far as it can be before anything is made.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::engine::{DesiredState, Engine};
use super::fault::invalid;
use super::stack::{Definition, Stack};
use super::stacks::Stacks;
use super::template::{Given, Template};
use super::{changes, checks};
use crate::fault::Fault;
use crate::s3::S3;
use crate::tags::{self, Tags};
use crate::wire::{self, lenient};

/// In bytes: of a template in a request, and of one in a bucket.
///
/// Source: "CloudFormation quotas".
const LONGEST_BODY: usize = 51_200;
const LONGEST_OBJECT: usize = 1 << 20;

/// The part of requests that says what a stack is to be.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Asked {
    #[serde(flatten)]
    pub source: Source,
    #[serde(default, deserialize_with = "lenient")]
    use_previous_template: Option<bool>,
    #[serde(default, deserialize_with = "wire::list")]
    parameters: Vec<Parameter>,
    #[serde(default, deserialize_with = "wire::list")]
    capabilities: Vec<String>,
    /// None keeps those that the stack has; an empty list takes them away.
    #[serde(default, deserialize_with = "perhaps_list")]
    tags: Option<Vec<Tag>>,
    #[serde(
        default,
        rename = "NotificationARNs",
        deserialize_with = "perhaps_list"
    )]
    notification_arns: Option<Vec<String>>,
    #[serde(rename = "RoleARN")]
    role_arn: Option<String>,
    deployment_config: Option<DeploymentConfig>,
}

/// Where a template comes from.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Source {
    template_body: Option<String>,
    #[serde(rename = "TemplateURL")]
    template_url: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Parameter {
    parameter_key: String,
    parameter_value: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    use_previous_value: Option<bool>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    key: String,
    #[serde(default)]
    value: String,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeploymentConfig {
    pub mode: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub disable_rollback: Option<bool>,
}

#[derive(Debug)]
pub struct Proposal {
    pub definition: Definition,
    pub text: String,
    pub desired_state: DesiredState,
    pub imports: BTreeSet<String>,
}

impl Asked {
    /// What `DeploymentConfig` says of rollbacks.
    pub fn disable_rollback(&self) -> Option<bool> {
        self.deployment_config.as_ref()?.disable_rollback
    }

    /// As [`propose`](Self::propose), to be reviewed before anything is made: then what a template's
    /// transforms make of it can be seen, and need not be acknowledged.
    pub fn propose_for_review(
        mut self,
        engine: &Engine,
        s3: &Arc<S3>,
        stack: &Stack,
    ) -> Result<Proposal, Fault> {
        let asked = self.capabilities.clone();
        self.capabilities.push("CAPABILITY_AUTO_EXPAND".to_owned());
        let mut proposal = self.propose(engine, s3, stack)?;
        proposal.definition.capabilities = asked;
        Ok(proposal)
    }

    /// Reads and checks what is asked of `stack`, as it stands.
    pub fn propose(&self, engine: &Engine, s3: &Arc<S3>, stack: &Stack) -> Result<Proposal, Fault> {
        let text = self.text(&engine.stacks, s3, stack)?;
        let template = Template::parse(&text)?;
        let definition = self.definition(&template, stack)?;
        template.require_capabilities(&self.capabilities)?;
        checks::resources(&template, &engine.types)?;
        let desired_state = DesiredState::new(&template, &definition, &stack.name, &stack.id)?;
        let imports = checks::references(&desired_state, &engine.types)?;
        checks::types_stay(stack, &desired_state)?;
        Ok(Proposal {
            definition,
            text,
            desired_state,
            imports,
        })
    }

    fn text(&self, stacks: &Stacks, s3: &Arc<S3>, stack: &Stack) -> Result<String, Fault> {
        match self.use_previous_template {
            Some(true) if self.source.is_given() => Err(invalid(
                "UsePreviousTemplate cannot be true if a template is given",
            )),
            Some(true) if stack.has_no_template() => Err(invalid(format!(
                "Stack [{}] has no previous template: it is not created yet",
                stack.name
            ))),
            Some(true) => stacks.text(stack, stack.definition.text),
            _ => self.source.read(s3),
        }
    }

    fn definition(&self, template: &Template, stack: &Stack) -> Result<Definition, Fault> {
        let given = self.given(stack)?;
        template.resolve_parameters(&given)?;
        let mut definition = Definition {
            description: template.description.clone(),
            tags: self.tags(stack)?,
            capabilities: self.capabilities.clone(),
            notification_arns: (self.notification_arns.clone())
                .unwrap_or_else(|| stack.definition.notification_arns.clone()),
            role_arn: self
                .role_arn
                .clone()
                .or_else(|| stack.definition.role_arn.clone()),
            mode: self.mode()?,
            ..Definition::default()
        };
        for (name, parameter) in &template.parameters {
            let value = match given.get(name) {
                Some(Given::Value(value) | Given::Previous(value)) => Some(value),
                None => parameter.default.as_ref(),
            };
            definition
                .parameters
                .extend(value.map(|value| (name.clone(), value.clone())));
            if parameter.no_echo {
                definition.secret.insert(name.clone());
            }
        }
        Ok(definition)
    }

    fn given(&self, stack: &Stack) -> Result<BTreeMap<String, Given>, Fault> {
        let mut given = BTreeMap::new();
        for parameter in &self.parameters {
            let name = &parameter.parameter_key;
            let value = match (&parameter.parameter_value, parameter.use_previous_value) {
                (Some(_), Some(true)) => {
                    return Err(invalid(format!(
                        "Invalid input for parameter key {name}. Cannot specify usePreviousValue \
                         as true and non empty value for a parameter"
                    )));
                }
                (Some(value), _) => Given::Value(value.clone()),
                (None, Some(true)) => match stack.definition.parameters.get(name) {
                    Some(value) => Given::Previous(value.clone()),
                    None => {
                        return Err(invalid(format!(
                            "Invalid input for parameter key {name}. Cannot specify \
                             usePreviousValue as true for a parameter key not in the previous \
                             template"
                        )));
                    }
                },
                // A client that sends an empty value sends it so.
                (None, _) => Given::Value(String::new()),
            };
            given.insert(name.clone(), value);
        }
        Ok(given)
    }

    fn tags(&self, stack: &Stack) -> Result<Tags, Fault> {
        let Some(tags) = &self.tags else {
            return Ok(stack.definition.tags.clone());
        };
        let pair = |tag: &Tag| (tag.key.clone(), tag.value.clone());
        let tags: Tags = tags.iter().map(pair).collect();
        tags::check(&tags).map_err(|unfit| invalid(unfit.to_string()))?;
        match tags
            .keys()
            .find(|key| key.to_lowercase().starts_with("aws:"))
        {
            Some(key) => Err(invalid(format!(
                "The tag key {key} is not allowed: the prefix aws: is reserved"
            ))),
            None => Ok(tags),
        }
    }

    fn mode(&self) -> Result<Option<String>, Fault> {
        let mode = self
            .deployment_config
            .as_ref()
            .and_then(|it| it.mode.clone());
        match mode.as_deref() {
            None | Some("STANDARD" | "EXPRESS") => Ok(mode),
            Some(other) => Err(invalid(format!(
                "Value '{other}' at 'deploymentConfig.mode' failed to satisfy constraint: Member \
                 must satisfy enum value set: [STANDARD, EXPRESS]"
            ))),
        }
    }
}

impl Proposal {
    /// What it would change of `stack`.
    pub fn changes(&self, engine: &Engine, stack: &Stack) -> Result<changes::Changes, Fault> {
        changes::changes(engine, stack, &self.desired_state, &self.definition)
    }
}

impl Source {
    pub fn is_given(&self) -> bool {
        self.template_body.is_some() || self.template_url.is_some()
    }

    pub fn read(&self, s3: &Arc<S3>) -> Result<String, Fault> {
        match (&self.template_body, &self.template_url) {
            (Some(body), None) if body.len() > LONGEST_BODY => Err(invalid(format!(
                "1 validation error detected: Value at 'templateBody' failed to satisfy \
                 constraint: Member must have length less than or equal to {LONGEST_BODY}"
            ))),
            (Some(body), None) => Ok(body.clone()),
            (None, Some(url)) => fetched(s3, url),
            _ => Err(invalid(
                "Either Template URL or Template Body must be specified.",
            )),
        }
    }
}

fn fetched(s3: &Arc<S3>, url: &str) -> Result<String, Fault> {
    let Some((bucket, key)) = object_of(url) else {
        return Err(invalid("TemplateURL must be a supported URL."));
    };
    let object = s3.object(&bucket, &key).map_err(|fault| {
        let Fault { message, code, .. } = &fault;
        if fault.is_client_error() {
            invalid(format!("S3 error: {message} ({code}) of {bucket}/{key}"))
        } else {
            fault
        }
    })?;
    let bytes = object.read()?;
    if bytes.len() > LONGEST_OBJECT {
        return Err(invalid(format!(
            "Template may not exceed {LONGEST_OBJECT} bytes in size."
        )));
    }
    String::from_utf8(bytes).map_err(|_| {
        invalid(format!(
            "Template format error: {bucket}/{key} is not UTF-8"
        ))
    })
}

/// The bucket and the key in the URL of an object, in path or in virtual style.
fn object_of(url: &str) -> Option<(String, String)> {
    let uri: http::Uri = url.parse().ok()?;
    let host = uri.host()?;
    let path = uri.path().strip_prefix('/')?;
    let virtual_host = [".s3.", ".s3-", ".localhost"];
    let in_host = virtual_host
        .iter()
        .filter_map(|mark| host.split_once(mark))
        .map(|(bucket, _)| bucket)
        .find(|bucket| !bucket.is_empty());
    let (bucket, key) = match in_host {
        Some(bucket) => (bucket, path),
        None => path.split_once('/')?,
    };
    let key = percent_encoding::percent_decode_str(key)
        .decode_utf8()
        .ok()?;
    let is_whole = !bucket.is_empty() && !key.is_empty();
    is_whole.then(|| (bucket.to_owned(), key.into_owned()))
}

/// As [`wire::list`], but tells an empty list from none.
fn perhaps_list<'de, T, D>(deserializer: D) -> Result<Option<Vec<T>>, D::Error>
where
    T: serde::de::DeserializeOwned,
    D: Deserializer<'de>,
{
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(None),
        value => wire::list(value)
            .map(Some)
            .map_err(serde::de::Error::custom),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_found_in_both_styles_of_urls() {
        let found = |url| object_of(url).map(|(bucket, key)| format!("{bucket} {key}"));
        for url in [
            "https://s3.amazonaws.com/b/a/t.yaml",
            "https://s3.us-east-1.amazonaws.com/b/a/t.yaml?versionId=1",
            "http://127.0.0.1:4566/b/a%2Ft.yaml",
            "https://b.s3.amazonaws.com/a/t.yaml",
            "https://b.s3-us-west-2.amazonaws.com/a/t.yaml",
            "http://b.localhost:4566/a/t.yaml",
        ] {
            assert_eq!(found(url).as_deref(), Some("b a/t.yaml"), "{url}");
        }
        assert_eq!(found("https://s3.amazonaws.com/b"), None);
        assert_eq!(found("no url"), None);
    }

    #[test]
    fn an_empty_list_is_told_from_none() {
        let asked: Asked = serde_json::from_value(serde_json::json!({ "Tags": "" })).expect("read");
        assert_eq!(asked.tags.map(|tags| tags.len()), Some(0));
        let asked: Asked = serde_json::from_value(serde_json::json!({})).expect("read");
        assert!(asked.tags.is_none());
    }
}
