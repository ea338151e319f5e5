//! The property `Auth` of APIs and of `Api` events: whether callers have to sign their requests.
//!
//! Source: "ApiAuth" and "ApiFunctionAuth" in SAM's specification; what SAM's own transform makes of them.

use serde_json::{Map, Value, json};

use super::declared::Declared;

const IAM: &str = "AWS_IAM";
const NONE: &str = "NONE";
const ROLE: &str = "InvokeRole";

/// That of an API.
#[derive(Clone, Debug, Default)]
pub struct ApiAuth(Map<String, Value>);

/// That of an event.
#[derive(Clone, Debug, Default)]
pub struct EventAuth(Map<String, Value>);

/// What a method has of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MethodAuth {
    /// Such as `AWS_IAM`.
    pub kind: &'static str,
    /// In which role the function is invoked; without one, the function's policy decides.
    pub credentials: Option<Value>,
}

impl ApiAuth {
    pub fn read(api: &Declared) -> Result<Self, String> {
        let known = [
            "AddDefaultAuthorizerToCorsPreflight",
            "DefaultAuthorizer",
            ROLE,
        ];
        let given = members(api.properties.get("Auth"), &known, "of Auth");
        let given = given.map_err(|reason| api.invalid(reason))?;
        match given.get("DefaultAuthorizer") {
            None => Ok(Self(given)),
            Some(name) if name == IAM => Ok(Self(given)),
            Some(Value::String(name)) => Err(api.invalid(format_args!(
                "Unable to set DefaultAuthorizer because '{name}' was not defined in 'Authorizers'."
            ))),
            Some(_) => Err(api.invalid("DefaultAuthorizer is not a string.")),
        }
    }

    fn is_signed(&self) -> bool {
        self.0.contains_key("DefaultAuthorizer")
    }

    /// Of the methods that answer preflight requests. SAM's default is that these have to be signed too.
    pub fn of_preflight(&self) -> &'static str {
        let added = self.0.get("AddDefaultAuthorizerToCorsPreflight");
        match self.is_signed() && added != Some(&Value::Bool(false)) {
            true => IAM,
            false => NONE,
        }
    }
}

impl EventAuth {
    /// Fails with what is wrong.
    pub fn read(given: Option<&Value>) -> Result<Self, String> {
        members(given, &["Authorizer", ROLE], "of Auth").map(Self)
    }

    /// Of the event's method, in this API. Fails with what is wrong.
    pub fn with(&self, api: &ApiAuth, method: &str, path: &str) -> Result<MethodAuth, String> {
        let place = || {
            format!(
                "on API method [{}] for path [{path}]",
                method.to_lowercase()
            )
        };
        let kind = match self.0.get("Authorizer").map(|name| name.as_str()) {
            None if api.is_signed() => IAM,
            None => NONE,
            Some(Some(IAM)) => IAM,
            Some(Some(NONE)) if api.is_signed() => NONE,
            Some(Some(NONE)) => {
                return Err(format!(
                    "Unable to set Authorizer {} because 'NONE' is only a valid value when a \
                     DefaultAuthorizer on the API is specified.",
                    place()
                ));
            }
            Some(name) => {
                return Err(format!(
                    "Unable to set Authorizer [{}] {} because the related API does not define any Authorizers.",
                    name.unwrap_or_default(),
                    place()
                ));
            }
        };
        // SAM gives a method no role that has an `Auth` without `Authorizer`.
        let has_role = kind == IAM && (self.0.is_empty() || self.0.contains_key("Authorizer"));
        let credentials = match has_role {
            true => self.0.get(ROLE).or_else(|| api.0.get(ROLE)).cloned(),
            false => Some(json!(NONE)),
        };
        let credentials = credentials.unwrap_or_else(|| json!("CALLER_CREDENTIALS"));
        Ok(MethodAuth {
            kind,
            credentials: match credentials.as_str() {
                Some(NONE) => None,
                Some("CALLER_CREDENTIALS") => {
                    Some(json!({ "Fn::Sub": "arn:${AWS::Partition}:iam::*:user/*" }))
                }
                _ => Some(credentials),
            },
        })
    }
}

fn members(
    given: Option<&Value>,
    known: &[&str],
    place: &str,
) -> Result<Map<String, Value>, String> {
    let given = match given {
        None => return Ok(Map::new()),
        Some(Value::Object(given)) => given.clone(),
        Some(_) => return Err("Property 'Auth' should be a map.".to_owned()),
    };
    match given.keys().find(|key| !known.contains(&key.as_str())) {
        None => Ok(given),
        Some(other) => Err(format!(
            "The sandbox does not support property '{other}' {place}; it supports {}",
            known.join(", ")
        )),
    }
}
