//! Filter patterns: terms and quoted phrases that a message must contain, must not contain
//! (`-term`), or must contain one of (`?term`). Patterns for JSON properties, columns and regular
//! expressions are refused. Source: "Filter pattern syntax" in CloudWatch Logs' user guide.

use super::names::invalid_parameter;
use crate::fault::Fault;

/// In characters. Source: `FilterPattern` in the service's API model.
const MAX_LENGTH: usize = 1024;

#[derive(Debug, Default, PartialEq, Eq)]
pub struct FilterPattern {
    all: Vec<String>,
    any: Vec<String>,
    none: Vec<String>,
}

impl FilterPattern {
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let refused = |why: &str| {
            Err(invalid_parameter(format!(
                "Invalid filter pattern: {text}: {why}"
            )))
        };
        let mut rest = text.trim_start();
        if text.chars().count() > MAX_LENGTH {
            return refused("it has more than 1024 characters");
        }
        if rest.starts_with(['{', '[', '%']) {
            return refused(
                "the sandbox supports terms, \"phrases\", -exclusions and ?alternatives, but no \
                 patterns for JSON, columns or regular expressions",
            );
        }
        let mut pattern = Self::default();
        while !rest.is_empty() {
            let (list, after) = match (rest.strip_prefix('-'), rest.strip_prefix('?')) {
                (Some(after), _) => (&mut pattern.none, after),
                (_, Some(after)) => (&mut pattern.any, after),
                _ => (&mut pattern.all, rest),
            };
            let Some((term, after)) = term(after) else {
                return refused("a quotation mark is not closed");
            };
            if !term.is_empty() {
                list.push(term);
            }
            rest = after.trim_start();
        }
        Ok(pattern)
    }

    pub fn matches(&self, message: &str) -> bool {
        let contains = |term: &String| message.contains(term.as_str());
        // Next to other terms, AWS ignores `?` terms.
        let alternatives = self.all.is_empty() && self.none.is_empty() && !self.any.is_empty();
        self.all.iter().all(contains)
            && !self.none.iter().any(contains)
            && (!alternatives || self.any.iter().any(contains))
    }
}

/// The term that `text` begins with, and the rest; `None` if a quotation mark is not closed.
fn term(text: &str) -> Option<(String, &str)> {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(char::is_whitespace).unwrap_or(text.len());
        let (term, rest) = text.split_at(end);
        return Some((term.to_owned(), rest));
    };
    let mut phrase = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return Some((phrase, &quoted[at + 1..])),
            '\\' => phrase.push(characters.next()?.1),
            _ => phrase.push(c),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn matches(pattern: &str, message: &str) -> bool {
        let pattern = FilterPattern::parse(pattern).expect(pattern);
        pattern.matches(message)
    }

    #[test]
    fn messages_match_by_the_terms_they_contain() {
        let message = "REPORT RequestId: 7 Duration: 1.5 ms \"quoted\"";
        for pattern in [
            "",
            "  ",
            "REPORT",
            "REPORT Duration",
            "\"RequestId: 7\"",
            "-ERROR",
            "REPORT -ERROR -\"Init Duration\"",
            "?ERROR ?REPORT",
            "REPORT ?ERROR",
            r#""\"quoted\"""#,
        ] {
            assert!(matches(pattern, message), "{pattern}");
        }
        for pattern in [
            "report",
            "REPORT ERROR",
            "\"REPORT Duration\"",
            "-REPORT",
            "REPORT -Duration",
            "?ERROR ?WARN",
        ] {
            assert!(!matches(pattern, message), "{pattern}");
        }
    }

    #[test]
    fn other_kinds_of_patterns_are_refused() {
        for pattern in [
            "{ $.x = 1 }",
            "[ip, user]",
            "%a.*%",
            "\"open",
            "\"a\\",
            &"a".repeat(1025),
        ] {
            let refused = FilterPattern::parse(pattern).expect_err(pattern);
            assert_eq!(refused.code, "InvalidParameterException");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_parsed_or_refused(text in "\\PC*", message in "\\PC*") {
            if let Ok(pattern) = FilterPattern::parse(&text) {
                pattern.matches(&message);
            }
        }
    }
}
