//! What one step of a phase reads and writes: a resource of the stack, or an obsolete one.

use super::{EventLog, Obsolete, Phase, Resource, Stack, Status, Subject};
use crate::store::Tracked;

#[derive(Clone, Debug)]
pub struct StepState {
    pub stack: Tracked<Stack>,
    /// The logical id or [`Obsolete::name`].
    pub name: String,
    pub resource: Tracked<Option<Resource>>,
    pub obsolete: Tracked<Option<Obsolete>>,
    pub events: EventLog,
    pub new_obsolete: Vec<Obsolete>,
}

impl StepState {
    /// Changes the status of the resource, if there is one.
    pub fn set_status(&mut self, status: Status, reason: Option<&str>) {
        if let Some(resource) = self.resource.as_mut() {
            let subject = Subject::resource(&self.name, resource);
            resource.changed = self.events.add(&self.stack, subject, status, reason);
            resource.status = status;
            resource.reason = reason.map(str::to_owned);
        }
    }

    /// Changes the status of what is to be deleted: the resource, or an obsolete one.
    pub fn set_deletion_status(
        &mut self,
        deletion: &Obsolete,
        status: Status,
        reason: Option<&str>,
    ) {
        if let Some(resource) = self.resource.as_mut() {
            resource.physical_id = Some(deletion.physical_id.clone());
            self.set_status(status, reason);
            return;
        }
        let subject = Subject::obsolete(deletion);
        self.events.add(&self.stack, subject, status, reason);
        if let Some(obsolete) = self.obsolete.as_mut() {
            obsolete.deleting = status == Status::DeleteInProgress;
        }
    }

    /// What this step is to delete.
    pub fn deletion(&self) -> Option<Obsolete> {
        if let Some(obsolete) = &*self.obsolete {
            return Some(obsolete.clone());
        }
        let resource = self.resource.as_ref()?;
        let is_deleted = self.stack.phase() == Some(Phase::Delete);
        is_deleted.then(|| resource.deletion(&self.stack, &self.name))?
    }

    pub fn add_obsolete(&mut self, obsolete: Option<Obsolete>) {
        self.new_obsolete.extend(obsolete);
    }

    /// Marks the step as done in this phase.
    pub fn finish(&mut self) {
        let phase_number = self.stack.phase_number;
        if let Some(resource) = self.resource.as_mut() {
            resource.done_in = phase_number;
        }
    }

    /// Marks the step as failed in this phase.
    pub fn record_failure(&mut self, status: Status) {
        let name = self.name.clone();
        if let Some(operation) = &mut self.stack.operation {
            operation.failed.insert(name, status);
        }
    }
}
