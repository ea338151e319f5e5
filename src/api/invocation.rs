//! The function that a method calls, and whether its policy lets API Gateway do so. Pure.

use serde_json::Value;

use crate::cloud::ApiMethod;

const API_GATEWAY: &str = "apigateway.amazonaws.com";

/// A function as the URI of an integration names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoked {
    /// Without a qualifier.
    pub function: String,
    /// Partition, region and account, as in an ARN.
    partition: String,
    region: String,
    account: String,
}

impl Invoked {
    /// That of the method, if it calls one whose name is known: a stage variable can be in its place.
    ///
    /// Source: API Gateway REST API reference, `Integration`, `uri`.
    pub fn by(method: &ApiMethod) -> Option<Self> {
        let uri = method.integration.as_ref()?["uri"].as_str()?;
        let (_, rest) = uri.split_once(":lambda:path/2015-03-31/functions/")?;
        let arn = rest.strip_suffix("/invocations")?;
        let mut parts = arn.split(':');
        let mut next = || parts.next().map(str::to_owned);
        let (_, partition, _) = (next()?, next()?, next()?);
        let (region, account, _, function) = (next()?, next()?, next()?, next()?);
        (!function.contains("${")).then_some(Self {
            function,
            partition,
            region,
            account,
        })
    }

    /// What API Gateway names as its source when it calls the function for a request.
    pub fn source(&self, api: &str, stage: &str, method: &ApiMethod) -> String {
        let Self {
            partition,
            region,
            account,
            ..
        } = self;
        let (name, path) = (&method.method, &method.path);
        let name = if name == "ANY" { "*" } else { name };
        format!("arn:{partition}:execute-api:{region}:{account}:{api}/{stage}/{name}{path}")
    }
}

/// Whether a function's policy lets API Gateway call it from this source.
pub fn is_permitted(policy: &str, source: &str) -> bool {
    let policy: Value = serde_json::from_str(policy).unwrap_or_default();
    let statements = policy["Statement"].as_array();
    let mut statements = statements.into_iter().flatten();
    statements.any(|statement| permits(statement, source))
}

fn permits(statement: &Value, source: &str) -> bool {
    let principal = &statement["Principal"];
    let is_meant = principal == "*" || texts(&principal["Service"]).any(|it| it == API_GATEWAY);
    let actions = ["lambda:InvokeFunction", "lambda:*", "*"];
    let is_call = texts(&statement["Action"]).any(|action| actions.contains(&action));
    statement["Effect"] == "Allow"
        && is_meant
        && is_call
        && sources(statement).is_none_or(|mut known| known.any(|it| stands_for(it, source)))
}

/// The sources that a statement is limited to.
fn sources(statement: &Value) -> Option<impl Iterator<Item = &str>> {
    let conditions = statement["Condition"].as_object()?.values();
    let mut keys = conditions.filter_map(Value::as_object).flatten();
    let (_, value) = keys.find(|(key, _)| key.eq_ignore_ascii_case("aws:SourceArn"))?;
    Some(texts(value))
}

fn texts(value: &Value) -> impl Iterator<Item = &str> {
    let one = value.as_str().into_iter();
    let several = value.as_array().into_iter().flatten();
    one.chain(several.filter_map(Value::as_str))
}

/// Whether the text is one that the pattern stands for, in which `*` is any text.
fn stands_for(pattern: &str, text: &str) -> bool {
    let Some((before, after)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(rest) = text.strip_prefix(before) else {
        return false;
    };
    let mut ends = rest.char_indices().map(|(at, _)| at).chain([rest.len()]);
    ends.any(|at| stands_for(after, &rest[at..]))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn method(uri: &str) -> ApiMethod {
        ApiMethod {
            resource: "r".to_owned(),
            path: "/night-turn".to_owned(),
            method: "GET".to_owned(),
            query: Vec::new(),
            authorization: "NONE".to_owned(),
            integration: Some(json!({ "type": "aws_proxy", "uri": uri })),
        }
    }

    const URI: &str = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/\
                       arn:aws:lambda:eu-west-1:123456789012:function:game-03-night-turn/invocations";

    #[test]
    fn the_function_of_a_method_is_in_its_uri() {
        let invoked = Invoked::by(&method(URI)).expect("a function");
        assert_eq!(invoked.function, "game-03-night-turn");
        let source = "arn:aws:execute-api:eu-west-1:123456789012:abc/prod/GET/night-turn";
        assert_eq!(invoked.source("abc", "prod", &method(URI)), source);
        let any = ApiMethod {
            method: "ANY".to_owned(),
            ..method(URI)
        };
        assert!(
            invoked
                .source("abc", "prod", &any)
                .ends_with("/*/night-turn")
        );
        let qualified = URI.replace("/invocations", ":7/invocations");
        assert_eq!(Invoked::by(&method(&qualified)), Some(invoked));
        for other in [
            "arn:aws:apigateway:eu-west-1:s3:path/bucket",
            &URI.replace("game-03-night-turn", "${stageVariables.function}"),
            "",
        ] {
            assert_eq!(Invoked::by(&method(other)), None, "{other}");
        }
    }

    #[test]
    fn a_policy_permits_the_sources_that_it_names() {
        let source = "arn:aws:execute-api:eu-west-1:123456789012:abc/prod/GET/night-turn";
        let policy = |pattern: &str| {
            json!({ "Statement": [{
                "Effect": "Allow", "Action": "lambda:InvokeFunction",
                "Principal": { "Service": "apigateway.amazonaws.com" },
                "Condition": { "ArnLike": { "AWS:SourceArn": pattern } },
            }]})
        };
        for (pattern, permitted) in [
            (source, true),
            (
                "arn:aws:execute-api:eu-west-1:123456789012:abc/*/GET/night-turn",
                true,
            ),
            ("arn:aws:execute-api:*:123456789012:abc/*", true),
            ("*", true),
            (
                "arn:aws:execute-api:eu-west-1:123456789012:abc/*/POST/night-turn",
                false,
            ),
            ("arn:aws:execute-api:eu-west-1:123456789012:other/*", false),
            (
                "arn:aws:execute-api:eu-west-1:123456789012:abc/prod/GET/night",
                false,
            ),
        ] {
            let text = policy(pattern).to_string();
            assert_eq!(is_permitted(&text, source), permitted, "{pattern}");
        }
        let changed = |member: &str, value: Value| {
            let mut policy = policy("*");
            policy["Statement"][0][member] = value;
            is_permitted(&policy.to_string(), source)
        };
        assert!(changed("Condition", Value::Null));
        assert!(changed("Principal", json!("*")));
        assert!(!changed(
            "Principal",
            json!({ "Service": "s3.amazonaws.com" })
        ));
        assert!(!changed("Action", json!("lambda:GetFunction")));
        assert!(!changed("Effect", json!("Deny")));
        assert!(!is_permitted("no policy", source));
    }
}
