//! The function's log: Lambda keeps every line of the standard output.
//!
//! Students read the log, so nothing secret belongs in it, such as who is in the mafia.

/// Writes one line to the log. Whatever would end the line, or control a terminal, is written as in a program: `\n`. So nobody
/// who chooses a text can write lines of their own.
#[expect(
    clippy::print_stdout,
    reason = "the standard output is a function's log"
)]
pub fn log_line(text: &str) {
    println!("{}", one_line(text));
}

fn one_line(text: &str) -> String {
    let shown = |c: char| match c.is_control() {
        true => c.escape_default().to_string(),
        false => c.to_string(),
    };
    text.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_one_line() {
        let forged = "x\nSTART RequestId: 1\r\n\u{1b}[2J\u{85}\u{2028}Zoë";
        assert_eq!(
            one_line(forged),
            "x\\nSTART RequestId: 1\\r\\n\\u{1b}[2J\\u{85}\u{2028}Zoë"
        );
    }
}
