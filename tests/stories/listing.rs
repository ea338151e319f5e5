//! Everything that exists in an account, as boto3 sees it, and a bystander: somebody else's things
//! whose names look like ours and which `mafia` must never touch.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::Value;

use crate::endpoint::Endpoint;
use crate::outside::python;

/// What exists: for each kind (`functions`, `tables`, …) the name of each thing with what would tell
/// a change of it: digests, settings, tags, contents.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listing(BTreeMap<String, BTreeMap<String, Value>>);

impl Listing {
    /// Looks at the whole account.
    #[track_caller]
    pub fn of(endpoint: &Endpoint) -> Self {
        Self::of_each(std::slice::from_ref(endpoint)).remove(0)
    }

    /// Looks at several accounts, which takes little longer than looking at one.
    #[track_caller]
    pub fn of_each(endpoints: &[Endpoint]) -> Vec<Self> {
        let credentials = |endpoint: &Endpoint| {
            let variables = endpoint.environment().into_iter();
            let variables = variables.map(|(name, value)| (name.to_owned(), value.into()));
            Value::Object(variables.collect())
        };
        let accounts: Vec<_> = endpoints.iter().map(credentials).collect();
        let accounts = Value::from(accounts).to_string();
        let listings = serde_json::from_value(python(&endpoints[0], "listing.py", &[&accounts]));
        let listings: Vec<_> = listings.expect("listing.py prints kinds, names and details");
        listings.into_iter().map(Self).collect()
    }

    /// Only what was not there `before`.
    pub fn since(&self, before: &Self) -> Self {
        let mut new = self.clone();
        for (kind, things) in &mut new.0 {
            let old = before.0.get(kind);
            things.retain(|name, _| !old.is_some_and(|old| old.contains_key(name)));
        }
        new
    }

    /// The same with dots in place of what is drawn anew for each account and each stack, so that
    /// listings of several accounts can be compared.
    pub fn without_drawn_names(&self, endpoint: &Endpoint) -> Self {
        let text = serde_json::to_string(&self.0).expect("a listing is JSON");
        let text = without_drawn(&text.replace(endpoint.account(), "ACCOUNT"));
        Self(serde_json::from_str(&text).expect("names are no JSON syntax"))
    }

    /// The same without bundles in artifact buckets: a refused one may have been uploaded on its way.
    pub fn without_bundles(mut self) -> Self {
        let buckets = self.0.get_mut("buckets").into_iter();
        for objects in buckets.flat_map(|buckets| buckets.values_mut()) {
            if let Some(objects) = objects.as_object_mut() {
                objects.retain(|key, _| !key.starts_with("bundles/"));
            }
        }
        self
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

    /// Asserts that `later` shows the very same things, beside others perhaps.
    #[track_caller]
    pub fn assert_still_there(&self, later: &Self) {
        let mut same = later.clone();
        for (kind, things) in &mut same.0 {
            let own = self.0.get(kind);
            things.retain(|name, _| own.is_some_and(|own| own.contains_key(name)));
        }
        self.assert_still_all_there_is(&same);
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

/// The drawn ends go first: one of nothing but hexadecimal digits would take the letters before it along.
fn without_drawn(text: &str) -> String {
    without_long_hexadecimals(&without_drawn_ends(text))
}

/// In ministack, CloudFormation ends the names that it makes with 13 hexadecimal digits, and everywhere
/// a stack's id with a UUID.
fn without_long_hexadecimals(text: &str) -> String {
    const LONG: usize = 13;
    let belongs = |c: char| c.is_ascii_hexdigit() || c == '-';
    replaced(text, belongs, |run, _| {
        run.chars().filter(char::is_ascii_hexdigit).count() >= LONG
    })
}

/// CloudFormation ends the names that it makes with a hyphen and 12 or 13 letters and digits, the
/// letters all large or all small.
fn without_drawn_ends(text: &str) -> String {
    let belongs = |c: char| c.is_ascii_alphanumeric();
    replaced(text, belongs, |word, before| {
        let of_one_size = |is_other: fn(&char) -> bool| !word.chars().any(|c| is_other(&c));
        let one_size =
            of_one_size(char::is_ascii_lowercase) || of_one_size(char::is_ascii_uppercase);
        before.ends_with('-') && (12..=13).contains(&word.len()) && one_size
    })
}

/// The text with dots in place of each run of characters that `belongs` takes and `is_drawn` knows; it
/// sees what stands before, too.
fn replaced(
    text: &str,
    belongs: impl Fn(char) -> bool,
    is_drawn: impl Fn(&str, &str) -> bool,
) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(&belongs) {
        let (before, from) = rest.split_at(start);
        let (run, after) = from.split_at(from.find(|c| !belongs(c)).unwrap_or(from.len()));
        kept.push_str(before);
        kept.push_str(if is_drawn(run, before) { "..." } else { run });
        rest = after;
    }
    kept + rest
}

/// Puts things of each kind into the account that belong to nobody here, with names that start like
/// those of the stack `stack` or contain them, and gives the listing that shows them all.
#[track_caller]
pub fn bystander(endpoint: &Endpoint, stack: &str) -> Listing {
    python(endpoint, "bystander.py", &[stack]);
    Listing::of(endpoint)
}

#[test]
fn what_is_drawn_is_gone_whatever_was_drawn() {
    for end in ["0123456789AB", "ZYXWVUTSRQPO", "0123456789abc"] {
        let name = format!("mafia-ann-Role-{end}");
        assert_eq!(without_drawn(&name), "mafia-ann-Role-...");
    }
    let id = "stack/mafia-ann/01234567-89ab-cdef-0123-456789abcdef";
    assert_eq!(without_drawn(id), "stack/mafia-ann/......");
}
