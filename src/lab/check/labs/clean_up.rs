//! 99: of the student's stack, nothing is left.

use super::super::blocked::{Blocked, Checked, Stop};
use crate::cloud::Cloud;
use crate::deploy::clean;

pub async fn nothing_is_left(cloud: &Cloud, stack: &str) -> Checked {
    // Whoever owns it, and with or without tags: it would cost something.
    let stacks = [stack.to_owned()];
    let plan = clean::plan(cloud, &stacks, None, true);
    let plan = plan.await.map_err(Blocked::Deploy)?;
    if plan.is_empty() {
        return Ok(format!("nothing of {stack} is left"));
    }
    let stacks = plan.deletions().map(|it| format!("the stack {}", it.name));
    let remains = plan.remains.iter().flat_map(|it| &it.log_groups);
    let groups = remains.map(|it| format!("the log group {it}"));
    let left: Vec<String> = stacks.chain(groups).collect();
    Err(Stop::wrong(
        left.join(", "),
        "nothing: `mafia clean` deletes it",
    ))
}
