//! Names for resources that their templates give none.

use serde_json::Value;

use crate::random::random_id;

/// How resources of a type get their names.
#[derive(Clone, Copy, Debug)]
pub struct Naming {
    /// The property that gives the name, if there is one.
    pub property: Option<&'static str>,
    /// In characters.
    pub longest: usize,
    pub lower_case: bool,
    /// Whether it is an id as services choose them, of which nothing says where it comes from.
    pub opaque: bool,
}

/// How many characters are random.
const RANDOM: usize = 12;

impl Naming {
    pub const fn by(property: &'static str, longest: usize) -> Self {
        Self {
            property: Some(property),
            longest,
            lower_case: false,
            opaque: false,
        }
    }

    pub const fn generated(longest: usize) -> Self {
        Self {
            property: None,
            longest,
            lower_case: false,
            opaque: false,
        }
    }

    /// An id of this length, of small letters and digits.
    pub const fn id(length: usize) -> Self {
        Self {
            property: None,
            longest: length,
            lower_case: true,
            opaque: true,
        }
    }

    /// The name that the template gives.
    pub fn given(self, properties: &Value) -> Option<&str> {
        properties.get(self.property?)?.as_str()
    }

    /// `stack-logical-RANDOM`; the first two are shortened if it would be too long.
    pub fn generate(self, stack: &str, logical_id: &str) -> String {
        let name = match self.opaque {
            true => random_id(self.longest),
            false => named(self.longest, stack, logical_id, &random_id(RANDOM)),
        };
        if self.lower_case {
            name.to_lowercase()
        } else {
            name
        }
    }
}

fn named(longest: usize, stack: &str, logical_id: &str, random: &str) -> String {
    let room = longest.saturating_sub(random.len() + 2);
    // The logical id says more about the resource than the stack's name does.
    let of_logical = logical_id
        .len()
        .min(room.saturating_sub(stack.len().min(room / 2)));
    let of_stack = stack.len().min(room - of_logical);
    // Both are ASCII.
    let (stack, logical_id) = (&stack[..of_stack], &logical_id[..of_logical]);
    format!("{}-{logical_id}-{random}", stack.trim_end_matches('-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit() {
        let long = "x".repeat(128);
        assert_eq!(named(63, "stack", "Bucket", "ABC"), "stack-Bucket-ABC");
        for (stack, logical_id) in [("a", long.as_str()), (&long, "B"), (&long, &long)] {
            let name = named(63, stack, logical_id, "ABCDEFGHIJKL");
            assert_eq!(name.len(), 63, "{name}");
        }
        let bucket = Naming {
            lower_case: true,
            ..Naming::generated(63)
        };
        let name = bucket.generate("Stack", "Bucket");
        assert!(name.starts_with("stack-bucket-"), "{name}");
        assert_eq!(name, name.to_lowercase());
        assert_ne!(name, bucket.generate("Stack", "Bucket"));
        let id = Naming::id(10).generate("Stack", "Api");
        assert_eq!((id.len(), id.contains("stack")), (10, false));
    }
}
