//! What happens to a student's stack while an operation on a class runs.

/// Something that happened to one student's stack.
#[derive(Clone, Debug)]
pub struct ClassEvent {
    pub student: String,
    pub stage: Stage,
}

/// What a student's stack is at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It waits for its turn.
    Waiting,
    /// CloudFormation works on it; the words for it, such as `creating` or `recovering`.
    Working(String),
    /// It is done; what was done, such as `created` or `deleted`.
    Ready(String),
    Failed(String),
    Skipped(String),
}

/// Where events go.
pub type Emit<'a> = &'a (dyn Fn(ClassEvent) + Send + Sync);
