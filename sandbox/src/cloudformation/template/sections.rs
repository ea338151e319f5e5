//! The sections of a template, and whether each is built as it has to be.

use serde_json::{Map, Value};

use super::parameters::string;
use super::path::Path;
use super::policies::Retention;

const SECTIONS: [&str; 9] = [
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Transform",
];

const RESOURCE_MEMBERS: [&str; 9] = [
    "Condition",
    "CreationPolicy",
    "DeletionPolicy",
    "DependsOn",
    "Metadata",
    "Properties",
    "Type",
    "UpdatePolicy",
    "UpdateReplacePolicy",
];

const OUTPUT_MEMBERS: [&str; 4] = ["Condition", "Description", "Export", "Value"];

const MAX_DESCRIPTION: usize = 1024;
const MAX_NAME: usize = 255;

/// The entries of a section, or of another member of an object; none where it is missing.
pub fn entries<'a>(
    object: &'a Value,
    member: &str,
) -> impl Iterator<Item = (&'a String, &'a Value)> {
    let member = object.get(member).and_then(Value::as_object);
    member.into_iter().flatten()
}

/// Checks everything that can be said without following a reference. `extra` is a section that only
/// a transform knows.
pub fn check(body: &Value, extra: Option<&str>) -> Result<(), String> {
    let sections = body
        .as_object()
        .ok_or("Template format error: unsupported structure.")?;
    names(sections, extra)?;
    for (name, section) in sections {
        no_nulls(section, &Path::section(name))?;
    }
    let version = body.get("AWSTemplateFormatVersion");
    if version.is_some_and(|version| version != "2010-09-09") {
        return Err(
            "Template format error: unsupported value for AWSTemplateFormatVersion. It must be \
             2010-09-09"
                .to_owned(),
        );
    }
    let description = string(sections, "Description", &Path::section("Description"))?;
    if description.is_some_and(|description| description.len() > MAX_DESCRIPTION) {
        return Err(format!(
            "Template format error: 'Description' length is greater than {MAX_DESCRIPTION}."
        ));
    }
    for name in [
        "Conditions",
        "Mappings",
        "Outputs",
        "Parameters",
        "Resources",
    ] {
        section(name, sections.get(name))?;
    }
    if entries(body, "Resources").next().is_none() {
        return Err(
            "Template format error: At least one Resources member must be defined.".to_owned(),
        );
    }
    count(body)?;
    entries(body, "Mappings").try_for_each(|(name, map)| mapping(name, map))?;
    entries(body, "Resources").try_for_each(|(name, declared)| resource(name, declared))?;
    entries(body, "Outputs").try_for_each(|(name, declared)| output(name, declared))
}

fn names(sections: &Map<String, Value>, extra: Option<&str>) -> Result<(), String> {
    let unknown = |name: &&str| !SECTIONS.contains(name) && Some(*name) != extra;
    let unknown: Vec<&str> = sections
        .keys()
        .map(String::as_str)
        .filter(unknown)
        .collect();
    if unknown.is_empty() {
        return Ok(());
    }
    let valid = unknown
        .iter()
        .find(|name| ["Hooks", "Rules"].contains(*name));
    Err(match valid {
        Some(name) => format!("Template format error: the sandbox does not support {name}"),
        None => format!(
            "Invalid template property or properties [{}]",
            unknown.join(", ")
        ),
    })
}

fn no_nulls(value: &Value, path: &Path) -> Result<(), String> {
    match value {
        Value::Null => Err(format!(
            "Template format error: [{path}] 'null' values are not allowed in templates"
        )),
        Value::Array(items) => {
            let mut items = items.iter().enumerate();
            items.try_for_each(|(index, item)| no_nulls(item, &path.index(index)))
        }
        Value::Object(entries) => {
            let mut entries = entries.iter();
            entries.try_for_each(|(key, value)| no_nulls(value, &path.key(key)))
        }
        _ => Ok(()),
    }
}

fn section(name: &str, section: Option<&Value>) -> Result<(), String> {
    let Some(section) = section else {
        return Ok(());
    };
    let path = Path::section(name);
    let entries = map(section, &path)?;
    for (id, entry) in entries {
        let alphanumeric = id.chars().all(|char| char.is_ascii_alphanumeric());
        if id.is_empty() || !alphanumeric || id.len() > MAX_NAME {
            let kind = name.strip_suffix('s').unwrap_or(name);
            return Err(format!(
                "Template format error: {kind} name {id} is non alphanumeric, empty or longer than \
                 {MAX_NAME} characters."
            ));
        }
        map(entry, &path.key(id))?;
    }
    Ok(())
}

fn map<'a>(value: &'a Value, path: &Path) -> Result<&'a Map<String, Value>, String> {
    let map = value.as_object();
    map.ok_or_else(|| format!("Template format error: [{path}] must be a map"))
}

/// Checks against CloudFormation's quotas.
pub fn count(body: &Value) -> Result<(), String> {
    for (section, most) in [
        ("Resources", 500),
        ("Parameters", 200),
        ("Outputs", 200),
        ("Mappings", 200),
    ] {
        let count = entries(body, section).count();
        if count > most {
            return Err(format!(
                "Template format error: Number of {}, {count}, is greater than maximum allowed, \
                 {most}",
                section.to_lowercase()
            ));
        }
    }
    Ok(())
}

fn mapping(name: &str, mapping: &Value) -> Result<(), String> {
    let section = Path::section("Mappings");
    let path = section.key(name);
    for (top, values) in map(mapping, &path)? {
        let path = path.key(top);
        for (second, value) in map(values, &path)? {
            let scalars =
                |items: &Vec<Value>| !items.iter().any(|item| item.is_array() || item.is_object());
            let fits = match value {
                Value::Object(_) => false,
                Value::Array(items) => scalars(items),
                _ => true,
            };
            if !fits {
                return Err(format!(
                    "Template format error: [{}] Every Mappings attribute must be a String or a \
                     List.",
                    path.key(second)
                ));
            }
        }
    }
    Ok(())
}

fn resource(id: &str, declared: &Value) -> Result<(), String> {
    let section = Path::section("Resources");
    let path = section.key(id);
    let members = map(declared, &path)?;
    if let Some(member) = members
        .keys()
        .find(|key| !RESOURCE_MEMBERS.contains(&key.as_str()))
    {
        return Err(path.wrong(format!("Invalid template resource property '{member}'")));
    }
    if string(members, "Type", &path)?.is_none_or(|kind| kind.is_empty()) {
        return Err(format!(
            "Template format error: [{path}] Every Resources object must contain a Type member."
        ));
    }
    if let Some(properties) = members.get("Properties") {
        map(properties, &path.key("Properties"))?;
    }
    string(members, "Condition", &path)?;
    depends_on(declared, &path)?;
    Retention::read(declared, Retention::DELETION, &path)?;
    Retention::read(declared, Retention::REPLACEMENT, &path)?;
    Ok(())
}

/// The resources that `DependsOn` names.
pub fn depends_on<'a>(declared: &'a Value, path: &Path) -> Result<Vec<&'a str>, String> {
    let names = match declared.get("DependsOn") {
        None => Some(Vec::new()),
        Some(Value::String(name)) => Some(vec![name.as_str()]),
        Some(Value::Array(names)) => names.iter().map(Value::as_str).collect(),
        Some(_) => None,
    };
    names.ok_or_else(|| {
        path.wrong("Template format error: DependsOn must be a string or list of strings.")
    })
}

fn output(name: &str, declared: &Value) -> Result<(), String> {
    let section = Path::section("Outputs");
    let path = section.key(name);
    let members = map(declared, &path)?;
    if let Some(member) = members
        .keys()
        .find(|key| !OUTPUT_MEMBERS.contains(&key.as_str()))
    {
        return Err(path.wrong(format!("Invalid template output property '{member}'")));
    }
    if !members.contains_key("Value") {
        return Err(
            path.wrong("Template format error: Every Outputs member must contain a Value object")
        );
    }
    string(members, "Description", &path)?;
    string(members, "Condition", &path)?;
    match members.get("Export") {
        Some(export)
            if !export
                .as_object()
                .is_some_and(|export| export.len() == 1 && export.contains_key("Name")) =>
        {
            Err(path
                .wrong("Template format error: Export must be a map with the single member Name"))
        }
        _ => Ok(()),
    }
}
