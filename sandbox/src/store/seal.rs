//! Seals of records: what is damaged in the file is noticed where it is read.

use std::fmt::Write;

use sha2::{Digest, Sha256};

/// Between a record's text and its seal. JSON texts have none.
const SEPARATOR: char = '\n';

/// The record's text with its seal.
pub fn sealed(kind: &str, key: &str, text: &str) -> String {
    format!("{text}{SEPARATOR}{}", seal(&[kind, key, text]))
}

/// The text, if the seal is right.
pub fn unsealed<'a>(kind: &str, key: &str, sealed: &'a str) -> Option<&'a str> {
    let (text, found) = sealed.rsplit_once(SEPARATOR)?;
    (found == seal(&[kind, key, text])).then_some(text)
}

/// The first 64 bits of a digest: against damage, not against people.
pub fn seal(parts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part.len().to_le_bytes());
        digest.update(part);
    }
    let mut seal = String::new();
    for byte in &digest.finalize()[..8] {
        // Text takes everything.
        let _ = write!(seal, "{byte:02x}");
    }
    seal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_of_a_record_is_under_its_seal() {
        let whole = sealed("kind", "key", "{}");
        assert_eq!(unsealed("kind", "key", &whole), Some("{}"));
        assert_eq!(unsealed("kin", "dkey", &whole), None);
        assert_eq!(unsealed("kind", "ke", &whole), None);
        for at in 0..whole.len() {
            let mut damaged = whole.clone().into_bytes();
            damaged[at] ^= 1;
            let damaged = String::from_utf8(damaged).expect("ASCII");
            assert_eq!(unsealed("kind", "key", &damaged), None, "{damaged}");
        }
        assert_eq!(unsealed("kind", "key", "{}"), None);
    }
}
