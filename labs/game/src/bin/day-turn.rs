//! Lab 01.4: by day every living player blames one. Who never blames whom is how to find the mafia.

use mafia_game::rules::Accusation;
use mafia_game::{Answer, Error, Request, Table, serve};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_runtime::Error> {
    serve(day_turn).await
}

async fn day_turn(_request: &Request, table: &Table) -> Result<Answer, Error> {
    let game = table.game().await?;
    let accusations = game.day(&mut rand::rng())?;
    Ok(Answer::lines(story(&accusations)))
}

fn story(accusations: &[Accusation]) -> Vec<String> {
    let mut lines = vec![
        "Day, time to wake up!".to_owned(),
        "Players see the dead body and makes their accusations".to_owned(),
    ];
    for Accusation { accuser, accused } in accusations {
        lines.push(format!("{accuser} blames on {accused}"));
    }
    lines.push("Who is the Mafia?".to_owned());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_tells_who_blames_whom() {
        let blames = |accuser: &str, accused: &str| Accusation {
            accuser: accuser.to_owned(),
            accused: accused.to_owned(),
        };

        assert_eq!(
            story(&[blames("Michelle", "Stephen"), blames("Stephen", "Barbara")]),
            [
                "Day, time to wake up!",
                "Players see the dead body and makes their accusations",
                "Michelle blames on Stephen",
                "Stephen blames on Barbara",
                "Who is the Mafia?",
            ]
        );
    }
}
