//! Java's regular expressions, as far as an engine reads them that takes linear time: without look-around
//! and references to groups.

use regex_lite::{Captures, Regex, RegexBuilder};

use super::fault::{Outcome, problem};
use super::values::{Form, Heap, Value};

/// The largest program that an expression may become, in bytes: a text of 10 MB has to be matched in
/// seconds.
const LARGEST: usize = 64 * 1024;

pub(super) struct Pattern {
    regex: Regex,
    /// How much work a character of the text is, at most.
    cost: usize,
}

impl Pattern {
    pub(super) fn new(pattern: &str) -> Outcome<Self> {
        // The smallest limit that the program keeps tells how large it is.
        let mut limit = LARGEST / 64;
        loop {
            match RegexBuilder::new(pattern).size_limit(limit).build() {
                Ok(regex) => {
                    let cost = limit / 1024;
                    return Ok(Self { regex, cost });
                }
                Err(_) if limit < LARGEST => limit *= 4,
                Err(error) => {
                    let pattern = pattern.escape_debug();
                    return Err(problem(format!(
                        "the regular expression `{pattern}`: {error}"
                    )));
                }
            }
        }
    }

    /// One that has to match the whole text.
    pub(super) fn whole(pattern: &str) -> Outcome<Self> {
        Self::new(pattern)?;
        Self::new(&format!(r"\A(?:{pattern})\z"))
    }

    fn go_through(&self, heap: &mut Heap, text: &str) -> Outcome<()> {
        heap.budget.spend(text.len().saturating_mul(self.cost) / 4)
    }

    pub(super) fn is_match(&self, heap: &mut Heap, text: &str) -> Outcome<bool> {
        self.go_through(heap, text)?;
        Ok(self.regex.is_match(text))
    }

    pub(super) fn replace(
        &self,
        heap: &mut Heap,
        text: &str,
        new: &str,
        limit: usize,
    ) -> Outcome<Value> {
        self.go_through(heap, text)?;
        let new = Replacement::parse(new)?;
        let mut replaced = String::new();
        let mut end = 0;
        for captures in self.regex.captures_iter(text).take(limit) {
            let Some(found) = captures.get(0) else {
                continue;
            };
            let before = replaced.len();
            replaced.push_str(&text[end..found.start()]);
            new.expand(&captures, &mut replaced)?;
            heap.budget.allocate(replaced.len() - before)?;
            end = found.end();
        }
        replaced.push_str(&text[end..]);
        heap.text(replaced)
    }

    /// Java's `split`: with the limit 0, empty texts at the end are left out.
    pub(super) fn split(&self, heap: &mut Heap, text: &str, limit: i128) -> Outcome<Value> {
        self.go_through(heap, text)?;
        let most = usize::try_from(limit)
            .ok()
            .filter(|limit| *limit > 0)
            .unwrap_or(usize::MAX);
        let mut parts = Vec::new();
        let mut end = 0;
        for found in self.regex.find_iter(text) {
            if parts.len() + 1 >= most {
                break;
            }
            if found.end() == 0 {
                continue;
            }
            if found.is_empty() && found.start() == text.len() {
                continue;
            }
            parts.push(heap.text(&text[end..found.start()])?);
            heap.grow(1)?;
            end = found.end();
        }
        if parts.is_empty() && end == 0 {
            let whole = heap.text(text)?;
            return heap.list(vec![whole], Form::Java);
        }
        parts.push(heap.text(&text[end..])?);
        let is_empty = |part: &Value| matches!(part, Value::Text(text) if text.is_empty());
        while limit == 0 && parts.last().is_some_and(is_empty) {
            parts.pop();
        }
        heap.list(parts, Form::Java)
    }
}

/// What replaces a match: `$1` is a group, and a backslash takes the next character as it is.
struct Replacement(Vec<Piece>);

enum Piece {
    Char(char),
    Group(usize),
}

impl Replacement {
    fn parse(text: &str) -> Outcome<Self> {
        let mut pieces = Vec::new();
        let mut chars = text.chars();
        while let Some(char) = chars.next() {
            pieces.push(match char {
                '\\' => match chars.next() {
                    Some(char) => Piece::Char(char),
                    None => return Err(problem("the replacement ends with a backslash")),
                },
                '$' => match chars.next().and_then(|digit| digit.to_digit(10)) {
                    Some(group) => Piece::Group(group as usize),
                    None => {
                        return Err(problem(
                            "a `$` in the replacement needs the number of a group",
                        ));
                    }
                },
                char => Piece::Char(char),
            });
        }
        Ok(Self(pieces))
    }

    fn expand(&self, captures: &Captures<'_>, out: &mut String) -> Outcome<()> {
        for piece in &self.0 {
            match piece {
                Piece::Char(char) => out.push(*char),
                Piece::Group(group) if *group >= captures.len() => {
                    return Err(problem(format!("no group {group}")));
                }
                Piece::Group(group) => {
                    out.push_str(captures.get(*group).map_or("", |found| found.as_str()));
                }
            }
        }
        Ok(())
    }
}
