//! Paths into an event, such as `$.detail.items[0].name`.
//!
//! Source: "Amazon EventBridge input transformation": JSON path with names, indexes and `*`.

use serde_json::Value;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventPath(Vec<Step>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Name(String),
    Index(usize),
    All,
}

impl EventPath {
    pub fn parse(text: &str) -> Option<Self> {
        let mut rest = text.strip_prefix('$')?;
        let mut steps = Vec::new();
        while !rest.is_empty() {
            let (step, after) = match rest.strip_prefix('[') {
                Some(inside) => {
                    let (inside, after) = inside.split_once(']')?;
                    (in_brackets(inside)?, after)
                }
                None => {
                    let name = rest.strip_prefix('.')?;
                    let end = name.find(['.', '[']).unwrap_or(name.len());
                    (named(&name[..end])?, &name[end..])
                }
            };
            steps.push(step);
            rest = after;
        }
        Some(Self(steps))
    }

    /// The value there, or a list of the values if the path has a `*`.
    pub fn find(&self, event: &Value) -> Option<Value> {
        let mut found = vec![event];
        for step in &self.0 {
            found = found.into_iter().flat_map(|it| step.from(it)).collect();
        }
        if self.0.contains(&Step::All) {
            return Some(found.into_iter().cloned().collect());
        }
        found.first().map(|value| (*value).clone())
    }
}

fn named(name: &str) -> Option<Step> {
    match name {
        "" => None,
        "*" => Some(Step::All),
        name => Some(Step::Name(name.to_owned())),
    }
}

fn in_brackets(text: &str) -> Option<Step> {
    if text == "*" {
        return Some(Step::All);
    }
    for quote in ['\'', '"'] {
        if let Some(name) = text.strip_prefix(quote) {
            let name = name.strip_suffix(quote)?;
            return Some(Step::Name(name.to_owned()));
        }
    }
    text.parse().ok().map(Step::Index)
}

impl Step {
    fn from<'a>(&self, value: &'a Value) -> Vec<&'a Value> {
        match (self, value) {
            (Self::Name(name), value) => value.get(name).into_iter().collect(),
            (Self::Index(index), value) => value.get(index).into_iter().collect(),
            (Self::All, Value::Array(items)) => items.iter().collect(),
            (Self::All, Value::Object(members)) => members.values().collect(),
            (Self::All, _) => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_path_leads_to_a_value() {
        let event =
            json!({ "detail-type": "t", "detail": { "a": [{ "b": 1 }, { "b": 2 }], "c.d": "x" } });
        for (path, expected) in [
            ("$", Some(event.clone())),
            ("$.detail-type", Some(json!("t"))),
            ("$.detail.a[1].b", Some(json!(2))),
            ("$.detail['c.d']", Some(json!("x"))),
            ("$.detail.a[*].b", Some(json!([1, 2]))),
            ("$.detail.a[2]", None),
            ("$.other.a", None),
            ("$.detail-type.a", None),
        ] {
            let path = EventPath::parse(path).expect(path);
            assert_eq!(path.find(&event), expected, "{path:?}");
        }
        for wrong in [
            "", "detail", "$detail", "$.", "$..a", "$.a[", "$.a[b]", "$.a['b]",
        ] {
            assert_eq!(EventPath::parse(wrong), None, "{wrong}");
        }
    }
}
