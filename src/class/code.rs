//! The code and the template of a class, kept in its artifact bucket: those that all students got last, and
//! named states of them, the checkpoints. The bundles themselves are in the bucket too, under their digests.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::member::Member;
use crate::bundle::{Architecture, Digest, Library};
use crate::cloud::{Cloud, CloudError, NamedValues};
use crate::deploy::{FunctionCode, Release, Template};

/// What the names of checkpoints begin with in the bucket, before the class.
const CHECKPOINTS: &str = "checkpoints/";
const JSON: &str = ".json";
/// The checkpoint that a class has from its first `up`.
pub const START: &str = "start";

/// The code and the template of a class at one time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClassCode {
    /// When it was kept, in seconds since 1970.
    pub time: u64,
    pub template: Template,
    /// The architecture that the code is built for.
    pub architecture: String,
    /// The parameters that all students were given.
    pub parameters: NamedValues,
    /// By the functions' names in the workshop, such as `01-new-game`.
    pub functions: BTreeMap<String, CodeOf>,
    /// Of the library that they share.
    #[serde(default)]
    pub library: Option<Digest>,
}

/// The code of a function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CodeOf {
    pub digest: Digest,
    /// Of the zip, in bytes.
    pub size: usize,
}

/// Why there is no kept code.
#[derive(Debug, thiserror::Error)]
pub enum CodeError {
    #[error(transparent)]
    Cloud(#[from] CloudError),

    #[error("class {class} has no checkpoint {name}")]
    Unknown {
        class: String,
        name: String,
        /// The checkpoints that it has.
        known: Vec<String>,
    },

    #[error("the object {key} in bucket {bucket} cannot be read: {reason}")]
    Unreadable {
        bucket: String,
        key: String,
        reason: String,
    },
}

/// The artifact bucket of a class.
#[derive(Clone, Copy, Debug)]
pub struct ClassBucket<'a> {
    pub cloud: &'a Cloud,
    pub name: &'a str,
    pub class: &'a str,
}

impl ClassBucket<'_> {
    /// The code that all students got last; `None` if none was kept.
    pub async fn code(&self) -> Result<Option<ClassCode>, CodeError> {
        self.read(&self.code_key()).await
    }

    pub async fn keep_code(&self, code: &ClassCode) -> Result<(), CodeError> {
        self.write(&self.code_key(), code).await
    }

    /// The checkpoint of that name.
    pub async fn checkpoint(&self, name: &str) -> Result<ClassCode, CodeError> {
        match self.read(&self.checkpoint_key(name)).await? {
            Some(code) => Ok(code),
            None => Err(CodeError::Unknown {
                class: self.class.to_owned(),
                name: name.to_owned(),
                known: self.checkpoints().await?,
            }),
        }
    }

    pub async fn keep_checkpoint(&self, name: &str, code: &ClassCode) -> Result<(), CodeError> {
        self.write(&self.checkpoint_key(name), code).await
    }

    /// Keeps the checkpoint `start`, unless there is one.
    pub async fn keep_start(&self, code: &ClassCode) -> Result<(), CodeError> {
        let key = self.checkpoint_key(START);
        match self.cloud.object_exists(self.name, &key).await? {
            true => Ok(()),
            false => self.keep_checkpoint(START, code).await,
        }
    }

    /// The names of the checkpoints, sorted.
    pub async fn checkpoints(&self) -> Result<Vec<String>, CodeError> {
        let prefix = format!("{CHECKPOINTS}{}/", self.class);
        let keys = self.cloud.keys(self.name, &prefix).await?;
        let names = keys.iter().flatten().filter_map(|key| {
            let name = key.strip_prefix(&prefix)?.strip_suffix(JSON)?;
            Some(name.to_owned())
        });
        Ok(names.collect())
    }

    fn code_key(&self) -> String {
        format!("classes/{}/code{JSON}", self.class)
    }

    fn checkpoint_key(&self, name: &str) -> String {
        format!("{CHECKPOINTS}{}/{name}{JSON}", self.class)
    }

    async fn read(&self, key: &str) -> Result<Option<ClassCode>, CodeError> {
        let Some(bytes) = self.cloud.object(self.name, key).await? else {
            return Ok(None);
        };
        let read = serde_json::from_slice(&bytes);
        read.map(Some).map_err(|error| CodeError::Unreadable {
            bucket: self.name.to_owned(),
            key: key.to_owned(),
            reason: error.to_string(),
        })
    }

    async fn write(&self, key: &str, code: &ClassCode) -> Result<(), CodeError> {
        let text = serde_json::to_vec_pretty(code).expect("names and texts are JSON");
        Ok(self.cloud.put_object(self.name, key, text).await?)
    }
}

impl ClassCode {
    /// What is in the bucket after a deployment of this release, with a template. `members` are those that
    /// it was for.
    pub fn of(release: &Release, members: &[Member], time: u64) -> Self {
        let functions = release.code.iter().map(|code| {
            let of = CodeOf {
                digest: code.digest.clone(),
                size: code.size,
            };
            (code.function.clone(), of)
        });
        Self {
            time,
            template: release.template.clone().unwrap_or_default(),
            architecture: release.architecture.to_string(),
            parameters: shared_parameters(members),
            functions: functions.collect(),
            library: release.library.as_ref().map(|it| it.digest.clone()),
        }
    }

    /// The library, which is in the bucket.
    pub fn library(&self) -> Option<Library> {
        let digest = self.library.clone()?;
        Some(Library { digest, path: None })
    }

    /// The code, which is in the bucket.
    pub fn code(&self) -> Vec<FunctionCode> {
        let functions = self.functions.iter();
        functions
            .map(|(function, code)| FunctionCode {
                function: function.clone(),
                digest: code.digest.clone(),
                size: code.size,
                zip: None,
            })
            .collect()
    }

    pub fn architecture(&self) -> Architecture {
        self.architecture.parse().unwrap_or(Architecture::X86_64)
    }

    /// The digest of each function's code.
    pub fn digests(&self) -> BTreeMap<String, String> {
        let functions = self.functions.iter();
        functions
            .map(|(function, code)| (function.clone(), code.digest.to_string()))
            .collect()
    }
}

/// The parameters that all have, with equal values.
fn shared_parameters(members: &[Member]) -> NamedValues {
    let Some((first, others)) = members.split_first() else {
        return NamedValues::new();
    };
    let mut shared = first.parameters.clone();
    shared.retain(|name, value| {
        others
            .iter()
            .all(|it| it.parameters.get(name) == Some(value))
    });
    shared
}

/// Whether a checkpoint may have this name: small letters, digits, hyphens and dots, as in `lab-01.3`.
pub fn is_checkpoint_name(name: &str) -> bool {
    let is_fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c);
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    starts_well && name.len() <= 60 && name.chars().all(is_fine)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_checkpoint_is_a_short_word() {
        for fine in ["start", "lab-01.3", "2"] {
            assert!(is_checkpoint_name(fine), "{fine}");
        }
        for bad in ["", "Lab", "a b", "../x", "a/b", ".a", &"a".repeat(61)] {
            assert!(!is_checkpoint_name(bad), "{bad}");
        }
    }
}
