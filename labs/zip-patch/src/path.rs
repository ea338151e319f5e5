//! Which names an entry may have. Pure.

use crate::error::PatchError;

/// The longest name in a zip, in bytes.
///
/// Source: APPNOTE.TXT of the zip format, 4.4.10: the length has two bytes.
const LONGEST: usize = 65_535;

/// An error if a file of this name would not be inside the folder that the zip is unpacked to, whatever unpacks
/// it.
pub fn check(path: &str) -> Result<(), PatchError> {
    let reason = if path.is_empty() {
        "it is empty"
    } else if path.len() > LONGEST {
        "it is too long"
    } else if path.starts_with('/') {
        "it begins at the root"
    } else if path.contains('\\') {
        "it has a backslash"
    } else if path.contains('\0') {
        "it has a zero byte"
    } else if path.ends_with('/') {
        "it is a folder"
    } else if path.as_bytes()[0].is_ascii_alphabetic() && path[1..].starts_with(':') {
        "it begins with a drive"
    } else if path.split('/').any(|part| part == "..") {
        "it leads out of the bundle"
    } else if path.split('/').any(|part| part.is_empty() || part == ".") {
        "one of its folders has no name"
    } else {
        return Ok(());
    };
    let path = path.to_owned();
    Err(PatchError::BadPath { path, reason })
}

/// The folders that a file is in: `a/b` and `a` of `a/b/c`.
pub fn folders(path: &str) -> impl Iterator<Item = &str> {
    path.rmatch_indices('/').map(|(at, _)| &path[..at])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stays_in_the_bundle_is_a_path() {
        for good in ["bootstrap", "a/b/c.txt", "..a", "a..", "ä", ".env", "c"] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "/etc/passwd",
            "../x",
            "a/../x",
            "a/..",
            "..",
            "a//b",
            "./a",
            "a/.",
            "a/",
            "a\\b",
            "..\\x",
            "C:/x",
            "a\0",
        ] {
            let refused = check(bad).expect_err(bad).to_string();
            assert!(refused.contains("is no path in a bundle"), "{refused}");
        }
        assert!(check(&"a".repeat(LONGEST)).is_ok());
        assert!(check(&"a".repeat(LONGEST + 1)).is_err());
    }

    #[test]
    fn the_folders_of_a_file() {
        assert_eq!(folders("a/b/c").collect::<Vec<_>>(), ["a/b", "a"]);
        assert_eq!(folders("a").count(), 0);
    }
}
