//! What a template is rendered with, and what comes of it.

use serde_json::Value;

/// What the template sees of the request or the response.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inputs {
    /// `$input.body`. The caller has decoded it, or encoded it as base64, as the API's binary media types
    /// and `contentHandling` say. An absent body is empty.
    pub body: String,
    /// `$input.params()`.
    pub parameters: Parameters,
    /// `$context`: an object with the members that AWS documents, such as `requestId` and
    /// `{"identity": {"sourceIp": …}}`. An absent member renders as nothing. For the template of a response,
    /// with the overrides that the request's has set: [`Rendered::overrides`].
    pub context: Value,
    /// `$stageVariables`.
    pub stage_variables: Vec<(String, String)>,
}

/// The request's parameters by place, each in the order in which the template shall see them. A name
/// occurs once: the caller has chosen the last of several values, as AWS does.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parameters {
    pub path: Vec<(String, String)>,
    pub querystring: Vec<(String, String)>,
    pub header: Vec<(String, String)>,
}

/// What came of a template.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Rendered {
    pub text: String,
    /// What the template left in `$context.requestOverride` and `$context.responseOverride`: an object with
    /// these two members. Insert them into the `context` of the response's template, which sees them too.
    pub overrides: Value,
}

/// Parameters for the integration that replace those of the mapping.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct RequestOverride {
    pub path: Vec<(String, String)>,
    pub querystring: Vec<(String, String)>,
    pub header: Vec<(String, String)>,
}

/// What replaces parts of the response.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct ResponseOverride {
    /// A whole number from 100 to 599; anything else is ignored.
    pub status: Option<u16>,
    pub header: Vec<(String, String)>,
}

impl Rendered {
    pub(crate) fn request_override(&self) -> RequestOverride {
        let overrides = &self.overrides["requestOverride"];
        RequestOverride {
            path: texts(&overrides["path"]),
            querystring: texts(&overrides["querystring"]),
            header: texts(&overrides["header"]),
        }
    }

    pub(crate) fn response_override(&self) -> ResponseOverride {
        let overrides = &self.overrides["responseOverride"];
        let status = text(&overrides["status"]).parse().ok();
        ResponseOverride {
            status: status.filter(|status| (100..600).contains(status)),
            header: texts(&overrides["header"]),
        }
    }
}

fn texts(members: &Value) -> Vec<(String, String)> {
    let members = members.as_object().into_iter().flatten();
    members
        .map(|(name, value)| (name.clone(), text(value)))
        .collect()
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
