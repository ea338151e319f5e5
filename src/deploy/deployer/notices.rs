//! What a person is told beside the outcome.

use super::Deployer;
use crate::deploy::bundle_key::function_of;
use crate::deploy::declared::functions;
use crate::deploy::event::EventKind;
use crate::deploy::plan::{Desired, Observed, Step, changed, defaults};
use crate::deploy::template::Template;
use crate::deploy::template_values::Values;
use crate::deploy::{Action, DeployError, Deployment, Recovery, obstacles, ownership};
use crate::names::name_in_stack;

impl Deployer<'_> {
    pub(super) fn say_what_is_kept(&self, observed: &Observed, desired: &Desired<'_>) {
        for default in defaults(observed, desired) {
            if !default.applies {
                self.report.emit(EventKind::Kept(default));
            }
        }
        let changed = changed(observed);
        if !changed.is_empty() && desired.template.is_some() {
            self.report.emit(EventKind::ChangedByHand(changed));
        }
        for parameter in self.destination.parameters.keys() {
            let unused = |it: &Template| it.declares(parameter) && !it.uses(parameter);
            if desired.template.is_some_and(unused) {
                let parameter = parameter.clone();
                self.report.emit(EventKind::WithoutEffect { parameter });
            }
        }
    }

    /// The functions that only the stack has, or only the package; and whether the stack is nobody's.
    pub(super) fn say_what_is_not_deployed(
        &self,
        observed: &Observed,
        desired: &Desired<'_>,
        outcome: &mut Deployment,
    ) {
        let is_there = |name: &String| observed.functions.get(name).is_some_and(Option::is_some);
        for (name, function) in &desired.conditional {
            let exists = if self.release().dry_run {
                let may_be = is_there(name) || outcome.action >= Action::Updated;
                may_be && !function.is_known && !outcome.removes(&function.logical_id)
            } else {
                is_there(name)
            };
            if outcome.remove(name, exists) {
                self.report.emit(EventKind::Conditional {
                    function: name_in_stack(self.stack(), name).to_owned(),
                    condition: function.condition.clone(),
                });
            }
        }
        let Some(stack) = &observed.stack else { return };
        if ownership::is_ownerless(stack) && outcome.action < Action::Updated {
            self.report.emit(EventKind::Ownerless);
        }
        let (Some(template), Some(project)) = self.fitting() else {
            return;
        };
        let values = Values::new(template, self.stack(), &stack.parameters);
        for declared in functions(template, &values) {
            let key = declared.code.and_then(|code| stack.parameters.get(code));
            let function = key.and_then(|key| function_of(key));
            let listed = |function: &str| {
                let mut functions = project.functions.iter();
                functions.any(|it| it.name == function)
            };
            if let Some(function) = function.filter(|function| !listed(function)) {
                let function = function.to_owned();
                self.report.emit(EventKind::Unlisted { function });
            }
        }
    }

    /// Says what would stop the step, as far as it can be seen.
    pub(super) async fn report_obstacles(
        &self,
        step: &Step,
        observed: &Observed,
        is_recovered: bool,
    ) -> Result<(), DeployError> {
        match (step, &observed.stack, &self.release().template) {
            (Step::Recover(Recovery::DeleteAndCreate), Some(stack), _) => {
                let undeletable = obstacles::undeletable(self.cloud(), stack).await?;
                if !undeletable.is_empty() {
                    self.report.emit(EventKind::NotDeleted(undeletable));
                }
            }
            // A failed stack may have them itself.
            (Step::Create, _, Some(template)) if !is_recovered => {
                let values = self.values(None);
                let values = Values::new(template, self.stack(), &values);
                let taken = obstacles::taken(self.cloud(), template, &values).await?;
                if !taken.is_empty() {
                    self.report.emit(EventKind::Taken(taken));
                }
            }
            _ => {}
        }
        Ok(())
    }
}
