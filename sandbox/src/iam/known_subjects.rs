//! Subjects that were read before. Nearly all requests are of the same few functions, and most of what a
//! decision costs is reading the policies.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::Iam;
use super::subject::Subject;
use crate::caller::Caller;
use crate::fault::Fault;

/// More callers than this are not kept: each session of a role is another one.
const MOST: usize = 1_000;

#[derive(Debug, Default)]
pub struct KnownSubjects(Mutex<Known>);

/// As long as the records of IAM have this revision.
#[derive(Debug, Default)]
struct Known {
    revision: u64,
    subjects: HashMap<Caller, Arc<Subject>>,
}

impl KnownSubjects {
    pub fn get(&self, iam: &Iam, caller: &Caller) -> Result<Arc<Subject>, Fault> {
        let revision = iam.revision();
        if let Some(known) = self.at(revision, |subjects| subjects.get(caller).cloned()) {
            return Ok(known);
        }
        let subject = Arc::new(Subject::of_caller(iam, caller)?);
        self.at(revision, |subjects| {
            if subjects.len() < MOST {
                subjects.insert(caller.clone(), subject.clone());
            }
        });
        Ok(subject)
    }

    fn at<T>(
        &self,
        revision: u64,
        work: impl FnOnce(&mut HashMap<Caller, Arc<Subject>>) -> T,
    ) -> T {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.revision != revision {
            *known = Known {
                revision,
                subjects: HashMap::new(),
            };
        }
        work(&mut known.subjects)
    }
}
