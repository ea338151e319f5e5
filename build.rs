//! Puts the workshop's content into the program: the labs, and what a student's workshop folder is made of.
//!
//! Which files belong to a lab, `labs/labs.toml` says. A file that is missing fails the build.

use std::collections::BTreeSet;
use std::env;
use std::error::Error;
use std::fs;
use std::path::Path;

use toml::de::{DeTable, DeValue};

const MANIFEST: &str = "labs/labs.toml";
/// The labs' own files, each in a folder with the lab's id.
const LESSONS: &str = "labs/lessons";
/// Files of a workshop folder, or what they are made of.
const FILES: [&str; 6] = [
    "Cargo.lock",
    "Cargo.toml",
    "labs/game/Cargo.toml",
    "labs/support/Cargo.toml",
    "names.txt",
    "templates/game.yaml",
];
/// Folders that are taken whole.
const FOLDERS: [&str; 3] = ["labs/game/src", "labs/support/src", "labs/workspace"];
/// What every lab has in its folder.
const OF_EACH_LAB: [&str; 5] = [
    "lesson.md",
    "hints/1.md",
    "hints/2.md",
    "hints/3.md",
    "afterwards.md",
];

fn main() -> Result<(), Box<dyn Error>> {
    let watched = FILES.iter().chain(&FOLDERS);
    for path in watched.chain(&["build.rs", MANIFEST, LESSONS]) {
        println!("cargo::rerun-if-changed={path}");
    }
    if env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "linux") {
        // The program has over a hundred thousand addresses in its data. To put them right for where it was loaded
        // is a third of its start: `benches/versions` shows it.
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
    let code = content(Path::new(&env::var("CARGO_MANIFEST_DIR")?))?;
    fs::write(Path::new(&env::var("OUT_DIR")?).join("content.rs"), code)?;
    Ok(())
}

/// The code that puts the content of the repository at `root` into the program.
pub fn content(root: &Path) -> Result<String, Box<dyn Error>> {
    let mut content = BTreeSet::from([MANIFEST.to_owned()]);
    content.extend(FILES.map(str::to_owned));
    for folder in FOLDERS {
        add_folder(root, folder, &mut content)?;
    }
    let labs = of_labs(&fs::read_to_string(root.join(MANIFEST))?)?;
    content.extend(labs.embedded);
    let named = content.iter().chain(&labs.only_checked).map(String::as_str);
    let missing: Vec<&str> = named.filter(|file| !root.join(file).is_file()).collect();
    if !missing.is_empty() {
        let missing = missing.join(", ");
        return Err(format!("{MANIFEST} names files that are missing: {missing}").into());
    }
    let files = content
        .iter()
        .map(|file| format!("    ({file:?}, include_bytes!({:?})),\n", root.join(file)));
    let starters = labs.starters.iter();
    let starters = starters.map(|starter| format!("    {starter:?},\n"));
    Ok(format!(
        "/// The files by their paths in the repository, sorted.\n\
         static FILES: &[(&str, &[u8])] = &[\n{}];\n\
         /// The path in a workshop folder of each file that a student writes, and its lab, in the order of the labs.\n\
         static STARTERS: &[(&str, &str)] = &[\n{}];\n",
        files.collect::<String>(),
        starters.collect::<String>()
    ))
}

/// The files that belong to labs.
#[derive(Default)]
struct OfLabs {
    embedded: BTreeSet<String>,
    /// The paths in a workshop folder, and the ids of their labs.
    starters: Vec<(String, String)>,
    /// For those who write labs.
    only_checked: BTreeSet<String>,
}

/// Reads no more of the manifest than the names of files: the program reads all of it.
fn of_labs(manifest: &str) -> Result<OfLabs, Box<dyn Error>> {
    let table = DeTable::parse(manifest).map_err(|error| format!("{MANIFEST}: {error}"))?;
    let labs = list(table.get_ref(), "lab");
    let mut files = OfLabs::default();
    for lab in labs.filter_map(|lab| lab.as_table()) {
        let id = lab.get("id").and_then(|id| id.get_ref().as_str());
        let id = id.ok_or_else(|| format!("{MANIFEST}: a lab has no id"))?;
        let folder = format!("{LESSONS}/{id}");
        let own = OF_EACH_LAB.map(|file| format!("{folder}/{file}"));
        files.embedded.extend(own);
        for file in list(lab, "files").filter_map(DeValue::as_str) {
            files.embedded.insert(format!("{folder}/starter.md"));
            files.starters.push((file.to_owned(), id.to_owned()));
            if let Some(solution) = file.strip_prefix("functions/") {
                files.embedded.insert(format!("labs/game/{solution}"));
            }
        }
        for wrong in list(lab, "wrong").filter_map(|wrong| wrong.as_table()) {
            if let Some(file) = wrong.get("file").and_then(|file| file.get_ref().as_str()) {
                files.only_checked.insert(format!("{folder}/wrong/{file}"));
            }
        }
    }
    Ok(files)
}

fn list<'a>(table: &'a DeTable<'_>, key: &str) -> impl Iterator<Item = &'a DeValue<'a>> {
    let values = table.get(key).and_then(|value| value.get_ref().as_array());
    values.into_iter().flatten().map(|value| value.get_ref())
}

fn add_folder(
    root: &Path,
    folder: &str,
    files: &mut BTreeSet<String>,
) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(root.join(folder))? {
        let entry = entry?;
        let name = entry
            .file_name()
            .into_string()
            .map_err(|name| format!("{name:?} is no text"))?;
        let path = format!("{folder}/{name}");
        if entry.file_type()?.is_dir() {
            add_folder(root, &path, files)?;
        } else {
            files.insert(path);
        }
    }
    Ok(())
}
