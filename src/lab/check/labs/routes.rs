//! 02.2: a path of the API for each function.

use super::super::blocked::{Checked, Stop};
use super::super::over_http::{OverHttp, Reply};
use super::super::players::{Cast, Change, Identity, Player, Side, described, names};
use super::super::probe::Probe;
use crate::api::encoded;

pub const PATHS: [&str; 5] = [
    "/new-game",
    "/game-state",
    "/night-turn",
    "/day-turn",
    "/judgement",
];

async fn game(probe: &Probe<'_>) -> Result<Vec<Player>, Stop> {
    let cast = Cast {
        mafia: 2,
        innocents: 6,
        killed: 1,
        ..Cast::default()
    };
    let players = cast.draw(&mut probe.chance());
    probe.set(&players).await?;
    Ok(players)
}

pub async fn every_function_has_a_path(probe: &Probe<'_>) -> Checked {
    let api = OverHttp::of(probe).await?;
    for path in PATHS {
        game(probe).await?;
        let reply = api.get(path).await?;
        if reply.status == 403 {
            let expected = "an answer: is there a method GET for this path, and is it deployed?";
            return Err(reply.answer.wrong(expected));
        }
    }
    Ok("there is a path for each function".to_owned())
}

pub async fn the_api_may_call_them(probe: &Probe<'_>) -> Checked {
    let api = OverHttp::of(probe).await?;
    for path in PATHS {
        game(probe).await?;
        let reply = api.get(path).await?;
        if reply.status >= 500 {
            let expected = "an answer of the function: may the API call it, with POST?";
            return Err(reply.answer.wrong(expected));
        }
    }
    Ok("the API may call all of them".to_owned())
}

pub async fn every_path_calls_its_function(probe: &Probe<'_>) -> Checked {
    let api = OverHttp::of(probe).await?;
    let changed = async |path: &str, players: &[Player]| {
        let reply = api.get(path).await?;
        reply.expect_status(200, "the function's answer")?;
        Ok::<_, Stop>((reply, probe.changes(players).await?))
    };
    let wrong = |reply: &Reply, changes: &[Change], expected: &str| {
        let got = format!("{}; {}", reply.answer.shown, described(changes));
        Err(reply.answer.wrong_in(got, expected))
    };

    let players = game(probe).await?;
    let (reply, changes) = changed("/night-turn", &players).await?;
    if !matches!(changes[..], [Change::Became(_, Identity::Killed)]) {
        return wrong(&reply, &changes, "night-turn: one player is killed");
    }
    let players = game(probe).await?;
    let (reply, changes) = changed("/day-turn", &players).await?;
    let blames = reply.answer.names(&names(&players));
    if !changes.is_empty() || blames.len() < 2 {
        return wrong(&reply, &changes, "day-turn: accusations, and no change");
    }
    let Some(accused) = players.iter().find(|it| it.is_alive()) else {
        return Ok("nobody is alive".to_owned());
    };
    let path = format!("/judgement?Name={}", encoded(&accused.name));
    let (reply, changes) = changed(&path, &players).await?;
    let is_sentenced = |it: &Change| match it {
        Change::Became(player, identity) => {
            player.name == accused.name && *identity != Identity::Killed
        }
        _ => false,
    };
    if changes.len() != 1 || !changes.iter().all(is_sentenced) {
        return wrong(&reply, &changes, "judgement: the named player is sentenced");
    }
    let (reply, changes) = changed("/new-game", &players).await?;
    if probe.items().await?.len() != probe.place.players {
        let expected = format!("new-game: {} players", probe.place.players);
        return wrong(&reply, &changes, &expected);
    }
    Ok("each path calls its function".to_owned())
}

pub async fn a_game_can_be_played(probe: &Probe<'_>) -> Checked {
    let api = OverHttp::of(probe).await?;
    let players = game(probe).await?;
    let innocents = players.iter().filter(|it| it.lives_as(Side::Innocent));
    let innocents = innocents.count();
    // After the last of them the game is over, which is an answer as well.
    for _ in 0..=innocents {
        let night = api.get("/night-turn").await?;
        night.expect_status(200, "a night, or who has won")?;
    }
    let changes = probe.changes(&players).await?;
    if changes.len() != innocents {
        let expected = format!("{innocents} are killed in as many nights, then the game is over");
        return Err(Stop::wrong(described(&changes), expected));
    }
    Ok("a game can be played over HTTP".to_owned())
}
