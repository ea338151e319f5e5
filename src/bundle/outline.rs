//! What a package's section says, be it right or not: for whoever completes it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use cargo_metadata::Package;

use super::error::BundleError;
use super::project::{binaries, section, without_detours};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// The `Cargo.toml` of the package.
    pub manifest: PathBuf,
    pub template: PathBuf,
    /// Function names by binary; not all of the binaries need to exist.
    pub functions: BTreeMap<String, String>,
    /// The binaries that there are.
    pub binaries: Vec<String>,
    /// Whether the package uses the crate that functions of the workshop share.
    pub has_support: bool,
}

/// The crate that connects functions of the workshop to Lambda.
const SUPPORT: &str = "mafia-support";

impl Outline {
    pub(super) fn read(package: &Package) -> Result<Self, BundleError> {
        let manifest = package.manifest_path.clone().into_std_path_buf();
        let text = |key: &str| section(package).and_then(|it| it[key].as_str());
        let Some(template) = text("template") else {
            return Err(BundleError::Metadata {
                manifest,
                detail: "`template` is missing".to_owned(),
                without_program: None,
            });
        };
        let base = manifest.parent().unwrap_or(&manifest);
        let template = without_detours(&base.join(template));
        let functions = section(package).and_then(|it| it["functions"].as_object());
        let functions = functions.into_iter().flatten();
        let functions = functions
            .filter_map(|(binary, name)| Some((binary.clone(), name.as_str()?.to_owned())));
        Ok(Self {
            functions: functions.collect(),
            binaries: binaries(package).map(str::to_owned).collect(),
            has_support: package.dependencies.iter().any(|it| it.name == SUPPORT),
            manifest,
            template,
        })
    }
}
