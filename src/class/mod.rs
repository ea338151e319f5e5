//! A class: the stacks of many students, worked on together.
//!
//! The truth about a class is remote: each of its stacks has the class, the student and the expiry in its
//! tags. The roster says who should have a stack; no local file says who has one.
//!
//! | module | is |
//! |---|---|
//! | [`roster`] | the file that names the students; pure |
//! | [`member`] | a student of a class, with the stack and the account that it works in; pure |
//! | [`name`] | the names of classes and students; pure |
//! | [`outcome`] | how an operation on a class ended, student by student; pure |
//! | [`standing`] | how a class stands, student by student; pure |
//! | [`look`] | reads how a class stands |
//! | [`progress`] | how far its students are with the labs |
//! | [`code`] | the class's code in its bucket, and its checkpoints |
//! | [`clean`] | deletes a class, and looks again |
//! | [`reset`] | brings students back to a checkpoint |
//! | [`exec`] | one command over all stacks |
//! | [`event`] | what happens to a student's stack while an operation runs |
//! | [`accounts`] | the accounts of a class, each with its services |
//! | [`up`] | deploys to all students |
//! | [`bounds`], [`prices`], [`quotas`] | what limits and prices demand of a class; pure |
//! | [`simulation`], [`forecast`] | the same operations against a model account, and what a class will take |
//! | [`stop`] | stopping an operation, so that nothing new is started |

pub mod accounts;
pub mod bounds;
pub mod clean;
pub mod code;
pub mod event;
pub mod exec;
pub mod forecast;
pub mod look;
pub mod member;
pub mod name;
pub mod outcome;
pub mod prices;
pub mod progress;
pub mod quotas;
pub mod reset;
pub mod roster;
pub mod simulation;
pub mod standing;
pub mod stop;
pub mod up;

pub use accounts::{Accounts, Place};
pub use event::{ClassEvent, Emit, Stage};
pub use member::{Account, Member};
pub use name::NameProblem;
pub use outcome::{ClassOutcome, Ended, StudentOutcome};
pub use progress::StudentProgress;
pub use roster::Roster;
pub use standing::{ClassStanding, StudentStanding};
pub use stop::Stop;
pub use up::{Order, Reach, SHARED, bring_up};
