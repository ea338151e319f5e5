//! What finds stacks besides their keys. Names, exports and imports are those of stacks that exist.

use super::Stack;
use crate::store::{Index, Record};

pub const BY_NAME: Index<Stack> =
    Index::new("name", |stack| if_exists(stack, [stack.name.clone()]));

/// All stacks, the newest first.
pub const BY_CREATION: Index<Stack> = Index::new("creation", |stack| vec![creation(stack)]);

/// The newest first.
pub const EXISTING_BY_CREATION: Index<Stack> = Index::new("existing-creation", |stack| {
    if_exists(stack, [creation(stack)])
});

/// The deleted stacks, the first that was deleted first.
pub const BY_DELETION: Index<Stack> = Index::new("deletion", |stack| {
    let deleted = stack.deleted.filter(|_| !stack.exists());
    deleted.iter().map(|time| format!("{time:020}")).collect()
});

/// By the names of its exports.
pub const BY_EXPORT: Index<Stack> = Index::new("export", |stack| {
    let exports = stack
        .outputs
        .iter()
        .filter_map(|output| output.export.clone());
    if_exists(stack, exports)
});

/// By the names of the exports that it uses, each followed by a slash and the stack's own name.
pub const BY_IMPORT: Index<Stack> = Index::new("import", |stack| {
    let imports = stack.imports.iter();
    if_exists(
        stack,
        imports.map(|export| format!("{export}/{}", stack.name)),
    )
});

/// Those that have an operation under way, all under the same value.
pub const WITH_OPERATION: Index<Stack> = Index::new("operation", |stack| {
    let operation = stack.operation.iter();
    operation.map(|_| String::new()).collect()
});

impl Record for Stack {
    const KIND: &'static str = "cloudformation.stack";
    const INDEXES: &'static [Index<Self>] = &[
        BY_NAME,
        BY_CREATION,
        EXISTING_BY_CREATION,
        BY_DELETION,
        BY_EXPORT,
        BY_IMPORT,
        WITH_OPERATION,
    ];
}

/// The time counts down, so that what is newer comes first; stacks of one time are in the order of
/// their names.
fn creation(stack: &Stack) -> String {
    format!("{:020}/{}", i64::MAX - stack.created, stack.name)
}

fn if_exists(stack: &Stack, values: impl IntoIterator<Item = String>) -> Vec<String> {
    if stack.exists() {
        values.into_iter().collect()
    } else {
        Vec::new()
    }
}
