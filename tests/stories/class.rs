//! A class: the stacks of many students at the same time.

mod classroom;
mod interrupted;
mod page;
mod patches;
mod requests;
mod roster;
mod shaken;
mod students;
mod up;
