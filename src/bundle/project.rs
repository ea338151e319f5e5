//! What is to be built: a package that has functions, and the files that go with them.

use std::collections::{BTreeMap, HashSet};
use std::path::{Component, Path, PathBuf};

use cargo_metadata::{Metadata, Package, PackageId};
use serde::Deserialize;
use serde_json::Value;

use super::error::BundleError;
use crate::wording::nearest;

/// One Lambda function, and the binary that it runs.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Function {
    /// What the stack's name is prefixed to: `01-new-game`.
    pub name: String,
    /// The name of the binary target: `new-game`.
    pub binary: String,
}

/// A package with functions, and its workspace.
#[derive(Clone, Debug)]
pub struct Project {
    /// The workspace's folder, where Cargo is run.
    pub root: PathBuf,
    pub target_directory: PathBuf,
    /// The `Cargo.toml` of the package that has the functions.
    pub manifest: PathBuf,
    pub package: String,
    /// The CloudFormation template; it exists.
    pub template: PathBuf,
    /// What goes into every bundle beside the binary, under its file name; all exist.
    pub files: Vec<PathBuf>,
    /// Sorted by name; at least one.
    pub functions: Vec<Function>,
    pub(super) id: PackageId,
    pub(super) members: HashSet<PackageId>,
    /// Whether a plain `cargo build` in the root builds the package.
    pub(super) by_default: bool,
}

/// What `[package.metadata.mafia]` may say.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Declared {
    template: PathBuf,
    #[serde(default)]
    files: Vec<PathBuf>,
    functions: BTreeMap<String, String>,
    /// Whether this package is meant if there are several and nothing says which.
    #[expect(
        dead_code,
        reason = "asked before a package is chosen, by `is_default`"
    )]
    #[serde(default)]
    default: bool,
}

/// The package's `[package.metadata.mafia]`: a package that has one has functions.
pub(super) fn section(package: &Package) -> Option<&Value> {
    package.metadata.get("mafia")
}

/// Whether the section says `default = true`, be the rest of it valid or not: the default package
/// stays the default while somebody edits its section, and is told about mistakes in it.
pub(super) fn is_default(package: &Package) -> bool {
    section(package).is_some_and(|section| section["default"] == true)
}

impl Project {
    /// Reads the section of a package that has one.
    pub(super) fn read(metadata: &Metadata, package: &Package) -> Result<Self, BundleError> {
        let manifest = package.manifest_path.clone().into_std_path_buf();
        let declared = declaration(package).map_err(|detail| BundleError::Metadata {
            manifest: manifest.clone(),
            detail,
        })?;
        let base = manifest.parent().unwrap_or(&manifest);
        let existing = |key, path: &Path| {
            resolve(base, path).ok_or_else(|| BundleError::MissingFile {
                manifest: manifest.clone(),
                key,
                path: without_detours(&base.join(path)),
            })
        };
        let template = existing("template", &declared.template)?;
        let files = declared
            .files
            .iter()
            .map(|file| existing("files", file))
            .collect::<Result<_, _>>()?;
        let mut functions: Vec<_> = declared
            .functions
            .into_iter()
            .map(|(binary, name)| Function { name, binary })
            .collect();
        functions.sort();
        Ok(Self {
            by_default: metadata.workspace_default_members.is_available()
                && metadata.workspace_default_members.contains(&package.id),
            package: package.name.to_string(),
            id: package.id.clone(),
            members: metadata.workspace_members.iter().cloned().collect(),
            root: metadata.workspace_root.clone().into_std_path_buf(),
            target_directory: metadata.target_directory.clone().into_std_path_buf(),
            manifest,
            template,
            files,
            functions,
        })
    }

    /// The function called `name`, be it the function's name (`01-new-game`) or its binary's
    /// (`new-game`); all of them for `None`.
    pub fn select(&self, name: Option<&str>) -> Result<Vec<Function>, BundleError> {
        let Some(name) = name else {
            return Ok(self.functions.clone());
        };
        let found = self
            .functions
            .iter()
            .find(|function| function.name == name || function.binary == name);
        match found {
            Some(function) => Ok(vec![function.clone()]),
            None => Err(BundleError::UnknownFunction {
                name: name.to_owned(),
                known: self.functions.iter().map(|f| f.binary.clone()).collect(),
                nearest: nearest_binary(name, &self.functions),
            }),
        }
    }
}

/// `labs/game/../../names.txt` as `names.txt`.
fn without_detours(path: &Path) -> PathBuf {
    let mut straight = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir if straight.file_name().is_some() => {
                straight.pop();
            }
            part => straight.push(part),
        }
    }
    straight
}

/// Reads and validates the package's section; the error is the detail of what is wrong with it.
fn declaration(package: &Package) -> Result<Declared, String> {
    let declared = Declared::deserialize(&package.metadata["mafia"]).map_err(|e| e.to_string())?;
    if declared.functions.is_empty() {
        return Err("`functions` is empty".to_owned());
    }
    let mut names = HashSet::new();
    for (binary, name) in &declared.functions {
        let is_binary = |t: &cargo_metadata::Target| t.is_bin() && t.name == *binary;
        if !package.targets.iter().any(is_binary) {
            return Err(format!(
                "`functions` names the binary `{binary}`, but the package does not have it"
            ));
        }
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if name.is_empty() || !name.chars().all(allowed) {
            return Err(format!(
                "the function name `{name}` can only have letters, digits, `-` and `_`"
            ));
        }
        if !names.insert(name) {
            return Err(format!("two binaries have the function name `{name}`"));
        }
    }
    check_file_names(&declared.files)?;
    Ok(declared)
}

/// In the bundle, files have no folder: two of the same name would be one.
fn check_file_names(files: &[PathBuf]) -> Result<(), String> {
    let mut names = HashSet::from(["bootstrap"]);
    for file in files {
        let Some(name) = file.file_name().and_then(|name| name.to_str()) else {
            return Err(format!(
                "`{}` in `files` is not a file name",
                file.display()
            ));
        };
        if !names.insert(name) {
            return Err(format!(
                "two files of the bundle would have the name `{name}`"
            ));
        }
    }
    Ok(())
}

/// The file's path without `..`, to read well in messages; `None` if it is no file. The file's own
/// name stays, even where it is a link.
fn resolve(base: &Path, path: &Path) -> Option<PathBuf> {
    let path = base.join(path);
    let folder = path.parent()?.canonicalize().ok()?;
    let path = folder.join(path.file_name()?);
    path.is_file().then_some(path)
}

/// The binary whose name, or whose function's name, is most like `name`.
fn nearest_binary(name: &str, functions: &[Function]) -> Option<String> {
    let names = functions.iter().flat_map(|f| [&f.binary, &f.name]);
    let meant = nearest(name, names.map(String::as_str))?;
    let found = functions
        .iter()
        .find(|f| f.binary == meant || f.name == meant)?;
    Some(found.binary.clone())
}

#[cfg(test)]
#[path = "project_tests.rs"]
mod tests;
