use std::io::Write;

use zip::write::SimpleFileOptions;

use super::*;
use crate::{changes_from_json, difference};

/// As `mafia` writes a bundle.
fn bundle(entries: &[(&str, u32, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, mode, contents) in entries {
        write_entry(&mut zip, name, *mode, contents).expect("written");
    }
    zip.finish().expect("finished").into_inner()
}

/// A program that an edit changes in some places.
fn program(edited: bool) -> Vec<u8> {
    let mut bytes: Vec<u8> = (0_u32..100_000)
        .flat_map(|n| n.wrapping_mul(n).to_le_bytes())
        .collect();
    if edited {
        bytes.splice(1_000..1_010, *b"other code here");
        bytes[300_000] ^= 1;
    }
    bytes
}

fn refused(zip: &[u8], changes: serde_json::Value) -> String {
    let changes = changes_from_json(&changes);
    let patched = changes.and_then(|changes| apply(zip, &changes));
    patched.expect_err("refused").to_string()
}

#[test]
fn the_difference_makes_the_later_bundle_to_the_byte() {
    let names: &[u8] = b"Ada\nGrace\n";
    let old = bundle(&[
        ("bootstrap", 0o755, &program(false)),
        ("names.txt", 0o644, names),
    ]);
    for (new, counts) in [
        (
            bundle(&[
                ("bootstrap", 0o755, &program(true)),
                ("names.txt", 0o644, names),
            ]),
            (0, 1, 0),
        ),
        (
            bundle(&[
                ("bootstrap", 0o755, &program(false)),
                ("names.txt", 0o644, b"Ada\n"),
            ]),
            (0, 1, 0),
        ),
        (
            bundle(&[
                ("a/new.txt", 0o644, b"new"),
                ("bootstrap", 0o755, &program(true)),
                ("names.txt", 0o644, names),
                ("z", 0o755, &[0xff]),
            ]),
            (2, 1, 0),
        ),
        (bundle(&[("bootstrap", 0o755, &program(false))]), (0, 0, 1)),
        (old.clone(), (0, 0, 0)),
    ] {
        let changes = difference(&old, &new).expect("zips");
        let patched = apply(&old, &changes).expect("fits");
        let changed: Vec<_> = changes.keys().collect();
        assert!(patched.zip == new, "{changed:?}");
        assert_eq!(patched.digest, Digest::of(&new));
        let found = (patched.added, patched.modified, patched.removed);
        assert_eq!(found, counts);
        let sent = crate::changes_to_json(&changes).to_string();
        assert!(sent.len() < 700, "{}", sent.len());
    }
}

#[test]
fn texts_are_changed_and_added_as_the_source_does_it() {
    let zip = bundle(&[("index.py", 0o644, b"old"), ("lib/a.py", 0o600, b"a")]);
    let changes = serde_json::json!({ "index.py": "new", "lib/b.py": "b" });
    let changes = changes_from_json(&changes).expect("changes");
    let patched = apply(&zip, &changes).expect("fits");
    assert_eq!(
        (patched.added, patched.modified, patched.removed),
        (1, 1, 0)
    );
    let expected = bundle(&[
        ("index.py", 0o644, b"new"),
        ("lib/a.py", 0o600, b"a"),
        ("lib/b.py", 0o755, b"b"),
    ]);
    assert!(patched.zip == expected);
}

#[test]
fn what_does_not_fit_is_refused() {
    let zip = bundle(&[("a/b", 0o644, b"1"), ("c", 0o644, b"2")]);
    let json = |text: &str| serde_json::from_str(text).expect("JSON");
    let digest = Digest::of(b"2");
    let other = Digest::of(b"3");
    let delta = |from: &Digest, to: &Digest| {
        use base64::Engine;
        let delta = delta::encode(b"2", b"22");
        let delta = base64::engine::general_purpose::STANDARD.encode(delta);
        serde_json::json!({ "c": { "patch": delta, "from": from, "to": to } })
    };
    for (changes, said) in [
        (
            json(r#"{"a": "x"}"#),
            "a cannot be both a file and a folder",
        ),
        (
            json(r#"{"c/d": "x"}"#),
            "c/d cannot be both a file and a folder",
        ),
        (
            json(r#"{"n": "x", "n/m": "y"}"#),
            "n cannot be both a file and a folder",
        ),
        (json(r#"{"d": null}"#), "d is not in the bundle"),
        (json(r#"{"../c": "x"}"#), "it leads out of the bundle"),
        (delta(&other, &other), "and the patch is for"),
        (delta(&digest, &other), "makes contents with the digest"),
        (
            json(&format!(
                r#"{{"c": {{"patch": "AAAA", "from": "{digest}", "to": "{digest}"}}}}"#
            )),
            "the patch of c cannot be applied: it is damaged",
        ),
    ] {
        let text = refused(&zip, changes);
        assert!(text.contains(said), "{text}");
    }
    assert!(refused(b"no zip", json(r#"{"a": "x"}"#)).starts_with("this is no zip"));
    let replaced = changes_from_json(&json(r#"{"c": null, "c/d": "x"}"#)).expect("changes");
    assert_eq!(apply(&zip, &replaced).expect("fits").removed, 1);
    let fits = changes_from_json(&delta(&digest, &Digest::of(b"22"))).expect("changes");
    assert_eq!(apply(&zip, &fits).expect("fits").modified, 1);
}

#[test]
fn links_and_doubled_names_are_refused() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    zip.add_symlink("link", "/etc/passwd", options)
        .expect("added");
    zip.start_file("same1", options).expect("added");
    zip.write_all(b"x").expect("written");
    zip.start_file("same2", options).expect("added");
    let zip = zip.finish().expect("finished").into_inner();
    let json = |path: &str| serde_json::json!({ path: "x" });
    assert!(refused(&zip, json("link")).contains("link is a symbolic link"));
    assert!(refused(&zip, json("link/x")).contains("both a file and a folder"));
    let other = changes_from_json(&json("other")).expect("changes");
    assert_eq!(apply(&zip, &other).expect("fits").added, 1);

    let doubled: Vec<u8> = {
        let mut bytes = zip.clone();
        for at in 0..bytes.len() - 5 {
            if &bytes[at..at + 5] == b"same2" {
                bytes[at + 4] = b'1';
            }
        }
        bytes
    };
    assert!(refused(&doubled, json("other")).contains("two entries with the same name"));
}

#[test]
fn a_bundle_that_lambda_would_refuse_for_its_size_is_refused() {
    let large = vec![0; 90_000_000];
    let zip = bundle(&[("a", 0o644, &large), ("b", 0o644, &large)]);
    let mut changes = Changes::new();
    let bytes = Change::Bytes {
        bytes: large,
        mode: None,
    };
    changes.insert("c".to_owned(), bytes);
    let text = apply(&zip, &changes).expect_err("too large").to_string();
    assert!(text.contains("262144000 bytes uncompressed"), "{text}");
}
