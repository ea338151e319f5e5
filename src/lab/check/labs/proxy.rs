//! 02.1: the functions answer in the shape that the proxy integration of API Gateway expects.

use http::header::CONTENT_TYPE;
use serde_json::json;

use super::super::answer::Answer;
use super::super::blocked::{Checked, Stop};
use super::super::over_http::OverHttp;
use super::super::players::{Cast, Player};
use super::super::probe::{Probe, named};
use crate::game::{GAME_STATE, JUDGEMENT};

const STATE: &str = "/game-state";
/// Nobody has a number for a name.
const NOBODY: &str = "/judgement?Name=404";

/// A game that is on.
async fn game(probe: &Probe<'_>) -> Result<Vec<Player>, Stop> {
    let cast = Cast {
        mafia: 2,
        innocents: 5,
        killed: 1,
        ..Cast::default()
    };
    let players = cast.draw(&mut probe.chance());
    probe.set(&players).await?;
    probe.await_index(&players).await?;
    Ok(players)
}

pub async fn the_api_is_there(probe: &Probe<'_>) -> Checked {
    let api = OverHttp::of(probe).await?;
    game(probe).await?;
    for path in [STATE, NOBODY] {
        let reply = api.get(path).await?;
        if [403, 500].contains(&reply.status) {
            return Err(reply.answer.wrong("an answer of the function"));
        }
    }
    Ok("the API calls the functions".to_owned())
}

pub async fn the_answer_gets_through(probe: &Probe<'_>) -> Checked {
    let api = OverHttp::of(probe).await?;
    game(probe).await?;
    let reply = api.get(STATE).await?;
    let expected = "statusCode, headers, and a body that is a text: API Gateway answers 502 to \
                    anything else";
    reply.expect_status(200, expected)?;
    Ok("GET /game-state answers 200".to_owned())
}

pub async fn the_body_is_json(probe: &Probe<'_>) -> Checked {
    let api = OverHttp::of(probe).await?;
    let players = game(probe).await?;
    let reply = api.get(STATE).await?;
    let shown = reply.answer.body.as_array().map(Vec::len);
    if shown != Some(players.len()) {
        let expected = format!("a list of {} players, as JSON", players.len());
        return Err(reply.answer.wrong(expected));
    }
    let kind = reply.header(&CONTENT_TYPE).unwrap_or("none");
    if !kind.starts_with("application/json") {
        let got = format!("the Content-Type {kind}");
        return Err(reply.answer.wrong_in(got, "application/json"));
    }
    Ok("its body is a list in JSON".to_owned())
}

pub async fn identities_stay_hidden(probe: &Probe<'_>) -> Checked {
    let api = OverHttp::of(probe).await?;
    game(probe).await?;
    let reply = api.get(STATE).await?;
    if reply.answer.has_secret() {
        return Err(reply.answer.wrong("Name and Identity, nothing else"));
    }
    Ok("nobody in the whole internet learns who is in the mafia".to_owned())
}

pub async fn the_status_gets_through(probe: &Probe<'_>) -> Checked {
    let api = OverHttp::of(probe).await?;
    game(probe).await?;
    let unknown = api.get(NOBODY).await?;
    unknown.expect_status(404, "there is no player of that name")?;
    let unnamed = api.get("/judgement").await?;
    unnamed.expect_status(400, "the name is missing")?;
    Ok("refusals are 404 and 400".to_owned())
}

pub async fn direct_calls_stay_plain(probe: &Probe<'_>) -> Checked {
    game(probe).await?;
    let expect_plain = |answer: &Answer| match answer.status {
        None => Ok(()),
        Some(_) => Err(answer.wrong("the body alone: who calls directly speaks no HTTP")),
    };
    expect_plain(&probe.call(GAME_STATE, json!({})).await?)?;
    expect_plain(&probe.call(JUDGEMENT, named("404")).await?)?;
    Ok("direct calls get the body alone".to_owned())
}
