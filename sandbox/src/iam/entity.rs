//! What roles and users have in common: policies, a permissions boundary and tags.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::policy_document::PolicyDocument;
use super::tags::{self, Tag};
use super::{Iam, boundaries, names, no_such_entity};
use crate::fault::Fault;
use crate::store::{Index, Record, Records};
use crate::tags::Tags;

/// What a role or a user has.
#[derive(Debug, Default, Deserialize, Serialize)]
pub struct Held {
    /// The ARN of a managed policy.
    pub boundary: Option<String>,
    pub tags: Tags,
    /// By name.
    pub inline: BTreeMap<String, PolicyDocument>,
    /// The ARNs of managed policies.
    pub attached: BTreeSet<String>,
}

/// A role or a user. Its name is its record's key.
pub trait Entity: Record {
    /// `role` or `user`.
    const WORD: &'static str;
    /// The member of requests and responses that has its name.
    const NAME: &'static str;
    /// How long all its inline policies may be, in characters without white space.
    ///
    /// Source: "IAM and AWS STS quotas" in IAM's user guide.
    const MOST_INLINE: usize;
    const BY_ATTACHED_POLICY: Index<Self> = Index::new("attached-policy", |entity| {
        entity.held().attached.iter().cloned().collect()
    });
    const BY_BOUNDARY: Index<Self> = Index::new("boundary", |entity| {
        entity.held().boundary.iter().cloned().collect()
    });
    /// By its name in lower case: names are not distinguished by case.
    const BY_FOLDED_NAME: Index<Self> =
        Index::new("folded-name", |entity| vec![entity.name().to_lowercase()]);

    fn records(iam: &Iam) -> &Records<Self>;

    fn name(&self) -> &str;

    fn held(&self) -> &Held;

    fn held_mut(&mut self) -> &mut Held;
}

impl Held {
    pub fn new(boundary: Option<String>, tags: Vec<Tag>) -> Result<Self, Fault> {
        Ok(Self {
            boundary,
            tags: tags::merge(Tags::new(), tags)?,
            ..Self::default()
        })
    }

    /// Adds what only the details of an entity show.
    pub fn describe(&self, details: &mut Value) {
        if !self.tags.is_empty() {
            details["Tags"] = json!(tags::to_list(&self.tags));
        }
        if let Some(boundary) = &self.boundary {
            details["PermissionsBoundary"] = json!({
                "PermissionsBoundaryType": "Policy",
                "PermissionsBoundaryArn": boundary,
            });
        }
    }

    /// Fails while there are policies, which have to be taken away first.
    pub fn check_empty(&self) -> Result<(), Fault> {
        let conflict = |message: &str| Err(Fault::conflict("DeleteConflict", message));
        if !self.attached.is_empty() {
            return conflict("Cannot delete entity, must detach all policies first.");
        }
        if !self.inline.is_empty() {
            return conflict("Cannot delete entity, must delete policies first.");
        }
        Ok(())
    }
}

pub fn find<E: Entity>(iam: &Iam, name: &str) -> Result<E, Fault> {
    let found = E::records(iam).get(name)?;
    found.ok_or_else(|| no_such_entity(E::WORD, name))
}

/// Runs `change` on the entity; when it fails, nothing is written.
pub fn modify<E: Entity, R>(
    iam: &Iam,
    name: &str,
    change: impl FnOnce(&mut E) -> Result<R, Fault>,
) -> Result<R, Fault> {
    E::records(iam).change(name, |entity| match entity {
        Some(entity) => change(entity),
        None => Err(no_such_entity(E::WORD, name)),
    })
}

/// Stores a new one. Fails if its name is taken or there is no such boundary.
pub fn add<E: Entity>(iam: &Iam, entity: &E) -> Result<(), Fault> {
    let _lock = iam.lock_attachments();
    if let Some(boundary) = &entity.held().boundary {
        boundaries::check(iam, boundary)?;
    }
    let (records, name) = (E::records(iam), entity.name());
    let taken = records.count(&E::BY_FOLDED_NAME, &name.to_lowercase())? > 0;
    if taken || !records.insert(name, entity)? {
        return Err(already_exists(E::WORD, name));
    }
    Ok(())
}

pub fn already_exists(word: &str, name: &str) -> Fault {
    let message = format!(
        "{} with name {name} already exists.",
        names::capitalised(word)
    );
    Fault::conflict("EntityAlreadyExists", message)
}
