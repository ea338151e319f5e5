//! Which parameters, conditions and mappings of a template anything depends on. CloudFormation does not
//! update a stack for the others alone. Pure.
//!
//! Source: CloudFormation user guide, "Update behaviors of stack resources" and "Template Conditions
//! syntax": conditions cannot be updated by themselves.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// The sections whose items count only where something refers to them.
pub const REFERRED_TO: [&str; 3] = ["Parameters", "Conditions", "Mappings"];
/// The sections that no resource depends on.
///
/// Source: CloudFormation user guide, "Template Description syntax", "Template Metadata syntax", "Template
/// Rules syntax".
pub const WITHOUT_EFFECT: [&str; 4] = [
    "AWSTemplateFormatVersion",
    "Description",
    "Metadata",
    "Rules",
];
/// A transform that only sees what resources refer to.
const SERVERLESS: &str = "AWS::Serverless-2016-10-31";

/// The names that anything in the template refers to; `None` when a macro may use them all.
pub fn used_names(template: &Map<String, Value>) -> Option<BTreeSet<String>> {
    let mut used = BTreeSet::new();
    for (section, content) in template {
        match section.as_str() {
            "Transform" if content != SERVERLESS => return None,
            section if REFERRED_TO.contains(&section) || WITHOUT_EFFECT.contains(&section) => {}
            _ => add_names(content, &mut used)?,
        }
    }
    let conditions = template.get("Conditions").and_then(Value::as_object);
    let mut unread: Vec<(&String, &Value)> = conditions.into_iter().flatten().collect();
    while let Some(at) = unread.iter().position(|(name, _)| used.contains(*name)) {
        add_names(unread.swap_remove(at).1, &mut used)?;
    }
    Some(used)
}

fn add_names(value: &Value, used: &mut BTreeSet<String>) -> Option<()> {
    match value {
        Value::Array(items) => items.iter().try_for_each(|item| add_names(item, used)),
        Value::Object(fields) => fields.iter().try_for_each(|(key, value)| {
            match (key.as_str(), value) {
                ("Fn::Transform", _) => return None,
                ("Ref" | "Condition", Value::String(name)) => _ = used.insert(name.clone()),
                ("Fn::If" | "Fn::FindInMap", Value::Array(arguments)) => {
                    let name = arguments.first().and_then(Value::as_str);
                    used.extend(name.map(str::to_owned));
                }
                ("Fn::Sub", Value::String(text)) => used.extend(variables(text)),
                ("Fn::Sub", Value::Array(arguments)) => {
                    let text = arguments.first().and_then(Value::as_str);
                    used.extend(text.into_iter().flat_map(variables));
                }
                _ => {}
            }
            add_names(value, used)
        }),
        _ => Some(()),
    }
}

/// `A` and `B` of `${A}-${B.Arn}`.
pub(super) fn variables(text: &str) -> impl Iterator<Item = String> {
    let names = text
        .split("${")
        .skip(1)
        .filter_map(|rest| rest.split_once('}'));
    names.map(|(name, _)| {
        let name = name.split('.').next().unwrap_or(name);
        name.trim().to_owned()
    })
}

#[cfg(test)]
mod tests {
    use crate::deploy::template::{Template, asks_for_the_same};

    const TEMPLATE: &str = "\
Parameters: {A: {Type: String}, B: {Type: String}, C: {Type: String}, D: {Type: String}}
Conditions:
  Used: !Equals [!Ref A, x]
  Within: !Not [!Condition Used]
Mappings: {Sizes: {x: {y: z}}}
Resources:
  R:
    Type: T
    Condition: Within
    Properties:
      P: !Sub ['${B}-${Own}-${Q.Arn}', {Own: !FindInMap [Sizes, x, !Ref C]}]
Outputs: {O: {Value: !If [Used, !Ref D, n]}}
";

    #[test]
    fn what_resources_and_outputs_refer_to_is_used() {
        let template = Template::new(TEMPLATE);
        for name in ["A", "B", "C", "D", "Used", "Within", "Sizes"] {
            assert!(template.uses(name), "{name}");
        }
        assert!(!template.uses("E"));
        let all = Template::new("Transform: Mine\nParameters: {E: {Type: String}}");
        assert!(all.uses("E"), "a macro may use it");
    }

    fn is_no_difference(other: &str) -> bool {
        asks_for_the_same(&Template::new(TEMPLATE), &Template::new(other))
    }

    /// An item that nothing refers to, in each section that can have one.
    #[test]
    fn what_nothing_refers_to_is_no_difference_and_what_is_referred_to_is_one() {
        for (section, item) in [
            ("Parameters: {", "E: {Type: String}, "),
            ("Conditions:\n", "  Unused: !Equals [!Ref A, y]\n"),
            ("Mappings: {", "Other: {x: {y: z}}, "),
        ] {
            let more = TEMPLATE.replacen(section, &format!("{section}{item}"), 1);
            assert_ne!(more, TEMPLATE);
            assert!(is_no_difference(&more), "{more}");
        }
        for (old, new) in [
            ("A: {Type: String}", "A: {Type: Number}"),
            ("[!Ref A, x]", "[!Ref A, y]"),
            ("y: z", "y: w"),
            ("!Ref D, n", "!Ref D, m"),
        ] {
            let other = TEMPLATE.replacen(old, new, 1);
            assert_ne!(other, TEMPLATE);
            assert!(!is_no_difference(&other), "{other}");
        }
    }
}
