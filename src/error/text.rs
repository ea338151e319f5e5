//! The texts of errors: what is added to them, and what is left out, before a person sees them.

/// The text without the numbers that the system gives its errors, such as `(os error 2)`: their words say
/// the same.
pub fn without_codes(text: &str) -> String {
    let mut parts = text.split(" (os error ");
    let mut whole = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        match part[digits..].strip_prefix(')') {
            Some(rest) if digits > 0 => whole += rest,
            _ => whole += &format!(" (os error {part}"),
        }
    }
    whole
}

/// The lines of a log that do not say again what the error says.
pub fn without_repetition(log: &str, message: &str) -> String {
    let said = message.lines().next().unwrap_or_default().trim();
    let says_more = |line: &&str| said.is_empty() || !line.contains(said);
    log.lines().filter(says_more).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    #[test]
    fn an_error_is_told_once() {
        let log = "drawing\nfails: nobody is left\nthread 'main' panicked at src/bin/day-turn.rs:12:9:\nnobody is left";
        assert_eq!(
            without_repetition(log, "nobody is left\nnote: a"),
            "drawing\nthread 'main' panicked at src/bin/day-turn.rs:12:9:"
        );
        assert_eq!(without_repetition("a\nb", ""), "a\nb");
    }

    #[test]
    fn the_systems_numbers_of_errors_are_left_out() {
        let failed = Error::failed("cannot read a: no such file (os error 2), nor b (os error 2)");
        assert_eq!(failed.message, "cannot read a: no such file, nor b");
        for kept in ["(os error 2)", "b (os error x)", "c (os error "] {
            assert_eq!(Error::failed(kept).message, kept);
        }
        let failed = Error::failed("a").detail("b (os error 13)\n");
        assert_eq!(failed.detail.as_deref(), Some("b"));
    }
}
