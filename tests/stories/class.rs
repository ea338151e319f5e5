//! A class: the stacks of many students at the same time.

mod accounts;
mod classroom;
mod cleaned;
mod instructor;
mod interrupted;
mod killed;
mod library;
mod life;
mod looked_at;
mod page;
mod patches;
mod plan;
mod played;
mod requests;
mod reset;
mod roster;
mod served;
mod shaken;
mod simulated;
mod students;
mod up;
