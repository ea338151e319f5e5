//! Inserts a part into a text of YAML, JSON or TOML, whose comments and layout stay. Pure.

use serde_json::Value;

/// The text with one more line at the end of a table of TOML, before its trailing comments; `None` if the
/// table has no header of its own.
pub fn into_table(text: &str, table: &str, line: &str) -> Option<String> {
    let lines = Lines::of(text);
    let header = lines.all.iter().position(|it| {
        let inside = it
            .trim()
            .strip_prefix('[')
            .and_then(|it| it.split_once(']'));
        inside.is_some_and(|(name, _)| name.trim() == table)
    })?;
    let rest = &lines.all[header + 1..];
    let length = rest.iter().position(|it| it.trim_start().starts_with('['));
    let section = &rest[..length.unwrap_or(rest.len())];
    let is_value = |it: &&str| !it.trim().is_empty() && !it.trim_start().starts_with('#');
    let values = section.iter().rposition(is_value).map_or(0, |at| at + 1);
    Some(lines.with(header + 1 + values, &[line.to_owned()]))
}

/// The text with one more item at the end of a section of YAML. `item` makes it with the section's
/// indentation. `None` if the section is missing, or in one line.
pub fn into_yaml(text: &str, section: &str, item: &dyn Fn(&str) -> String) -> Option<String> {
    let lines = Lines::of(text);
    let begins = |line: &str| {
        let rest = line.strip_prefix(section)?.strip_prefix(':')?.trim();
        (rest.is_empty() || rest.starts_with('#')).then_some(())
    };
    let Some(header) = lines.all.iter().position(|it| begins(it).is_some()) else {
        return new_section(&lines, section, item);
    };
    let rest = &lines.all[header + 1..];
    let is_next = |it: &&str| !it.starts_with([' ', '#', '\t']) && !it.trim().is_empty();
    let length = rest.iter().position(is_next).unwrap_or(rest.len());
    let body = &rest[..length];
    let is_inside = |it: &&str| it.starts_with(' ') && !it.trim().is_empty();
    let end = body.iter().rposition(&is_inside)?;
    let first = body
        .iter()
        .find(|it| is_inside(it) && !it.trim_start().starts_with('#'))?;
    let unit = &first[..first.len() - first.trim_start().len()];
    let is_item = |it: &&str| {
        it.starts_with(unit) && !it[unit.len()..].starts_with([' ', '#', '-']) && is_inside(it)
    };
    let last = body.iter().rposition(is_item)?;
    let has_gaps = body[..last].last().is_some_and(|it| it.trim().is_empty())
        || (0..last)
            .rev()
            .take_while(|at| body[*at].trim_start().starts_with('#'))
            .any(|at| at > 0 && body[at - 1].trim().is_empty());
    let mut new: Vec<String> = has_gaps.then(String::new).into_iter().collect();
    new.extend(item(unit).lines().map(str::to_owned));
    Some(lines.with(header + 1 + end + 1, &new))
}

/// The text with a new section before the resources.
fn new_section(lines: &Lines<'_>, section: &str, item: &dyn Fn(&str) -> String) -> Option<String> {
    let at = lines
        .all
        .iter()
        .position(|it| it.starts_with("Resources:"))?;
    if section == "Resources" || lines.all.iter().any(|it| it.starts_with(section)) {
        return None;
    }
    let mut new = vec![format!("{section}:")];
    new.extend(item("  ").lines().map(str::to_owned));
    new.push(String::new());
    Some(lines.with(at, &new))
}

/// The lines of a text, and how they end.
struct Lines<'a> {
    all: Vec<&'a str>,
    end: &'static str,
}

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Self {
        Self {
            all: text.lines().collect(),
            end: if text.contains("\r\n") { "\r\n" } else { "\n" },
        }
    }

    /// The text with `new` lines before the line `at`.
    fn with(&self, at: usize, new: &[String]) -> String {
        let (before, after) = self.all.split_at(at);
        let new = new.iter().map(String::as_str);
        let lines = before
            .iter()
            .copied()
            .chain(new)
            .chain(after.iter().copied());
        lines.flat_map(|line| [line, self.end]).collect()
    }
}

/// The text with one more member at the end of an object in JSON, which is a member of the whole, or a new
/// one.
pub fn into_json(text: &str, section: &str, name: &str, value: &Value) -> Option<String> {
    let object = members_of(text, section);
    let (at, is_empty, depth) = match object {
        Some((at, is_empty)) => (at, is_empty, 2),
        None => {
            let end = text.trim_end().strip_suffix('}')?.trim_end().len();
            (end, text[..end].ends_with('{'), 1)
        }
    };
    let member = match depth {
        2 => format!("{}: {value:#}", Value::from(name)),
        _ => format!(
            "{}: {:#}",
            Value::from(section),
            serde_json::json!({ name: value })
        ),
    };
    let unit = text.lines().find_map(|line| {
        let indent = line.len() - line.trim_start().len();
        (indent > 0).then(|| &line[..indent])
    });
    let unit = unit.unwrap_or("  ");
    let indented = member.lines().map(|line| {
        let inner = line.trim_start();
        let levels = depth + (line.len() - inner.len()) / 2;
        format!("\n{}{inner}", unit.repeat(levels))
    });
    let comma = if is_empty { "" } else { "," };
    let close = match is_empty {
        true => format!("\n{}", unit.repeat(depth - 1)),
        false => String::new(),
    };
    let member: String = indented.collect();
    Some(format!(
        "{}{comma}{member}{close}{}",
        &text[..at],
        &text[at..]
    ))
}

/// Where the last member of the object ends that is the member `section` of the whole; whether it has none.
fn members_of(text: &str, section: &str) -> Option<(usize, bool)> {
    let key = Value::from(section).to_string();
    let (mut depth, mut in_text, mut escaped) = (0, false, false);
    let mut inside = None;
    for (at, letter) in text.char_indices() {
        if in_text {
            match letter {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => in_text = false,
                _ => {}
            }
            continue;
        }
        match letter {
            '"' => in_text = true,
            '{' | '[' => {
                depth += 1;
                let before = text[..at].trim_end().strip_suffix(':');
                let is_it = before.is_some_and(|it| it.trim_end().ends_with(&key));
                if letter == '{' && depth == 2 && is_it {
                    inside = Some(at + 1);
                }
            }
            '}' | ']' => {
                if let (2, Some(start)) = (depth, inside) {
                    let members = text[start..at].trim_end();
                    return Some((start + members.len(), members.is_empty()));
                }
                depth -= 1;
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_line_follows_the_values_of_its_table() {
        let text = "[a.b]\nx = 1 # one\n\n# after\n[c]\ny = 2\n";
        assert_eq!(
            into_table(text, "a.b", "z = 3").as_deref(),
            Some("[a.b]\nx = 1 # one\nz = 3\n\n# after\n[c]\ny = 2\n")
        );
        assert_eq!(
            into_table("[a.b]\r\n", "a.b", "z = 3").as_deref(),
            Some("[a.b]\r\nz = 3\r\n")
        );
        assert_eq!(into_table("a = { b = {} }\n", "a.b", "z = 3"), None);
    }

    #[test]
    fn an_item_follows_the_others_as_they_are_laid_out() {
        let item = |unit: &str| format!("{unit}N:\n{unit}{unit}Type: String");
        for (text, expected) in [
            (
                "Parameters:\n  A:\n    Type: String\n  B: {Type: String} # b\n\n# next\nResources:\n",
                "Parameters:\n  A:\n    Type: String\n  B: {Type: String} # b\n  N:\n    Type: String\n\n# next\nResources:\n",
            ),
            (
                "Parameters: # all\n    A:\n        Type: String\n\n    # the second\n    B:\n        Type: String\nResources:\n",
                "Parameters: # all\n    A:\n        Type: String\n\n    # the second\n    B:\n        Type: String\n\n    N:\n        Type: String\nResources:\n",
            ),
            (
                "# x\nResources:\n",
                "# x\nParameters:\n  N:\n    Type: String\n\nResources:\n",
            ),
        ] {
            assert_eq!(
                into_yaml(text, "Parameters", &item).as_deref(),
                Some(expected)
            );
        }
        for text in [
            "Parameters: {A: {Type: String}}\nResources:\n",
            "Parameters:\nResources:\n",
            "",
        ] {
            assert_eq!(into_yaml(text, "Parameters", &item), None, "{text}");
        }
    }

    #[test]
    fn a_member_of_json_follows_the_others() {
        let text = "{\n  \"Note\": \"} \\\" {\",\n  \"Parameters\": {\n    \"A\": { \"Type\": \"String\" }\n  }\n}\n";
        let value = json!({ "Type": "String" });
        let written = into_json(text, "Parameters", "N", &value).expect("written");
        assert_eq!(
            written,
            "{\n  \"Note\": \"} \\\" {\",\n  \"Parameters\": {\n    \"A\": { \"Type\": \"String\" },\n    \
             \"N\": {\n      \"Type\": \"String\"\n    }\n  }\n}\n"
        );
        for text in [
            "{}",
            "{\"Parameters\": {}}",
            "{\"Resources\": {\"Parameters\": {}}}",
            "{\"a\":[{}]}",
        ] {
            let written = into_json(text, "Parameters", "N", &value).expect("written");
            let read: Value = serde_json::from_str(&written).expect("it is JSON");
            assert_eq!(read["Parameters"]["N"], value, "{written}");
        }
    }
}
