//! The files that make code differ.

use super::style::{bold, dim};
use crate::deploy::{Action, Alone, Difference, FunctionOutcome};
use crate::names::without_number;
use crate::wording::in_a_line;

/// The most files that are named.
const MOST_FILES: usize = 3;

/// Which files make which functions differ from what was deployed.
pub fn changed_files(functions: &[FunctionOutcome]) -> Option<String> {
    let is_changed = |it: &&FunctionOutcome| matches!(it.action, Action::Patched | Action::Updated);
    let changed: Vec<&FunctionOutcome> = functions.iter().filter(is_changed).collect();
    let mut groups: Vec<(String, Vec<&str>)> = Vec::new();
    for function in changed {
        let name = without_number(&function.function);
        let files = why(function.files.as_deref(), function.difference.as_ref());
        match groups.iter_mut().find(|(known, _)| *known == files) {
            Some((_, names)) => names.push(name),
            None => groups.push((files, vec![name])),
        }
    }
    let lines = groups.iter().map(|(files, names)| {
        let names = match names.len() {
            number if number > 1 && number == functions.len() => "all functions".to_owned(),
            _ => names.join(", "),
        };
        format!("  {names}  {files}")
    });
    let lines: Vec<String> = lines.collect();
    (!lines.is_empty()).then(|| format!("{}\n{}", bold("Changed files"), lines.join("\n")))
}

/// Why its code differs.
fn why(names: Option<&[String]>, difference: Option<&Difference>) -> String {
    let other = difference.map(besides_files);
    match (names, other) {
        (None, Some(other)) if has_the_same_code(difference) => dim(format!("no file: {other}")),
        (None, _) => dim("not known: this folder has not built the code that was deployed"),
        (Some([]), None) => dim("no file: another compiler, or other options of the build"),
        (Some([]), Some(other)) => dim(format!("no file: {other}")),
        (Some(names), None) => files(names),
        (Some(names), Some(other)) => format!("{}, and {}", files(names), dim(other)),
    }
}

fn has_the_same_code(difference: Option<&Difference>) -> bool {
    matches!(
        difference,
        Some(Difference::Restored | Difference::Unfinished)
    )
}

fn besides_files(difference: &Difference) -> String {
    let alone = match difference {
        Difference::Restored => return "it had failed, and has the same code again".to_owned(),
        Difference::Unfinished => return "an earlier update of it had not ended".to_owned(),
        Difference::Shared => return "it shares the library now".to_owned(),
        Difference::Alone(alone) => alone,
    };
    let because = match alone {
        Alone::Release => "as --release links it".to_owned(),
        Alone::NoLayers(functions) => {
            format!("the template has no Layers for {}", functions.join(", "))
        }
        Alone::OtherLibrary => {
            "the stack has another one, until all functions are deployed together".to_owned()
        }
        Alone::Linking => "it was linked in another way".to_owned(),
    };
    format!("it shares the library no more: {because}")
}

/// The first files, and how many others there are.
pub(super) fn files(files: &[String]) -> String {
    let others = files.len().saturating_sub(MOST_FILES);
    let named = files[..files.len() - others].iter();
    let named = named.map(|name| in_a_line(name));
    let named = named.collect::<Vec<_>>().join(", ");
    match others {
        0 => named,
        others => format!("{named} and {others} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_file_makes_no_line() {
        let names = ["a\nNext: rm".to_owned(), "b".to_owned()];
        assert_eq!(files(&names), "a\\nNext: rm, b");
    }

    #[test]
    fn what_no_file_has_changed_is_said() {
        let said = |names: Option<&[&str]>, difference| {
            let names: Option<Vec<String>> =
                names.map(|names| names.iter().map(|it| (*it).to_owned()).collect());
            let text = why(names.as_deref(), Some(&difference));
            anstream::adapter::strip_str(&text).to_string()
        };
        let no_layers = || Difference::Alone(Alone::NoLayers(vec!["DayTurn".to_owned()]));
        for (names, difference, words) in [
            (
                None,
                Difference::Restored,
                "no file: it had failed, and has the same code again",
            ),
            (
                None,
                Difference::Unfinished,
                "no file: an earlier update of it had not ended",
            ),
            (
                Some(&[][..]),
                Difference::Shared,
                "no file: it shares the library now",
            ),
            (
                Some(&[]),
                no_layers(),
                "no file: it shares the library no more: the template has no Layers for DayTurn",
            ),
            (
                Some(&["a.rs"]),
                Difference::Alone(Alone::Release),
                "a.rs, and it shares the library no more: as --release links it",
            ),
        ] {
            assert_eq!(said(names, difference), words);
        }
    }

    #[test]
    fn a_deployment_says_which_files_changed_which_functions() {
        use Action::{Created, Patched, Unchanged};
        let shown = |functions: &[(&str, Action, Option<&[&str]>)]| {
            let one = FunctionOutcome {
                function: String::new(),
                action: Patched,
                bytes: 1,
                digest: String::new(),
                milliseconds: None,
                files: None,
                difference: None,
                ways: None,
            };
            let all: Vec<FunctionOutcome> = functions
                .iter()
                .map(|(name, action, files)| FunctionOutcome {
                    function: (*name).to_owned(),
                    action: *action,
                    files: files.map(|files| files.iter().map(|it| (*it).to_owned()).collect()),
                    ..one.clone()
                })
                .collect();
            changed_files(&all).map(|text| anstream::adapter::strip_str(&text).to_string())
        };
        let names: Option<&[&str]> = Some(&["names.txt"]);
        assert_eq!(
            shown(&[("01-one", Created, None), ("02-two", Unchanged, None)]),
            None
        );
        let words = |words: &str| Some(format!("Changed files\n{words}"));
        assert_eq!(
            shown(&[("01-one", Patched, names), ("02-two", Patched, names)]),
            words("  all functions  names.txt")
        );
        assert_eq!(
            shown(&[
                (
                    "01-one",
                    Patched,
                    Some(&["a.rs", "b.rs", "c.rs", "d.rs", "e.rs"])
                ),
                ("02-two", Unchanged, None),
                ("03-three", Patched, Some(&[])),
                ("04-four", Patched, None),
                ("05-five", Patched, None),
            ]),
            words(
                "  one  a.rs, b.rs, c.rs and 2 more\n  \
                 three  no file: another compiler, or other options of the build\n  \
                 four, five  not known: this folder has not built the code that was deployed"
            )
        );
    }
}
