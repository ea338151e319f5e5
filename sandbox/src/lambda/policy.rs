//! A function's resource policy: its operations. [`super::service_invocation`] reads it for those who act on
//! the function.

use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::Lambda;
use super::fault::{constraint, invalid, precondition_failed};
use super::function::Policy;
use super::function_ref::FunctionRef;
use super::functions::FunctionRequest;
use crate::arn::Arn;
use crate::fault::{Answer, Fault};
use crate::wire::lenient;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AddPermissionRequest {
    function_name: String,
    qualifier: Option<String>,
    statement_id: String,
    action: String,
    principal: String,
    source_arn: Option<String>,
    source_account: Option<String>,
    event_source_token: Option<String>,
    #[serde(rename = "PrincipalOrgID")]
    principal_org_id: Option<String>,
    function_url_auth_type: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    invoked_via_function_url: Option<bool>,
    revision_id: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RemovePermissionRequest {
    function_name: String,
    qualifier: Option<String>,
    statement_id: String,
    revision_id: Option<String>,
}

pub async fn add(lambda: &Lambda, request: AddPermissionRequest) -> Answer {
    let function_ref = FunctionRef::parse(&request.function_name, request.qualifier.as_deref())?;
    let statement = request.statement(&function_ref.arn())?;
    lambda.change(&function_ref, |function| {
        let policy = &mut function.policy;
        policy.expect_revision(request.revision_id.as_deref())?;
        if policy.position(&request.statement_id).is_some() {
            return Err(Fault::conflict(
                "ResourceConflictException",
                format!(
                    "The statement id ({}) provided already exists. Please provide a new \
                     statement id, or remove the existing statement.",
                    request.statement_id
                ),
            ));
        }
        policy.statements.push(statement.clone());
        policy.touch();
        Ok(())
    })?;
    Ok(json!({ "Statement": statement.to_string() }))
}

pub async fn remove(lambda: &Lambda, request: RemovePermissionRequest) -> Answer {
    let function_ref = FunctionRef::parse(&request.function_name, request.qualifier.as_deref())?;
    lambda.change(&function_ref, |function| {
        let policy = &mut function.policy;
        policy.expect_revision(request.revision_id.as_deref())?;
        let Some(position) = policy.position(&request.statement_id) else {
            return Err(Fault::not_found(
                "ResourceNotFoundException",
                format!(
                    "Statement {} is not found in resource policy.",
                    request.statement_id
                ),
            ));
        };
        policy.statements.remove(position);
        policy.touch();
        Ok(json!({}))
    })
}

pub async fn get(lambda: &Lambda, request: FunctionRequest) -> Answer {
    let policy = lambda.function(&request.function_ref()?)?.policy;
    if policy.statements.is_empty() {
        return Err(Fault::not_found(
            "ResourceNotFoundException",
            "The resource you requested does not exist.",
        ));
    }
    let document =
        json!({ "Version": "2012-10-17", "Id": "default", "Statement": policy.statements });
    Ok(json!({ "Policy": document.to_string(), "RevisionId": policy.revision }))
}

/// Source: the documentation of AddPermission, and "Principal" in IAM's user guide.
fn is_principal(text: &str) -> bool {
    let is_account = text.len() == 12 && text.bytes().all(|c| c.is_ascii_digit());
    let is_service = |name: &str| {
        let mut labels = name.split('.');
        labels.all(|label| {
            !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        })
    };
    let service = [".amazonaws.com", ".amazonaws.com.cn", ".amazon.com"]
        .iter()
        .find_map(|end| text.strip_suffix(end));
    let is_arn = Arn::parse(text).is_some_and(|arn| ["iam", "sts"].contains(&arn.service));
    text == "*" || is_account || is_arn || service.is_some_and(is_service)
}

impl Policy {
    fn position(&self, id: &str) -> Option<usize> {
        let mut statements = self.statements.iter();
        statements.position(|statement| statement["Sid"] == id)
    }

    fn touch(&mut self) {
        self.revision = Uuid::new_v4().to_string();
    }

    fn expect_revision(&self, revision: Option<&str>) -> Result<(), Fault> {
        match revision {
            Some(revision) if revision != self.revision => Err(precondition_failed()),
            _ => Ok(()),
        }
    }
}

impl AddPermissionRequest {
    /// The policy statement for the permission.
    fn statement(&self, resource: &str) -> Result<Value, Fault> {
        let letter = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
        let id = &self.statement_id;
        if !(1..=100).contains(&id.len()) || !id.chars().all(letter) {
            let expected = "1 to 100 letters, digits, - and _";
            return Err(constraint("statementId", id, expected));
        }
        let is_action = |name: &str| {
            name == "*" || (!name.is_empty() && name.chars().all(|c| c.is_ascii_alphabetic()))
        };
        if self.action != "*" && !self.action.strip_prefix("lambda:").is_some_and(is_action) {
            let expected = "an action such as lambda:InvokeFunction";
            return Err(constraint("action", &self.action, expected));
        }
        self.check_source()?;
        let principal = match self.principal.as_str() {
            "*" => json!("*"),
            service if service.ends_with(".amazonaws.com") => json!({ "Service": service }),
            account if account.len() == 12 && account.chars().all(|c| c.is_ascii_digit()) => {
                json!({ "AWS": format!("arn:aws:iam::{account}:root") })
            }
            arn => json!({ "AWS": arn }),
        };
        let mut statement = json!({
            "Sid": id,
            "Effect": "Allow",
            "Principal": principal,
            "Action": self.action,
            "Resource": resource,
        });
        let conditions = self.conditions();
        if !conditions.is_empty() {
            statement["Condition"] = Value::Object(conditions);
        }
        Ok(statement)
    }

    /// Source: the patterns of `AddPermission` in Lambda's API reference.
    fn check_source(&self) -> Result<(), Fault> {
        let is_token = |text: &String| {
            let letter = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
            (1..=256).contains(&text.len()) && text.chars().all(letter)
        };
        let is_account =
            |text: &String| text.len() == 12 && text.chars().all(|c| c.is_ascii_digit());
        let is_arn = |text: &String| Arn::parse(text).is_some();
        let wrong = |given: &Option<String>, is_right: &dyn Fn(&String) -> bool| {
            given.clone().filter(|text| !is_right(text))
        };
        if !is_principal(&self.principal) {
            return Err(invalid(format!(
                "The provided principal was invalid. Please check the principal and try again: {} is \
                 no service, account or ARN of IAM or STS, nor *",
                self.principal
            )));
        }
        let is_organisation = |text: &String| {
            let id = text.strip_prefix("o-").unwrap_or_default();
            let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
            (10..=32).contains(&id.len()) && id.chars().all(allowed)
        };
        if let Some(id) = wrong(&self.principal_org_id, &is_organisation) {
            let expected = "the id of an organisation, such as o-a1b2c3d4e5";
            return Err(constraint("principalOrgID", id, expected));
        }
        let of_url = self.action == "lambda:InvokeFunctionUrl";
        if self.function_url_auth_type.is_some() && !of_url {
            return Err(invalid(
                "FunctionUrlAuthType is only supported for lambda:InvokeFunctionUrl action",
            ));
        }
        if let Some(token) = wrong(&self.event_source_token, &is_token) {
            let expected = "1 to 256 letters, digits, ., _ and -";
            return Err(constraint("eventSourceToken", token, expected));
        }
        if let Some(account) = wrong(&self.source_account, &is_account) {
            return Err(constraint(
                "sourceAccount",
                account,
                "an account of 12 digits",
            ));
        }
        match wrong(&self.source_arn, &is_arn) {
            Some(arn) => Err(constraint("sourceArn", arn, "an ARN")),
            None => Ok(()),
        }
    }

    fn conditions(&self) -> Map<String, Value> {
        let mut equal = Map::new();
        for (key, value) in [
            ("AWS:SourceAccount", &self.source_account),
            ("lambda:EventSourceToken", &self.event_source_token),
            ("aws:PrincipalOrgID", &self.principal_org_id),
            ("lambda:FunctionUrlAuthType", &self.function_url_auth_type),
        ] {
            if let Some(value) = value {
                equal.insert(key.to_owned(), json!(value));
            }
        }
        let mut conditions = Map::new();
        if !equal.is_empty() {
            conditions.insert("StringEquals".to_owned(), Value::Object(equal));
        }
        if let Some(arn) = &self.source_arn {
            conditions.insert("ArnLike".to_owned(), json!({ "AWS:SourceArn": arn }));
        }
        if let Some(flag) = self.invoked_via_function_url {
            let flag = json!({ "lambda:InvokedViaFunctionUrl": flag.to_string() });
            conditions.insert("Bool".to_owned(), flag);
        }
        conditions
    }
}
