//! What is deployed, and to which stack.

use std::sync::Arc;

use tokio::time::Instant;

use super::membership::Membership;
use super::owner::Owner;
use super::site::WantedSite;
use super::template::Template;
use crate::bundle::{Architecture, Bundle, Digest, Library, Project};
use crate::cloud::NamedValues;

/// What is deployed: the same for each stack.
#[derive(Clone, Debug)]
pub struct Release {
    /// The package that the functions come from; `None` for code and a template that were deployed
    /// together before, so that they fit.
    pub project: Option<Project>,
    pub workshop: Workshop,
    /// `None` to compare only the code.
    pub template: Option<Template>,
    pub code: Vec<FunctionCode>,
    /// What the functions share.
    pub library: Option<Library>,
    /// The web site that goes with the template.
    pub site: Option<WantedSite>,
    /// What the code is built for. It becomes the parameter of a new stack only.
    pub architecture: Architecture,
    pub full: bool,
    pub dry_run: bool,
    /// Whether an update may delete or replace what holds data.
    pub may_lose_data: bool,
    /// Whether many stacks share the account's limits: code goes through the bucket alone, and a stack
    /// that this deployment has created is not looked at once more.
    pub to_many: bool,
}

impl Release {
    /// The lab that the package is; `None` for the game.
    pub fn lab(&self) -> Option<&str> {
        self.project.as_ref()?.lab.as_deref()
    }

    /// The names of the functions.
    pub fn functions(&self) -> Vec<String> {
        self.code.iter().map(|code| code.function.clone()).collect()
    }
}

/// The stack that the games of a class share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workshop {
    pub name: String,
    /// Of a class that has a roster.
    pub membership: Option<Membership>,
}

impl Workshop {
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            membership: None,
        }
    }
}

/// The new code of a function.
#[derive(Clone, Debug)]
pub struct FunctionCode {
    /// The name in the workshop, such as `01-new-game`.
    pub function: String,
    pub digest: Digest,
    /// Of the zip, in bytes.
    pub size: usize,
    /// `None` if it is in the artifact bucket.
    pub zip: Option<Arc<[u8]>>,
}

impl From<&Bundle> for FunctionCode {
    fn from(bundle: &Bundle) -> Self {
        Self {
            function: bundle.function.name.clone(),
            digest: bundle.digest.clone(),
            size: bundle.zip.len(),
            zip: Some(bundle.zip.as_slice().into()),
        }
    }
}

/// A stack to deploy to, with what is its own.
#[derive(Clone, Debug)]
pub struct Destination {
    pub stack: String,
    /// The parameters that were given; all others keep their values.
    pub parameters: NamedValues,
    pub claim: Claim,
    /// When the person started to wait.
    pub since: Instant,
}

/// By what right a stack is changed, and whose it becomes.
#[derive(Clone, Debug)]
pub struct Claim {
    /// Who deploys. The stack becomes this owner's, unless it is a class's and has one.
    pub owner: Owner,
    /// Whether somebody else's stack may become this owner's.
    pub adopts: bool,
    /// The place in the class that works on its own stacks, whoever has made them.
    pub membership: Option<Membership>,
}

impl Claim {
    pub fn of(owner: Owner, adopts: bool) -> Self {
        Self {
            owner,
            adopts,
            membership: None,
        }
    }
}
