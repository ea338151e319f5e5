//! Where parameters of integrations and of responses come from: `method.request.header.X`, `context.x`,
//! `'a text'` and so on.
//!
//! Source: "Parameter mapping sources for REST APIs" in API Gateway's guide.

use super::answer::Answer;
use super::call::Call;
use super::request::Pairs;
use super::substitution::at;
use crate::mapping_template::text_at;

/// The value, if there is one. `integration` is what the integration returned.
pub fn value(source: &str, call: &Call, integration: Option<&Answer>) -> Option<String> {
    if let Some(text) = source.strip_prefix('\'') {
        return Some(text.strip_suffix('\'').unwrap_or(text).to_owned());
    }
    if let Some(place) = source.strip_prefix("method.request.") {
        let request = call.request;
        return of(place, &request.headers, &request.query, call, &request.body);
    }
    if let Some(place) = source.strip_prefix("integration.response.") {
        let answer = integration?;
        return of(place, &answer.headers, &Vec::new(), call, &answer.body);
    }
    let (root, name) = source.split_once('.')?;
    match root {
        "context" => at(&call.context(), name),
        "stageVariables" => call.variables.get(name).cloned(),
        _ => None,
    }
}

fn of(place: &str, headers: &Pairs, query: &Pairs, call: &Call, body: &[u8]) -> Option<String> {
    let (place, name) = place.split_once('.').unwrap_or((place, ""));
    let values = |pairs: &Pairs, ignore_case: bool| -> Vec<String> {
        let is_it = |known: &str| match ignore_case {
            true => known.eq_ignore_ascii_case(name),
            false => known == name,
        };
        let found = pairs.iter().filter(|(known, _)| is_it(known));
        found.map(|(_, value)| value.clone()).collect()
    };
    match place {
        "header" => values(headers, true).pop(),
        "multivalueheader" => joined(&values(headers, true)),
        "querystring" => values(query, false).pop(),
        "multivaluequerystring" => joined(&values(query, false)),
        "path" => values(&call.route.parameters, false).pop(),
        "body" => {
            let text = String::from_utf8_lossy(body);
            if name.is_empty() {
                return Some(text.into_owned());
            }
            text_at(&text, &format!("$.{name}")).ok().flatten()
        }
        _ => None,
    }
}

fn joined(values: &[String]) -> Option<String> {
    (!values.is_empty()).then(|| values.join(","))
}
