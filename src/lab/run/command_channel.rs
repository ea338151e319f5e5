//! The command channel: a command becomes one event, however often it comes, and the event a destination.

use serde_json::{Value, json};

use super::step::Asked;
use super::{Run, RunError};
use crate::api::{Answer, Api, Call};

pub(super) async fn run(run: &mut Run<'_>) -> Result<(), RunError> {
    let api = run.api().await?;
    let name = format!("Place {}", run.id);
    let command = proposal(&name, rand::random());
    let id = command["commandId"].as_str().unwrap_or_default();
    for did in ["proposed", "proposed once more"] {
        let answer = propose(run, &api, &command).await?;
        let asked = Asked {
            did: format!("{did} \"{name}\""),
            expected: &format!("202 and the event {id}"),
            holds: answer.status == 202 && answer.body["eventId"] == id,
        };
        run.end(asked, said(&answer))?;
    }
    let mut other = command.clone();
    other["name"] = json!("Elsewhere");
    let answer = propose(run, &api, &other).await?;
    let asked = Asked {
        did: "sent another command with the same id".to_owned(),
        expected: "409",
        holds: answer.status == 409,
    };
    run.end(asked, said(&answer))?;

    let events = run.items("TableName").await?;
    let events = events.iter().filter(|event| event["EventId"] == id).count();
    let asked = Asked {
        did: "counted its events in the table".to_owned(),
        expected: "1",
        holds: events == 1,
    };
    run.end(asked, events.to_string())?;

    let listed = run.wait_for(
        "for project-destinations, which reads the stream",
        async || {
            let list = Call::new("GET", "/destinations", None);
            let answer = run.call(&api, &list).await?;
            let all = answer.body["destinations"].as_array();
            let is_there = all.is_some_and(|all| all.iter().any(|it| it["name"] == *name));
            Ok(is_there.then(|| all.map_or(0, Vec::len)))
        },
    );
    let listed = listed.await?;
    let asked = Asked {
        did: "listed the destinations".to_owned(),
        expected: "the proposed one among them",
        holds: listed.is_some(),
    };
    run.end(
        asked,
        match listed {
            Some(1) => "it is the only one".to_owned(),
            Some(all) => format!("it is one of {all}"),
            None => "it is not there".to_owned(),
        },
    )
}

/// `number` makes the id of the command, a UUID of version 4.
fn proposal(name: &str, number: u128) -> Value {
    let digits = format!("{number:032x}");
    let id = format!(
        "{}-{}-4{}-8{}-{}",
        &digits[..8],
        &digits[8..12],
        &digits[13..16],
        &digits[17..20],
        &digits[20..]
    );
    json!({
        "commandId": id,
        "name": name,
        "geolocation": { "latitude": 55.94, "longitude": -3.27 },
    })
}

async fn propose(run: &Run<'_>, api: &Api, command: &Value) -> Result<Answer, RunError> {
    let request = Call::new("POST", "/destination", Some(command.to_string()));
    run.call(api, &request).await
}

fn said(answer: &Answer) -> String {
    let id = answer.body["eventId"].as_str();
    let id = id.map(|id| format!("accepted as the event {id}"));
    let message = answer.body["Message"].as_str().map(str::to_owned);
    let said = id.or(message).unwrap_or_else(|| answer.body.to_string());
    format!("{}, {said}", answer.status)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_has_an_id_of_its_own() {
        let command = proposal("a", 0x0123_4567_89ab_cdef_0123_4567_89ab_cdef);
        assert_eq!(command["commandId"], "01234567-89ab-4def-8123-456789abcdef");
        assert_eq!(
            proposal("a", 1)["commandId"],
            "00000000-0000-4000-8000-000000000001"
        );
    }
}
