//! The operations that add statements to a bus's policy, and remove them.

use serde::Deserialize;
use serde_json::{Value, json};

use super::Events;
use super::fault::{invalid, missing};
use super::names::{bus_arn, bus_name};
use crate::authorise::policy::ResourcePolicy;
use crate::fault::{Answer, Fault};

/// In bytes. Source: "Event bus policy size" in the quotas of EventBridge.
const LONGEST: usize = 10 * 1024;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutRequest {
    event_bus_name: Option<String>,
    action: Option<String>,
    principal: Option<String>,
    statement_id: Option<String>,
    condition: Option<Condition>,
    policy: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Condition {
    #[serde(rename = "Type")]
    kind: String,
    key: String,
    value: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RemoveRequest {
    statement_id: Option<String>,
    #[serde(default)]
    remove_all_permissions: bool,
    event_bus_name: Option<String>,
}

/// Sets the whole policy, or adds a statement in place of the one with its id.
pub async fn put(events: &Events, request: PutRequest) -> Answer {
    let bus = bus_name(request.event_bus_name.as_deref())?.to_owned();
    let of_policy = request.policy.as_deref().map(statements_of).transpose()?;
    let added = match &of_policy {
        Some(_) => None,
        None => Some(request.statement(&bus)?),
    };
    events.change_bus(&bus, |bus| {
        if let Some(statements) = of_policy {
            bus.statements = statements;
        }
        if let Some(statement) = added {
            bus.statements.retain(|it| it["Sid"] != statement["Sid"]);
            bus.statements.push(statement);
        }
        let document = json!({ "Version": "2012-10-17", "Statement": bus.statements });
        if document.to_string().len() > LONGEST {
            let message = "Policy length is limited to 10240 bytes.";
            return Err(Fault::invalid("PolicyLengthExceededException", message));
        }
        ResourcePolicy::read(&document).map(drop)
    })?;
    Ok(json!({}))
}

pub async fn remove(events: &Events, request: RemoveRequest) -> Answer {
    let bus = bus_name(request.event_bus_name.as_deref())?;
    events.change_bus(bus, |bus| {
        if request.remove_all_permissions {
            bus.statements.clear();
            return Ok(());
        }
        let id = request.statement_id.as_deref();
        let id = id.ok_or_else(|| invalid("Parameter StatementId is required."))?;
        let before = bus.statements.len();
        bus.statements.retain(|statement| statement["Sid"] != id);
        match bus.statements.len() < before {
            true => Ok(()),
            false => Err(missing(format!(
                "Statement with the provided id does not exist: {id}."
            ))),
        }
    })?;
    Ok(json!({}))
}

fn statements_of(policy: &str) -> Result<Vec<Value>, Fault> {
    let document: Value = serde_json::from_str(policy)
        .map_err(|_| invalid("Parameter Policy is not valid. Reason: it is not JSON."))?;
    Ok(match &document["Statement"] {
        Value::Array(statements) => statements.clone(),
        Value::Null => Vec::new(),
        single => vec![single.clone()],
    })
}

impl PutRequest {
    fn statement(&self, bus: &str) -> Result<Value, Fault> {
        let given = |value: &Option<String>, name: &str| {
            let value = value.clone();
            value.ok_or_else(|| invalid(format!("Parameter {name} is required.")))
        };
        let principal = given(&self.principal, "Principal")?;
        let is_account = principal.len() == 12 && principal.bytes().all(|it| it.is_ascii_digit());
        let principal = match principal.as_str() {
            "*" => json!("*"),
            _ if is_account => json!({ "AWS": format!("arn:aws:iam::{principal}:root") }),
            _ => return Err(invalid("Parameter Principal is not valid.")),
        };
        let action = given(&self.action, "Action")?;
        if action != "events:PutEvents" {
            let message = "Provided value in parameter 'action' is not supported.";
            return Err(invalid(message));
        }
        let mut statement = json!({
            "Sid": given(&self.statement_id, "StatementId")?,
            "Effect": "Allow",
            "Principal": principal,
            "Action": action,
            "Resource": bus_arn(bus),
        });
        if let Some(Condition { kind, key, value }) = &self.condition {
            statement["Condition"] = json!({ kind: { key: value } });
        }
        Ok(statement)
    }
}
