//! Lab 01.5: sentences the living player whose name is sent, as `{"Name": "John"}`, and tells whether
//! that player was in the mafia.

use mafia_game::players::{Identity, Player, TrueIdentity, ensure_game_is_on, game_over};
use mafia_support::{Answer, Error, Request, Retry, RuntimeError, Table};
use mafia_support::{read_all, serve, update_once, value};

fn main() -> Result<(), RuntimeError> {
    serve(judgement)
}

pub async fn judgement(request: &Request, table: &Table) -> Result<Answer, Error> {
    let name = request.text("Name", "John")?; // without a name, the answer shows how to send John's
    // The whole table, because the dead tell whether a game is over. A consistent read sees every
    // write that was made before it, which a read through an index does not.
    let everybody = table.scan().consistent_read(true);
    let mut retry = Retry::with_short_pauses(table);
    loop {
        let mut players: Vec<Player> = read_all(everybody.clone()).await?;
        let accused = find_accused(&mut players, &name)?;
        let (becomes, verdict) = verdict_on(accused);

        // Others take turns at the same time. Since the players were read, the mafia may have killed
        // the accused, or a new game may have put that name on the other side. So this writes on the
        // condition that the accused is still as it was read. DynamoDB checks the condition and
        // writes in one step: nobody can come in between.
        let sentence = table
            .update_item()
            .key("Name", value(&accused.name))
            .update_expression("SET #Identity = :becomes")
            .condition_expression("#Identity = :identity AND TrueIdentity = :true_identity")
            .expression_attribute_names("#Identity", "Identity") // a reserved word of DynamoDB
            .expression_attribute_values(":becomes", value(becomes))
            .expression_attribute_values(":identity", value(accused.identity))
            .expression_attribute_values(":true_identity", value(accused.true_identity));

        // Once: AWS's client would send it again if the answer got lost. The second try would fail,
        // because the first one changed the accused, who would then be reported as not found.
        let done = update_once(sentence).await?;
        if !done {
            retry.pause().await?; // somebody else was quicker: go round again
            continue;
        }
        accused.identity = becomes;

        // Somebody may have been killed in the same moment, so the table says who has won. If it
        // cannot be read, `players` has to do: the accused is sentenced all the same.
        let players = read_all(everybody).await.unwrap_or(players);
        let winner = game_over(&players).map(str::to_owned);
        return Ok(Answer::lines(verdict.into_iter().chain(winner)));
    }
}

/// The living player of that name: the dead cannot be sentenced.
pub fn find_accused<'p>(players: &'p mut [Player], name: &str) -> Result<&'p mut Player, Answer> {
    ensure_game_is_on(players)?;
    let accused = players
        .iter_mut()
        .find(|player| player.name == name && player.is_alive());
    accused.ok_or_else(|| Answer::refusal(404, format!("Player with name {name} not found")))
}

/// What the accused becomes for everybody to see, and the lines that tell it.
pub fn verdict_on(accused: &Player) -> (Identity, [String; 2]) {
    let name = &accused.name;
    match accused.true_identity {
        TrueIdentity::Mafia => (
            Identity::CorrectlySentenced,
            [
                "Mafia has been uncovered!".to_owned(),
                format!("Guilty member of mafia {name} has been sentenced!"),
            ],
        ),
        TrueIdentity::Innocent => (
            Identity::IncorrectlySentenced,
            [
                "Mafia has not been uncovered!".to_owned(),
                format!("Innocent {name} has been sentenced unfairly"),
            ],
        ),
    }
}
