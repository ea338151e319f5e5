//! Reads what a request asks for. Pure.

use std::collections::BTreeMap;

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;

/// An operation with its parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// As in a signature's scope.
    pub service: &'static str,
    pub operation: String,
    /// Of services that take forms.
    pub parameters: BTreeMap<String, String>,
}

impl Asked {
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }

    /// The pairs of a list such as `Tags`.
    pub fn pairs(&self, list: &str) -> Vec<(String, String)> {
        let numbers = 1..;
        let pairs = numbers.map_while(|number| {
            let part = |part: &str| self.parameter(&format!("{list}.member.{number}.{part}"));
            Some((part("Key")?.to_owned(), part("Value")?.to_owned()))
        });
        pairs.collect()
    }
}

/// CloudFormation, IAM and STS take forms, DynamoDB and CloudWatch Logs name the operation in a header,
/// Lambda and S3 are known by their paths.
pub fn asked(request: &HttpRequest) -> Asked {
    let body = request.body().bytes().unwrap_or_default();
    let path = request.uri().split_once("//").map_or("", |(_, rest)| rest);
    let path = path.split_once('/').map_or("", |(_, path)| path);
    let of = |service, operation: &str| Asked {
        service,
        operation: operation.to_owned(),
        ..Asked::default()
    };
    if let Some(target) = request.headers().get("x-amz-target") {
        let (service, operation) = target.split_once('.').unwrap_or_default();
        return match service.starts_with("Logs") {
            true => of("logs", operation),
            false => of("dynamodb", operation),
        };
    }
    if body.starts_with(b"Action=") {
        let parameters = form(&String::from_utf8_lossy(body));
        let operation = parameters.get("Action").cloned().unwrap_or_default();
        let is_about_roles = operation == "ListRoles";
        return Asked {
            operation,
            parameters,
            service: if is_about_roles {
                "iam"
            } else {
                "cloudformation"
            },
        };
    }
    if path.starts_with("2015-03-31/functions") {
        let name = name_in(path);
        let operation = match (request.method(), path.ends_with("/code")) {
            ("GET", _) if name.is_empty() => "ListFunctions",
            ("GET", _) => "GetFunction",
            (_, true) => "UpdateFunctionCode",
            _ => "",
        };
        return Asked {
            parameters: BTreeMap::from([("FunctionName".to_owned(), name.to_owned())]),
            ..of("lambda", operation)
        };
    }
    match path.contains("x-id=ListBuckets") {
        true => of("s3", "ListBuckets"),
        false => of("s3", request.method()),
    }
}

/// The name of the function in a path of Lambda.
fn name_in(path: &str) -> &str {
    let path = path.split('?').next().unwrap_or_default();
    path.trim_end_matches('/')
        .split('/')
        .nth(2)
        .unwrap_or_default()
}

fn form(body: &str) -> BTreeMap<String, String> {
    let pairs = body.split('&').filter_map(|pair| pair.split_once('='));
    pairs
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match (first, hex.and_then(|hex| u8::from_str_radix(hex, 16).ok())) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                rest = &after[2..];
                continue;
            }
            (b'+', _) => bytes.push(b' '),
            _ => bytes.push(*first),
        }
        rest = after;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_with_its_lists() {
        let parameters = form(
            "Action=CreateStack&StackName=mafia%2Da&Tags.member.1.Key=mafia%3Akind&\
             Tags.member.1.Value=a+b&Tags.member.2.Key=x&Tags.member.2.Value=%C5%82%",
        );
        let asked = Asked {
            parameters,
            ..Asked::default()
        };
        assert_eq!(asked.parameter("StackName"), Some("mafia-a"));
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        let expected = [pair("mafia:kind", "a b"), pair("x", "ł%")];
        assert_eq!(asked.pairs("Tags"), expected);
    }
}
