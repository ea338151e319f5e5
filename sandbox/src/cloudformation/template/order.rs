//! An order in which each name comes after those that it needs.

use std::collections::{BTreeMap, BTreeSet};

/// What each name needs; every name that is needed has an entry too.
pub type Needs = BTreeMap<String, BTreeSet<String>>;

/// The names, each after all that it needs. Where that can't be, the names that stand in a circle.
pub fn order(needs: &Needs) -> Result<Vec<&str>, Vec<&str>> {
    let (ordered, left) = peel(needs.keys().map(String::as_str).collect(), needs);
    if left.is_empty() {
        return Ok(ordered);
    }
    // What is left is the circles, what needs them, and what is between them. What needs them is what
    // nothing that is left needs.
    let mut needed: Needs = left
        .iter()
        .map(|name| ((*name).to_owned(), BTreeSet::new()))
        .collect();
    for name in &left {
        for need in &needs[*name] {
            if let Some(needed_by) = needed.get_mut(need) {
                needed_by.insert((*name).to_owned());
            }
        }
    }
    Err(peel(left, &needed).1.into_iter().collect())
}

/// Removes the names that need none of the others, repeatedly. Returns them in that order, and the names
/// that are left.
fn peel<'a>(names: BTreeSet<&'a str>, needs: &Needs) -> (Vec<&'a str>, BTreeSet<&'a str>) {
    let mut left = names;
    let mut waits: BTreeMap<&str, usize> = BTreeMap::new();
    let mut waiting: BTreeMap<&str, Vec<&'a str>> = BTreeMap::new();
    for name in &left {
        for need in &needs[*name] {
            *waits.entry(name).or_default() += 1;
            waiting.entry(need).or_default().push(name);
        }
    }
    let mut ready: Vec<&'a str> = Vec::new();
    ready.extend(left.iter().filter(|name| !waits.contains_key(*name)));
    let mut next = 0;
    while let Some(name) = ready.get(next).copied() {
        next += 1;
        left.remove(name);
        for waiter in waiting.remove(name).unwrap_or_default() {
            let count = waits.entry(waiter).or_default();
            *count -= 1;
            if *count == 0 {
                ready.push(waiter);
            }
        }
    }
    (ready, left)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn needs(edges: &[(&str, &[&str])]) -> Needs {
        edges
            .iter()
            .map(|(name, needs)| {
                let needs = needs.iter().map(|need| (*need).to_owned()).collect();
                ((*name).to_owned(), needs)
            })
            .collect()
    }

    #[test]
    fn what_is_needed_comes_first() {
        let needs = needs(&[("a", &["b", "c"]), ("b", &["c"]), ("c", &[]), ("d", &[])]);
        assert_eq!(order(&needs), Ok(vec!["c", "d", "b", "a"]));
    }

    #[test]
    fn a_circle_is_named_without_what_hangs_on_it() {
        let needs = needs(&[
            ("a", &["b"]),
            ("b", &["a", "below"]),
            ("above", &["a"]),
            ("below", &[]),
            ("self", &["self"]),
        ]);
        assert_eq!(order(&needs), Err(vec!["a", "b", "self"]));
    }

    #[test]
    fn a_long_chain_is_no_recursion() {
        let name = |number: u32| format!("{number:06}");
        let needs = (0..50_000)
            .map(|number| {
                (
                    name(number),
                    BTreeSet::from([name((number + 1).min(49_999))]),
                )
            })
            .collect();
        assert_eq!(order(&needs), Err(vec!["049999"]));
    }
}
