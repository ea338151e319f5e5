//! Deletes stacks together with what CloudFormation leaves behind, and checks what is left.
//!
//! | file | has |
//! |---|---|
//! | [`plan`](self::plan()), `plan.rs` | what will be deleted |
//! | `deletion.rs` | one stack with everything that is deleted with it |
//! | `delete.rs` | the deletion |
//! | `left.rs` | what still exists afterwards |
//! | `sight.rs` | how it is looked at what exists, for one stack and for many |
//! | `players.rs` | which stacks play a game that is deleted |
//! | `earlier.rs`, `log_groups.rs` | what earlier stacks left, and log groups |

mod delete;
mod deletion;
mod earlier;
mod left;
mod leftover;
mod log_groups;
mod plan;
mod players;
mod sight;

pub(super) use delete::delete;
pub use delete::{Deleted, delete_all};
pub(super) use deletion::deletion_of;
pub use deletion::{Bucket, Deletion};
pub use left::left;
#[cfg(test)]
pub(super) use left::left_of;
pub use leftover::{BUCKET, FUNCTION, Kept, LOG_GROUP, Leftover, ROLE, STACK, TABLE, leftover};
pub use plan::{Plan, Scope, plan, plan_of};
pub use sight::{Listing, Sight, Whose};

use super::DeployError;
use super::event::Emit;
use crate::cloud::Cloud;

/// Deletes what `plan` lists and returns what still exists afterwards. A stack that cannot be deleted is an
/// error; the clean-up can be repeated.
pub async fn clean(
    cloud: &Cloud,
    plan: &mut Plan,
    emit: Emit<'_>,
) -> Result<Vec<Leftover>, DeployError> {
    let sight = Sight::by_requests(cloud);
    let deleted = delete_all(sight, plan, emit).await?;
    if let Some(error) = deleted.into_iter().find_map(|it| it.error) {
        return Err(error);
    }
    left(sight, plan).await
}
