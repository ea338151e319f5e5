//! What a stack of a template asks of other services, and in which order its resources are created: those that a
//! resource refers to come first. They are deleted in the opposite order. Pure.
//!
//! Source: CloudFormation user guide, "DependsOn attribute".

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::template::Template;
use super::template_use::variables;
use super::template_values::Values;
use crate::cloud::NamedValues;
use crate::cloud::limits::{self, Family, Work};

impl Template {
    /// What CloudFormation asks of services with limits for a stack with these parameters.
    pub fn load(&self, work: Work, parameters: &NamedValues) -> BTreeMap<Family, u32> {
        let types = self.types(parameters);
        limits::load(types.values().map(String::as_str), work)
    }

    /// The types of the resources of such a stack, by their logical ids.
    pub fn types(&self, parameters: &NamedValues) -> BTreeMap<String, String> {
        let values = Values::new(self, "", parameters);
        let types = values.resources().filter_map(|(name, resource)| {
            Some((name.clone(), resource["Type"].as_str()?.to_owned()))
        });
        types.collect()
    }

    /// How long the slowest chain of resources takes that wait for each other, in a stack with these
    /// parameters. `time` is that of a type.
    pub fn longest_chain(&self, parameters: &NamedValues, time: impl Fn(&str) -> f64) -> f64 {
        let values = Values::new(self, "", parameters);
        let resources: BTreeMap<&str, &Value> = values
            .resources()
            .map(|(name, resource)| (name.as_str(), resource))
            .collect();
        let mut ends = BTreeMap::new();
        let chains = resources
            .keys()
            .map(|name| end(name, &resources, &time, &mut ends));
        chains.fold(0.0, f64::max)
    }
}

/// When the resource is there, after the start.
fn end<'a>(
    name: &'a str,
    resources: &BTreeMap<&'a str, &'a Value>,
    time: &impl Fn(&str) -> f64,
    ends: &mut BTreeMap<&'a str, f64>,
) -> f64 {
    if let Some(end) = ends.get(name) {
        return *end;
    }
    // A circle, which CloudFormation refuses, ends here.
    ends.insert(name, 0.0);
    let resource = resources[name];
    let mut names = BTreeSet::new();
    referred_to(resource, &mut names);
    let before = resources.keys().filter(|it| names.contains(**it));
    let before: Vec<&str> = before.copied().collect();
    let begins = before
        .into_iter()
        .map(|it| end(it, resources, time, ends))
        .fold(0.0, f64::max);
    let end = begins + time(resource["Type"].as_str().unwrap_or_default());
    ends.insert(name, end);
    end
}

/// The names that a resource refers to, of parameters too.
fn referred_to(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| referred_to(item, names)),
        Value::Object(fields) => {
            for (key, value) in fields {
                match (key.as_str(), value) {
                    ("Ref" | "DependsOn", Value::String(name)) => _ = names.insert(name.clone()),
                    ("DependsOn", Value::Array(all)) => {
                        let all = all.iter().filter_map(Value::as_str);
                        names.extend(all.map(str::to_owned));
                    }
                    ("Fn::GetAtt", Value::String(path)) => {
                        names.extend(path.split('.').next().map(str::to_owned));
                    }
                    ("Fn::GetAtt", Value::Array(path)) => {
                        let name = path.first().and_then(Value::as_str);
                        names.extend(name.map(str::to_owned));
                    }
                    ("Fn::Sub", Value::String(text)) => names.extend(variables(text)),
                    ("Fn::Sub", Value::Array(arguments)) => {
                        let text = arguments.first().and_then(Value::as_str);
                        names.extend(text.into_iter().flat_map(variables));
                    }
                    _ => {}
                }
                referred_to(value, names);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slowest_chain_of_references_decides() {
        let chain = |resources: &str| {
            let template = Template::new(format!("Resources:\n{resources}"));
            template.longest_chain(&NamedValues::new(), |kind| kind.len() as f64)
        };
        assert_eq!(chain("  A: {Type: aaa}\n  B: {Type: bb}\n"), 3.0);
        for reference in [
            "Properties: {Of: !Ref A}",
            "Properties: {Of: [!GetAtt A.Arn]}",
            "Properties: {Of: {Fn::GetAtt: [A, Arn]}}",
            "Properties: {Of: !Sub 'x-${A.Arn}'}",
            "Properties: {Of: !Sub ['${A}-${b}', {b: c}]}",
            "DependsOn: A",
            "DependsOn: [A]",
        ] {
            let resources = format!("  A: {{Type: aaa}}\n  B: {{Type: bb, {reference}}}\n");
            assert_eq!(chain(&resources), 5.0, "{reference}");
        }
        let circle = "  A: {Type: aaa, DependsOn: B}\n  B: {Type: bb, DependsOn: A}\n";
        assert_eq!(chain(circle), 5.0);
        assert_eq!(
            Template::new("[").longest_chain(&NamedValues::new(), |_| 1.0),
            0.0
        );
    }
}
