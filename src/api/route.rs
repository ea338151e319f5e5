//! Which method of an API a request is for. Pure.
//!
//! Source: API Gateway developer guide, "Set up a proxy resource": the most specific path is taken.

use crate::cloud::ApiMethod;

/// The path of a request without its query string.
pub fn path_of(target: &str) -> &str {
    target.split(['?', '#']).next().unwrap_or_default()
}

/// The method that a request is for.
pub fn find<'a>(methods: &'a [ApiMethod], method: &str, target: &str) -> Option<&'a ApiMethod> {
    let of_path = of_path(methods, target);
    let named = |name: &str| of_path.iter().find(|it| it.method == name).copied();
    named(method).or_else(|| named("ANY"))
}

/// The methods of the path that a request is for.
pub fn of_path<'a>(methods: &'a [ApiMethod], target: &str) -> Vec<&'a ApiMethod> {
    let path = path_of(target);
    let fitting = methods.iter().filter(|it| fits(&it.path, path));
    let best = fitting.clone().min_by_key(|it| variables(&it.path));
    let best = best.map(|it| it.path.as_str());
    fitting
        .filter(|it| Some(it.path.as_str()) == best)
        .collect()
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.trim_matches('/').split('/')
}

/// Whether `path` is one that `pattern` stands for, such as `/players/{name}` or `/{rest+}`.
fn fits(pattern: &str, path: &str) -> bool {
    let mut path = segments(path);
    for part in segments(pattern) {
        let Some(segment) = path.next() else {
            return false;
        };
        if part.ends_with("+}") {
            return !segment.is_empty();
        }
        let is_variable = part.starts_with('{') && !segment.is_empty();
        if !is_variable && part != segment {
            return false;
        }
    }
    path.next().is_none()
}

/// Where the variables of a pattern are: the fewer and the later, the more specific; greedy ones come last.
fn variables(pattern: &str) -> Vec<u8> {
    let weight = |part: &str| match part {
        part if part.ends_with("+}") => 2,
        part if part.starts_with('{') => 1,
        _ => 0,
    };
    segments(pattern).map(weight).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn methods(named: &[(&str, &str)]) -> Vec<ApiMethod> {
        let method = |(method, path): &(&str, &str)| ApiMethod {
            resource: format!("{method} {path}"),
            path: (*path).to_owned(),
            method: (*method).to_owned(),
            query: Vec::new(),
            authorization: "NONE".to_owned(),
            integration: None,
        };
        named.iter().map(method).collect()
    }

    #[test]
    fn the_most_specific_path_is_taken() {
        let methods = methods(&[
            ("GET", "/"),
            ("GET", "/players"),
            ("GET", "/players/me"),
            ("ANY", "/players/{name}"),
            ("GET", "/{rest+}"),
        ]);
        for (method, target, found) in [
            ("GET", "/", Some("GET /")),
            ("GET", "/players/", Some("GET /players")),
            ("GET", "/players/me?a=/b", Some("GET /players/me")),
            ("GET", "/players/Ann", Some("ANY /players/{name}")),
            ("POST", "/players/Ann", Some("ANY /players/{name}")),
            ("GET", "/players/Ann/votes", Some("GET /{rest+}")),
            ("POST", "/players", None),
            ("POST", "/others", None),
        ] {
            let route = find(&methods, method, target).map(|it| it.resource.as_str());
            assert_eq!(route, found, "{method} {target}");
        }
        assert!(of_path(&methods[..3], "/players/you").is_empty());
        assert!(of_path(&methods[3..4], "/players/").is_empty());
    }
}
