//! The files whose saves can change what is deployed.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use super::project::Project;
use super::sources::listed;

/// What Cargo compiles besides the files that it has listed: a new module is one before it is listed.
const SOURCE: &str = "rs";
const MANIFEST: &str = "Cargo.toml";

/// The files of a project, as the last build knew them.
#[derive(Clone, Debug, Default)]
pub struct Watched {
    files: BTreeSet<PathBuf>,
    folders: BTreeSet<PathBuf>,
    functions: bool,
    /// Of the web site.
    site: Option<PathBuf>,
}

impl Watched {
    pub fn of(project: &Project) -> Self {
        let programs = project.functions.iter().flat_map(|function| {
            ["debug", "release"].map(|kind| {
                let folder = project.target_directory.join(kind);
                folder.join(&function.binary).with_extension("d")
            })
        });
        let package = project.manifest.parent().unwrap_or(&project.root);
        let compiled = programs.flat_map(|program| listed(&program));
        let named = project.files.iter().cloned().chain([
            project.template.clone(),
            project.manifest.clone(),
            project.root.join(MANIFEST),
        ]);
        let files: BTreeSet<PathBuf> = compiled
            .map(|path| project.root.join(path))
            .chain(named)
            .collect();
        let mut folders: BTreeSet<PathBuf> = files
            .iter()
            .filter_map(|file| file.parent().map(Path::to_owned))
            .collect();
        add_folders(&package.join("src"), &mut folders);
        let site = project.site.as_ref().map(|site| site.folder.clone());
        if let Some(site) = &site {
            add_folders(site, &mut folders);
        }
        Self {
            files,
            folders,
            functions: !project.functions.is_empty(),
            site,
        }
    }

    pub fn has_functions(&self) -> bool {
        self.functions
    }

    pub fn has_site(&self) -> bool {
        self.site.is_some()
    }

    pub fn folders(&self) -> &BTreeSet<PathBuf> {
        &self.folders
    }

    /// Whether a save of this file can change what is deployed.
    pub fn has(&self, path: &Path) -> bool {
        self.files.contains(path)
            || path.extension().is_some_and(|it| it == SOURCE)
            || self.is_of_site(path)
    }

    /// Hidden files are not part of the site, and most of those that editors make for a moment are hidden.
    fn is_of_site(&self, path: &Path) -> bool {
        let inside = self
            .site
            .as_ref()
            .and_then(|site| path.strip_prefix(site).ok());
        let is_hidden = |part: Component<'_>| part.as_os_str().to_string_lossy().starts_with('.');
        inside.is_some_and(|inside| !inside.components().any(is_hidden))
    }
}

/// The folder and those in it.
fn add_folders(folder: &Path, found: &mut BTreeSet<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    found.insert(folder.to_owned());
    for entry in entries.flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            add_folders(&entry.path(), found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_save_of_the_site_counts_but_not_of_a_hidden_file() {
        let watched = Watched {
            site: Some(PathBuf::from("/w/web/site")),
            ..Watched::default()
        };
        for (path, counts) in [
            ("/w/web/site/game.js", true),
            ("/w/web/site/pictures/moon.svg", true),
            ("/w/web/site/.game.js.swp", false),
            ("/w/web/site/.git/index", false),
            ("/w/web/README.md", false),
        ] {
            assert_eq!(watched.has(Path::new(path)), counts, "{path}");
        }
    }
}
