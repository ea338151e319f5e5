//! Wording that several modules need: suggestions for misspelt names, numbers with nouns, shortened
//! texts.

use std::borrow::Borrow;

/// What to do outside a workspace.
pub const GO_TO_WORKSHOP: &str = "go to your workshop folder, or make one with `mafia init DIR`";

/// How the word counter is deployed, with a token as long as its template asks for.
pub const DEPLOY_WORD_COUNT: &str = "mafia deploy --lab word-count -p SlackToken=a-secret-of-mine";

/// What to do about a name that several functions could have.
pub const TYPE_MORE: &str = "type more of the name, or its number";

/// The least similarity, from 0 to 1, at which a name is suggested for a misspelt one.
const MIN_SIMILARITY: f64 = 0.8;

/// The most similar of the `known` names, if any is similar enough; case does not matter.
pub fn nearest<'a>(typed: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let typed = typed.to_lowercase();
    known
        .into_iter()
        .map(|known| (strsim::jaro_winkler(&known.to_lowercase(), &typed), known))
        .filter(|(similarity, _)| *similarity > MIN_SIMILARITY)
        .max_by(|(left, _), (right, _)| left.total_cmp(right))
        .map(|(_, known)| known)
}

/// Hints for a name that nothing has: the `nearest` of the known names, and all of them.
pub fn known_names(what: &str, known: &[String], nearest: Option<&str>) -> Vec<String> {
    let meant = nearest.map(|name| format!("did you mean {name}?"));
    let known = format!("the {what} are {}", known.join(", "));
    meant.into_iter().chain([known]).collect()
}

/// `1 function`, `3 functions`, `2 libraries`.
pub fn count(number: usize, noun: &str) -> String {
    match (number, noun.strip_suffix('y')) {
        (1, _) => format!("1 {noun}"),
        (_, Some(stem)) => format!("{number} {stem}ies"),
        (_, None) => format!("{number} {noun}s"),
    }
}

/// The name of a file, which may have several lines, in one.
pub fn in_a_line(name: &str) -> String {
    name.replace('\n', "\\n")
}

/// `a, b or c`
pub fn alternatives<S: Borrow<str>>(names: &[S]) -> String {
    match names {
        [] => String::new(),
        [one] => one.borrow().to_owned(),
        [others @ .., last] => format!("{} or {}", others.join(", "), last.borrow()),
    }
}

/// A message of the operating system without its number of the error, which says nothing to most people.
pub fn without_number(message: &str) -> &str {
    let text = message.split_once(" (os error");
    text.map_or(message, |(text, _)| text)
}

/// The start and the end of a text that is too long to read, such as a service's message that repeats
/// a whole template.
pub fn shortened(text: &str) -> String {
    const LONGEST: usize = 600;
    const END: usize = 200;
    let length = text.chars().count();
    if length <= LONGEST {
        return text.to_owned();
    }
    let start: String = text.chars().take(LONGEST - END).collect();
    let end: String = text.chars().skip(length - END).collect();
    format!("{start} […] {end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_told_from_another_name() {
        let known = ["Barbara", "Brigid", "José"];
        assert_eq!(nearest("Brigd", known), Some("Brigid"));
        assert_eq!(nearest("brigid", known), Some("Brigid"));
        assert_eq!(nearest("Jose", known), Some("José"));
        assert_eq!(nearest("Theo", known), None);
    }

    #[test]
    fn a_message_of_the_system_has_no_number() {
        let error = std::io::Error::from_raw_os_error(2).to_string();
        assert_ne!(without_number(&error), error);
        assert!(error.starts_with(without_number(&error)));
        assert_eq!(without_number("refused"), "refused");
    }

    #[test]
    fn numbers_agree_with_their_nouns() {
        assert_eq!(count(1, "function"), "1 function");
        assert_eq!(count(0, "function"), "0 functions");
        assert_eq!(count(2, "library"), "2 libraries");
    }

    #[test]
    fn a_long_text_keeps_its_start_and_its_end() {
        let text = format!("Value '{}' is too long", "ł".repeat(50_000));
        let short = shortened(&text);
        assert!(short.starts_with("Value 'łłł") && short.ends_with("' is too long"));
        assert!(short.chars().count() < 620, "{short}");
        assert_eq!(shortened("short"), "short");
    }
}
