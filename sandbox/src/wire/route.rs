//! REST routes: from method, path and query to an operation and its parameters.

use http::Method;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

/// A method and a pattern, and the operation that they mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// `ANY` is every method.
    pub method: &'static str,
    /// See [`matched`].
    pub pattern: &'static str,
    pub operation: &'static str,
    /// The status of an answer that has no status of its own.
    pub success: u16,
    /// Whether the body is a payload, rather than parameters in JSON.
    pub has_payload: bool,
    /// The headers that are parameters, with the names of these.
    pub headers: &'static [(&'static str, &'static str)],
    /// The members of the body that are parameters of another name, with these names.
    pub body_names: &'static [(&'static str, &'static str)],
}

impl Route {
    pub const fn new(
        method: &'static str,
        pattern: &'static str,
        operation: &'static str,
        success: u16,
    ) -> Self {
        Self {
            method,
            pattern,
            operation,
            success,
            has_payload: false,
            headers: &[],
            body_names: &[],
        }
    }

    pub const fn with_payload(mut self) -> Self {
        self.has_payload = true;
        self
    }

    pub const fn with_headers(mut self, headers: &'static [(&'static str, &'static str)]) -> Self {
        self.headers = headers;
        self
    }

    pub const fn with_body_names(mut self, names: &'static [(&'static str, &'static str)]) -> Self {
        self.body_names = names;
        self
    }
}

/// The route of a request, with the parameters that path and query hold. Where several match, the
/// most specific one wins: see [`rank`].
pub fn find<'a>(
    routes: &'a [Route],
    method: &Method,
    path: &str,
    query: &str,
) -> Option<(&'a Route, Map<String, Value>)> {
    routes
        .iter()
        .filter(|route| ["ANY", method.as_str()].contains(&route.method))
        .filter_map(|route| Some((route, matched(route.pattern, path, query)?)))
        .min_by_key(|(route, _)| rank(route.pattern))
}

/// Whether a request to the path may be meant for one of the routes: it begins as one of them does.
pub fn begins_like(routes: &[Route], path: &str) -> bool {
    let begin = first_segment(path);
    routes
        .iter()
        .any(|route| first_segment(route.pattern) == begin)
}

fn first_segment(path: &str) -> &str {
    let path = path.trim_start_matches('/');
    path.split(['/', '?']).next().unwrap_or_default()
}

/// The parameters in path and query, if both match the pattern:
///
/// | in the pattern | matches |
/// |---|---|
/// | `/functions` | itself |
/// | `/{Name}` | one segment, as the parameter `Name` |
/// | `/{proxy+}`, at the end | all segments that are left, at least one |
/// | `?mode=import` | a query in which `mode` is `import` |
/// | `?tagging` | a query in which `tagging` is |
/// | `?tagKeys={TagKeys*}` | any query; all `tagKeys` become the list `TagKeys` |
/// | `?quiet={Quiet}` | any query; the last `quiet` becomes the parameter `Quiet` |
/// | `?*={Others}`, at the end | any query; the other keys become the map `Others` |
///
/// Other keys of the query become parameters of that name; those of the path stand above them. A slash
/// at the end of a path has no meaning, but for what `{proxy+}` matches.
pub fn matched(pattern: &str, path: &str, query: &str) -> Option<Map<String, Value>> {
    let (path_pattern, query_pattern) = pattern.split_once('?').unwrap_or((pattern, ""));
    let mut parameters = Map::new();
    match_path(path_pattern, path, &mut parameters)?;
    match_query(query_pattern, query, &mut parameters)?;
    Some(parameters)
}

fn match_path(pattern: &str, path: &str, parameters: &mut Map<String, Value>) -> Option<()> {
    let mut rest = Some(path.strip_prefix('/').unwrap_or(path));
    for expected in pattern.trim_start_matches('/').split('/') {
        let left = rest?;
        let label = expected
            .strip_prefix('{')
            .and_then(|label| label.strip_suffix('}'));
        if let Some(greedy) = label.and_then(|label| label.strip_suffix('+')) {
            return bind(parameters, greedy, left);
        }
        let (segment, after) = match left.split_once('/') {
            Some((segment, after)) => (segment, Some(after)),
            None => (left, None),
        };
        match label {
            Some(name) => bind(parameters, name, segment)?,
            None if segment == expected => {}
            None => return None,
        }
        rest = after;
    }
    rest.is_none_or(str::is_empty).then_some(())
}

fn bind(parameters: &mut Map<String, Value>, name: &str, encoded: &str) -> Option<()> {
    let value = percent_decode_str(encoded).decode_utf8().ok()?;
    if value.is_empty() {
        return None;
    }
    parameters.insert(name.to_owned(), json!(value));
    Some(())
}

fn match_query(pattern: &str, query: &str, parameters: &mut Map<String, Value>) -> Option<()> {
    let mut given: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    for expected in pattern.split('&').filter(|expected| !expected.is_empty()) {
        let (key, value) = expected.split_once('=').unwrap_or((expected, ""));
        let label = value
            .strip_prefix('{')
            .and_then(|name| name.strip_suffix('}'));
        if let ("*", Some(label)) = (key, label) {
            let others = given.drain(..).map(|(name, value)| (name, json!(value)));
            let others: Map<String, Value> = others.collect();
            if !others.is_empty() {
                parameters.insert(label.to_owned(), Value::Object(others));
            }
            continue;
        }
        let (these, others) = given.into_iter().partition(|(name, _)| name == key);
        let these: Vec<(String, String)> = these;
        given = others;
        if let Some(list) = label.and_then(|label| label.strip_suffix('*')) {
            let values: Vec<String> = these.into_iter().map(|(_, value)| value).collect();
            parameters.insert(list.to_owned(), json!(values));
        } else if let Some(name) = label {
            let last = these.into_iter().next_back();
            parameters.extend(last.map(|(_, value)| (name.to_owned(), json!(value))));
        } else {
            let mut these = these.iter();
            these.find(|(_, given)| value.is_empty() || given == value)?;
        }
    }
    for (name, value) in given {
        parameters.entry(name).or_insert_with(|| json!(value));
    }
    Some(())
}

/// Smaller for the more specific pattern: segment by segment a text before a label before a greedy
/// one, then the one that requires more of the query.
fn rank(pattern: &str) -> (Vec<u8>, std::cmp::Reverse<usize>) {
    let (path, query) = pattern.split_once('?').unwrap_or((pattern, ""));
    let segments = path.split('/').map(|segment| match segment {
        label if label.ends_with("+}") => 2,
        label if label.starts_with('{') => 1,
        _ => 0,
    });
    let keys = query.split('&').filter(|key| !key.is_empty());
    let required = keys.filter(|key| !key.ends_with('}')).count();
    (segments.collect(), std::cmp::Reverse(required))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ROUTES: &[Route] = &[
        Route::new("ANY", "/{proxy+}", "Proxy", 200),
        Route::new("GET", "/things", "ListThings", 200),
        Route::new("POST", "/things", "CreateThing", 201),
        Route::new("POST", "/things?mode=import", "ImportThings", 201),
        Route::new("GET", "/things/{Name}", "GetThing", 200),
        Route::new("GET", "/things/{Name}?tagging", "GetThingTags", 200),
        Route::new("GET", "/things/all", "GetAll", 200),
        Route::new("PUT", "/things?quiet={Quiet}&*={Others}", "PutThings", 200),
        Route::new("PUT", "/things/{Name}/parts/{Part+}", "PutPart", 204).with_payload(),
        Route::new(
            "DELETE",
            "/tags/{Resource}?tagKeys={TagKeys*}",
            "Untag",
            204,
        ),
    ];

    fn found(method: Method, path: &str, query: &str) -> Option<(&'static str, Value)> {
        let (route, parameters) = find(ROUTES, &method, path, query)?;
        Some((route.operation, Value::Object(parameters)))
    }

    #[test]
    fn the_most_specific_route_wins() {
        let operation = |method, path, query| found(method, path, query).map(|(name, _)| name);
        assert_eq!(operation(Method::GET, "/things", ""), Some("ListThings"));
        assert_eq!(operation(Method::GET, "/things/", ""), Some("ListThings"));
        assert_eq!(operation(Method::POST, "/things", ""), Some("CreateThing"));
        let import = operation(Method::POST, "/things", "a=b&mode=import");
        assert_eq!(import, Some("ImportThings"));
        let other = operation(Method::POST, "/things", "mode=export");
        assert_eq!(other, Some("CreateThing"));
        assert_eq!(operation(Method::GET, "/things/all", ""), Some("GetAll"));
        assert_eq!(operation(Method::GET, "/things/a", ""), Some("GetThing"));
        let tags = operation(Method::GET, "/things/a", "tagging");
        assert_eq!(tags, Some("GetThingTags"));
        assert_eq!(operation(Method::GET, "/things/a/b", ""), Some("Proxy"));
        assert_eq!(operation(Method::PATCH, "/things", ""), Some("Proxy"));
        assert_eq!(operation(Method::GET, "/", ""), None);
    }

    #[test]
    fn path_and_query_hold_parameters() {
        let get = found(
            Method::GET,
            "/things/a%2Fb%20c",
            "Name=other&Max=2&Next=x+y",
        );
        let parameters = json!({ "Name": "a/b c", "Max": "2", "Next": "x y" });
        assert_eq!(get, Some(("GetThing", parameters)));
        let part = found(Method::PUT, "/things/a/parts/b//c%20/", "");
        let parameters = json!({ "Name": "a", "Part": "b//c /" });
        assert_eq!(part, Some(("PutPart", parameters)));
        let untag = found(
            Method::DELETE,
            "/tags/arn%3Aa",
            "tagKeys=a&other=1&tagKeys=b",
        );
        let parameters = json!({ "Resource": "arn:a", "TagKeys": ["a", "b"], "other": "1" });
        assert_eq!(untag, Some(("Untag", parameters)));
        let put = found(Method::PUT, "/things", "quiet=1&a=b&quiet=2&c=d");
        let parameters = json!({ "Quiet": "2", "Others": { "a": "b", "c": "d" } });
        assert_eq!(put, Some(("PutThings", parameters)));
        assert_eq!(
            found(Method::PUT, "/things", ""),
            Some(("PutThings", json!({})))
        );
        assert_eq!(matched("/things/{Name}", "/things/%ff", ""), None);
        assert_eq!(matched("/things/{Name}", "/things/", ""), None);
        assert_eq!(matched("/{proxy+}", "/", ""), None);
    }

    #[test]
    fn a_path_begins_like_a_route_of_its_service() {
        let dated = [Route::new(
            "GET",
            "/2015-03-31/functions",
            "ListFunctions",
            200,
        )];
        assert!(begins_like(&dated, "/2015-03-31/other"));
        assert!(!begins_like(&dated, "/bucket/2015-03-31"));
        assert!(!begins_like(&dated, "/"));
    }

    proptest! {
        #[test]
        fn any_path_and_query_is_matched_or_not(path in "[/a-z%0-9+{}?=]{0,40}", query in "[a-z%=&+;*{}]{0,40}") {
            for method in [Method::GET, Method::POST, Method::PUT, Method::DELETE] {
                let _ = find(ROUTES, &method, &path, &query);
            }
        }

        #[test]
        fn a_greedy_label_takes_the_rest_of_the_path_whole(segments in prop::collection::vec("[a-z0-9.-]{0,5}", 1..6)) {
            let rest = segments.join("/");
            let found = matched("/{Bucket}/{Key+}", &format!("/b/{rest}"), "");
            let expected = (!rest.is_empty()).then(|| json!(rest));
            prop_assert_eq!(found.map(|found| found["Key"].clone()), expected);
        }
    }
}
