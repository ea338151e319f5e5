//! The names of classes and students, as parts of the names of stacks. Pure.

use deunicode::deunicode;

use crate::names::{CLASS_WORKSHOP as WORKSHOP, LONGEST_STACK_NAME, class_prefix, class_workshop};

/// The longest name of a class: the name of its bucket has that of the shared stack in it whole, and policies
/// for the class name the bucket by it.
pub const LONGEST_CLASS: usize =
    LONGEST_BUCKET - "mafia--".len() - WORKSHOP.len() - "-artifactbucket-".len() - RANDOM;

/// The longest name of a bucket, in characters. CloudFormation shortens those that it makes to that, and they end
/// with some random characters.
///
/// Source: Amazon S3 user guide, "General purpose bucket naming rules"; CloudFormation user guide, "Name type".
const LONGEST_BUCKET: usize = 63;
const RANDOM: usize = 13;

/// What names are made of, for people.
pub const EXPECTED: &str = "letters, digits and single hyphens, such as `ann-lee`";

/// Why a text is no name of a class or a student.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameProblem {
    #[error("the name is empty")]
    Empty,
    #[error("the name `{name}` has the character `{character}`")]
    Character {
        name: String,
        character: char,
        /// The most similar name that is valid.
        proposal: Option<String>,
    },
    #[error("the name `{name}` is too long: {} characters", name.len())]
    TooLong {
        name: String,
        longest: usize,
        /// What has a longer name, in which this one has to fit.
        because: &'static str,
    },
    #[error("the name `{WORKSHOP}` is reserved for the stack that the class shares")]
    Reserved,
}

impl NameProblem {
    pub fn expected(&self) -> String {
        match self {
            Self::Character {
                proposal: Some(name),
                ..
            } => format!("write it as `{name}`"),
            Self::TooLong {
                longest, because, ..
            } => format!("expected at most {longest} characters: {because}"),
            Self::Reserved => "give the student another name, such as `workshop-1`".to_owned(),
            Self::Empty | Self::Character { .. } => format!("expected {EXPECTED}"),
        }
    }
}

/// The normalised name of a class.
pub fn class(text: &str) -> Result<String, NameProblem> {
    let because = "the class's bucket has a longer name";
    not_longer(normalised(text)?, LONGEST_CLASS, because)
}

/// The normalised name of a student of `class`.
pub fn student(class: &str, text: &str) -> Result<String, NameProblem> {
    let name = normalised(text)?;
    if name == WORKSHOP {
        return Err(NameProblem::Reserved);
    }
    let because = "functions have longer names than stacks";
    not_longer(name, LONGEST_STACK_NAME - stack(class, "").len(), because)
}

/// The name of a student's stack.
pub fn stack(class: &str, student: &str) -> String {
    format!("{}{student}", class_prefix(class))
}

/// The name of the stack that the class shares.
pub fn workshop(class: &str) -> String {
    class_workshop(class)
}

/// Lower case, with a single hyphen for each run of spaces, dots, underscores and hyphens.
fn normalised(text: &str) -> Result<String, NameProblem> {
    let is_separator = |c: char| c.is_whitespace() || ".-_".contains(c);
    let is_foreign = |c: &char| !c.is_ascii_alphanumeric() && !is_separator(*c);
    if let Some(character) = text.chars().find(is_foreign) {
        let ascii = deunicode(text).replace(['\'', '`', '"'], "");
        let proposal = joined(&ascii, |c| !c.is_ascii_alphanumeric());
        return Err(NameProblem::Character {
            name: text.to_owned(),
            character,
            proposal: (!proposal.is_empty()).then_some(proposal),
        });
    }
    match joined(text, is_separator) {
        name if name.is_empty() => Err(NameProblem::Empty),
        name => Ok(name),
    }
}

fn joined(text: &str, is_separator: impl Fn(char) -> bool) -> String {
    let lower = text.to_ascii_lowercase();
    let words = lower.split(is_separator).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join("-")
}

fn not_longer(name: String, longest: usize, because: &'static str) -> Result<String, NameProblem> {
    match name.len() {
        length if length > longest => Err(NameProblem::TooLong {
            name,
            longest,
            because,
        }),
        _ => Ok(name),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::names::stack_name;

    #[test]
    fn names_that_differ_only_in_separators_and_case_are_equal() {
        for text in ["ann-lee", "Ann Lee", "ann.lee", "ANN_LEE", " ann -_. lee\t"] {
            assert_eq!(student("monday", text).as_deref(), Ok("ann-lee"), "{text}");
        }
        assert_eq!(class("2026-11-26").as_deref(), Ok("2026-11-26"));
    }

    #[test]
    fn what_is_no_name_comes_with_what_helps() {
        let longest = LONGEST_STACK_NAME - "mafia-monday-".len();
        let fits = "a".repeat(longest);
        assert_eq!(student("monday", &fits), Ok(fits.clone()));
        for (text, message, expected) in [
            ("", "is empty", "letters, digits"),
            (" .-", "is empty", "letters, digits"),
            ("José García", "has the character `é`", "`jose-garcia`"),
            ("Łukasz", "has the character `Ł`", "`lukasz`"),
            ("王芳", "has the character `王`", "`wang-fang`"),
            ("O'Brien", "has the character `'`", "`obrien`"),
            (
                "ann@example.org",
                "has the character `@`",
                "`ann-example-org`",
            ),
            ("@", "has the character `@`", "letters, digits"),
            ("Workshop", "is reserved", "another name"),
            (&format!("{fits}a"), "is too long: 38", "at most 37"),
        ] {
            let problem = student("monday", text).expect_err(text);
            assert!(problem.to_string().contains(message), "{problem}");
            assert!(problem.expected().contains(expected), "{problem:?}");
        }
        assert_eq!(LONGEST_CLASS, 19);
        assert!(class(&"c".repeat(LONGEST_CLASS)).is_ok());
        assert!(class(&"c".repeat(LONGEST_CLASS + 1)).is_err());
    }

    proptest! {
        #[test]
        fn every_name_makes_a_valid_stack_and_stays_as_it_is(text in "\\PC{0,30}") {
            if let Ok(class) = class(&text) {
                prop_assert!(stack_name(&workshop(&class)).is_ok());
                prop_assert_eq!(super::class(&class), Ok(class));
            }
            if let Ok(name) = student("monday", &text) {
                prop_assert!(stack_name(&stack("monday", &name)).is_ok());
                prop_assert_eq!(student("monday", &name), Ok(name));
            }
        }

        #[test]
        fn a_proposal_is_a_name(text in "\\PC{1,12}") {
            if let Err(NameProblem::Character { proposal: Some(name), .. }) = normalised(&text) {
                prop_assert_eq!(normalised(&name), Ok(name));
            }
        }
    }
}
