//! Published versions: `$LATEST` as it was once, under a number.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Lambda;
use super::event_invoke;
use super::fault::{constraint, invalid};
use super::function::Function;
use super::function_ref::{FunctionRef, LATEST};
use crate::fault::{Answer, Fault};
use crate::page::Cursor;
use crate::store::{Index, Record};
use crate::wire::lenient;

/// Of `ListVersionsByFunction`, in versions.
const MAX_PAGE: usize = 50;
/// The name of the list of versions.
const LIST: &str = "Versions";

#[derive(Debug, Deserialize, Serialize)]
pub struct Version {
    pub number: u64,
    /// Its own `RevisionId`.
    revision: String,
    /// In place of that of `$LATEST`.
    description: Option<String>,
    /// `$LATEST` when the version was published.
    latest: Function,
}

/// By the keys of its layers.
pub const BY_LAYER_OF_VERSION: Index<Version> =
    Index::new("layer", |version| version.latest.layer_keys());

impl Record for Version {
    const KIND: &'static str = "lambda.version";
    const INDEXES: &'static [Index<Self>] = &[BY_LAYER_OF_VERSION];

    fn blob(&self) -> Option<&str> {
        Some(&self.latest.code.digest)
    }
}

impl Version {
    /// The function that the version is.
    pub fn function(self) -> Function {
        Function {
            version: Some(self.number),
            revision: self.revision,
            description: self.description.unwrap_or(self.latest.description),
            ..self.latest
        }
    }
}

/// Begins the keys of a function's versions.
pub fn prefix(function: &str) -> String {
    format!("{function}/")
}

/// Sorted by number.
pub fn key(function: &str, number: u64) -> String {
    format!("{}{number:020}", prefix(function))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PublishVersionRequest {
    function_name: String,
    #[serde(rename = "CodeSha256")]
    code_sha256: Option<String>,
    description: Option<String>,
    revision_id: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListVersionsRequest {
    function_name: String,
    marker: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    max_items: Option<usize>,
}

pub async fn publish(lambda: &Lambda, request: PublishVersionRequest) -> Answer {
    let function_ref = FunctionRef::parse(&request.function_name, None)?.unqualified()?;
    let version = lambda.publish(&function_ref, request.description, |latest| {
        latest.expect_revision(request.revision_id.as_deref())?;
        let (now, expected) = (latest.code.sha256(), request.code_sha256.as_deref());
        match expected.filter(|expected| *expected != now) {
            Some(expected) => Err(invalid(format!(
                "CodeSHA256 ({expected}) is different from current CodeSHA256 in $LATEST ({now}). \
                 Please try again with the CodeSHA256 in $LATEST."
            ))),
            None => Ok(()),
        }
    })?;
    Ok(version.configuration(&version.arn()))
}

impl Lambda {
    /// Makes a version of `$LATEST` and returns it, or the last version if nothing has changed since.
    pub fn publish(
        &self,
        function_ref: &FunctionRef,
        description: Option<String>,
        check: impl FnOnce(&Function) -> Result<(), Fault>,
    ) -> Result<Function, Fault> {
        let name = &function_ref.name;
        self.store.write(|transaction| {
            let latest = self.functions.get_in(transaction, name)?;
            let mut latest = latest.ok_or_else(|| function_ref.not_found())?;
            check(&latest)?;
            let last = key(name, latest.last_version);
            let last = self.versions.get_in(transaction, &last)?;
            if let Some(last) = last.filter(|last| last.latest.runs_as(&latest)) {
                return Ok(last.function());
            }
            latest.last_version += 1;
            self.functions.put_in(transaction, name, &latest)?;
            let version = Version {
                number: latest.last_version,
                revision: uuid::Uuid::new_v4().to_string(),
                description,
                latest: latest.without_its_own(),
            };
            let key = key(name, version.number);
            self.versions.put_in(transaction, &key, &version)?;
            Ok(version.function())
        })
    }

    /// The version that a qualifier names; aliases do not exist.
    pub fn version(&self, function_ref: &FunctionRef) -> Result<Option<Function>, Fault> {
        let Some(number) = function_ref.version_number() else {
            return Ok(None);
        };
        let found = self.versions.get(&key(&function_ref.name, number))?;
        Ok(found.map(Version::function))
    }

    pub fn delete_version(&self, function_ref: &FunctionRef) -> Result<(), Fault> {
        let version = self.version(function_ref)?;
        let version = version.ok_or_else(|| function_ref.not_found())?;
        let number = version.version.unwrap_or_default();
        let config = event_invoke::key(&version.name, &number.to_string());
        self.store.write::<_, Fault>(|transaction| {
            self.versions
                .remove_in(transaction, &key(&version.name, number))?;
            self.event_invoke_configs.remove_in(transaction, &config)?;
            Ok(())
        })?;
        self.invalidate(&version.name);
        self.blobs.collect(&version.code.digest)?;
        self.release_layers(version.layer_keys())
    }
}

/// `$LATEST`, and after it the versions.
pub async fn list(lambda: &Lambda, request: ListVersionsRequest) -> Answer {
    let function_ref = FunctionRef::parse(&request.function_name, None)?.unqualified()?;
    let latest = lambda.function(&function_ref)?;
    let size = request.max_items.unwrap_or(MAX_PAGE);
    if !(1..=10_000).contains(&size) {
        return Err(constraint("maxItems", size, "1 to 10000"));
    }
    let mut room = size.min(MAX_PAGE);
    let mut listed = Vec::new();
    let prefix = prefix(&latest.name);
    let after = match request.marker.as_deref() {
        None => {
            room -= 1;
            listed.push(latest.listed(&format!("{}:{LATEST}", latest.arn())));
            Cursor::after(&*prefix)
        }
        Some(marker) => Cursor::from_token(LIST, marker)
            .map_err(|_| invalid("The provided Marker is invalid."))?,
    };
    // One more tells whether there is another page.
    let page = lambda
        .versions
        .page(&prefix, Some(&after), room + 1, |_| true)?;
    let mut last = after;
    let mut versions = page.items.into_iter();
    for (key, version) in versions.by_ref().take(room) {
        let version = version.function();
        listed.push(version.listed(&version.arn()));
        last = Cursor::after(key);
    }
    let mut answer = json!({ "Versions": listed });
    if versions.next().is_some() {
        answer["NextMarker"] = Value::from(last.token(LIST));
    }
    Ok(answer)
}
