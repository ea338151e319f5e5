//! Texts in policies: with wildcards, `*` for any characters and `?` for any one, and with variables such as
//! `${aws:username}` or `${aws:PrincipalTag/team, 'none'}`.
//!
//! Source: "IAM policy elements: Variables and tags" in IAM's user guide.

use super::context::Context;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token {
    Char(char),
    /// `?`
    AnyOne,
    /// `*`
    Any,
}

/// A text in which variables have their values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(Vec<Token>);

/// What variables stand for.
#[derive(Clone, Copy, Debug)]
pub enum Variables<'a> {
    /// Their values in a request.
    Of(&'a Context),
    /// Nothing: in policies of the version 2008-10-17 they are plain text.
    Unknown,
}

impl Pattern {
    /// A text without variables.
    pub fn new(text: &str) -> Self {
        Self(text.chars().map(token).collect())
    }

    /// `None` where a variable has no value, nor a default: such a text is equal to nothing.
    pub fn resolved(text: &str, variables: Variables<'_>) -> Option<Self> {
        let Variables::Of(context) = variables else {
            return Some(Self::new(text));
        };
        let mut tokens = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("${") {
            let Some((variable, behind)) = after.split_once('}') else {
                break;
            };
            tokens.extend(before.chars().map(token));
            // A value has no wildcards.
            tokens.extend(value(variable, context)?.chars().map(Token::Char));
            rest = behind;
        }
        tokens.extend(rest.chars().map(token));
        Some(Self(tokens))
    }

    /// The text where wildcards are plain characters.
    pub fn literal(&self) -> String {
        let char = |token: &Token| match token {
            Token::Char(char) => *char,
            Token::AnyOne => '?',
            Token::Any => '*',
        };
        self.0.iter().map(char).collect()
    }

    pub fn is_any(&self) -> bool {
        self.0 == [Token::Any]
    }

    pub fn matches(&self, text: &str) -> bool {
        let text: Vec<char> = text.chars().collect();
        matches(&self.0, &text)
    }

    /// Each of the six parts of an ARN is matched by itself.
    ///
    /// Source: "ARN condition operators" in IAM's user guide.
    pub fn matches_arn(&self, arn: &str) -> bool {
        let mut patterns = self.0.splitn(6, |token| *token == Token::Char(':'));
        let all = arn.splitn(6, ':').all(|part| {
            let part: Vec<char> = part.chars().collect();
            patterns
                .next()
                .is_some_and(|pattern| matches(pattern, &part))
        });
        all && patterns.next().is_none()
    }
}

/// The names of the keys that variables in a text stand for, with none for `${*}` and the like.
pub fn variables(text: &str) -> impl Iterator<Item = &str> {
    let variables = text.split("${").skip(1);
    let variables = variables.filter_map(|rest| rest.split_once('}'));
    let names = variables.map(|(variable, _)| name_and_default(variable).0);
    names.filter(|name| !is_character(name))
}

fn token(char: char) -> Token {
    match char {
        '*' => Token::Any,
        '?' => Token::AnyOne,
        char => Token::Char(char),
    }
}

/// `${*}`, `${?}` and `${$}` are these characters.
fn is_character(variable: &str) -> bool {
    ["*", "?", "$"].contains(&variable)
}

fn value<'a>(variable: &'a str, context: &'a Context) -> Option<&'a str> {
    if is_character(variable) {
        return Some(variable);
    }
    let (name, default) = name_and_default(variable);
    context.one(name).or(default)
}

/// Of `aws:PrincipalTag/team, 'none'`.
fn name_and_default(variable: &str) -> (&str, Option<&str>) {
    let Some((name, default)) = variable.split_once(',') else {
        return (variable.trim(), None);
    };
    let default = default.trim().strip_prefix('\'');
    let default = default.and_then(|default| default.strip_suffix('\''));
    (name.trim(), default)
}

fn matches(pattern: &[Token], text: &[char]) -> bool {
    // Where the last star is, and where that ends which it stands for up to now.
    let (mut at, mut position, mut star) = (0, 0, None);
    while position < text.len() {
        match pattern.get(at) {
            Some(Token::Any) => {
                star = Some((at, position));
                at += 1;
            }
            Some(wanted) if [Token::AnyOne, Token::Char(text[position])].contains(wanted) => {
                at += 1;
                position += 1;
            }
            _ => match star {
                Some((star_at, taken)) => {
                    star = Some((star_at, taken + 1));
                    (at, position) = (star_at + 1, taken + 1);
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|left| *left == Token::Any)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:execute-api:us-east-1:000000000000:abc/prod/GET/pets/1";

    #[test]
    fn an_arn_is_matched_part_by_part() {
        for pattern in [
            ARN,
            "arn:aws:execute-api:us-east-1:000000000000:abc/*",
            "arn:aws:execute-api:*:*:abc/*/GET/pets/?",
            "arn:aws:execute-api:us-east-1:000000000000:abc/*/*/pets/*",
            "arn:*:*:*:*:*",
        ] {
            assert!(Pattern::new(pattern).matches_arn(ARN), "{pattern}");
        }
        for pattern in [
            "",
            "*",
            "arn:*",
            "arn:aws:execute-api:us-east-1:000000000000:abd/*",
            "arn:aws:execute-api:us-east-1:000000000000:abc/*/POST/*",
            "arn:aws:execute-api:us-east-1:000000000000:abc/prod/GET/pets",
        ] {
            assert!(!Pattern::new(pattern).matches_arn(ARN), "{pattern}");
        }
        // Neither hangs nor overflows.
        assert!(!Pattern::new(&"*a".repeat(2000)).matches(&"a".repeat(1999)));
    }

    #[test]
    fn variables_have_values_defaults_or_none() {
        let mut context = Context::default();
        context.set("aws:username", "a*n");
        context.set_all("aws:TagKeys", vec!["a".to_owned(), "b".to_owned()]);
        let resolved = |text: &str| Pattern::resolved(text, Variables::Of(&context));
        let name = resolved("x/${AWS:UserName}/*").expect("it has a value");
        assert!(name.matches("x/a*n/y") && !name.matches("x/ann/y"));
        let default = resolved("${aws:PrincipalTag/team, 'no ne'}").expect("it has one");
        assert_eq!(default.literal(), "no ne");
        let characters = resolved("${*}${?}${$}").expect("they are characters");
        assert!(characters.matches("*?$") && !characters.matches("ab$"));
        assert_eq!(resolved("${aws:userid}"), None);
        // It has several values.
        assert_eq!(resolved("${aws:TagKeys}"), None);
        let open = resolved("a${aws:username").expect("it is no variable");
        assert!(open.matches("a${aws:username"));
        let plain = Pattern::resolved("${aws:username}", Variables::Unknown);
        assert_eq!(plain.expect("plain").literal(), "${aws:username}");
        let names: Vec<&str> = variables("${a:b}/${*}/${c, 'd'}/${e").collect();
        assert_eq!(names, ["a:b", "c"]);
    }
}
