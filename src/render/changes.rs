//! The changes of a change set, in proportion: what changes in the same way stands once, and changes of
//! tags alone are counted.

use super::prose::wrapped;
use super::style::{bad, dim};
use crate::cloud::{Change, PropertyChange, TAGS};
use crate::wording::count;

/// The longest value that is shown whole, in characters.
const LONGEST_VALUE: usize = 60;
/// How many characters of a long value are shown around the part that differs.
const AROUND: usize = 12;

/// The columns before a property.
const INDENT: &str = "    ";
/// The columns that may be before all of it.
const MARGIN: usize = 2;

/// How many resources that change alike are all named.
const MAX_NAMED: usize = 5;
const FIRST_NAMED: usize = 2;

/// One line for each group of resources, and one for each of their properties; those are wrapped to `width`.
pub fn changes(changes: &[Change], width: Option<usize>) -> Vec<String> {
    let (of_tags, others): (Vec<&Change>, Vec<&Change>) =
        changes.iter().partition(|change| change.is_of_tags_alone());
    let mut groups: Vec<Vec<&Change>> = Vec::new();
    for change in others {
        match groups.iter_mut().find(|group| is_alike(group[0], change)) {
            Some(group) => group.push(change),
            None => groups.push(vec![change]),
        }
    }
    let mut lines: Vec<String> = groups
        .iter()
        .flat_map(|group| described(group, width))
        .collect();
    if !of_tags.is_empty() {
        let number = count(of_tags.len(), "resource");
        lines.push(format!("~ {number}: tags only"));
    }
    lines
}

fn is_alike(one: &Change, other: &Change) -> bool {
    one.action == other.action
        && one.resource_type == other.resource_type
        && (one.replaced, one.loses_data) == (other.replaced, other.loses_data)
        && !one.properties.is_empty()
        && properties(one) == properties(other)
}

/// The properties in words. Tags change beside the rest, and nobody looks for them there.
fn properties(change: &Change) -> Vec<String> {
    let mut shown = Vec::new();
    for change in change.properties.iter().filter(|it| it.property != TAGS) {
        let line = property(change);
        if !shown.contains(&line) {
            shown.push(line);
        }
    }
    shown
}

fn described(group: &[&Change], width: Option<usize>) -> Vec<String> {
    let first = group[0];
    let sign = match first.action.as_str() {
        "Add" => "+",
        "Remove" => "-",
        _ => "~",
    };
    let names = named(group);
    let effect = match (first.loses_data, first.action.as_str(), first.replaced) {
        (true, "Remove", _) => format!(" {}", bad("(its data is lost)")),
        (true, _, true) => format!(" {}", bad("(replaced, its data is lost)")),
        (true, _, false) => format!(" {}", bad("(perhaps replaced, its data is lost then)")),
        (false, _, true) => " (replaced)".to_owned(),
        (false, _, false) => String::new(),
    };
    let head = format!("{sign} {names} {}{effect}", dim(&first.resource_type));
    let room = width.map(|width| width.saturating_sub(INDENT.len() + MARGIN));
    let properties = properties(first).into_iter();
    let properties = properties.map(|line| {
        let lines = wrapped(&line, room, 0, 2);
        format!("{INDENT}{}", lines.replace('\n', &format!("\n{INDENT}")))
    });
    [head].into_iter().chain(properties).collect()
}

/// All of a few, such as the functions of the game; the first of many.
fn named(group: &[&Change]) -> String {
    let (named, others) = match group.len() {
        0..=MAX_NAMED => (group, 0),
        all => (&group[..FIRST_NAMED], all - FIRST_NAMED),
    };
    let names: Vec<&str> = named.iter().map(|it| it.logical_id.as_str()).collect();
    match others {
        0 => names.join(", "),
        others => format!("{} and {}", names.join(", "), count(others, "other")),
    }
}

fn property(change: &PropertyChange) -> String {
    let name = &change.property;
    // Where a bundle lies tells nobody anything. The function may have it already, by a patch.
    if name.starts_with("Code.") {
        return "Code: another bundle than at the stack's last update".to_owned();
    }
    match (&change.before, &change.after) {
        (Some(before), Some(after)) => match difference(&line(before), &line(after)) {
            Some((before, after)) => format!("{name}: {before} → {after}"),
            None => name.clone(),
        },
        (None, Some(after)) => format!("{name}: new, {}", value(after)),
        (Some(before), None) => format!("{name}: no longer {}", value(before)),
        (None, None) => name.clone(),
    }
}

fn line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Both values, and of long ones the part that differs; `None` when only their spaces do.
fn difference(before: &str, after: &str) -> Option<(String, String)> {
    if before == after {
        return None;
    }
    let (old, new): (Vec<char>, Vec<char>) = (before.chars().collect(), after.chars().collect());
    if old.len().max(new.len()) <= LONGEST_VALUE {
        return Some((value(before), value(after)));
    }
    let alike = |pairs: &mut dyn Iterator<Item = (&char, &char)>| {
        pairs.take_while(|(old, new)| old == new).count()
    };
    let start = alike(&mut old.iter().zip(&new));
    let backwards = old[start..].iter().rev().zip(new[start..].iter().rev());
    let end = alike(&mut { backwards }).saturating_sub(AROUND);
    let start = start.saturating_sub(AROUND);
    let part = |text: &[char]| {
        let part: String = text[start..text.len() - end].iter().collect();
        let left_out = |number: usize| if number > 0 { "…" } else { "" };
        let shown = value(&part);
        let after = if shown.ends_with('…') {
            ""
        } else {
            left_out(end)
        };
        format!("{}{shown}{after}", left_out(start))
    };
    Some((part(&old), part(&new)))
}

/// In one line, and not longer than people read.
fn value(text: &str) -> String {
    let text = line(text);
    match text.char_indices().nth(LONGEST_VALUE) {
        None if text.is_empty() => "\"\"".to_owned(),
        None => text,
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn property(property: &str, before: &str, after: &str) -> PropertyChange {
        let value = |text: &str| (text != "-").then(|| text.to_owned());
        PropertyChange {
            property: property.to_owned(),
            before: value(before),
            after: value(after),
        }
    }

    fn change(action: &str, id: &str, kind: &str, properties: &[PropertyChange]) -> Change {
        Change {
            action: action.to_owned(),
            logical_id: id.to_owned(),
            resource_type: kind.to_owned(),
            replaced: false,
            loses_data: false,
            properties: properties.to_vec(),
        }
    }

    fn shown(all: &[Change]) -> Vec<String> {
        let lines = changes(all, None).into_iter();
        lines
            .map(|line| anstream::adapter::strip_str(&line).to_string())
            .collect()
    }

    #[test]
    fn in_a_narrow_window_a_property_takes_several_lines() {
        let setting = property("Environment.Variables.PLAYERS", "ten or eleven", "7");
        let all = [change("Modify", "NewGame", "Function", &[setting])];
        assert_eq!(
            changes(&all, Some(40))[1],
            "    Environment.Variables.PLAYERS: ten\n      or eleven → 7"
        );
    }

    #[test]
    fn alike_changes_stand_once_and_tags_are_folded() {
        let players = property("Environment.Variables.PLAYERS", "10", "7");
        let tags = property(TAGS, "-", "-");
        let all = [
            change("Modify", "Table", "Table", std::slice::from_ref(&tags)),
            change(
                "Modify",
                "NewGame",
                "Function",
                std::slice::from_ref(&players),
            ),
            change("Modify", "DayTurn", "Function", &[tags.clone(), players]),
            change(
                "Modify",
                "NightTurn",
                "Function",
                &[property("MemorySize", "256", "512")],
            ),
            change("Modify", "Role", "Role", &[tags]),
            change("Add", "One", "Topic", &[]),
            change("Add", "Two", "Topic", &[]),
        ];
        assert_eq!(
            shown(&all),
            [
                "~ NewGame, DayTurn Function",
                "    Environment.Variables.PLAYERS: 10 → 7",
                "~ NightTurn Function",
                "    MemorySize: 256 → 512",
                "+ One Topic",
                "+ Two Topic",
                "~ 2 resources: tags only",
            ]
        );
    }

    #[test]
    fn of_many_that_change_alike_the_first_are_named() {
        let setting = [property("Timeout", "3", "5")];
        let of = |number: usize| {
            let ids =
                (1..=number).map(|id| change("Modify", &format!("F{id}"), "Function", &setting));
            shown(&ids.collect::<Vec<_>>()).remove(0)
        };
        assert_eq!(of(5), "~ F1, F2, F3, F4, F5 Function");
        assert_eq!(of(6), "~ F1, F2 and 4 others Function");
    }

    #[test]
    fn a_change_says_what_becomes_of_the_resource_and_its_data() {
        for (action, replaced, loses_data, words) in [
            ("Add", false, false, "+ Table T"),
            ("Modify", false, false, "~ Table T"),
            ("Remove", false, false, "- Table T"),
            ("Remove", false, true, "- Table T (its data is lost)"),
            ("Modify", true, false, "~ Table T (replaced)"),
            (
                "Modify",
                true,
                true,
                "~ Table T (replaced, its data is lost)",
            ),
            (
                "Modify",
                false,
                true,
                "~ Table T (perhaps replaced, its data is lost then)",
            ),
        ] {
            let change = Change {
                replaced,
                loses_data,
                ..change(action, "Table", "T", &[])
            };
            assert_eq!(shown(&[change]), [words]);
        }
    }

    #[test]
    fn of_long_values_the_part_that_differs_is_shown() {
        let text = |word: &str| format!("{}, the {word} and {}", "a".repeat(70), "b".repeat(70));
        let all = [change(
            "Modify",
            "A",
            "B",
            &[
                property("One", &text("night"), &text("day")),
                property("End", &"a".repeat(70), &"a".repeat(75)),
                property("All", &"a".repeat(70), &"b".repeat(70)),
                property("Spaces", "a b", "a  b"),
            ],
        )];
        let (a, b) = ("a".repeat(60), "b".repeat(60));
        assert_eq!(
            shown(&all)[1..],
            [
                "    One: …aaaaaa, the night and bbbbbbb… → …aaaaaa, the day and bbbbbbb…"
                    .to_owned(),
                format!("    End: …{} → …{}", "a".repeat(12), "a".repeat(17)),
                format!("    All: {a}… → {b}…"),
                "    Spaces".to_owned(),
            ]
        );
    }

    #[test]
    fn values_are_short_and_in_one_line() {
        let all = [change(
            "Modify",
            "A",
            "B",
            &[
                property("New", "-", "1"),
                property("Gone", "1", "-"),
                property("Unknown", "-", "-"),
                property("Empty", "", "a\n b"),
                property("Long", "-", &"ł".repeat(61)),
                property("Code.S3Bucket", "a", "b"),
                property("Code.S3Key", "a", "b"),
            ],
        )];
        assert_eq!(
            shown(&all)[1..],
            [
                "    New: new, 1".to_owned(),
                "    Gone: no longer 1".to_owned(),
                "    Unknown".to_owned(),
                "    Empty: \"\" → a b".to_owned(),
                format!("    Long: new, {}…", "ł".repeat(60)),
                "    Code: another bundle than at the stack's last update".to_owned(),
            ]
        );
    }
}
