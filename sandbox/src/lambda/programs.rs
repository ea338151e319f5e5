//! What runs for each function, at hand without a look at the records: a warm call reads memory only.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use super::runtime::Revision;

#[derive(Debug, Default)]
pub struct Programs(RwLock<Known>);

#[derive(Debug, Default)]
struct Known {
    /// How often something was forgotten.
    changes: u64,
    by_name: HashMap<String, Arc<Revision>>,
}

/// The state of things when somebody began to read a record.
#[derive(Clone, Copy, Debug)]
pub struct Mark(u64);

impl Programs {
    pub fn get(&self, name: &str) -> Option<Arc<Revision>> {
        self.read().by_name.get(name).cloned()
    }

    /// To be taken before the record is read.
    pub fn mark(&self) -> Mark {
        Mark(self.read().changes)
    }

    pub fn is_current(&self, mark: Mark) -> bool {
        self.read().changes == mark.0
    }

    /// Keeps `program` unless something has changed since `mark`: then its record may be an old one.
    /// Says whether it did.
    pub fn keep(&self, mark: Mark, program: &Arc<Revision>) -> bool {
        let mut known = self.write();
        let is_current = known.changes == mark.0;
        if is_current {
            let name = program.function.clone();
            known.by_name.insert(name, program.clone());
        }
        is_current
    }

    /// To be called after the record has changed.
    pub fn forget(&self, name: &str) {
        // What goes with the last program, such as its folder, goes after the lock.
        let _forgotten = {
            let mut known = self.write();
            known.changes += 1;
            known.by_name.remove(name)
        };
    }

    fn read(&self) -> RwLockReadGuard<'_, Known> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Known> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}
