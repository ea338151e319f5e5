//! The five functions as they are: the files of `src/bin` are modules here, each with a `main` that
//! nobody calls.

#[allow(dead_code)]
#[path = "../../src/bin/day-turn.rs"]
mod day_turn;
#[allow(dead_code)]
#[path = "../../src/bin/game-state.rs"]
mod game_state;
#[allow(dead_code)]
#[path = "../../src/bin/judgement.rs"]
mod judgement;
#[allow(dead_code)]
#[path = "../../src/bin/new-game.rs"]
mod new_game;
#[allow(dead_code)]
#[path = "../../src/bin/night-turn.rs"]
mod night_turn;

#[path = "../../../support/tests/scripted/mod.rs"]
mod scripted;

mod games;
mod new_games;
mod state;
mod turns;

use mafia_game::players::{Identity, Player, TrueIdentity};
use mafia_support::{Answer, Error};
use serde_json::{Value, json};

use scripted::Scripted;

fn ann() -> Player {
    Player::new("Ann", TrueIdentity::Innocent)
}

fn bob() -> Player {
    Player::new("Bob", TrueIdentity::Mafia)
}

fn cat() -> Player {
    Player::new("Cat", TrueIdentity::Innocent)
}

fn killed(player: Player) -> Player {
    Player {
        identity: Identity::KilledByMafia,
        ..player
    }
}

fn sentenced(player: Player) -> Player {
    let identity = match player.true_identity {
        TrueIdentity::Mafia => Identity::CorrectlySentenced,
        TrueIdentity::Innocent => Identity::IncorrectlySentenced,
    };
    Player { identity, ..player }
}

/// DynamoDB's answer to a scan that finds these players.
fn page(players: &[Player], next: Option<&str>) -> Scripted {
    let items: Vec<_> = players.iter().map(|player| json!(player)).collect();
    scripted::page(&items, next)
}

/// The status and the body of a function's answer, whether it is the usual one or another.
#[track_caller]
fn answered(outcome: Result<Answer, Error>) -> (u16, Value) {
    let answer = outcome.or_else(Error::into_answer).expect("an answer");
    (answer.status, answer.body)
}

/// The text of a function's failure.
#[track_caller]
fn failed(outcome: Result<Answer, Error>) -> String {
    let failure = outcome.or_else(Error::into_answer).expect_err("a failure");
    failure.text
}
