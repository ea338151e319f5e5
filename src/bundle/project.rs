//! What is to be built: a package that has functions, and the files that go with them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use cargo_metadata::{Metadata, Package, PackageId};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::error::{BundleError, IS_A_FOLDER, shown};
use super::site::Site;
use crate::names::{code_parameter, leading_number, meant};
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
    /// For programs and bundles; of this workspace alone: see [`own_directory`].
    pub target_directory: PathBuf,
    /// For what Cargo needs besides; likewise, and mostly the same.
    pub build_directory: PathBuf,
    /// The `Cargo.toml` of the package that has the functions.
    pub manifest: PathBuf,
    pub package: String,
    /// The lab that it is, by the name of its folder; `None` for the package that is meant where nothing
    /// says which.
    pub lab: Option<String>,
    /// The CloudFormation template; it exists.
    pub template: PathBuf,
    /// What goes into every bundle beside the binary, under its file name; all exist.
    pub files: Vec<PathBuf>,
    /// Sorted by name; at least one, unless there is a site.
    pub functions: Vec<Function>,
    /// The web site that belongs to it, if one does.
    pub site: Option<Site>,
    /// The package's binaries that are no functions, sorted.
    pub unlisted: Vec<String>,
    pub(super) id: PackageId,
    pub(super) members: HashSet<PackageId>,
    /// Whether `cargo build --bin NAME` in the root builds the functions and nothing else.
    pub(super) by_default: bool,
}

/// What `[package.metadata.mafia]` may say.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Declared {
    template: PathBuf,
    #[serde(default)]
    files: Vec<PathBuf>,
    #[serde(default)]
    functions: BTreeMap<String, String>,
    site: Option<Site>,
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
    pub(super) fn read(
        metadata: &Metadata,
        package: &Package,
        lab: Option<String>,
    ) -> Result<Self, BundleError> {
        let manifest = package.manifest_path.clone().into_std_path_buf();
        let declared = declaration(package).map_err(|fault| BundleError::Metadata {
            manifest: manifest.clone(),
            detail: fault.detail,
            without_program: fault.without_program,
        })?;
        let base = manifest.parent().unwrap_or(&manifest);
        let existing = |key, path: &Path| {
            let path = without_detours(&base.join(path));
            match problem_with(&path) {
                None => Ok(path),
                Some(problem) => Err(BundleError::UnusableFile {
                    manifest: manifest.clone(),
                    key,
                    path,
                    problem,
                }),
            }
        };
        let template = existing("template", &declared.template)?;
        let files = declared
            .files
            .iter()
            .map(|file| existing("files", file))
            .collect::<Result<_, _>>()?;
        let site = declared.site.map(|site| Site {
            folder: without_detours(&base.join(&site.folder)),
            ..site
        });
        let mut functions: Vec<_> = declared
            .functions
            .into_iter()
            .map(|(binary, name)| Function { name, binary })
            .collect();
        functions.sort();
        let mut unlisted: Vec<_> = binaries(package)
            .filter(|binary| !functions.iter().any(|f| f.binary == *binary))
            .map(str::to_owned)
            .collect();
        unlisted.sort();
        let root = metadata.workspace_root.as_std_path();
        let target = &metadata.target_directory;
        let build = metadata.build_directory.as_ref().unwrap_or(target);
        Ok(Self {
            by_default: is_built_by_default(metadata, package, &functions),
            package: package.name.to_string(),
            lab,
            id: package.id.clone(),
            members: metadata.workspace_members.iter().cloned().collect(),
            target_directory: own_directory(target.as_std_path(), root),
            build_directory: own_directory(build.as_std_path(), root),
            root: root.to_owned(),
            manifest,
            template,
            files,
            functions,
            site,
            unlisted,
        })
    }

    /// The functions that are called by these `names`, each its name (`01-new-game`) or another that
    /// [`meant`] takes, or its binary's; all of them without a name.
    pub fn select(&self, names: &[&str]) -> Result<Vec<Function>, BundleError> {
        if names.is_empty() {
            return Ok(self.functions.clone());
        }
        let selected = names.iter().map(|name| self.function(name));
        let selected: BTreeSet<Function> = selected.collect::<Result<_, _>>()?;
        Ok(selected.into_iter().collect())
    }

    fn function(&self, name: &str) -> Result<Function, BundleError> {
        if let Some(function) = self.functions.iter().find(|f| f.binary == name) {
            return Ok(function.clone());
        }
        let known = self.functions.iter().map(|f| f.name.as_str());
        let found = meant(name, known);
        let is_found = |f: &&Function| found.contains(&f.name.as_str());
        match self.functions.iter().filter(is_found).collect::<Vec<_>>()[..] {
            [function] => Ok(function.clone()),
            [] if self.unlisted.iter().any(|binary| binary == name) => {
                Err(BundleError::UnlistedBinary {
                    binary: name.to_owned(),
                    remedy: self.how_to_list(name, &self.suggested_name(name)),
                })
            }
            [] => Err(BundleError::UnknownFunction {
                name: name.to_owned(),
                known: self.functions.iter().map(|f| f.binary.clone()).collect(),
                nearest: nearest_binary(name, &self.functions),
            }),
            ref several => Err(BundleError::AmbiguousFunction {
                name: name.to_owned(),
                functions: several.iter().map(|f| f.name.clone()).collect(),
            }),
        }
    }

    /// How `binary` becomes the function `name`.
    pub fn how_to_list(&self, binary: &str, name: &str) -> String {
        format!(
            "add `{binary} = \"{name}\"` to `[package.metadata.mafia.functions]` in `{}`",
            shown(&self.manifest)
        )
    }

    /// A name for a new function: `03-three` for the binary `three` after `02-two`.
    pub fn suggested_name(&self, binary: &str) -> String {
        let numbers = self.functions.iter().map(|f| leading_number(&f.name));
        match numbers.max().flatten() {
            Some(last) => format!("{:02}-{binary}", last + 1),
            None => binary.to_owned(),
        }
    }
}

pub(super) fn binaries(package: &Package) -> impl Iterator<Item = &str> {
    let binaries = package.targets.iter().filter(|target| target.is_bin());
    binaries.map(|target| target.name.as_str())
}

/// Whether the package is a default member, and no other one has a binary of the same name: Cargo would
/// build both into the same file.
fn is_built_by_default(metadata: &Metadata, package: &Package, functions: &[Function]) -> bool {
    let defaults = &metadata.workspace_default_members;
    if !defaults.is_available() || !defaults.contains(&package.id) {
        return false;
    }
    let others = metadata
        .packages
        .iter()
        .filter(|other| other.id != package.id && defaults.contains(&other.id));
    !others
        .flat_map(binaries)
        .any(|binary| functions.iter().any(|f| f.binary == binary))
}

/// A directory of Cargo's, or a folder of the workspace's own in it where the directory lies outside of the
/// workspace: others may share it, and Cargo gives the packages of two clones the same file names there. It
/// would take the other clone's programs for up to date.
fn own_directory(directory: &Path, root: &Path) -> PathBuf {
    let root = real(root);
    if real(directory).starts_with(&root) {
        return directory.to_owned();
    }
    let digest = Sha256::digest(root.as_os_str().as_encoded_bytes());
    let name: String = digest[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    directory.join("mafia").join(name)
}

/// `labs/game/../../names.txt` as `names.txt`: what Cargo, too, means by a path of a manifest in a linked
/// folder.
pub(super) fn without_detours(path: &Path) -> PathBuf {
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

/// What is wrong with a package's section.
struct Fault {
    detail: String,
    /// The binary that the section names, if it is one that the package does not have.
    without_program: Option<String>,
}

impl From<String> for Fault {
    fn from(detail: String) -> Self {
        Self {
            detail,
            without_program: None,
        }
    }
}

/// Reads and validates the package's section.
fn declaration(package: &Package) -> Result<Declared, Fault> {
    let declared = Declared::deserialize(&package.metadata["mafia"]).map_err(|e| e.to_string())?;
    if declared.functions.is_empty() && declared.site.is_none() {
        return Err("`functions` is empty".to_owned().into());
    }
    let mut names = HashSet::new();
    let mut parameters = HashMap::new();
    for (binary, name) in &declared.functions {
        if !binaries(package).any(|known| known == binary) {
            return Err(Fault {
                detail: format!(
                    "`functions` names the binary `{binary}`, but the package does not have it"
                ),
                without_program: Some(binary.clone()),
            });
        }
        let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if name.is_empty() || !name.chars().all(allowed) {
            return Err(format!(
                "the function name `{name}` can only have letters, digits, `-` and `_`"
            )
            .into());
        }
        if !names.insert(name) {
            return Err(format!("two binaries have the function name `{name}`").into());
        }
        let parameter = code_parameter(name);
        if let Some(other) = parameters.insert(parameter.clone(), name) {
            return Err(format!(
                "the functions `{other}` and `{name}` would share the template's parameter \
                 `{parameter}`"
            )
            .into());
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

/// The path without links, as far as it exists.
pub(super) fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// Why there is no file to read at `path`, if so.
fn problem_with(path: &Path) -> Option<&'static str> {
    match fs::metadata(path) {
        Ok(found) if found.is_file() => None,
        Ok(found) if found.is_dir() => Some(IS_A_FOLDER),
        Ok(_) => Some("is not a regular file"),
        Err(_) if path.is_symlink() => Some("is a link to a missing file"),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Some("cannot be read"),
        Err(_) => Some("is missing"),
    }
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
