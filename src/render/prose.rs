//! Wraps text to the width of the terminal.

use std::io;

use unicode_width::UnicodeWidthStr;

use super::terminal;

/// The columns in which a text is easy to read.
const PAGE_WIDTH: usize = 80;

/// In fewer columns, text is not wrapped: there would be a word in each line.
const NARROWEST: usize = 20;

const TAB: usize = 8;

/// How much further a text is indented that stands below its term.
const BELOW_TERM: usize = 4;

/// What stands behind a number.
const UNITS: [&str; 6] = ["ms", "s", "min", "B", "kB", "MB"];

/// Breaks `text` between words so that no line is longer than `width`; without one, it stays as it is.
///
/// The first line starts at column `before`; the other lines start with `indent` spaces, or below the
/// text that follows a term, as in `  NAME   sentence this player`. Line breaks in `text` stay, and a word
/// that does not fit is not broken.
pub fn wrapped(text: &str, width: Option<usize>, before: usize, indent: usize) -> String {
    match width.filter(|width| *width >= NARROWEST) {
        Some(width) => broken(text, width, before, indent),
        None => text.to_owned(),
    }
}

/// The same in any width.
pub(super) fn broken(text: &str, width: usize, before: usize, indent: usize) -> String {
    let mut column = before;
    let mut lines = Vec::new();
    for line in text.split('\n') {
        lines.push(if column + columns(line) <= width || is_laid_out(line) {
            line.to_owned()
        } else {
            broken_line(line, width, column, indent)
        });
        column = 0;
    }
    lines.join("\n")
}

fn broken_line(line: &str, width: usize, before: usize, indent: usize) -> String {
    let (term, text) = line.split_at(end_of_term(line));
    let after_term = before + columns(term);
    let own_indent = columns(line) - columns(line.trim_start_matches(' '));
    let fits_beside = || {
        let longest = words(text, width.saturating_sub(after_term))
            .map(columns)
            .max();
        after_term <= width / 2 && after_term + longest.unwrap_or_default() <= width
    };
    let (mut broken, mut column, indent) = if term.trim().is_empty() {
        let indent = own_indent + indent;
        (term.to_owned(), after_term, indent)
    } else if fits_beside() {
        (term.to_owned(), after_term, after_term)
    } else {
        let indent = own_indent + BELOW_TERM;
        let below = format!("{}\n{}", term.trim_end(), " ".repeat(indent));
        (below, indent, indent)
    };
    for (number, word) in words(text, width.saturating_sub(indent)).enumerate() {
        let length = columns(word);
        if number > 0 && column + 1 + length > width {
            broken.push('\n');
            broken.push_str(&" ".repeat(indent));
            column = indent;
        } else if number > 0 {
            broken.push(' ');
            column += 1;
        }
        broken.push_str(word);
        column += length;
    }
    broken
}

/// Where the text begins after an indentation and a term, which two spaces end.
fn end_of_term(line: &str) -> usize {
    let begin = |text: &str| line.len() - text.trim_start_matches(' ').len();
    let indented = begin(line);
    let term_end = line[indented..].find("  ");
    term_end.map_or(indented, |at| begin(&line[indented + at..]))
}

/// The parts between which `text` may be broken. A command in backticks is one of them if there is room
/// for it, and so is a number with its unit.
fn words(text: &str, room: usize) -> impl Iterator<Item = &str> {
    let mut start = 0;
    let spaces = text.match_indices(' ').map(|(at, _)| at);
    spaces.chain([text.len()]).filter_map(move |at| {
        let rest = text[at..].get(1..);
        let word = &text[start..at];
        if rest.is_some_and(|rest| belongs_together(word, rest, room)) {
            return None;
        }
        start = at + 1;
        Some(word)
    })
}

fn belongs_together(word: &str, rest: &str, room: usize) -> bool {
    let is_in_code = word.matches('`').count() % 2 == 1;
    let fits = |code: &str| columns(word) + 1 + columns(code) < room;
    let code_fits = || rest.split_once('`').is_some_and(|(code, _)| fits(code));
    let next = rest.split(' ').next().unwrap_or_default();
    let is_number = word.ends_with(|c: char| c.is_ascii_digit());
    (is_in_code && code_fits()) || (is_number && UNITS.contains(&next))
}

/// Whether the line stands in columns of its own, such as in a parser's message.
fn is_laid_out(line: &str) -> bool {
    line.starts_with("    ")
}

/// `text` in lines of at most [`PAGE_WIDTH`] columns on standard output.
pub fn paragraphs(text: &str) -> String {
    let width = terminal::width(&io::stdout()).map(|width| width.min(PAGE_WIDTH));
    wrapped(text, width, 0, 0)
}

/// The columns of `text` on a terminal; colours take none, and a tab at most [`TAB`].
pub(super) fn columns(text: &str) -> usize {
    let shown = anstream::adapter::strip_str(text);
    let columns = |part: &str| part.width() + part.matches('\t').count() * TAB;
    shown.map(columns).sum()
}

/// `text` and spaces behind it, in so many columns. They have no colours, so that a text after them is seen to begin.
pub(super) fn padded(text: &str, width: usize) -> String {
    let spaces = width.saturating_sub(columns(text));
    format!("{text}{}", " ".repeat(spaces))
}

/// `text`, or its beginning and `…` where it takes more than `width` columns. It has no colours.
pub(super) fn cut(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let mut room = width.saturating_sub("…".width());
    let fits = |letter: &char| match room.checked_sub(columns(letter.encode_utf8(&mut [0; 4]))) {
        Some(left) => {
            room = left;
            true
        }
        None => false,
    };
    let start: String = text.chars().take_while(fits).collect();
    if width == 0 { start } else { start + "…" }
}

#[cfg(test)]
mod tests {
    use super::{cut, padded, wrapped};
    use crate::render::style::bold;

    #[test]
    fn colours_take_no_room() {
        let text = format!("{} and five or six", bold("two"));
        assert_eq!(wrapped(&text, Some(20), 0, 0), text);
    }

    #[test]
    fn a_term_in_colour_stands_in_one_line_with_its_spaces() {
        let line = format!("{}  http://host/path", padded(&bold("page"), 6));
        let below = format!("{}\n    http://host/path", bold("page"));
        assert_eq!(wrapped(&line, Some(20), 0, 2), below);
    }

    #[test]
    fn lines_are_broken_between_words() {
        let text = "one two three four five six seven";
        assert_eq!(
            wrapped(text, Some(20), 7, 2),
            "one two three\n  four five six\n  seven"
        );
        assert_eq!(wrapped(text, None, 7, 2), text);
        assert_eq!(wrapped(text, Some(5), 7, 2), text, "too narrow to bother");
    }

    #[test]
    fn lines_go_on_below_their_text() {
        assert_eq!(
            wrapped("  skip  sentence nobody and continue", Some(22), 0, 2),
            "  skip  sentence\n        nobody and\n        continue"
        );
        assert_eq!(
            wrapped("  ✓ Table AWS::DynamoDB::Table done", Some(30), 0, 2),
            "  ✓ Table AWS::DynamoDB::Table\n    done"
        );
    }

    #[test]
    fn a_command_and_a_number_with_its_unit_stay_whole() {
        assert_eq!(
            wrapped("run `mafia logs day-turn` now", Some(22), 0, 0),
            "run\n`mafia logs day-turn`\nnow"
        );
        assert_eq!(
            wrapped("5 functions patched in 950 ms", Some(26), 0, 2),
            "5 functions patched in\n  950 ms"
        );
        let long = "run `mafia logs day-turn --since 2h` now";
        assert_eq!(
            wrapped(long, Some(22), 0, 0),
            "run `mafia logs\nday-turn --since 2h`\nnow"
        );
    }

    #[test]
    fn below_a_long_term_its_text_is_indented() {
        assert_eq!(
            wrapped("  mafia play --stack demo  be the judge", Some(30), 0, 2),
            "  mafia play --stack demo\n      be the judge"
        );
    }

    #[test]
    fn a_text_with_a_word_too_long_for_its_place_stands_below_its_term() {
        assert_eq!(
            wrapped("folder   /a/rather/long/path and so on", Some(27), 0, 2),
            "folder\n    /a/rather/long/path and\n    so on"
        );
    }

    #[test]
    fn wide_letters_take_two_columns() {
        assert_eq!(
            wrapped("李四 李四 李四 李四 李四", Some(20), 0, 0),
            "李四 李四 李四 李四\n李四"
        );
    }

    #[test]
    fn a_tab_takes_the_columns_that_it_may_take() {
        assert_eq!(
            wrapped("a\tb c\td and e", Some(20), 0, 0),
            "a\tb\nc\td and e"
        );
    }

    #[test]
    fn a_text_is_cut_where_a_letter_begins() {
        for (width, expected) in [
            (9, "李四 waits"),
            (10, "李四 waits"),
            (7, "李四 w…"),
            (4, "李…"),
            (1, "…"),
            (0, ""),
        ] {
            let text = if width == 9 {
                "李四 wait"
            } else {
                "李四 waits"
            };
            let expected = if width == 9 { text } else { expected };
            assert_eq!(cut(text, width), expected, "{width}");
        }
    }

    #[test]
    fn what_cannot_be_broken_stays_whole() {
        assert_eq!(
            wrapped("see /a/path/that/is/far/too/long now", Some(20), 0, 2),
            "see\n  /a/path/that/is/far/too/long\n  now"
        );
        let laid_out = "bad:\n    Resources: [              and more\n    ^";
        assert_eq!(wrapped(laid_out, Some(20), 0, 2), laid_out);
    }
}
