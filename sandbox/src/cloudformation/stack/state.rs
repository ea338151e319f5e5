//! A stack with its resources, as operations start and go from phase to phase.

use super::{Definition, EventLog, Obsolete, Previous, Resource, Stack, Status, Subject};
use crate::store::{Tracked, TrackedMap};

#[derive(Clone, Debug)]
pub struct StackState {
    pub stack: Tracked<Stack>,
    /// By logical id.
    pub resources: TrackedMap<Resource>,
    /// By [`Obsolete::name`].
    pub obsolete: TrackedMap<Obsolete>,
    pub events: EventLog,
    /// The number and the body of a template that is to be written.
    pub new_template: Option<(u64, String)>,
}

impl StackState {
    pub fn new(stack: Stack) -> Self {
        Self {
            stack: Tracked::new(stack),
            resources: TrackedMap::default(),
            obsolete: TrackedMap::default(),
            events: EventLog::default(),
            new_template: None,
        }
    }

    pub fn set_status(&mut self, status: Status, reason: Option<&str>) {
        self.stack.status = status;
        self.stack.reason = reason.map(str::to_owned);
        let subject = Subject::stack(&self.stack);
        self.events.add(&self.stack, subject, status, reason);
    }

    pub fn set_definition(&mut self, mut definition: Definition, template: String) {
        let number = self.stack.templates.iter().max().map_or(1, |last| last + 1);
        self.stack.templates.push(number);
        definition.template = number;
        self.stack.definition = definition;
        self.new_template = Some((number, template));
    }

    pub fn add_obsolete(&mut self, obsolete: impl IntoIterator<Item = Obsolete>) {
        for obsolete in obsolete {
            self.obsolete.insert(obsolete.name(), obsolete);
        }
    }

    /// What is there now needs no rollback.
    pub fn forget_previous(&mut self) -> Option<Previous> {
        for (_, resource) in self.resources.iter_mut() {
            if resource.previous.is_some() {
                resource.previous = None;
            }
        }
        self.stack.previous.take()
    }
}
