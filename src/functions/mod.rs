//! The deployed functions of a stack: finds them by the names that people type, calls them and reads
//! their logs. Knows nothing of the game.

mod call;
mod calls;
mod find;
mod follow;
mod logs;
mod mark;
mod own_words;
mod table;

pub use call::{CallError, call, report};
pub use calls::{Call, Calls, Entry, Status};
pub use find::{FindError, among, find, names};
pub use follow::Follower;
pub use logs::{Line, lines, missing_log_groups, without_lambdas_lines};
pub use table::{MOST_ITEMS, TableError, TableItems, table_items};
