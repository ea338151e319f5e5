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
/// characters, those that change the direction of writing and those that nobody sees as in `\u{1b}`.
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
            let found = characters.next().unwrap_or_default();
            if is_of_an_emoji(found, shown.chars().next_back()) {
                shown.push(found);
            } else {
                shown.extend(found.escape_default());
            }
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

/// Whether a terminal does something else for the character than to show it, or shows nothing.
fn is_obeyed(character: char) -> bool {
    match character {
        '\n' | '\t' => false,
        // Ends of lines and paragraphs, and annotations.
        '\u{2028}' | '\u{2029}' | '\u{fff9}'..='\u{fffb}' => true,
        other => other.is_control() || is_ignorable(other),
    }
}

/// Whether the character has Unicode's property `Default_Ignorable_Code_Point`: it has no shape of its own,
/// such as a space without width or a mark that changes the direction of writing.
///
/// Source: the Unicode Character Database, `DerivedCoreProperties.txt`.
fn is_ignorable(character: char) -> bool {
    matches!(character,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
        | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Whether `character` makes one picture with the one `before` it.
///
/// Source: Unicode's technical standard 51, "Emoji presentation sequences" and "Emoji ZWJ sequences".
fn is_of_an_emoji(character: char, before: Option<char>) -> bool {
    let is_picture = |it| matches!(it, '\u{2190}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}');
    match (character, before) {
        ('\u{fe0f}', Some(before)) => is_picture(before),
        ('\u{200d}', Some(before)) => is_picture(before) || before == '\u{fe0f}',
        _ => false,
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
        for plain in [
            "Łukasz, José, 李\n",
            "☠\u{fe0f} 👩\u{200d}🚀 ❤\u{fe0f}\u{200d}🔥",
        ] {
            assert_eq!(shown(plain), plain);
        }
        assert_eq!(
            shown(&colored("\x1b[31merror\x1b[0m\x1b[2J")),
            "\x1b[31merror\x1b[0m\\u{1b}[2J"
        );
    }

    #[test]
    fn what_nobody_sees_is_escaped() {
        let some = [
            '\u{ad}',
            '\u{34f}',
            '\u{61c}',
            '\u{115f}',
            '\u{1160}',
            '\u{17b5}',
            '\u{180b}',
            '\u{180e}',
            '\u{200b}',
            '\u{200c}',
            '\u{200d}',
            '\u{200e}',
            '\u{2060}',
            '\u{2064}',
            '\u{2069}',
            '\u{3164}',
            '\u{fe00}',
            '\u{fe0f}',
            '\u{feff}',
            '\u{ffa0}',
            '\u{fff0}',
            '\u{1bca0}',
            '\u{1d173}',
            '\u{e0001}',
            '\u{e0100}',
            '\u{e0fff}',
        ];
        for character in some {
            let (text, escaped) = (format!("a{character}b"), character.escape_default());
            assert_eq!(shown(&text), format!("a{escaped}b"));
            assert_eq!(shown(&format!("{character}")), escaped.to_string());
            let document = shown_in_json(&format!("\"{text}\""));
            assert!(document.is_ascii(), "{document}");
            assert_eq!(
                serde_json::from_str::<String>(&document).expect("JSON"),
                text
            );
        }
        // A double emoji sign is no part of one.
        assert_eq!(shown("❤\u{fe0f}\u{fe0f}"), "❤\u{fe0f}\\u{fe0f}");
    }

    #[test]
    fn a_document_says_the_same() {
        let value = json!({ "a": "\x1b[2J\u{9b}\u{202e}\u{e0041}é", "b\u{200f}\u{200b}": 1 });
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
