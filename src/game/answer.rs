//! Reads the answers of the functions.
//!
//! Students edit these functions, so the reader is tolerant: it understands what it can. Of an answer
//! that has another shape it understands nothing, and says which shape it expected.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What the functions answer while there is no game.
const NO_GAME: &str = "No game yet";

/// Why an answer tells nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ReadError {
    /// There is no game yet.
    NoGame,
    /// The judgement was refused, for this reason.
    Refused(String),
    /// The answer does not have this shape.
    Unexpected(&'static str),
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NewGame {
    pub players: Vec<String>,
}

/// A player as everybody sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Player {
    #[serde(rename(deserialize = "Name"))]
    pub name: String,
    /// `Uncovered` for a living player; for the others, how they left the game.
    #[serde(rename(deserialize = "Identity"))]
    pub identity: String,
    /// Only a function that leaks it answers this.
    #[serde(
        rename(deserialize = "TrueIdentity"),
        skip_serializing_if = "Option::is_none"
    )]
    pub true_identity: Option<String>,
}

impl Player {
    /// A player at the start of a game.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            identity: "Uncovered".to_owned(),
            true_identity: None,
        }
    }

    pub fn is_alive(&self) -> bool {
        self.identity == "Uncovered"
    }

    pub fn was_killed(&self) -> bool {
        self.identity == "Killed by mafia"
    }

    pub fn was_sentenced(&self) -> bool {
        !self.is_alive() && !self.was_killed()
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct State {
    pub players: Vec<Player>,
    /// How many of the mafia are alive; `None` when it cannot be told.
    pub mafia_left: Option<usize>,
    pub winner: Option<Winner>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Night {
    pub killed: Option<String>,
    pub winner: Option<Winner>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Day {
    pub accusations: Vec<Accusation>,
    pub winner: Option<Winner>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Accusation {
    pub accuser: String,
    pub accused: String,
}

impl Day {
    /// How often each player was accused: most votes first, then by name.
    pub fn votes(&self) -> Vec<(&str, usize)> {
        let mut votes = std::collections::BTreeMap::new();
        for accusation in &self.accusations {
            *votes.entry(accusation.accused.as_str()).or_default() += 1;
        }
        let mut votes: Vec<(&str, usize)> = votes.into_iter().collect();
        votes.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        votes
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Verdict {
    pub name: String,
    /// Whether the player was mafia; `None` when the answer does not say it.
    pub was_mafia: Option<bool>,
    pub winner: Option<Winner>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Winner {
    Mafia,
    Innocents,
}

pub(super) fn new_game(answer: &Value) -> Result<NewGame, ReadError> {
    let text = answer.get("message").and_then(Value::as_str);
    match text.and_then(|text| text.strip_prefix("New game started with ")) {
        Some(names) => Ok(NewGame {
            players: names.split(", ").map(str::to_owned).collect(),
        }),
        None => Err(ReadError::Unexpected(
            "{\"message\": \"New game started with A, B, C\"}",
        )),
    }
}

pub(super) fn state(answer: &Value) -> Result<State, ReadError> {
    match Vec::<Player>::deserialize(answer) {
        Ok(players) => Ok(State {
            players,
            ..State::default()
        }),
        Err(_) => Err(ReadError::Unexpected("[{\"Name\": …, \"Identity\": …}, …]")),
    }
}

pub(super) fn night(answer: &Value) -> Result<Night, ReadError> {
    let lines = turn_lines(answer)?;
    let killed = lines
        .iter()
        .find_map(|line| line.strip_prefix("Mafia kills "));
    Ok(Night {
        killed: killed.map(str::to_owned),
        winner: winner(&lines),
    })
}

pub(super) fn day(answer: &Value) -> Result<Day, ReadError> {
    let lines = turn_lines(answer)?;
    let accusations = lines
        .iter()
        .filter_map(|line| line.split_once(" blames on "));
    let accusations: Vec<Accusation> = accusations
        .map(|(accuser, accused)| Accusation {
            accuser: accuser.to_owned(),
            accused: accused.to_owned(),
        })
        .collect();
    let winner = winner(&lines);
    if accusations.is_empty() && winner.is_none() {
        return Err(ReadError::Unexpected(
            "{\"Message\": [\"A blames on B\", …]}",
        ));
    }
    Ok(Day {
        accusations,
        winner,
    })
}

pub(super) fn verdict(answer: &Value, name: &str) -> Result<Verdict, ReadError> {
    let lines = turn_lines(answer)?;
    if let Some(Value::String(reason)) = answer.get("Message") {
        return Err(ReadError::Refused(reason.clone()));
    }
    let said = |text: &str| lines.iter().any(|line| line == text);
    let was_mafia = match (
        said("Mafia has been uncovered!"),
        said("Mafia has not been uncovered!"),
    ) {
        (true, false) => Some(true),
        (false, true) => Some(false),
        _ => None,
    };
    Ok(Verdict {
        name: name.to_owned(),
        was_mafia,
        winner: winner(&lines),
    })
}

/// The lines that a function answered, under `Message` or `message`; none in another shape.
pub(super) fn lines(answer: &Value) -> Vec<String> {
    let text = |line: &Value| match line {
        Value::String(line) => line.clone(),
        other => other.to_string(),
    };
    match answer.get("Message").or_else(|| answer.get("message")) {
        Some(Value::Array(lines)) => lines.iter().map(text).collect(),
        Some(Value::String(line)) => vec![line.clone()],
        _ => Vec::new(),
    }
}

fn turn_lines(answer: &Value) -> Result<Vec<String>, ReadError> {
    match answer.get("Message") {
        Some(Value::String(line)) if line.starts_with(NO_GAME) => Err(ReadError::NoGame),
        Some(Value::String(_) | Value::Array(_)) => Ok(lines(answer)),
        _ => Err(ReadError::Unexpected("{\"Message\": [\"a line\", …]}")),
    }
}

fn winner(lines: &[String]) -> Option<Winner> {
    lines.iter().find_map(|line| match line.as_str() {
        "Game over: the mafia wins" => Some(Winner::Mafia),
        "Game over: the innocents win" => Some(Winner::Innocents),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_new_game_names_its_players() {
        let answer = json!({"message": "New game started with Ann, José, Łukasz"});
        assert_eq!(
            new_game(&answer).expect("players").players,
            ["Ann", "José", "Łukasz"]
        );
        assert!(new_game(&json!({"message": "Hello"})).is_err());
    }

    #[test]
    fn a_day_counts_votes_most_first() {
        let answer = json!({"Message": ["Day, time to wake up!", "Ann blames on Bo", "Bo blames on Cy",
            "Cy blames on Bo", "Who is the Mafia?"]});
        let day = day(&answer).expect("a day");
        assert_eq!(day.votes(), [("Bo", 2), ("Cy", 1)]);
        assert_eq!(day.winner, None);
    }

    #[test]
    fn a_day_on_which_nobody_is_blamed_is_not_understood() {
        let answer = json!({"Message": ["Day, time to wake up!", "Ann accuses Bo"]});
        let expected = "{\"Message\": [\"A blames on B\", …]}";
        assert_eq!(day(&answer), Err(ReadError::Unexpected(expected)));
    }

    #[test]
    fn the_winner_is_read_in_every_turn() {
        let over =
            json!({"Message": ["Mafia kills Ann", "Mafia sleeps", "Game over: the mafia wins"]});
        let night = night(&over).expect("a night");
        assert_eq!(
            (night.killed.as_deref(), night.winner),
            (Some("Ann"), Some(Winner::Mafia))
        );
        let over = json!({"Message": ["Mafia has been uncovered!",
            "Guilty member of mafia Bo has been sentenced!", "Game over: the innocents win"]});
        let verdict = verdict(&over, "Bo").expect("a verdict");
        assert_eq!(
            (verdict.was_mafia, verdict.winner),
            (Some(true), Some(Winner::Innocents))
        );
        for (line, winner) in [
            ("Game over: the mafia wins", Winner::Mafia),
            ("Game over: the innocents win", Winner::Innocents),
        ] {
            let day = day(&json!({ "Message": [line] })).expect("a day");
            assert_eq!((day.accusations.len(), day.winner), (0, Some(winner)));
        }
    }

    #[test]
    fn a_refusal_is_told_from_an_answer() {
        let answer = json!({"Message": "Player with name Zed not found"});
        let refusal = ReadError::Refused("Player with name Zed not found".to_owned());
        assert_eq!(verdict(&answer, "Zed"), Err(refusal));
    }

    #[test]
    fn a_turn_without_a_game_is_told_from_any_other_line() {
        let no_game = json!({"Message": "No game yet: start one with new-game"});
        assert_eq!(night(&no_game), Err(ReadError::NoGame));
        let one_line = json!({"Message": "Mafia kills Ann"});
        let night = night(&one_line).expect("a night in one line");
        assert_eq!(night.killed.as_deref(), Some("Ann"));
    }

    #[test]
    fn lines_are_kept_whatever_they_say() {
        let answer = json!({"Message": ["The city sleeps", 7, {"killed": "Ann"}]});
        assert_eq!(
            lines(&answer),
            ["The city sleeps", "7", "{\"killed\":\"Ann\"}"]
        );
        assert_eq!(lines(&json!({"message": "Hello"})), ["Hello"]);
        assert!(lines(&json!(["Hello"])).is_empty());
    }

    #[test]
    fn a_leaking_state_is_still_a_state() {
        let answer = json!([{"Name": "Ann", "Identity": "Uncovered", "TrueIdentity": "Mafia"}]);
        let state = state(&answer).expect("players");
        assert_eq!(state.players[0].true_identity.as_deref(), Some("Mafia"));
        assert!(state.players[0].is_alive());
    }
}
