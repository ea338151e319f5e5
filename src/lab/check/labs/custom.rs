//! 02.3: a custom integration, whose mapping template makes the event for the function.

use serde_json::{Value, json};

use super::super::answer::Answer;
use super::super::blocked::{Checked, Stop};
use super::super::over_http::OverHttp;
use super::super::players::NAME;
use super::super::probe::Probe;
use crate::cloud::{StoredItem, StoredValue};
use crate::game::NEW_GAME;

const PATH: &str = "/new-game";
/// With seeds one after the other, all games would be the same by chance once in a million million.
const SEEDS: [u64; 3] = [7, 8, 9];

/// The names in the table, sorted.
async fn names(probe: &Probe<'_>) -> Result<Vec<String>, Stop> {
    let items = probe.items().await?;
    let name = |item: &StoredItem| {
        let name = item.get(NAME).and_then(StoredValue::text);
        name.map(str::to_owned)
    };
    let mut names: Vec<String> = items.iter().filter_map(name).collect();
    names.sort();
    Ok(names)
}

/// The players that this seed draws where the function is called directly; `None` where it takes no seed.
async fn drawn(probe: &Probe<'_>, seed: u64) -> Result<Option<Vec<String>>, Stop> {
    let mut games = Vec::new();
    for _ in 0..2 {
        probe.call(NEW_GAME, json!({ "Seed": seed })).await?;
        games.push(names(probe).await?);
    }
    Ok((games[0] == games[1]).then(|| games.swap_remove(0)))
}

pub async fn post_starts_a_game(probe: &Probe<'_>) -> Checked {
    let api = OverHttp::of(probe).await?;
    probe.set(&[]).await?;
    let reply = api.post(PATH, &json!({})).await?;
    reply.expect_status(200, "POST starts a game, as GET does")?;
    let players = names(probe).await?.len();
    if players != probe.place.players {
        let got = format!("{}; {players} players in the table", reply.answer.shown);
        let expected = format!("{} players", probe.place.players);
        return Err(reply.answer.wrong_in(got, expected));
    }
    Ok("POST /new-game starts a game".to_owned())
}

pub async fn the_answer_is_the_body(probe: &Probe<'_>) -> Checked {
    let api = OverHttp::of(probe).await?;
    let reply = api.post(PATH, &json!({})).await?;
    let is_wrapped = |body: &Value| body.get("statusCode").is_some();
    if !reply.answer.body.is_object() || is_wrapped(&reply.answer.body) {
        return Err(reply
            .answer
            .wrong("what the function answers a direct call"));
    }
    Ok("what the function answers is the body".to_owned())
}

/// Whether the seed arrives at the function, which is asked like this.
async fn arrives(
    probe: &Probe<'_>,
    path_and_body: impl Fn(u64) -> (String, Value),
    expected: &str,
) -> Checked {
    let api = OverHttp::of(probe).await?;
    for _ in probe.games(1) {
        for seed in SEEDS {
            let Some(drawn) = drawn(probe, seed).await? else {
                return Ok("new-game takes no seed, so nothing can be compared".to_owned());
            };
            probe.set(&[]).await?;
            let (path, body) = path_and_body(seed);
            let reply = api.post(&path, &body).await?;
            reply.expect_status(200, "a new game")?;
            let players = names(probe).await?;
            if players != drawn {
                return Err(other_game(&reply.answer, &players, &drawn, expected));
            }
        }
    }
    Ok(expected.to_owned())
}

fn other_game(answer: &Answer, players: &[String], drawn: &[String], expected: &str) -> Stop {
    let got = format!("a game with {}", players.join(", "));
    let expected = format!("{expected}: with {}, as of a direct call", drawn.join(", "));
    answer.wrong_in(got, expected)
}

pub async fn the_body_arrives(probe: &Probe<'_>) -> Checked {
    let ask = |seed| (PATH.to_owned(), json!({ "Seed": seed }));
    arrives(probe, ask, "the Seed in the body arrives").await
}

pub async fn the_query_arrives(probe: &Probe<'_>) -> Checked {
    let ask = |seed| (format!("{PATH}?Seed={seed}"), json!({}));
    arrives(probe, ask, "the Seed in the query string arrives").await
}

/// What a caller sends must not end the text in which it stands: who can write into the event can send whatever
/// they like to the function.
pub async fn quotes_stay_text(probe: &Probe<'_>) -> Checked {
    let ask = |seed| {
        let query = "%22%2C%22x%22%3A%22%5C"; // ","x":"\
        (format!("{PATH}?Seed={seed}&Say={query}"), json!({}))
    };
    arrives(probe, ask, "quotes in a value do no harm").await
}
