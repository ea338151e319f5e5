//! Long answers in parts.

use serde_json::Value;

use crate::cloudformation::fault::invalid;
use crate::fault::Fault;

/// How many things one answer has.
pub const SIZE: usize = 100;

/// The part of the list that begins where `token` says, and the token for what follows.
pub fn page(items: Vec<Value>, token: Option<&str>) -> Result<(Vec<Value>, Option<String>), Fault> {
    let start = match token {
        None => 0,
        Some(token) => number(token)?,
    };
    let count = items.len();
    let page = items.into_iter().skip(start).take(SIZE).collect();
    let next = start.saturating_add(SIZE);
    Ok((page, (next < count).then(|| next.to_string())))
}

pub fn number<T: std::str::FromStr>(token: &str) -> Result<T, Fault> {
    let unknown = |_| invalid(format!("NextToken {token} is not valid"));
    token.parse().map_err(unknown)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn parts_follow_one_another_to_the_end() {
        let items: Vec<Value> = (0..250).map(|number| json!(number)).collect();
        let mut seen = Vec::new();
        let mut token = None;
        loop {
            let (part, next) = page(items.clone(), token.as_deref()).expect("a part");
            seen.extend(part);
            match next {
                Some(next) => token = Some(next),
                None => break,
            }
        }
        assert_eq!(seen, items);
        assert!(page(items, Some("x")).is_err());
    }
}
