//! The outcome of a deployment: the value behind its table and its JSON.

use std::time::Duration;

use serde::Serialize;

use super::release::FunctionCode;
use super::site::SiteOutcome;
use super::ways::Ways;
use super::{Observed, Recovery};
use crate::bundle::Restored;
use crate::cloud::Change;
use crate::names::function_name;

/// What was done to one stack, or with a dry run what would be.
#[derive(Clone, Debug, Serialize)]
pub struct Deployment {
    pub stack: String,
    pub dry_run: bool,
    pub action: Action,
    /// How the stack was recovered first, if it had to be.
    pub recovered: Option<&'static str>,
    /// In a dry run: whether something comes first, after which the rest is decided.
    pub undecided: bool,
    pub functions: Vec<FunctionOutcome>,
    /// `None` for a package without a web site.
    pub site: Option<SiteOutcome>,
    /// What the change set changed.
    pub changes: Vec<Change>,
    /// The outputs of the template that were changed with it, by name.
    pub outputs: Vec<String>,
    pub milliseconds: u128,
}

#[derive(Clone, Debug, Serialize)]
pub struct FunctionOutcome {
    /// The name in the workshop, such as `01-new-game`.
    pub function: String,
    pub action: Action,
    /// Of the zip.
    pub bytes: usize,
    /// Base64 of the zip's SHA-256, Lambda's `CodeSha256`.
    pub digest: String,
    /// Of a quick patch: from its start until calls run the new code.
    pub milliseconds: Option<u128>,
    /// The files that make its code differ from what was deployed; `None` when that is not known, or
    /// when it does not differ.
    pub files: Option<Vec<String>>,
    /// What else makes it differ.
    #[serde(skip)]
    pub difference: Option<Difference>,
    /// How long the ways of its code took; `None` where they were not compared.
    pub ways: Option<Ways>,
}

/// What makes code differ from what was deployed, besides files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// Nothing: the function had failed, and has the same code again.
    Restored,
    /// Nothing: an earlier update of the function had not ended.
    Unfinished,
    /// It shares the library, which it did not.
    Shared,
    /// It has all that it needs, and shared the library.
    Alone(Alone),
}

/// Why a function does not share the library.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Alone {
    /// As `--release` builds it.
    Release,
    /// The template has no layers for these functions, and a library is for all or for none.
    NoLayers(Vec<String>),
    /// It was deployed without the others, and the stack has another library.
    OtherLibrary,
    /// It could not be linked so.
    Linking,
}

/// What an undo has restored in one stack.
#[derive(Clone, Debug, Serialize)]
pub struct Undone {
    pub stack: String,
    /// Whether nothing was changed, and the rest says what would be.
    pub dry_run: bool,
    /// Which code: that from before a deployment, or the newer one that was taken back before.
    pub restored: Restored,
    /// When the newer code was deployed first, in seconds since 1970.
    pub patched: u64,
    pub functions: Vec<RestoredFunction>,
    /// Whether the library that the functions share was restored too.
    pub library: bool,
    pub milliseconds: u128,
}

#[derive(Clone, Debug, Serialize)]
pub struct RestoredFunction {
    /// The name in the workshop, such as `01-new-game`.
    pub function: String,
    /// The digests of the code, as Lambda's `CodeSha256`.
    pub from: String,
    pub to: String,
    /// The files in which the two differ; `None` when that is not known.
    pub files: Option<Vec<String>>,
    /// From the start of the patch until calls run the restored code.
    pub milliseconds: Option<u128>,
}

/// What was done to a stack or a function. Each includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    Unchanged,
    /// Only files of the web site were.
    Uploaded,
    Patched,
    Updated,
    Created,
}

impl Deployment {
    pub(super) fn new(stack: &str, code: &[FunctionCode], dry_run: bool) -> Self {
        let function = |code: &FunctionCode| FunctionOutcome {
            function: code.function.clone(),
            action: Action::Unchanged,
            bytes: code.size,
            digest: code.digest.to_string(),
            milliseconds: None,
            files: None,
            difference: None,
            ways: None,
        };
        Self {
            stack: stack.to_owned(),
            dry_run,
            action: Action::Unchanged,
            recovered: None,
            undecided: false,
            functions: code.iter().map(function).collect(),
            site: None,
            changes: Vec::new(),
            outputs: Vec::new(),
            milliseconds: 0,
        }
    }

    /// Whether a function has other code than before.
    pub fn changes_code_of(&self, function: &str) -> bool {
        let mut functions = self.functions.iter();
        functions.any(|it| it.function == function && it.action != Action::Unchanged)
    }

    /// Records what was done to the stack and to the functions with these full names.
    pub(super) fn record(&mut self, action: Action, functions: &[String]) {
        self.action = self.action.max(action);
        for outcome in &mut self.functions {
            if functions.contains(&function_name(&self.stack, &outcome.function)) {
                outcome.action = outcome.action.max(action);
            }
        }
    }

    /// Leaves out the function of this full name, unless it `exists`; returns whether it did.
    pub(super) fn remove(&mut self, name: &str, exists: bool) -> bool {
        let before = self.functions.len();
        let stack = &self.stack;
        self.functions
            .retain(|it| exists || function_name(stack, &it.function) != name);
        self.functions.len() < before
    }

    /// Whether the change set removes this resource.
    pub(super) fn removes(&self, logical_id: &str) -> bool {
        let mut changes = self.changes.iter();
        changes.any(|it| it.action == "Remove" && it.logical_id == logical_id)
    }

    pub(super) fn record_update(&mut self, changes: Vec<Change>, functions: &[String]) {
        self.record(Action::Updated, functions);
        self.changes = changes;
    }

    /// Records which of the functions with these full names did not exist before: they are new, though
    /// the stack is not.
    pub(super) fn record_new(&mut self, functions: &[String], before: &Observed) {
        let is_new = |name: &String| before.functions.get(name).is_none_or(Option::is_none);
        for outcome in &mut self.functions {
            let name = function_name(&self.stack, &outcome.function);
            if functions.contains(&name) && is_new(&name) {
                outcome.action = Action::Created;
            }
        }
    }

    pub(super) fn record_site(&mut self, site: SiteOutcome) {
        if site.changed().next().is_some() {
            self.action = self.action.max(Action::Uploaded);
        }
        self.site = Some(site);
    }

    pub(super) fn record_patch(&mut self, name: &str, took: Duration) {
        self.record(Action::Patched, &[name.to_owned()]);
        for outcome in &mut self.functions {
            if function_name(&self.stack, &outcome.function) == name {
                outcome.milliseconds = Some(took.as_millis());
            }
        }
    }

    pub(super) fn record_recovery(&mut self, how: Recovery) {
        self.recovered = Some(match how {
            Recovery::DeleteAndCreate => "deleted the failed stack",
            Recovery::ContinueRollback => "continued a failed rollback",
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::{DeployedFunction, UpdateStatus};

    #[test]
    fn a_new_function_of_an_old_stack_is_created() {
        let outcome = |function: &str| FunctionOutcome {
            function: function.to_owned(),
            action: Action::Unchanged,
            bytes: 1,
            digest: String::new(),
            milliseconds: None,
            files: None,
            difference: None,
            ways: None,
        };
        let mut deployment = Deployment::new("game", &[], false);
        deployment.functions = ["01-old", "02-new", "03-same"].map(outcome).into();
        let found = DeployedFunction {
            code_sha256: "a".to_owned(),
            revision: "1".to_owned(),
            update: UpdateStatus::Done,
            settings: serde_json::Value::Null,
        };
        let before = Observed {
            functions: [
                ("game-01-old".to_owned(), Some(found)),
                ("game-02-new".to_owned(), None),
            ]
            .into(),
            ..Observed::default()
        };
        let outdated = ["game-01-old".to_owned(), "game-02-new".to_owned()];
        deployment.record_update(Vec::new(), &outdated);
        deployment.record_new(&outdated, &before);
        let actions: Vec<Action> = deployment.functions.iter().map(|it| it.action).collect();
        assert_eq!(
            actions,
            [Action::Updated, Action::Created, Action::Unchanged]
        );
        assert_eq!(deployment.action, Action::Updated);
    }
}
