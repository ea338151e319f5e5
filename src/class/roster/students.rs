//! The names of a class's students, each once. Pure.

use std::collections::HashMap;

use crate::class::name;
use crate::source::{Found, Source};

/// The names that a file has so far.
pub struct Students<'a> {
    class: &'a str,
    /// By the normalised name: as it is written, and where.
    seen: HashMap<String, (String, usize)>,
}

impl<'a> Students<'a> {
    pub fn of(class: &'a str) -> Self {
        Self {
            class,
            seen: HashMap::new(),
        }
    }

    /// The normalised name of one more student.
    pub fn add(&mut self, written: &str, at: usize, source: &Source) -> Result<String, Found> {
        let name = name::student(self.class, written)
            .map_err(|problem| Found::new(at, problem.to_string(), problem.expected()))?;
        if let Some((other, there)) = self.seen.get(&name) {
            let (line, both) = (source.line(*there), [other.as_str(), written]);
            let message = match both {
                [first, second] if first == second => {
                    format!("the student `{name}` is there twice, first in line {line}")
                }
                [first, _] => {
                    format!(
                        "`{written}` and `{first}` in line {line} are both the student `{name}`"
                    )
                }
            };
            let expected = "expected another name for each student";
            return Err(Found::new(at, message, expected));
        }
        self.seen.insert(name.clone(), (written.to_owned(), at));
        Ok(name)
    }
}
