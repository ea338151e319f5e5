//! Expressions, as far as permissions depend on them: the attributes that they name, and the value of a key.
//! What is no expression is refused by the operation later.

use serde_json::Value;

const KEYWORDS: [&str; 9] = [
    "ADD", "AND", "BETWEEN", "DELETE", "IN", "NOT", "OR", "REMOVE", "SET",
];

/// `ExpressionAttributeNames` of a request.
#[derive(Clone, Copy, Debug)]
pub struct Names<'a>(pub &'a Value);

impl Names<'_> {
    fn resolve(self, name: &str) -> String {
        match name.starts_with('#') {
            true => self.0[name].as_str().unwrap_or(name).to_owned(),
            false => name.to_owned(),
        }
    }
}

/// The names of the top-level attributes in an expression.
pub fn attributes(expression: &str, names: Names<'_>) -> Vec<String> {
    let tokens = tokens(expression);
    let mut attributes = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let is_function = tokens.get(index + 1) == Some(&"(");
        let is_name = token.starts_with(|c: char| c.is_alphabetic() || "_#".contains(c));
        let is_keyword = KEYWORDS
            .iter()
            .any(|keyword| keyword.eq_ignore_ascii_case(token));
        if is_name && !is_keyword && !is_function {
            let top = token.split(['.', '[']).next().unwrap_or_default();
            attributes.push(names.resolve(top));
        }
    }
    attributes
}

/// The placeholder, such as `:owner`, that the attribute has to be equal to.
pub fn equal_to<'a>(expression: &'a str, attribute: &str, names: Names<'_>) -> Option<&'a str> {
    let tokens = tokens(expression);
    tokens.windows(3).find_map(|window| {
        let [left, "=", right] = *window else {
            return None;
        };
        let is_it = |token: &str| names.resolve(token) == attribute;
        [(left, right), (right, left)]
            .into_iter()
            .find(|(name, value)| is_it(name) && value.starts_with(':'))
            .map(|(_, value)| value)
    })
}

/// Paths, placeholders and words, and other characters one by one.
fn tokens(expression: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = expression.trim_start();
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_alphanumeric() || "_-#:.[]".contains(c);
        let end = match is_word(first) {
            true => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            false => first.len_utf8(),
        };
        let (token, after) = rest.split_at(end);
        tokens.push(token);
        rest = after.trim_start();
    }
    tokens
}
