//! What a parameter allows, checked in AWS's words.

use regex_lite::{Regex, RegexBuilder};
use serde_json::{Map, Value};

use super::evaluate::text;
use super::parameters::string;
use super::path::Path;

/// How large a compiled pattern may be, which bounds how long it can work on a value.
const MAX_PATTERN: usize = 256 << 10;

#[derive(Clone, Debug)]
pub struct Constraints {
    allowed_values: Option<Vec<String>>,
    pattern: Option<Pattern>,
    min_length: Option<f64>,
    max_length: Option<f64>,
    min_value: Option<f64>,
    max_value: Option<f64>,
    /// Said in place of the reason when a value is refused.
    description: Option<String>,
}

#[derive(Clone, Debug)]
struct Pattern {
    declared: String,
    compiled: Regex,
}

impl Constraints {
    pub fn read(declared: &Map<String, Value>, path: &Path) -> Result<Self, String> {
        let number = |member: &str| number(declared, member, path);
        Ok(Self {
            allowed_values: allowed_values(declared, path)?,
            pattern: pattern(declared, path)?,
            min_length: number("MinLength")?,
            max_length: number("MaxLength")?,
            min_value: number("MinValue")?,
            max_value: number("MaxValue")?,
            description: string(declared, "ConstraintDescription", path)?,
        })
    }

    pub fn allowed_values(&self) -> &[String] {
        self.allowed_values.as_deref().unwrap_or_default()
    }

    /// Checks a value, or an item of one, that is a text.
    #[expect(clippy::cast_precision_loss, reason = "lengths are far below 2^52")]
    pub fn text(&self, name: &str, text: &str) -> Result<(), String> {
        let length = text.chars().count() as f64;
        let reason = if let Some(min) = self.min_length.filter(|min| length < *min) {
            format!("must contain at least {min} characters")
        } else if let Some(max) = self.max_length.filter(|max| length > *max) {
            format!("must contain at most {max} characters")
        } else if let Some(pattern) = self.broken_pattern(text) {
            format!("must match pattern {pattern}")
        } else {
            return self.allowed(name, text);
        };
        Err(self.refused(name, &reason))
    }

    /// Checks a value, or an item of one, that has to be a number.
    pub fn number(&self, name: &str, text: &str) -> Result<(), String> {
        let number = text
            .trim()
            .parse()
            .ok()
            .filter(|number: &f64| number.is_finite());
        let Some(number) = number else {
            return Err(self.refused(name, "must be a number"));
        };
        let reason = if let Some(min) = self.min_value.filter(|min| number < *min) {
            format!("must be a number not less than {min}")
        } else if let Some(max) = self.max_value.filter(|max| number > *max) {
            format!("must be a number not greater than {max}")
        } else if let Some(pattern) = self.broken_pattern(text) {
            format!("must match pattern {pattern}")
        } else {
            return self.allowed(name, text);
        };
        Err(self.refused(name, &reason))
    }

    fn broken_pattern(&self, text: &str) -> Option<&str> {
        let pattern = self.pattern.as_ref()?;
        (!pattern.compiled.is_match(text)).then_some(&pattern.declared)
    }

    fn allowed(&self, name: &str, text: &str) -> Result<(), String> {
        match &self.allowed_values {
            Some(allowed) if !allowed.iter().any(|value| value == text) => {
                Err(self.refused(name, "must be one of AllowedValues"))
            }
            _ => Ok(()),
        }
    }

    fn refused(&self, name: &str, reason: &str) -> String {
        match &self.description {
            Some(description) => {
                format!("Parameter {name} failed to satisfy constraint: {description}")
            }
            None => format!("Parameter '{name}' {reason}"),
        }
    }
}

fn number(declared: &Map<String, Value>, member: &str, path: &Path) -> Result<Option<f64>, String> {
    let Some(value) = declared.get(member) else {
        return Ok(None);
    };
    let number = text(value).and_then(|text| text.trim().parse().ok());
    match number {
        Some(number) if f64::is_finite(number) => Ok(Some(number)),
        _ => Err(path.wrong(format!(
            "Template format error: Every {member} member must be a number."
        ))),
    }
}

fn allowed_values(
    declared: &Map<String, Value>,
    path: &Path,
) -> Result<Option<Vec<String>>, String> {
    let Some(value) = declared.get("AllowedValues") else {
        return Ok(None);
    };
    let items = value.as_array().filter(|items| !items.is_empty());
    let texts = items.and_then(|items| items.iter().map(text).collect());
    texts.map(Some).ok_or_else(|| {
        path.wrong("Template format error: Every AllowedValues member must be a list of strings.")
    })
}

/// A value has to match the pattern as a whole.
fn pattern(declared: &Map<String, Value>, path: &Path) -> Result<Option<Pattern>, String> {
    let Some(declared) = string(declared, "AllowedPattern", path)? else {
        return Ok(None);
    };
    let compiled = RegexBuilder::new(&format!("^(?:{declared})$"))
        .size_limit(MAX_PATTERN)
        .build();
    match compiled {
        Ok(compiled) => Ok(Some(Pattern { declared, compiled })),
        Err(error) => Err(path.wrong(format!(
            "Template format error: the sandbox does not support the AllowedPattern {declared}: \
             {error}"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn constraints(declared: Value) -> Result<Constraints, String> {
        let declared = declared.as_object().expect("a map").clone();
        Constraints::read(&declared, &Path::section("P"))
    }

    fn message(declared: Value, given: &str, number: bool) -> Option<String> {
        let constraints = constraints(declared).expect("constraints");
        let checked = if number {
            constraints.number("P", given)
        } else {
            constraints.text("P", given)
        };
        checked.err()
    }

    #[test]
    fn texts_are_checked_in_aws_words() {
        for (declared, given, told) in [
            (
                json!({"MinLength": 3}),
                "ab",
                Some("Parameter 'P' must contain at least 3 characters"),
            ),
            (json!({"MinLength": "3"}), "abc", None),
            (
                json!({"MaxLength": 2}),
                "äöü",
                Some("Parameter 'P' must contain at most 2 characters"),
            ),
            (json!({"MaxLength": 3}), "äöü", None),
            (json!({"AllowedPattern": "a|b+"}), "bb", None),
            (
                json!({"AllowedPattern": "a|b+"}),
                "ab",
                Some("Parameter 'P' must match pattern a|b+"),
            ),
            (json!({"AllowedValues": ["a", 1, true]}), "true", None),
            (
                json!({"AllowedValues": ["a"]}),
                "b",
                Some("Parameter 'P' must be one of AllowedValues"),
            ),
            (
                json!({"AllowedValues": ["a"], "ConstraintDescription": "must be a"}),
                "b",
                Some("Parameter P failed to satisfy constraint: must be a"),
            ),
        ] {
            assert_eq!(message(declared, given, false).as_deref(), told);
        }
    }

    #[test]
    fn numbers_are_checked_in_aws_words() {
        let declared = || json!({"MinValue": 2, "MaxValue": "2.5"});
        for (given, told) in [
            ("2", None),
            ("2.5", None),
            ("1", Some("Parameter 'P' must be a number not less than 2")),
            (
                "3",
                Some("Parameter 'P' must be a number not greater than 2.5"),
            ),
            ("two", Some("Parameter 'P' must be a number")),
            ("", Some("Parameter 'P' must be a number")),
            ("nan", Some("Parameter 'P' must be a number")),
        ] {
            assert_eq!(message(declared(), given, true).as_deref(), told, "{given}");
        }
    }

    #[test]
    fn wrong_constraints_are_refused() {
        for (declared, told) in [
            (
                json!({"MinLength": "x"}),
                "Every MinLength member must be a number.",
            ),
            (
                json!({"AllowedValues": "a"}),
                "Every AllowedValues member must be a list",
            ),
            (
                json!({"AllowedValues": []}),
                "Every AllowedValues member must be a list",
            ),
            (
                json!({"AllowedPattern": "(?=a)"}),
                "does not support the AllowedPattern (?=a)",
            ),
            (
                json!({"AllowedPattern": "((a{999}){999}){999}"}),
                "does not support the AllowedPattern",
            ),
        ] {
            let error = constraints(declared).expect_err(told);
            assert!(error.contains(told), "{error}");
        }
    }
}
