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
    /// `{"identity": {"sourceIp": …}}`. An absent member renders as nothing.
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
    /// What it set of `$context.requestOverride`: for the template of a request.
    pub request_override: RequestOverride,
    /// What it set of `$context.responseOverride`: for the template of a response.
    pub response_override: ResponseOverride,
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
    pub status: Option<u16>,
    pub header: Vec<(String, String)>,
}
