//! The checks of each lab: what a function has to do, whatever its texts say.
//!
//! Where chance decides, a check is repeated until right work has certainly passed: the odds that it fails are
//! below one in a thousand million, also with the fewest players.

pub mod clean_up;
pub mod cors;
pub mod custom;
pub mod day_turn;
pub mod end;
pub mod game_state;
pub mod judgement;
pub mod new_game;
pub mod night_turn;
pub mod proxy;
pub mod routes;
pub mod start;
