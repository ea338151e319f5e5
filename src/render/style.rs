//! Colours by their meaning. The streams remove them where none are wanted.
//!
//! Texts of functions, servers and files are printed among ours, and a terminal obeys the control
//! characters in them. So a colour is a mark with a number that this process has drawn, which no other
//! text can have, and [`shown`] lets nothing else through that a terminal obeys.

use std::fmt::Display;
use std::sync::LazyLock;

use anstyle::{AnsiColor, Style};

/// Begins a control sequence.
const SEQUENCE: &str = "\x1b[";

/// Begins a control sequence of ours.
static MARK: LazyLock<String> = LazyLock::new(|| format!("{SEQUENCE}{};", rand::random::<u64>()));

fn styled(style: Style, text: impl Display) -> String {
    let mark = |sequence: String| sequence.replace(SEQUENCE, &MARK);
    format!(
        "{}{text}{}",
        mark(format!("{style}")),
        mark(format!("{style:#}"))
    )
}

/// A text of another program that may have colours, such as a message of the compiler.
pub(super) fn colored(text: &str) -> String {
    let mut marked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(SEQUENCE) {
        marked.push_str(before);
        marked.push_str(if color(after).is_some() {
            &MARK
        } else {
            SEQUENCE
        });
        rest = after;
    }
    marked + rest
}

/// `text` as a terminal may get it: with our colours, without those of others, and with other control
/// characters and those that change the direction of writing as in `\u{1b}`.
pub(super) fn shown(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(is_obeyed) {
        shown.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix(MARK.as_str()) {
            shown.push_str(SEQUENCE);
            rest = after;
        } else if let Some(after) = rest.strip_prefix(SEQUENCE).and_then(color) {
            rest = after;
        } else if rest.starts_with("\r\n") {
            rest = &rest[1..];
        } else {
            let mut characters = rest.chars();
            shown.extend(characters.next().into_iter().flat_map(char::escape_default));
            rest = characters.as_str();
        }
    }
    shown + rest
}

/// A JSON document whose texts have such characters as escapes, so that it says the same.
pub(super) fn shown_in_json(document: &str) -> String {
    let mut shown = String::with_capacity(document.len());
    for character in document.chars() {
        if is_obeyed(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                shown.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            shown.push(character);
        }
    }
    shown
}

/// What follows a colour, where `text` is one without its beginning: `1;31m`.
fn color(text: &str) -> Option<&str> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != ';')?;
    text[end..].strip_prefix('m')
}

/// Whether a terminal does something else for the character than to show it.
///
/// Source: Unicode's standard annex 9, "Explicit directional formatting characters" and "Implicit
/// directional marks"; the tags are in the standard's section 23.9.
fn is_obeyed(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        '\u{61c}' | '\u{200e}' | '\u{200f}' => true,
        '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{206f}' | '\u{fff9}'..='\u{fffb}' => true,
        '\u{e0000}'..='\u{e007f}' => true,
        other => other.is_control(),
    }
}

pub(super) fn bold(text: impl Display) -> String {
    styled(Style::new().bold(), text)
}

pub(super) fn good(text: impl Display) -> String {
    styled(AnsiColor::Green.on_default().bold(), text)
}

pub(super) fn bad(text: impl Display) -> String {
    styled(AnsiColor::Red.on_default().bold(), text)
}

/// For what a person should not miss. Not a colour: cyan or yellow cannot be read on white.
pub(super) fn hint(text: impl Display) -> String {
    bold(text)
}

pub(super) fn dim(text: impl Display) -> String {
    styled(Style::new().dimmed(), text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn only_our_colours_reach_a_terminal() {
        let ours = bold("a");
        assert_eq!(shown(&ours), "\x1b[1ma\x1b[0m");
        let theirs =
            "\x1b[1;31mred\x1b[0m \x1b[2J\x1b]52;c;eA==\x07 \u{9b}2J \u{202e}abc\rd\r\ne\t\u{7f}";
        assert_eq!(
            shown(&dim(theirs)),
            "\x1b[2mred \\u{1b}[2J\\u{1b}]52;c;eA==\\u{7} \\u{9b}2J \\u{202e}abc\\rd\ne\t\\u{7f}\x1b[0m"
        );
        assert_eq!(shown("Łukasz, José, 李\n"), "Łukasz, José, 李\n");
        assert_eq!(
            shown(&colored("\x1b[31merror\x1b[0m\x1b[2J")),
            "\x1b[31merror\x1b[0m\\u{1b}[2J"
        );
    }

    #[test]
    fn a_document_says_the_same() {
        let value = json!({ "a": "\x1b[2J\u{9b}\u{202e}\u{e0041}é", "b\u{200f}": 1 });
        let document = serde_json::to_string_pretty(&value).expect("JSON");
        let shown = shown_in_json(&document);
        assert!(!shown.contains(is_obeyed), "{shown}");
        assert_eq!(serde_json::from_str::<Value>(&shown).expect("JSON"), value);
    }

    proptest! {
        #[test]
        fn no_text_has_another_effect(text in "(\x1b|\\[|[0-9;]|m|\r|\n|\u{9b}|\u{202e}|[a-z]){0,20}") {
            prop_assert!(!shown(&text).contains(is_obeyed));
            let ours = shown(&good(&text));
            let ours = ours.strip_prefix("\x1b[1m\x1b[32m").expect("it is good");
            prop_assert!(!ours.strip_suffix("\x1b[0m").expect("it ends").contains(is_obeyed));
        }
    }
}
