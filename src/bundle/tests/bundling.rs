//! Zips: the same bytes from the same contents, whatever was there before.

use std::io::Cursor;
use std::process::Command;
use std::time::SystemTime;

use super::*;

fn digests(bundles: &[Bundle]) -> Vec<&Digest> {
    bundles.iter().map(|bundle| &bundle.digest).collect()
}

/// The entries' names, and whether they were compressed or copied; the same for all bundles.
fn origins(bundles: &[Bundle]) -> Vec<(&str, Origin)> {
    let of = |bundle: &'_ Bundle| -> Vec<_> { bundle.entries.iter().map(|e| e.origin).collect() };
    let first = bundles.first().expect("there are functions");
    assert!(bundles.iter().all(|bundle| of(bundle) == of(first)));
    first
        .entries
        .iter()
        .map(|entry| (entry.name.as_str(), entry.origin))
        .collect()
}

fn written(bundle: &Bundle) -> SystemTime {
    let metadata = fs::metadata(&bundle.path).expect("the zip is cached");
    metadata.modified().expect("the system knows when")
}

const ALL: [(&str, Origin); 2] = [
    ("bootstrap", Origin::Compressed),
    ("names.txt", Origin::Compressed),
];
const NONE: [(&str, Origin); 2] = [("bootstrap", Origin::Copied), ("names.txt", Origin::Copied)];

#[tokio::test]
async fn the_same_sources_in_two_folders_give_the_same_bytes() {
    let (here, there) = (TestWorkspace::new(), TestWorkspace::new());
    let (here, there) = (here.bundle().await, there.bundle().await);
    assert_eq!(digests(&here), digests(&there));
    assert_ne!(here[0].digest, here[1].digest);
}

#[tokio::test]
async fn a_bundle_is_what_lambda_expects() {
    let workspace = TestWorkspace::new();
    let bundles = workspace.bundle().await;
    assert_eq!(origins(&bundles), ALL);
    let bundle = &bundles[0];
    assert_eq!(fs::read(&bundle.path).ok().as_ref(), Some(&bundle.zip));
    assert_eq!(bundle.digest, Digest::of(&bundle.zip));
    let mut zip = zip::ZipArchive::new(Cursor::new(&bundle.zip)).expect("it is a zip");
    let mut seen = Vec::new();
    for index in 0..zip.len() {
        let mut entry = zip.by_index(index).expect("the entry is sound");
        let mut contents = Vec::new();
        entry
            .read_to_end(&mut contents)
            .expect("the contents are sound");
        assert_eq!(entry.last_modified(), Some(zip::DateTime::DEFAULT));
        assert_eq!(contents.len() as u64, bundle.entries[index].size);
        let mode = entry.unix_mode().expect("it has a mode");
        seen.push((
            entry.name().expect("it is UTF-8").into_owned(),
            mode & 0o777,
            contents,
        ));
    }
    let [(bootstrap, 0o755, program), (names, 0o644, list)] = &seen[..] else {
        panic!("unexpected entries or modes");
    };
    assert_eq!(
        (bootstrap.as_str(), names.as_str()),
        ("bootstrap", "names.txt")
    );
    assert!(program.starts_with(b"\x7fELF"));
    assert_eq!(list, b"Ada\nGrace\n");
}

#[tokio::test]
async fn nothing_is_written_when_nothing_has_changed() {
    let workspace = TestWorkspace::new();
    let first = workspace.bundle().await;
    let times: Vec<_> = first.iter().map(written).collect();
    let second = workspace.bundle().await;
    assert_eq!(origins(&second), NONE);
    assert!(second.iter().all(Bundle::is_unchanged));
    assert_eq!(digests(&first), digests(&second));
    assert_eq!(first[0].zip, second[0].zip);
    assert_eq!(times, second.iter().map(written).collect::<Vec<_>>());
}

#[tokio::test]
async fn an_edit_to_one_file_compresses_that_file_alone() {
    let workspace = TestWorkspace::new();
    workspace.bundle().await;
    workspace.write("names.txt", "Ada\nGrace\nMargaret\n");
    let patched = workspace.bundle().await;
    let expected = [
        ("bootstrap", Origin::Copied),
        ("names.txt", Origin::Compressed),
    ];
    assert_eq!(origins(&patched), expected);

    fs::remove_dir_all(workspace.folder().join("target/mafia")).expect("bundles were cached");
    let fresh = workspace.bundle().await;
    assert_eq!(origins(&fresh), ALL);
    assert_eq!(patched[0].zip, fresh[0].zip);
    assert_eq!(digests(&patched), digests(&fresh));
}

#[tokio::test]
async fn an_edit_to_one_function_changes_its_bundle_alone() {
    let workspace = TestWorkspace::new();
    let before = workspace.bundle().await;
    workspace.write(
        "game/src/bin/dusk.rs",
        "fn main() { println!(\"night\") }\n",
    );
    let after = workspace.bundle().await;
    assert!(after[0].is_unchanged());
    assert_eq!(before[0].digest, after[0].digest);
    assert_ne!(before[1].digest, after[1].digest);
    let expected = [
        ("bootstrap", Origin::Compressed),
        ("names.txt", Origin::Copied),
    ];
    assert_eq!(origins(&after[1..]), expected);
}

#[tokio::test]
async fn a_file_less_is_an_entry_less() {
    let workspace = TestWorkspace::new();
    let before = workspace.bundle().await;
    let manifest = workspace.folder().join("game/Cargo.toml");
    let without = fs::read_to_string(manifest)
        .expect("it is there")
        .replace("\"../names.txt\"", "");
    workspace.write("game/Cargo.toml", &without);
    let after = workspace.bundle().await;
    assert_eq!(origins(&after), NONE[..1]);
    assert_ne!(before[0].digest, after[0].digest);
}

#[tokio::test]
async fn a_damaged_zip_in_the_cache_is_made_again() {
    let workspace = TestWorkspace::new();
    let sound = workspace.bundle().await;
    let zip = &sound[0].zip;
    let middle = zip.len() / 2;
    let mut flipped = zip.clone();
    flipped[middle] ^= 1;
    let damages: [&[u8]; 5] = [
        &flipped,
        &zip[..middle],
        &zip[..zip.len() - 1],
        b"",
        &sound[1].zip,
    ];
    for damage in damages {
        fs::write(&sound[0].path, damage).expect("the zip is cached");
        let rebuilt = workspace.bundle().await;
        assert_eq!(origins(&rebuilt[..1]), ALL);
        assert_eq!(rebuilt[0].zip, sound[0].zip);
        assert_eq!(fs::read(&sound[0].path).ok().as_ref(), Some(zip));
    }
}

#[tokio::test]
async fn a_record_that_does_not_match_its_zip_is_ignored() {
    let workspace = TestWorkspace::new();
    let sound = workspace.bundle().await;
    let record = sound[0].path.with_extension("json");
    let text = fs::read_to_string(&record).expect("the record is cached");
    let older = text.replace("\"mafia ", "\"mafia 0.0.0-before-");
    assert_ne!(older, text);
    let others = fs::read_to_string(sound[1].path.with_extension("json")).expect("it is cached");
    for damage in ["", "{", &text[..text.len() / 2], &older, &others] {
        fs::write(&record, damage).expect("the record is cached");
        let rebuilt = workspace.bundle().await;
        assert_eq!(origins(&rebuilt[..1]), ALL);
        assert_eq!(digests(&rebuilt), digests(&sound));
        assert_eq!(fs::read_to_string(&record).ok().as_ref(), Some(&text));
    }
}

#[test]
fn no_room_on_the_disk_is_told_apart() {
    let error = fs::write("/dev/full", b"x").expect_err("it is always full");
    let error = BundleError::write(Path::new("target/mafia/01-dawn.zip"), error);
    assert!(matches!(error, BundleError::DiskFull { .. }), "{error}");
    assert_eq!(
        error.to_string(),
        "no disk space left to write `target/mafia/01-dawn.zip`"
    );
    assert!(error.hints()[0].starts_with("free some disk space"));
}

/// The test runs itself once more in a process that may write files of a few kilobytes only, where
/// a write fails halfway as it does on a full disk.
#[tokio::test]
async fn a_write_that_fails_halfway_leaves_the_earlier_zip() {
    const FOLDER: &str = "MAFIA_TEST_LIMITED_FOLDER";
    if let Some(folder) = std::env::var_os(FOLDER) {
        return fail_halfway(Path::new(&folder));
    }
    let workspace = TestWorkspace::new();
    let before = workspace.bundle().await;
    let limited = Command::new("sh")
        .args(["-c", "trap '' XFSZ; ulimit -f 64; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().expect("the test's own path"))
        .args([
            "--exact",
            "bundle::tests::bundling::a_write_that_fails_halfway_leaves_the_earlier_zip",
        ])
        .env(FOLDER, workspace.folder())
        .output()
        .expect("there is a shell");
    let words = String::from_utf8_lossy(&limited.stdout);
    assert!(limited.status.success(), "{words}");
    assert!(words.contains("1 passed"), "{words}");
    assert_eq!(
        fs::read(&before[0].path).ok().as_ref(),
        Some(&before[0].zip)
    );
    let folder = before[0].path.parent().expect("a file is in a folder");
    assert_eq!(
        fs::read_dir(folder).expect("it is there").count(),
        4,
        "something was left behind"
    );
    assert!(workspace.bundle().await.iter().all(Bundle::is_unchanged));
}

fn fail_halfway(folder: &Path) {
    let mut project = discover(folder).expect("the workspace is sound");
    project.target_directory = folder.join("target");
    // Another program than before, of which enough is left when it is compressed.
    let program = std::env::current_exe().expect("the test's own path");
    let artifacts: Vec<_> = project
        .functions
        .iter()
        .map(|function| Artifact {
            library: None,
            function: function.clone(),
            path: program.clone(),
            sources: Sources::new(),
            flavor: "dev".to_owned(),
        })
        .collect();
    let error = bundle(&project, &artifacts).expect_err("files may not be that big");
    assert!(matches!(error, BundleError::DiskFull { .. }), "{error}");
    assert!(error.to_string().contains("01-dawn.zip"), "{error}");
}
