//! Sentences, fitted into the columns there are.

/// The columns of a page, for lists that would be one endless line in a pipe.
pub const PAGE: usize = 80;

/// Narrower than this, fitting would leave a word in each line.
const NARROWEST: usize = 20;

/// `text` broken between words so that no line is longer than `width`, or as it is without one.
///
/// Something of `before` columns already stands in the first line; the others begin with `indent`
/// spaces. Lines that `text` has already stay lines, and a word that doesn't fit stays whole.
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
        // What is laid out in columns, such as a parser's account, would lose its shape.
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

/// What a terminal shows of `text`: colours take no room.
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
