//! Takes the command to propose a destination, and appends to the stream of events that it was proposed.

use mafia_command_channel::command::ProposeDestination;
use mafia_command_channel::event::Event;
use mafia_command_channel::events::{Appended, Events};
use mafia_support::{Answer, Error, Request, RuntimeError, serve};
use serde_json::json;

fn main() -> Result<(), RuntimeError> {
    serve(propose)
}

async fn propose(request: &Request, events: &Events) -> Result<Answer, Error> {
    let event = Event::from(ProposeDestination::read(request)?);
    match events.append(&event).await? {
        // What follows from it will be done: 202 Accepted.
        Appended::Done => Ok(Answer {
            status: 202,
            body: json!({ "eventId": event.event_id, "streamName": event.stream_name }),
        }),
        Appended::Taken => Err(Answer::refusal(
            409,
            "Another command had this commandId: draw a new UUID for each command",
        )
        .into()),
    }
}
