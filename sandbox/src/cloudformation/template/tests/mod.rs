//! Templates as a stack meets them: read, checked, planned, evaluated.

mod desired_states;
mod evaluation;
mod refusals;
mod robustness;
mod serverless;
mod serverless_apis;
mod serverless_events;
mod serverless_schedules;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;

fn pseudo() -> Pseudo {
    Pseudo {
        account: "000000000000".to_owned(),
        region: "us-east-1".to_owned(),
        stack_id: "arn:aws:cloudformation:us-east-1:000000000000:stack/game/1".to_owned(),
        stack_name: "game".to_owned(),
        notification_arns: vec![],
    }
}

/// Plans `body` with these parameters.
fn desired(body: &str, given: &[(&str, &str)]) -> Result<DesiredState, Fault> {
    let template = Template::parse(body)?;
    let given = given
        .iter()
        .map(|(name, value)| ((*name).to_owned(), Given::Value((*value).to_owned())))
        .collect();
    template.desired_state(template.resolve_parameters(&given)?, pseudo())
}

/// Why `body` is refused, read or planned with its defaults.
fn refusal(body: &str) -> String {
    match desired(body, &[]) {
        Ok(_) => panic!("this is no template to refuse:\n{body}"),
        Err(fault) => {
            assert_eq!(fault.code, "ValidationError");
            fault.message
        }
    }
}

/// Answers as a stack would in which everything is there.
fn there(reference: Reference) -> Result<Value, String> {
    Ok(match reference {
        Reference::Ref(id) => json!(format!("game-{id}")),
        Reference::Att(id, "List") => json!([id, "b"]),
        Reference::Att(id, name) => json!(format!("{id}:{name}")),
        Reference::Import(name) => return Err(format!("No export named {name} found.")),
    })
}

fn dependencies(state: &DesiredState) -> BTreeMap<&str, Vec<&str>> {
    state
        .resources
        .iter()
        .map(|(id, resource)| {
            let needed = resource
                .policies
                .depends_on
                .iter()
                .map(String::as_str)
                .collect();
            (id.as_str(), needed)
        })
        .collect()
}
