//! From a path and a method to a resource of the API.

use super::request::{Pairs, decoded};
use crate::apigateway::definition::{Definition, Method, Resource};

/// Where a request goes.
#[derive(Clone, Debug)]
pub struct Route<'a> {
    pub resource: &'a Resource,
    /// Of the resource, such as `/pets/{id}`.
    pub path: String,
    pub method: &'a Method,
    /// By the names of the variables in the path.
    pub parameters: Pairs,
}

/// The resource for the path that has the method; segment by segment a text before a variable before the
/// rest of the path. A slash at the end has no meaning.
pub fn find<'a>(definition: &'a Definition, method: &str, raw_path: &str) -> Option<Route<'a>> {
    let path = raw_path.trim_end_matches('/');
    let path = path.strip_prefix('/').unwrap_or(path);
    let segments: Vec<&str> = match path {
        "" => Vec::new(),
        path => path.split('/').collect(),
    };
    let mut parameters = Vec::new();
    let root = definition.root()?;
    let (resource, method) = below(definition, root, method, &segments, &mut parameters)?;
    Some(Route {
        resource,
        path: definition.path(resource),
        method,
        parameters,
    })
}

/// The route to a method of a resource, with the parameters in a path if it fits.
pub fn of<'a>(
    definition: &'a Definition,
    resource: &'a Resource,
    method: &'a Method,
    raw_path: &str,
) -> Route<'a> {
    let path = definition.path(resource);
    let mut parameters = Vec::new();
    let mut given = raw_path.trim_matches('/').split('/');
    for part in path.trim_matches('/').split('/') {
        let value = given.next();
        match (variable(part), value) {
            (Some(name), Some(value)) if name.ends_with('+') => {
                let rest = given
                    .by_ref()
                    .fold(value.to_owned(), |all, it| format!("{all}/{it}"));
                parameters.push((name.trim_end_matches('+').to_owned(), decoded(&rest)));
            }
            (Some(name), Some(value)) => parameters.push((name.to_owned(), decoded(value))),
            (None, Some(value)) if value == part => {}
            _ => parameters.clear(),
        }
    }
    Route {
        resource,
        path,
        method,
        parameters,
    }
}

fn variable(part: &str) -> Option<&str> {
    part.strip_prefix('{')?.strip_suffix('}')
}

fn below<'a>(
    definition: &'a Definition,
    resource: &'a Resource,
    method: &str,
    segments: &[&str],
    parameters: &mut Pairs,
) -> Option<(&'a Resource, &'a Method)> {
    let Some((segment, rest)) = segments.split_first() else {
        let methods = &resource.methods;
        let method = methods.get(method).or_else(|| methods.get("ANY"))?;
        return Some((resource, method));
    };
    let children = definition.resources.values();
    let mut children: Vec<(u8, &Resource)> = children
        .filter(|child| child.parent_id.as_ref() == Some(&resource.id))
        .filter_map(|child| Some((rank(&child.path_part, segment)?, child)))
        .collect();
    children.sort_by_key(|(rank, _)| *rank);
    for (_, child) in children {
        let length = parameters.len();
        let part = variable(&child.path_part);
        let greedy = part.and_then(|name| name.strip_suffix('+'));
        let found = match (greedy, part) {
            (Some(name), _) => {
                parameters.push((name.to_owned(), decoded(&segments.join("/"))));
                below(definition, child, method, &[], parameters)
            }
            (None, Some(name)) => {
                parameters.push((name.to_owned(), decoded(segment)));
                below(definition, child, method, rest, parameters)
            }
            (None, None) => below(definition, child, method, rest, parameters),
        };
        if found.is_some() {
            return found;
        }
        parameters.truncate(length);
    }
    None
}

/// Smaller for what is more specific; `None` if the segment does not fit.
fn rank(part: &str, segment: &str) -> Option<u8> {
    match variable(part) {
        None => (part == decoded(segment)).then_some(0),
        Some(_) if segment.is_empty() => None,
        Some(name) if name.ends_with('+') => Some(2),
        Some(_) => Some(1),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// An API with these resources, each with its methods.
    pub fn api(paths: &[(&str, &[&str])]) -> Definition {
        let mut definition = Definition::new("root", ["a".to_owned(), "b".to_owned()]);
        for (path, methods) in paths {
            let mut parent = "root".to_owned();
            for part in path.split('/').filter(|part| !part.is_empty()) {
                let id = format!("{parent}/{part}");
                let resource = Resource {
                    id: id.clone(),
                    parent_id: Some(parent),
                    path_part: part.to_owned(),
                    ..Resource::default()
                };
                definition.resources.entry(id.clone()).or_insert(resource);
                parent = id;
            }
            let resource = definition.resources.get_mut(&parent).expect("it is there");
            for name in *methods {
                let method = Method {
                    http_method: (*name).to_owned(),
                    ..Method::default()
                };
                resource.methods.insert((*name).to_owned(), method);
            }
        }
        definition
    }

    fn pets() -> Definition {
        api(&[
            ("/", &["GET"]),
            ("/pets", &["GET", "POST"]),
            ("/pets/{id}", &["GET"]),
            ("/pets/all", &["GET"]),
            ("/pets/{id}/toys/{toy}", &["ANY"]),
            ("/{proxy+}", &["ANY"]),
        ])
    }

    fn found(method: &str, path: &str) -> Option<(String, String)> {
        let definition = pets();
        let route = find(&definition, method, path)?;
        let parameters = route.parameters.iter();
        let parameters = parameters.map(|(name, value)| format!("{name}={value}"));
        Some((route.path, parameters.collect::<Vec<_>>().join(",")))
    }

    #[test]
    fn the_most_specific_resource_that_has_the_method_is_found() {
        for (method, path, expected, parameters) in [
            ("GET", "/", "/", ""),
            ("GET", "", "/", ""),
            ("GET", "/pets", "/pets", ""),
            ("GET", "/pets/", "/pets", ""),
            ("GET", "/pets/all", "/pets/all", ""),
            ("GET", "/pets/a%20b", "/pets/{id}", "id=a b"),
            ("GET", "/pets/a%2Fb", "/pets/{id}", "id=a/b"),
            (
                "PATCH",
                "/pets/1/toys/2",
                "/pets/{id}/toys/{toy}",
                "id=1,toy=2",
            ),
            ("PUT", "/pets", "/{proxy+}", "proxy=pets"),
            ("GET", "/pets/1/food", "/{proxy+}", "proxy=pets/1/food"),
            ("GET", "/a//b/", "/{proxy+}", "proxy=a//b"),
        ] {
            let expected = (expected.to_owned(), parameters.to_owned());
            assert_eq!(found(method, path), Some(expected), "{method} {path}");
        }
        assert_eq!(found("POST", "/"), None);
        let none = api(&[("/pets/{id}", &["GET"])]);
        for path in ["/", "/pets", "/pets//", "/other", "/pets/1/2"] {
            assert!(find(&none, "GET", path).is_none(), "{path}");
        }
    }

    #[test]
    fn a_path_for_a_resource_gives_its_parameters_if_it_fits() {
        let definition = pets();
        let resource = &definition.resources["root/pets/{id}/toys/{toy}"];
        let method = &resource.methods["ANY"];
        let parameters = |path| of(&definition, resource, method, path).parameters;
        let expected = [("id", "1"), ("toy", "2")].map(|(a, b)| (a.to_owned(), b.to_owned()));
        assert_eq!(parameters("/pets/1/toys/2"), expected);
        assert_eq!(parameters("/other"), []);
        let proxy = &definition.resources["root/{proxy+}"];
        let method = &proxy.methods["ANY"];
        let route = of(&definition, proxy, method, "/a/b/c");
        assert_eq!(route.parameters, [("proxy".to_owned(), "a/b/c".to_owned())]);
    }

    proptest! {
        #[test]
        fn any_path_is_found_or_not(path in "[/a-z%0-9{}+]{0,60}") {
            let _ = find(&pets(), "GET", &path);
        }
    }
}
