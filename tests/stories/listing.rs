//! Everything that exists in an account, as boto3 sees it, and a bystander: somebody else's things
//! whose names look like ours and which `mafia` must never touch.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::Value;

use crate::endpoint::Endpoint;
use crate::outside::python;

/// What exists: for each kind (`functions`, `tables`, …) the name of each thing with what would tell
/// a change of it: digests, settings, tags, contents.
#[derive(Clone, Debug, PartialEq)]
pub struct Listing(BTreeMap<String, BTreeMap<String, Value>>);

impl Listing {
    /// Looks at the whole account.
    #[track_caller]
    pub fn of(endpoint: &Endpoint) -> Self {
        let kinds = serde_json::from_value(python(endpoint, "listing.py", &[]));
        Self(kinds.expect("listing.py prints kinds, names and details"))
    }

    /// The names of one kind: `buckets`, `functions`, `log_groups`, `policies`, `roles`, `stacks`,
    /// `tables`.
    #[track_caller]
    pub fn names(&self, kind: &str) -> Vec<&str> {
        let things = self
            .0
            .get(kind)
            .unwrap_or_else(|| panic!("{kind} is no kind of {self:?}"));
        things.keys().map(String::as_str).collect()
    }

    /// The details of one thing.
    #[track_caller]
    pub fn get(&self, kind: &str, name: &str) -> &Value {
        let found = self.0.get(kind).and_then(|things| things.get(name));
        found.unwrap_or_else(|| panic!("no {name} among the {kind}: {:?}", self.names(kind)))
    }

    /// Asserts that `later` shows the very same things.
    #[track_caller]
    pub fn assert_still_all_there_is(&self, later: &Self) {
        let difference = self.difference(later);
        assert!(
            difference.is_empty(),
            "what exists has changed:\n{difference}"
        );
    }

    /// A line for each thing that appeared, vanished or changed; empty when nothing did.
    pub fn difference(&self, later: &Self) -> String {
        let mut lines = String::new();
        let (before, after) = (self.things(), later.things());
        let mut say = |what: &str, (kind, name): &(&str, &str), details: &dyn std::fmt::Display| {
            writeln!(lines, "{what} {kind} {name} {details}").expect("a string takes text");
        };
        for (thing, old) in &before {
            match after.get(thing) {
                None => say("vanished:", thing, &""),
                Some(new) if new != old => say("changed:", thing, &format!("{old} -> {new}")),
                Some(_) => {}
            }
        }
        for (thing, new) in after
            .iter()
            .filter(|(thing, _)| !before.contains_key(*thing))
        {
            say("appeared:", thing, new);
        }
        lines
    }

    fn things(&self) -> BTreeMap<(&str, &str), &Value> {
        let of_kind = |(kind, things): (_, _)| -> Vec<_> {
            let kind: &String = kind;
            let things: &BTreeMap<String, Value> = things;
            let thing = |(name, details)| {
                let name: &String = name;
                ((kind.as_str(), name.as_str()), details)
            };
            things.iter().map(thing).collect()
        };
        self.0.iter().flat_map(of_kind).collect()
    }
}

/// Puts things of each kind into the account that belong to nobody here, with names that start like
/// those of the stack `stack` or contain them, and gives the listing that shows them all.
#[track_caller]
pub fn bystander(endpoint: &Endpoint, stack: &str) -> Listing {
    python(endpoint, "bystander.py", &[stack]);
    Listing::of(endpoint)
}
