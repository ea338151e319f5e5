//! The URI of an integration with a Lambda function:
//! `arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/FUNCTION/invocations`, in which stage
//! variables may stand for parts of the function's ARN.

use super::definition::Texts;
use super::fault::bad_request;
use crate::REGION;
use crate::fault::Fault;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionUri {
    /// A name or an ARN, with stage variables such as `${stageVariables.function}`.
    function: String,
}

const PATH: &str = "2015-03-31/functions/";
const VARIABLE: &str = "${stageVariables.";

impl FunctionUri {
    pub fn parse(uri: &str) -> Result<Self, Fault> {
        let Some(rest) = uri.strip_prefix("arn:aws:apigateway:") else {
            return Err(bad_request("Invalid ARN specified in the request"));
        };
        let mut parts = rest.splitn(3, ':');
        let (region, service) = (parts.next(), parts.next());
        let action = parts.next().unwrap_or_default();
        if !action.starts_with("path/") && !action.starts_with("action/") {
            return Err(bad_request(
                "AWS ARN for integration must contain path or action",
            ));
        }
        if service != Some("lambda") {
            return Err(bad_request(
                "the sandbox does not support integrations with this service; it supports Lambda \
                 functions",
            ));
        }
        let path = action.strip_prefix("path/").unwrap_or_default();
        let path = path.trim_start_matches('/').strip_prefix(PATH);
        let function = path.and_then(|path| path.strip_suffix("/invocations"));
        match function {
            Some(function) if region == Some(REGION) && !function.is_empty() => Ok(Self {
                function: function.to_owned(),
            }),
            _ => Err(bad_request("Invalid function ARN or invalid uri")),
        }
    }

    /// The function that a stage with these variables calls. What is not set is left out.
    pub fn function(&self, variables: &Texts) -> String {
        let mut whole = String::new();
        let mut rest = self.function.as_str();
        while let Some((before, after)) = rest.split_once(VARIABLE) {
            let (name, after) = after.split_once('}').unwrap_or((after, ""));
            whole.push_str(before);
            whole.push_str(variables.get(name).map_or("", String::as_str));
            rest = after;
        }
        whole.push_str(rest);
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_named_with_variables_of_the_stage() {
        let uri = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:\
                   us-east-1:000000000000:function:${stageVariables.f}-a:${stageVariables.v}/invocations";
        let uri = FunctionUri::parse(uri).expect("it is one");
        let variables = Texts::from([("f".to_owned(), "game".to_owned())]);
        let expected = "arn:aws:lambda:us-east-1:000000000000:function:game-a:";
        assert_eq!(uri.function(&variables), expected);
    }

    #[test]
    fn what_is_no_function_is_refused() {
        for (uri, words) in [
            ("", "Invalid ARN"),
            ("https://example.org", "Invalid ARN"),
            ("arn:aws:apigateway:us-east-1:lambda:x", "path or action"),
            (
                "arn:aws:apigateway:us-east-1:s3:path/bucket",
                "does not support",
            ),
            (
                "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/f/invocations",
                "Invalid function",
            ),
            (
                "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions//invocations",
                "Invalid function",
            ),
            (
                "arn:aws:apigateway:us-east-1:lambda:action/Invoke",
                "Invalid function",
            ),
        ] {
            let fault = FunctionUri::parse(uri).expect_err(uri);
            assert!(fault.message.contains(words), "{fault}");
        }
    }
}
