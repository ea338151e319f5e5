use std::io::Cursor;

use proptest::prelude::*;

use super::*;

/// An entry of a zip that is written byte by byte, so that it can be any zip.
#[derive(Clone, Debug)]
pub struct Entry {
    name: String,
    contents: Vec<u8>,
    mode: u32,
    /// The size in the zip's headers.
    claimed: u32,
}

impl Entry {
    pub fn file(name: &str, contents: &[u8]) -> Self {
        Self {
            name: name.to_owned(),
            contents: contents.to_vec(),
            mode: 0o100_755,
            claimed: u32::try_from(contents.len()).expect("small"),
        }
    }

    fn of_mode(name: &str, mode: u32) -> Self {
        Self {
            mode,
            ..Self::file(name, b"target")
        }
    }

    /// The fields that both headers have.
    fn described(&self) -> Vec<u8> {
        let mut crc = flate2::Crc::new();
        crc.update(&self.contents);
        let stored = u32::try_from(self.contents.len()).expect("small");
        let mut bytes = Vec::new();
        // Version, flags (UTF-8), method (stored), time, date.
        for field in [20_u16, 0x800, 0, 0, 0x21] {
            bytes.extend(field.to_le_bytes());
        }
        for field in [crc.sum(), stored, self.claimed] {
            bytes.extend(field.to_le_bytes());
        }
        let length = u16::try_from(self.name.len()).expect("short");
        bytes.extend(length.to_le_bytes());
        bytes.extend([0; 2]);
        bytes
    }
}

pub fn zipped(entries: &[Entry]) -> Vec<u8> {
    let (mut zip, mut directory) = (Vec::new(), Vec::new());
    for entry in entries {
        let at = u32::try_from(zip.len()).expect("small");
        zip.extend(b"PK\x03\x04");
        zip.extend(entry.described());
        zip.extend(entry.name.as_bytes());
        zip.extend(&entry.contents);
        // Made by: version 2.0 on Unix.
        directory.extend(b"PK\x01\x02\x14\x03");
        directory.extend(entry.described());
        directory.extend([0; 6]);
        directory.extend((entry.mode << 16).to_le_bytes());
        directory.extend(at.to_le_bytes());
        directory.extend(entry.name.as_bytes());
    }
    let count = u16::try_from(entries.len()).expect("few").to_le_bytes();
    let size = u32::try_from(directory.len()).expect("small");
    let at = u32::try_from(zip.len()).expect("small");
    zip.extend(&directory);
    zip.extend(b"PK\x05\x06\0\0\0\0");
    zip.extend(count);
    zip.extend(count);
    zip.extend(size.to_le_bytes());
    zip.extend(at.to_le_bytes());
    zip.extend([0; 2]);
    zip
}

const LIMITS: Limits = Limits {
    bytes: 1000,
    entries: 20,
    directory: 4000,
};

/// How a zip was refused, if it was, and what is in the folder.
fn unpacked(zip: &[u8]) -> (Option<UnpackError>, Vec<(String, u32, u64)>) {
    let outer = tempfile::tempdir().expect("a folder");
    let folder = outer.path().join("a/b/code");
    fs::create_dir_all(&folder).expect("made");
    fs::write(outer.path().join("a/sentinel"), "whole").expect("written");
    let refused = unpack(Cursor::new(zip), &folder, LIMITS).err();
    let inside = found(&folder, &folder);
    // Nothing is written outside of the folder.
    let around = found(outer.path(), outer.path());
    let outside = around
        .iter()
        .filter(|(name, ..)| !name.starts_with("a/b/code/"));
    let outside: Vec<_> = outside.map(|(name, ..)| name.as_str()).collect();
    assert_eq!(outside, ["a", "a/b", "a/b/code", "a/sentinel"]);
    let sentinel = fs::read(outer.path().join("a/sentinel")).expect("there");
    assert_eq!(sentinel, b"whole");
    (refused, inside)
}

/// Everything below `folder`, sorted: path from `root`, mode, size.
fn found(root: &Path, folder: &Path) -> Vec<(String, u32, u64)> {
    use std::os::unix::fs::PermissionsExt;
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let metadata = path.symlink_metadata().expect("it is there");
        assert!(!metadata.is_symlink(), "{path:?}");
        let below = path.strip_prefix(root).expect("below");
        let size = if metadata.is_file() {
            metadata.len()
        } else {
            0
        };
        let name = below.to_str().expect("text").to_owned();
        all.push((name, metadata.permissions().mode(), size));
        if metadata.is_dir() {
            all.extend(found(root, &path));
        }
    }
    all.sort();
    all
}

#[test]
fn files_are_written_with_their_contents_and_executable_bits() {
    let zip = zipped(&[
        Entry::file("bootstrap", b"program"),
        Entry::of_mode("lib/deep/data.txt", 0o100_640),
        Entry::of_mode("no-mode", 0),
        Entry {
            contents: vec![],
            claimed: 0,
            ..Entry::of_mode("empty/", 0o040_700)
        },
    ]);
    let (refused, inside) = unpacked(&zip);
    assert!(refused.is_none(), "{refused:?}");
    let files = inside.iter().filter(|(.., size)| *size > 0);
    let files: Vec<_> = files
        .map(|(name, mode, _)| (name.as_str(), mode & 0o777))
        .collect();
    let expected = [
        ("bootstrap", 0o555),
        ("lib/deep/data.txt", 0o444),
        ("no-mode", 0o444),
    ];
    assert_eq!(files, expected);
    assert!(inside.iter().any(|(name, ..)| name == "empty"));
}

#[test]
fn names_that_lead_elsewhere_are_refused() {
    for name in [
        "../evil",
        "a/../../evil",
        "/etc/evil",
        "a//b",
        "./a",
        "a/.",
        "..",
        ".",
        "",
        "/",
        "a\\b",
        "a\0b",
        "line\nbreak",
        "\u{1b}[31m",
    ] {
        let (refused, inside) = unpacked(&zipped(&[Entry::file(name, b"x")]));
        let refused = refused.unwrap_or_else(|| panic!("{name:?} was taken"));
        assert!(
            matches!(refused, UnpackError::Bad(_)),
            "{name:?}: {refused}"
        );
        assert!(inside.is_empty(), "{name:?}");
    }
    assert!(
        unpacked(&zipped(&[Entry::file(&"x".repeat(256), b"")]))
            .0
            .is_some()
    );
    assert!(
        unpacked(&zipped(&[Entry::file("..a/b..", b"")]))
            .0
            .is_none()
    );
}

#[test]
fn links_devices_and_entries_that_stand_against_each_other_are_refused() {
    for mode in [0o120_777, 0o060_666, 0o020_666, 0o010_666, 0o140_777] {
        let (refused, inside) = unpacked(&zipped(&[Entry::of_mode("link", mode)]));
        assert!(matches!(refused, Some(UnpackError::Bad(_))), "{mode:o}");
        assert!(inside.is_empty());
    }
    for names in [["a", "a"], ["a", "a/b"], ["a/b", "a"]] {
        let (refused, _) = unpacked(&zipped(&names.map(|name| Entry::file(name, b"x"))));
        assert!(matches!(refused, Some(UnpackError::Bad(_))), "{names:?}");
    }
}

#[test]
fn what_is_too_much_is_refused_whatever_the_zip_claims() {
    let large = [Entry::file("a", &[7; 600]), Entry::file("b", &[7; 600])];
    let (refused, inside) = unpacked(&zipped(&large));
    assert!(matches!(refused, Some(UnpackError::TooLarge(1000))));
    assert!(inside.iter().map(|(.., size)| size).sum::<u64>() <= 1000);
    for claimed in [0, u32::MAX - 1] {
        let lies = [Entry {
            claimed,
            ..Entry::file("a", &[7; 1200])
        }];
        let (refused, inside) = unpacked(&zipped(&lies));
        assert!(refused.is_some(), "{claimed}");
        assert!(inside.iter().map(|(.., size)| size).sum::<u64>() <= 1000);
    }

    let many = |count: usize| -> Vec<_> {
        let named = (0..count).map(|number| Entry::file(&number.to_string(), b""));
        named.collect()
    };
    assert!(unpacked(&zipped(&many(20))).0.is_none());
    let (refused, _) = unpacked(&zipped(&many(21)));
    assert!(refused.is_some_and(|refused| refused.to_string().contains("more than 20")));
    let deep = "d/".repeat(30);
    assert!(unpacked(&zipped(&[Entry::file(&deep, b"")])).0.is_some());
    let (refused, _) = unpacked(&zipped(&many(200)));
    assert!(refused.is_some_and(|refused| refused.to_string().contains("too long")));
}

#[test]
fn a_bomb_is_stopped_while_it_unfolds() {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default();
    zip.start_file("bomb", options).expect("started");
    zip.write_all(&vec![0; 1 << 20]).expect("written");
    let zip = zip.finish().expect("a zip").into_inner();
    assert!(zip.len() < 4000, "it is small as long as it is a zip");
    let (refused, inside) = unpacked(&zip);
    assert!(matches!(refused, Some(UnpackError::TooLarge(1000))));
    assert!(inside.iter().map(|(.., size)| size).sum::<u64>() <= 1000);
}

#[test]
fn an_empty_zip_and_none_at_all_have_errors_of_their_own() {
    assert!(matches!(unpacked(&zipped(&[])).0, Some(UnpackError::Empty)));
    assert!(matches!(unpacked(b"").0, Some(UnpackError::Bad(_))));
    assert!(matches!(
        unpacked(b"#!/bin/sh").0,
        Some(UnpackError::Bad(_))
    ));
}

fn evil_entry() -> impl Strategy<Value = Entry> {
    let part = prop_oneof![
        Just("..".to_owned()),
        Just(".".to_owned()),
        Just(String::new()),
        Just("a".to_owned()),
        Just("b".to_owned()),
        "[a-c:\\\\./ \u{0}é]{0,4}",
    ];
    let name = proptest::collection::vec(part, 0..5).prop_map(|parts| parts.join("/"));
    let mode = prop_oneof![
        Just(0o100_755),
        Just(0o120_777),
        Just(0o040_755),
        0..0o200_000_u32
    ];
    let contents = prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..400),
        Just(b"../../sentinel".to_vec())
    ];
    (name, contents, mode, any::<Option<u32>>()).prop_map(|(name, contents, mode, claimed)| {
        let honest = Entry::file(&name, &contents);
        Entry {
            mode,
            claimed: claimed.unwrap_or(honest.claimed),
            ..honest
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(100) })]

    #[test]
    fn any_bytes_at_all_do_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        unpacked(&bytes);
    }

    #[test]
    fn any_zip_stays_in_its_folder_and_its_limits(
        entries in proptest::collection::vec(evil_entry(), 0..8),
        flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
    ) {
        let mut zip = zipped(&entries);
        for (at, byte) in flips {
            let at = at.index(zip.len());
            zip[at] = byte;
        }
        let (_, inside) = unpacked(&zip);
        prop_assert!(inside.len() <= LIMITS.entries);
        prop_assert!(inside.iter().map(|(.., size)| size).sum::<u64>() <= LIMITS.bytes);
    }
}

#[test]
fn folders_count_as_entries_also_those_that_no_entry_names() {
    let deep = |folders: usize| {
        let name = "a/".repeat(folders) + "file";
        unpacked(&zipped(&[Entry::file(&name, b"x")])).0
    };
    assert!(deep(LIMITS.entries - 1).is_none());
    let refused = deep(LIMITS.entries).expect("too many").to_string();
    assert!(
        refused.contains("more than 20 files and folders"),
        "{refused}"
    );
}
