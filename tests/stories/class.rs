//! A class: the stacks of many students at the same time.

mod accounts;
mod classroom;
mod cleaned;
mod interrupted;
mod life;
mod looked_at;
mod patches;
mod plan;
mod requests;
mod reset;
mod roster;
mod shaken;
mod students;
mod up;
