//! What AWS's models say of texts and numbers in requests, in the words in which its services refuse others.

use std::fmt::Display;
use std::ops::RangeInclusive;

/// A constraint of a text.
#[derive(Clone, Copy, Debug)]
pub struct TextShape {
    /// In characters.
    pub length: (usize, usize),
    pub pattern: Option<Pattern>,
}

/// A pattern as the model has it, and what it means.
type Pattern = (&'static str, fn(&str) -> bool);

impl TextShape {
    pub const fn of_length(shortest: usize, longest: usize) -> Self {
        Self {
            length: (shortest, longest),
            pattern: None,
        }
    }

    pub const fn matching(self, pattern: &'static str, matches: fn(&str) -> bool) -> Self {
        Self {
            pattern: Some((pattern, matches)),
            ..self
        }
    }

    /// Why the text is refused, if it is; `member` is what has it.
    pub fn check(&self, member: &str, text: &str) -> Result<(), String> {
        let (shortest, longest) = self.length;
        let length = text.chars().count();
        if length < shortest {
            let expected = format!("have length greater than or equal to {shortest}");
            return Err(unsatisfied(member, text, &expected));
        }
        if length > longest {
            let expected = format!("have length less than or equal to {longest}");
            return Err(unsatisfied(member, text, &expected));
        }
        match self.pattern {
            Some((pattern, matches)) if !matches(text) => Err(unsatisfied(
                member,
                text,
                &format!("satisfy regular expression pattern: {pattern}"),
            )),
            _ => Ok(()),
        }
    }
}

/// Why the number is refused, if it is.
pub fn check_number(member: &str, number: i64, range: RangeInclusive<i64>) -> Result<(), String> {
    let (least, greatest) = (range.start(), range.end());
    if number < *least {
        let expected = format!("have value greater than or equal to {least}");
        Err(unsatisfied(member, number, &expected))
    } else if number > *greatest {
        let expected = format!("have value less than or equal to {greatest}");
        Err(unsatisfied(member, number, &expected))
    } else {
        Ok(())
    }
}

/// That what `member` has does not do what it must.
pub fn unsatisfied(member: &str, value: impl Display, expected: &str) -> String {
    format!(
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: \
         Member must {expected}"
    )
}

/// Letters and digits of ASCII, and these.
pub fn consists_of(text: &str, others: &str) -> bool {
    text.chars()
        .all(|it| it.is_ascii_alphanumeric() || others.contains(it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_refused_is_said_as_aws_does() {
        let shape = TextShape::of_length(1, 3).matching("[a-z]+", |text| consists_of(text, "_"));
        assert_eq!(shape.check("name", "a_1"), Ok(()));
        let constraint = "1 validation error detected: Value ";
        for (text, expected) in [
            (
                "",
                "'' at 'name' failed to satisfy constraint: Member must have length greater than or equal to 1",
            ),
            (
                "abcd",
                "'abcd' at 'name' failed to satisfy constraint: Member must have length less than or equal to 3",
            ),
            (
                "a b",
                "'a b' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-z]+",
            ),
        ] {
            let refused = shape.check("name", text).expect_err("it is refused");
            assert_eq!(refused, format!("{constraint}{expected}"));
        }
        assert_eq!(check_number("limit", 1, 1..=2), Ok(()));
        for (number, expected) in [
            (0, "greater than or equal to 1"),
            (3, "less than or equal to 2"),
        ] {
            let refused = check_number("limit", number, 1..=2).expect_err("it is refused");
            assert!(refused.ends_with(expected), "{refused}");
        }
    }
}
