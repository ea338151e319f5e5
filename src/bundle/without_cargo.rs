//! What `cargo metadata` would say of a workspace, for computers without Cargo: enough to know its
//! functions, not to build them.

use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::Metadata;
use serde_json::{Value, json};
use toml::Table;

/// Of the workspace that `folder` is in; `None` if its manifests cannot be read, or name their members with
/// patterns.
pub(super) fn metadata(folder: &Path) -> Option<Metadata> {
    let is_workspace = |manifest: &Table| manifest.contains_key("workspace");
    let root = folder
        .ancestors()
        .find(|folder| manifest(folder).is_some_and(|it| is_workspace(&it)))?;
    let root_manifest = manifest(root)?;
    let members = root_manifest["workspace"].get("members")?.as_array()?;
    let members: Vec<&str> = members.iter().filter_map(toml::Value::as_str).collect();
    let own = root_manifest.contains_key("package").then_some("");
    let packages = own.into_iter().chain(members);
    let packages: Vec<Value> = packages
        .map(|member| package(&root.join(member)))
        .collect::<Option<_>>()?;
    let ids: Vec<&Value> = packages.iter().map(|package| &package["id"]).collect();
    let metadata = json!({
        "version": 1,
        "packages": packages,
        "workspace_members": ids,
        "workspace_default_members": ids,
        "resolve": null,
        "workspace_root": root,
        "target_directory": root.join("target"),
    });
    serde_json::from_value(metadata).ok()
}

fn manifest(folder: &Path) -> Option<Table> {
    let text = fs::read_to_string(folder.join("Cargo.toml")).ok()?;
    text.parse().ok()
}

fn package(folder: &Path) -> Option<Value> {
    let manifest = manifest(folder)?;
    let package = manifest.get("package")?;
    let name = package.get("name")?.as_str()?;
    let section = package.get("metadata").map(serde_json::to_value);
    Some(json!({
        "name": name,
        // It is inherited from the workspace, and decides nothing here.
        "version": "0.0.0",
        "id": format!("path+file://{}#{name}", folder.display()),
        "source": null,
        "description": null,
        "dependencies": [],
        "license": null,
        "license_file": null,
        "targets": binaries(folder),
        "features": {},
        "manifest_path": folder.join("Cargo.toml"),
        "readme": null,
        "repository": null,
        "homepage": null,
        "documentation": null,
        "links": null,
        "publish": null,
        "default_run": null,
        "metadata": section.transpose().ok()?,
    }))
}

/// The programs that Cargo finds by itself.
fn binaries(folder: &Path) -> Vec<Value> {
    let files = fs::read_dir(folder.join("src/bin")).into_iter().flatten();
    let paths = files.flatten().map(|file| file.path());
    let sources = paths.filter(|path| path.extension().is_some_and(|kind| kind == "rs"));
    let target = |path: PathBuf| {
        let name = path.file_stem()?.to_str()?;
        Some(json!({ "name": name, "kind": ["bin"], "crate_types": ["bin"], "src_path": path }))
    };
    sources.filter_map(target).collect()
}

#[cfg(test)]
mod tests {
    use cargo_metadata::MetadataCommand;

    use super::*;

    /// The packages by name, with their programs and sections.
    fn packages(metadata: &Metadata) -> Vec<(String, Vec<String>, &Value)> {
        let mut packages: Vec<_> = metadata
            .packages
            .iter()
            .map(|package| {
                let programs = package.targets.iter().filter(|it| it.is_bin());
                let mut programs: Vec<_> = programs.map(|it| it.name.clone()).collect();
                // What only Cargo finds, and no package with functions has.
                programs.retain(|name| *name != *package.name);
                programs.sort();
                (package.name.to_string(), programs, &package.metadata)
            })
            .collect();
        packages.sort_by(|one, other| one.0.cmp(&other.0));
        packages
    }

    #[test]
    fn the_packages_are_those_that_cargo_sees() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut command = MetadataCommand::new();
        let cargos = command
            .no_deps()
            .current_dir(root)
            .exec()
            .expect("a workspace");
        for folder in [root.to_owned(), root.join("labs/game/src")] {
            let ours = metadata(&folder).expect("a workspace");
            assert_eq!(packages(&ours), packages(&cargos));
            assert_eq!(ours.workspace_root, cargos.workspace_root);
        }
    }

    #[test]
    fn a_folder_without_a_workspace_has_no_packages() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(metadata(folder.path()).is_none());
        fs::write(folder.path().join("Cargo.toml"), "[workspace").expect("written");
        assert!(metadata(folder.path()).is_none());
    }
}
