//! A cache of the revisions that run, so that a warm invocation reads no records.

use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use super::Lambda;
use super::function::Function;
use super::function_ref::FunctionRef;
use super::part::Part;
use super::runtime::Revision;
use crate::fault::Fault;
use crate::random::random_id;

#[derive(Debug, Default)]
pub struct RevisionCache(RwLock<State>);

#[derive(Debug, Default)]
struct State {
    generation: Generation,
    /// By function and version.
    revisions: HashMap<String, HashMap<String, Arc<Revision>>>,
}

/// Counts the invalidations. A revision that was read from records in an earlier generation may be
/// outdated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Generation(u64);

impl RevisionCache {
    pub fn get(&self, function: &str, version: &str) -> Option<Arc<Revision>> {
        self.read().revisions.get(function)?.get(version).cloned()
    }

    /// To be called before the function's record is read.
    pub fn generation(&self) -> Generation {
        self.read().generation
    }

    /// Inserts a revision that was read in this generation. Returns the one that is there then, which may be an
    /// earlier one of the same id; `None` when the generation has passed.
    pub fn insert(&self, generation: Generation, revision: Revision) -> Option<Arc<Revision>> {
        let mut state = self.write();
        if state.generation != generation {
            return None;
        }
        let versions = state
            .revisions
            .entry(revision.function.clone())
            .or_default();
        if let Some(same) = versions
            .get(&revision.version)
            .filter(|it| it.id == revision.id)
        {
            return Some(same.clone());
        }
        let revision = Arc::new(revision);
        let replaced = versions.insert(revision.version.clone(), revision.clone());
        drop(state);
        outdate(replaced);
        Some(revision)
    }

    /// To be called after the function's record has changed.
    pub fn invalidate(&self, function: &str) {
        let removed = {
            let mut state = self.write();
            state.generation.0 += 1;
            state.revisions.remove(function)
        };
        outdate(removed.into_iter().flat_map(HashMap::into_values));
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is dropped with the revisions, such as their folders, is not to be dropped under the lock.
fn outdate(removed: impl IntoIterator<Item = Arc<Revision>>) {
    removed.into_iter().for_each(|revision| revision.outdate());
}

impl Lambda {
    /// Reads the function's revision, from its record and its unpacked code, into the cache.
    pub async fn revision(&self, function_ref: &FunctionRef) -> Result<Arc<Revision>, Fault> {
        loop {
            let generation = self.revisions.generation();
            let function = self.function(function_ref)?;
            let reserved_concurrency = self.reserved_concurrency(&function)?;
            let code = match self.unpacked(Part::code(&function.code.digest)).await {
                // The bundle may just have been replaced and deleted.
                Err(_) if self.revisions.generation() != generation => continue,
                code => code?,
            };
            let layers = match self.unpacked_layers(&function.layers, &code).await {
                Err(_) if self.revisions.generation() != generation => continue,
                layers => layers?,
            };
            let revision = Revision {
                layers,
                arn: function.arn(),
                version: function.version(),
                id: function.revision,
                code,
                function: function.name,
                handler: function.handler,
                runtime: function.runtime,
                variables: function.variables.unwrap_or_default(),
                memory_mb: function.memory_mb,
                timeout: Duration::from_secs(function.timeout_seconds.into()),
                role_id: self.role_id(&function.role)?,
                role: function.role,
                log_group: function.log_group,
                reserved_concurrency,
                is_outdated: AtomicBool::default(),
            };
            if let Some(revision) = self.revisions.insert(generation, revision) {
                return Ok(revision);
            }
        }
    }

    /// The revision in the cache, if it is there.
    pub fn cached_revision(&self, function_ref: &FunctionRef) -> Option<Arc<Revision>> {
        let (function, version) = (&function_ref.name, function_ref.version());
        self.revisions.get(function, version)
    }

    /// Of a role that is not there any more, a new one.
    fn role_id(&self, arn: &str) -> Result<String, Fault> {
        let id = self.iam.role_id(arn)?;
        Ok(id.unwrap_or_else(|| format!("AROA{}", random_id(17))))
    }

    /// All versions share that of the function.
    fn reserved_concurrency(&self, function: &Function) -> Result<Option<u32>, Fault> {
        if function.version.is_none() {
            return Ok(function.reserved_concurrency);
        }
        let latest = self.functions.get(&function.name)?;
        Ok(latest.and_then(|latest| latest.reserved_concurrency))
    }

    /// To be called as soon as a function's record has changed or is gone. Awaiting anything before it
    /// could leave the old revision in use, when the request is dropped there. Says whether the function had
    /// execution environments.
    pub fn invalidate(&self, function: &str) -> bool {
        self.revisions.invalidate(function);
        self.runtime.retire(function)
    }

    /// Puts a changed function's revision into the cache while its code is still unpacked. If the function was warm,
    /// which says that somebody tries one change after the other, it is made so again, so that the first call of the
    /// change does not wait for a process. Lambda too starts environments ahead of invocations.
    pub async fn cache_revision(&self, function_ref: &FunctionRef, was_warm: bool) {
        // Where this fails, the first invocation fails too, and reports it.
        if let Ok(revision) = self.revision(function_ref).await
            && was_warm
            && revision.reserved_concurrency != Some(0)
        {
            self.runtime.start_ahead(&revision);
        }
    }
}
