//! The page: it is there and knows its API, the API refuses who has not signed in, and lets a user play. The user
//! is made for this, and deleted.

use serde_json::Value;

use super::step::Asked;
use super::{Run, RunError};
use crate::api::{Answer, Api, Call};
use crate::cloud::{WebAnswer, WebRequest};
use crate::deploy::{API_ADDRESS, SITE_ADDRESS};
use crate::game::{DAY_TURN, GAME_STATE, NEW_GAME};
use crate::names::without_number;
use crate::wording::{count, shortened};

pub(super) async fn run(run: &mut Run<'_>) -> Result<(), RunError> {
    let address = run.cloud.target().address(run.output(SITE_ADDRESS)?);
    let page = get(run, &address).await?;
    let kind = header(&page, "content-type");
    let asked = Asked {
        did: format!("opened {address}"),
        expected: "200 and a page",
        holds: page.status == 200 && kind.starts_with("text/html"),
    };
    run.end(asked, format!("{}, {kind}", page.status))?;

    let config = get(run, &format!("{address}/config.json")).await?;
    let config: Value = serde_json::from_slice(&config.body).unwrap_or_default();
    let expected = run.cloud.target().address(run.output(API_ADDRESS)?);
    let asked = Asked {
        did: "read its config.json".to_owned(),
        holds: config["api"] == *expected,
        expected: &format!("the API {expected}"),
    };
    let api = config["api"].as_str();
    run.end(
        asked,
        match api {
            Some(api) => format!("the page knows the API {api}"),
            None => "it names no API".to_owned(),
        },
    )?;

    let api = run.api().await?;
    let state = Call::new("GET", without_number(GAME_STATE), None);
    let answer = run.call(&api, &state).await?;
    let asked = Asked {
        did: "asked the API for the game, without a sign-in".to_owned(),
        expected: "401",
        holds: answer.status == 401,
    };
    run.end(asked, said(&answer))?;

    let pool = run.output("UserPool")?;
    let user = format!("{}@example.org", run.id);
    let played = play(run, &api, pool, &user).await;
    run.cloud.delete_user(pool, &user).await?;
    played
}

/// Signs the user in and plays a turn that changes nothing. Where there is no game, one is started.
async fn play(run: &mut Run<'_>, api: &Api, pool: &str, user: &str) -> Result<(), RunError> {
    let client = run.output("UserPoolClient")?;
    // Letters of both cases and digits, as the pool wants.
    let password = format!("Aa1{:032x}", rand::random::<u128>());
    run.cloud.create_user(pool, user, &password).await?;
    let token = run.cloud.sign_in(client, user, &password).await?;
    let asked = Asked {
        did: format!("made the user {user}, who signs in"),
        expected: "a token",
        holds: token.is_some(),
    };
    run.end(
        asked,
        match token {
            Some(_) => "the user pool gives a token",
            None => "the user pool asks for more than a password",
        },
    )?;
    let token = token.unwrap_or_default();
    let turn = |name: &str| {
        let call = Call::new("GET", without_number(name), None);
        call.with_header("Authorization", &token)
    };
    let request = turn(GAME_STATE);
    let state = run.call(api, &request).await?;
    let players = state.body.as_array().map(Vec::len);
    let asked = Asked {
        did: "asked for the game with the token".to_owned(),
        expected: "200 and the players",
        holds: state.status == 200 && players.is_some(),
    };
    let answered = match players {
        Some(players) => count(players, "player"),
        None => said(&state),
    };
    let call = (api, &request, &state);
    run.end_call(asked, answered, call).await?;
    let name = if players == Some(0) {
        NEW_GAME
    } else {
        DAY_TURN
    };
    let request = turn(name);
    let answer = run.call(api, &request).await?;
    let asked = Asked {
        did: format!("played {}", without_number(name)),
        expected: "200",
        holds: answer.status == 200,
    };
    let call = (api, &request, &answer);
    run.end_call(asked, said(&answer), call).await
}

async fn get(run: &Run<'_>, url: &str) -> Result<WebAnswer, RunError> {
    (run.emit)(super::RunEvent::Waiting("for the page"));
    let request = WebRequest {
        method: "GET".to_owned(),
        url: url.to_owned(),
        headers: Vec::new(),
        body: Vec::new(),
    };
    Ok(run.cloud.web(request).await?)
}

fn header<'a>(answer: &'a WebAnswer, name: &str) -> &'a str {
    let mut headers = answer.headers.iter();
    let found = headers.find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map_or("", |(_, value)| value)
}

/// The status and the first words of an answer.
fn said(answer: &Answer) -> String {
    let body = &answer.body;
    let lines = body["Message"].as_array().map(|lines| {
        let lines = lines.iter().filter_map(Value::as_str);
        lines.collect::<Vec<_>>().join("; ")
    });
    let text = ["Message", "message"].map(|name| body[name].as_str().map(str::to_owned));
    let text = lines.or_else(|| text.into_iter().flatten().next());
    let text = text.unwrap_or_else(|| body.to_string());
    format!("{}, {}", answer.status, shortened(&text))
}
