//! A class: the stacks of many students at the same time.

mod classroom;
mod interrupted;
mod patches;
mod requests;
mod shaken;
mod up;
