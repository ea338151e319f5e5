//! Whether a request may call a method: by its signature where the method is of `AWS_IAM`, by its token where
//! it has an authorizer.
//!
//! Source of the latter: "Control access to REST APIs using Amazon Cognito user pools as an authorizer" in API Gateway's
//! guide.

use http::request::Parts;
use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use super::answer::Failure;
use super::call::{Call, Who};
use super::iam;
use crate::apigateway::ApiGateway;
use crate::apigateway::definition::Authorizer;
use crate::apigateway::methods::AWS_IAM;
use crate::cognito::NotAuthorized;

/// Who calls the method, if it wants to know. `sent` is the request's head as it was sent.
pub async fn check(gateway: &ApiGateway, call: &Call<'_>, sent: &Parts) -> Result<Who, Failure> {
    let method = call.route.method;
    if method.authorization_type == AWS_IAM {
        return iam::check(gateway, call, sent).map(Who::Signer);
    }
    let Some(id) = &method.authorizer_id else {
        return Ok(Who::Anyone);
    };
    let authorizer = call.definition.authorizers.get(id);
    let authorizer = authorizer.ok_or(Failure::Authorizer)?;
    let token = call.request.header(authorizer.header());
    let scopes = &method.authorization_scopes;
    let claims = claims(gateway, authorizer, scopes, token).await;
    claims.map(Who::Claims)
}

/// The claims of a token, as events and templates have them.
pub async fn claims(
    gateway: &ApiGateway,
    authorizer: &Authorizer,
    scopes: &[String],
    token: Option<&str>,
) -> Result<Value, Failure> {
    let token = token.ok_or(Failure::Unauthorized)?.trim();
    let token = match token.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("Bearer") => token.trim(),
        _ => token,
    };
    let pools = &authorizer.provider_arns;
    let claims = gateway.cognito.claims(pools, token, scopes).await;
    let claims = claims.map_err(|why| match why {
        NotAuthorized::Invalid => Failure::Unauthorized,
        NotAuthorized::Expired => Failure::TokenExpired,
        NotAuthorized::Fault(_) => Failure::Authorizer,
    })?;
    if let Some(expression) = authorizer.expression() {
        let audience = claims
            .get("aud")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let whole = regex_lite::Regex::new(&format!("^(?:{expression})$"));
        if !whole.is_ok_and(|whole| whole.is_match(audience)) {
            return Err(Failure::Unauthorized);
        }
    }
    Ok(Value::Object(in_texts(claims)))
}

/// All claims are texts, and some times are written out.
fn in_texts(claims: Map<String, Value>) -> Map<String, Value> {
    let text = |name: &str, value: Value| match value {
        Value::Number(seconds) if ["exp", "iat"].contains(&name) => date(&seconds),
        Value::String(text) => text,
        Value::Array(items) => {
            let items = items.iter().map(|item| item.as_str().unwrap_or_default());
            items.collect::<Vec<_>>().join(",")
        }
        other => other.to_string(),
    };
    let texts = claims.into_iter().map(|(name, value)| {
        let value = json!(text(&name, value));
        (name, value)
    });
    texts.collect()
}

/// As in `Fri Nov 27 02:10:00 UTC 2026`.
fn date(seconds: &serde_json::Number) -> String {
    const FORMAT: &[BorrowedFormatItem] = format_description!(
        "[weekday repr:short] [month repr:short] [day] [hour]:[minute]:[second] UTC [year]"
    );
    let time = seconds.as_i64().map(OffsetDateTime::from_unix_timestamp);
    let text = time.and_then(|time| time.ok()?.format(FORMAT).ok());
    text.unwrap_or_else(|| seconds.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn claims_are_texts() {
        let claims = json!({
            "sub": "a", "email_verified": true, "exp": 1_555_016_725, "auth_time": 1_555_013_125,
            "cognito:groups": ["a", "b"],
        });
        let Value::Object(claims) = claims else {
            panic!("it is an object");
        };
        let expected = json!({
            "sub": "a", "email_verified": "true", "exp": "Thu Apr 11 21:05:25 UTC 2019",
            "auth_time": "1555013125", "cognito:groups": "a,b",
        });
        assert_eq!(Value::Object(in_texts(claims)), expected);
    }
}
