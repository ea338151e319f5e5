//! Wraps text to the width of the terminal.

use std::io;

use super::terminal;

/// The columns of text that is wrapped even in a pipe.
pub const PAGE_WIDTH: usize = 80;

/// In fewer columns, text is not wrapped: there would be a word in each line.
const NARROWEST: usize = 20;

/// Breaks `text` between words so that no line is longer than `width`; without one, it stays as it is.
///
/// The first line starts at column `before`; the other lines start with `indent` spaces. Line breaks in
/// `text` stay, and a word that does not fit is not broken.
pub fn wrapped(text: &str, width: Option<usize>, before: usize, indent: usize) -> String {
    let Some(width) = width.filter(|width| *width >= NARROWEST) else {
        return text.to_owned();
    };
    let margin = " ".repeat(indent);
    let mut fitted = String::new();
    let mut column = before;
    for (number, line) in text.lines().enumerate() {
        if number > 0 {
            fitted.push('\n');
            column = 0;
        }
        // An indented line is laid out in columns, such as a parser's message.
        if column + columns(line) <= width || line.starts_with(' ') {
            fitted.push_str(line);
            continue;
        }
        let mut first = true;
        for word in line.split(' ') {
            let length = columns(word);
            if !first && column + 1 + length > width {
                fitted.push('\n');
                fitted.push_str(&margin);
                column = indent;
            } else if !first {
                fitted.push(' ');
                column += 1;
            }
            fitted.push_str(word);
            column += length;
            first = false;
        }
    }
    fitted
}

/// `text` in paragraphs of at most [`PAGE_WIDTH`] columns, for standard error.
pub fn paragraphs(text: &str) -> String {
    let width = terminal::width(&io::stderr()).map_or(PAGE_WIDTH, |width| width.min(PAGE_WIDTH));
    wrapped(text, Some(width), 0, 0)
}

/// The columns of `text` on a terminal; colours take none.
fn columns(text: &str) -> usize {
    let shown = anstream::adapter::strip_str(text);
    shown.map(|part| part.chars().count()).sum()
}

#[cfg(test)]
mod tests {
    use super::wrapped;
    use crate::render::style::bold;

    #[test]
    fn colours_take_no_room() {
        let text = format!("{} and five or six", bold("two"));
        assert_eq!(wrapped(&text, Some(20), 0, 0), text);
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
    fn what_cannot_be_broken_stays_whole() {
        assert_eq!(
            wrapped("see /a/path/that/is/far/too/long now", Some(20), 0, 2),
            "see\n  /a/path/that/is/far/too/long\n  now"
        );
        let laid_out = "bad:\n    Resources: [              and more\n    ^";
        assert_eq!(wrapped(laid_out, Some(20), 0, 2), laid_out);
    }
}
