//! The packages of a Cargo workspace that have functions, and which of them is meant.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use cargo_metadata::{Metadata, MetadataCommand, Package};
use toml::Table;

use super::error::BundleError;
use super::outline::Outline;
#[cfg(test)]
use super::project::binaries;
use super::project::{Project, is_default, real, section};
use super::toolchain;
use super::without_cargo;
use crate::wording::nearest;

/// A workspace, seen from a folder in it.
#[derive(Debug)]
pub struct Workspace {
    metadata: Metadata,
    folder: PathBuf,
    /// Whether Cargo has said all this.
    is_cargos: bool,
}

impl Workspace {
    /// Finds the workspace that `folder` is in. Runs `cargo metadata`, which takes some 25 ms, and runs
    /// it twice in a member's folder: there Cargo reports that member as the only default one, but
    /// builds run in the root. Without Cargo, the manifests are read by themselves.
    pub fn discover(folder: &Path) -> Result<Self, BundleError> {
        let (metadata, is_cargos) = read(folder)?;
        let mut workspace = Self {
            metadata,
            folder: real(folder),
            is_cargos,
        };
        if workspace.around(&workspace.metadata.packages).is_some() {
            (workspace.metadata, _) = read(workspace.metadata.workspace_root.as_std_path())?;
        }
        Ok(workspace)
    }

    pub(super) fn root(&self) -> &Path {
        self.metadata.workspace_root.as_std_path()
    }

    /// The folders of its packages.
    pub(super) fn package_folders(&self) -> impl Iterator<Item = &Path> {
        let manifests = self.metadata.packages.iter().map(|it| &it.manifest_path);
        manifests.filter_map(|manifest| Some(manifest.parent()?.as_std_path()))
    }

    /// The names of all programs.
    #[cfg(test)]
    pub(super) fn programs(&self) -> impl Iterator<Item = &str> {
        self.metadata.packages.iter().flat_map(binaries)
    }

    #[cfg(test)]
    pub(super) fn target_folder(&self) -> &Path {
        self.metadata.target_directory.as_std_path()
    }

    /// Whether Cargo has said this, and no other folder can become a member while the manifests stay the same:
    /// a pattern such as `labs/*` takes each new one.
    pub(super) fn is_listed(&self) -> bool {
        let manifest = fs::read_to_string(self.root().join("Cargo.toml")).unwrap_or_default();
        let manifest: Table = manifest.parse().unwrap_or_default();
        let members = manifest.get("workspace").and_then(|it| it.get("members"));
        let members = members
            .and_then(toml::Value::as_array)
            .into_iter()
            .flatten();
        let mut names = members.filter_map(toml::Value::as_str);
        self.is_cargos && names.all(|name| !name.contains(['*', '?', '[']))
    }

    /// The names of the packages that have functions, sorted.
    ///
    /// A package goes by the name of its folder: `game` is `labs/game`. The package in the workspace's
    /// root goes by its own name, because a clone's folder can have any name.
    pub fn labs(&self) -> Vec<String> {
        let mut labs: Vec<_> = self.packages().map(|package| self.lab(package)).collect();
        labs.sort();
        labs
    }

    /// The package with functions whose own name or whose folder's name is `name`. Without a name,
    /// it is the first of these that there is:
    ///
    /// 1. the only package with functions,
    /// 2. the one whose folder the current folder is in, unless that is the workspace's root,
    /// 3. the one that declares `default = true`.
    ///
    /// A mistake in the section of another package does not matter.
    pub fn project(&self, name: Option<&str>) -> Result<Project, BundleError> {
        let package = self.package(name)?;
        let is_one_of_several = !is_default(package) && self.packages().nth(1).is_some();
        let lab = is_one_of_several.then(|| self.lab(package));
        Project::read(&self.metadata, package, lab)
    }

    /// What the section says of the package that [`Self::project`] takes without a name.
    pub fn outline(&self) -> Result<Outline, BundleError> {
        Outline::read(self.package(None)?)
    }

    fn package(&self, name: Option<&str>) -> Result<&Package, BundleError> {
        let packages: Vec<_> = self.packages().collect();
        if packages.is_empty() {
            let root = self.metadata.workspace_root.clone().into();
            return Err(BundleError::NoProject { root });
        }
        match name {
            Some(name) => self.named(name, &packages),
            None => self.meant(&packages),
        }
    }

    fn packages(&self) -> impl Iterator<Item = &Package> {
        self.metadata
            .packages
            .iter()
            .filter(|package| section(package).is_some())
    }

    fn named<'a>(&self, name: &str, packages: &[&'a Package]) -> Result<&'a Package, BundleError> {
        if let Some(package) = packages.iter().find(|package| package.name == name) {
            return Ok(package);
        }
        let called = packages.iter().filter(|package| self.lab(package) == name);
        match called.copied().collect::<Vec<_>>()[..] {
            [package] => Ok(package),
            [] => Err(self.unknown(name)),
            ref several => Err(self.several(several)),
        }
    }

    fn meant<'a>(&self, packages: &[&'a Package]) -> Result<&'a Package, BundleError> {
        if let [package] = packages {
            return Ok(package);
        }
        if let Some(package) = self.around(packages.iter().copied()) {
            return Ok(package);
        }
        let defaults = packages
            .iter()
            .copied()
            .filter(|package| is_default(package));
        match defaults.collect::<Vec<_>>()[..] {
            [package] => Ok(package),
            _ => Err(self.several(packages)),
        }
    }

    /// The package whose folder the current folder is in; the innermost, if they lie in each other.
    fn around<'a>(&self, packages: impl IntoIterator<Item = &'a Package>) -> Option<&'a Package> {
        let around = packages.into_iter().filter(|package| {
            let folder = self.folder_of(package).map(real);
            folder.is_some_and(|folder| self.folder.starts_with(folder))
        });
        around.max_by_key(|package| package.manifest_path.as_str().len())
    }

    fn lab(&self, package: &Package) -> String {
        let folder = self.folder_of(package);
        let name = folder.and_then(|folder| folder.file_name()?.to_str());
        name.unwrap_or(&package.name).to_owned()
    }

    /// The package's folder, unless that is the workspace's root.
    fn folder_of<'a>(&self, package: &'a Package) -> Option<&'a Path> {
        let folder = package.manifest_path.parent()?;
        (folder != self.metadata.workspace_root).then_some(folder.as_std_path())
    }

    fn unknown(&self, name: &str) -> BundleError {
        let known = self.labs();
        BundleError::UnknownLab {
            nearest: nearest(name, known.iter().map(String::as_str)).map(str::to_owned),
            name: name.to_owned(),
            known,
        }
    }

    fn several(&self, packages: &[&Package]) -> BundleError {
        let mut packages: Vec<_> = packages.iter().map(|p| p.name.to_string()).collect();
        packages.sort();
        BundleError::SeveralProjects {
            root: self.metadata.workspace_root.clone().into(),
            packages,
        }
    }
}

/// What Cargo says; or what the manifests say without it, and `false`.
fn read(folder: &Path) -> Result<(Metadata, bool), BundleError> {
    let mut command = MetadataCommand::new();
    command
        .cargo_path(toolchain::program())
        .no_deps()
        .current_dir(folder);
    // Cargo itself would look in the folders above the one that a link points to.
    let mut manifests = folder.ancestors().map(|folder| folder.join("Cargo.toml"));
    if let Some(manifest) = manifests.find(|manifest| manifest.is_file()) {
        command.manifest_path(manifest);
    }
    for name in toolchain::inherited_variables() {
        command.env_remove(name);
    }
    match command.exec() {
        Err(error) if is_without_cargo(&error, folder) => {
            let read = without_cargo::metadata(folder).ok_or(BundleError::NoCargo)?;
            Ok((read, false))
        }
        Ok(said) => Ok((said, true)),
        Err(error) => Err(refused(error, folder)),
    }
}

/// A working directory that does not exist is reported in the same way.
fn is_without_cargo(error: &cargo_metadata::Error, folder: &Path) -> bool {
    matches!(error, cargo_metadata::Error::Io(error) if error.kind() == io::ErrorKind::NotFound)
        && folder.is_dir()
}

fn refused(error: cargo_metadata::Error, folder: &Path) -> BundleError {
    match error {
        cargo_metadata::Error::Io(error) if error.kind() == io::ErrorKind::NotFound => {
            not_a_workspace(folder)
        }
        cargo_metadata::Error::CargoMetadata { stderr }
            if stderr.contains("could not find `Cargo.toml`") =>
        {
            not_a_workspace(folder)
        }
        cargo_metadata::Error::CargoMetadata { stderr } => {
            let detail = stderr.trim().trim_start_matches("error: ").to_owned();
            unreadable(folder, detail)
        }
        error => unreadable(folder, error.to_string()),
    }
}

fn not_a_workspace(folder: &Path) -> BundleError {
    let folder = folder.to_owned();
    BundleError::NotAWorkspace { folder }
}

fn unreadable(folder: &Path, detail: String) -> BundleError {
    let folder = folder.to_owned();
    BundleError::Workspace { folder, detail }
}

#[cfg(test)]
#[path = "workspace_tests.rs"]
mod tests;
