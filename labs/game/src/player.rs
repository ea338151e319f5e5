//! A player, as the table keeps it and as everybody may see it.
//!
//! The texts of these types are the attributes' values in DynamoDB and in the answers, so that no
//! other place needs to spell them.

use serde::{Deserialize, Serialize};

/// Which side a player is on. Only the table knows it.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum TrueIdentity {
    Mafia,
    Innocent,
}

/// What everybody knows of a player. Who is still `Uncovered` lives; all others left the game.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub enum Identity {
    Uncovered,
    #[serde(rename = "Killed by mafia")]
    KilledByMafia,
    #[serde(rename = "Correctly sentenced")]
    CorrectlySentenced,
    #[serde(rename = "Incorrectly sentenced")]
    IncorrectlySentenced,
}

/// One item of the table; its key is the name.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Player {
    pub name: String,
    pub true_identity: TrueIdentity,
    pub identity: Identity,
}

impl Player {
    /// A player at the start of a game.
    pub fn new(name: impl Into<String>, true_identity: TrueIdentity) -> Self {
        Self {
            name: name.into(),
            true_identity,
            identity: Identity::Uncovered,
        }
    }

    pub fn lives(&self) -> bool {
        self.identity == Identity::Uncovered
    }
}

/// One item of the index `Masked`: a player without the secret.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct MaskedPlayer {
    pub name: String,
    pub identity: Identity,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_player_is_spelled_as_the_workshop_spells_it() {
        let spelled = |identity| {
            let player = Player {
                identity,
                ..Player::new("John", TrueIdentity::Mafia)
            };
            serde_json::to_value(player).expect("a player is plain data")
        };

        assert_eq!(
            spelled(Identity::Uncovered),
            json!({"Name": "John", "TrueIdentity": "Mafia", "Identity": "Uncovered"})
        );
        assert_eq!(
            spelled(Identity::KilledByMafia)["Identity"],
            "Killed by mafia"
        );
        assert_eq!(
            spelled(Identity::CorrectlySentenced)["Identity"],
            "Correctly sentenced"
        );
        assert_eq!(
            spelled(Identity::IncorrectlySentenced)["Identity"],
            "Incorrectly sentenced"
        );
    }
}
