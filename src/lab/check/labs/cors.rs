//! 02.4: pages of other origins may play.

use http::header::{ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS};
use serde_json::json;

use super::super::blocked::{Checked, Stop};
use super::super::over_http::OverHttp;
use super::super::probe::Probe;
use super::routes::PATHS;

const NEW_GAME: &str = "/new-game";

pub async fn answers_may_be_read(probe: &Probe<'_>) -> Checked {
    let api = OverHttp::of(probe).await?;
    for path in PATHS {
        api.get(path).await?.expect_readable()?;
    }
    api.post(NEW_GAME, &json!({})).await?.expect_readable()?;
    Ok("pages of other origins may read the answers".to_owned())
}

pub async fn refusals_may_be_read(probe: &Probe<'_>) -> Checked {
    let api = OverHttp::of(probe).await?;
    api.get_nothing().await?.expect_readable()?;
    Ok("also what API Gateway refuses by itself".to_owned())
}

async fn preflight(probe: &Probe<'_>, path: &str, method: &str) -> Result<(), Stop> {
    let api = OverHttp::of(probe).await?;
    let reply = api.preflight(path, method).await?;
    if !(200..300).contains(&reply.status) {
        let expected = "a status of 200 to 299: is there a method OPTIONS, and is it deployed?";
        return Err(reply.answer.wrong(expected));
    }
    reply.expect_readable()?;
    for (name, needed) in [
        (ACCESS_CONTROL_ALLOW_METHODS, method),
        (ACCESS_CONTROL_ALLOW_HEADERS, "content-type"),
    ] {
        let allowed = reply.header(&name).unwrap_or("nothing");
        let mut all = allowed.split(',').map(str::trim);
        if !all.any(|it| it == "*" || it.eq_ignore_ascii_case(needed)) {
            let got = format!("{name}: {allowed}");
            return Err(reply.answer.wrong_in(got, format!("it allows {needed}")));
        }
    }
    Ok(())
}

pub async fn every_path_answers_a_preflight(probe: &Probe<'_>) -> Checked {
    for path in PATHS {
        preflight(probe, path, "GET").await?;
    }
    Ok("each path answers OPTIONS".to_owned())
}

pub async fn a_page_may_post(probe: &Probe<'_>) -> Checked {
    preflight(probe, NEW_GAME, "POST").await?;
    Ok("a page may also send POST with JSON".to_owned())
}
