//! 00: the stack is there, and its functions answer.

use serde_json::json;

use super::super::blocked::Checked;
use super::super::probe::{Probe, named};
use crate::game::{DAY_TURN, GAME_STATE, JUDGEMENT, NEW_GAME, NIGHT_TURN};

/// Whoever gets here has found it.
pub async fn stack_is_there(probe: &Probe<'_>) -> Checked {
    Ok(format!("the stack {} is there", probe.place.stack.name))
}

pub async fn functions_answer(probe: &Probe<'_>) -> Checked {
    for function in [NEW_GAME, GAME_STATE, NIGHT_TURN, DAY_TURN] {
        probe.call(function, json!({})).await?;
    }
    probe.call(JUDGEMENT, named("John")).await?;
    Ok("five functions answer".to_owned())
}
