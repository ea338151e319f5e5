//! The web site of a stack: its files in a bucket, compared with those that are wanted.

use std::collections::BTreeMap;

use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Serialize;

use super::DeployError;
use super::event::{EventKind, Reporter};
use crate::bundle::{CONFIG, Site, SiteFile, content_type};
use crate::cloud::{Cloud, Stack, entity_tag};

/// The output with the address of a web site, in a template that has one.
pub const SITE_ADDRESS: &str = "SiteUrl";
/// How many files are uploaded or deleted at the same time.
const AT_ONCE: usize = 8;

/// The files of a site as they are wanted: those of the folder, and how its configuration is made.
#[derive(Clone, Debug)]
pub struct WantedSite {
    pub site: Site,
    pub files: Vec<SiteFile>,
}

/// What was done to the files of a site, or with a dry run what would be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SiteOutcome {
    /// Where it answers; `None` as long as that is not known.
    pub address: Option<String>,
    /// `None` as long as there is none.
    pub bucket: Option<String>,
    /// In the order of their names.
    pub files: Vec<FileOutcome>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileOutcome {
    /// Its path in the site.
    pub file: String,
    pub action: FileAction,
    /// `None` for a file that is removed, or not made yet.
    pub bytes: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileAction {
    Unchanged,
    Uploaded,
    /// The folder does not have it.
    Removed,
}

impl SiteOutcome {
    /// The files to which this was done.
    pub fn with(&self, action: FileAction) -> impl Iterator<Item = &FileOutcome> {
        self.files.iter().filter(move |it| it.action == action)
    }

    /// The files that differ.
    pub fn changed(&self) -> impl Iterator<Item = &FileOutcome> {
        let is_changed = |it: &&FileOutcome| it.action != FileAction::Unchanged;
        self.files.iter().filter(is_changed)
    }
}

impl WantedSite {
    /// Reads the files of the folder.
    pub fn read(site: &Site) -> Result<Self, crate::bundle::BundleError> {
        Ok(Self {
            files: site.files()?,
            site: site.clone(),
        })
    }

    /// What is done when there is no stack yet.
    pub(super) fn of_no_stack(&self) -> SiteOutcome {
        let files = self.files.iter().map(|file| FileOutcome {
            file: file.key.clone(),
            action: FileAction::Uploaded,
            bytes: Some(file.bytes.len()),
        });
        let config = (!self.site.config.is_empty()).then(|| FileOutcome {
            file: CONFIG.to_owned(),
            action: FileAction::Uploaded,
            bytes: None,
        });
        let mut files: Vec<FileOutcome> = files.chain(config).collect();
        files.sort_by(|one, other| one.file.cmp(&other.file));
        SiteOutcome {
            address: None,
            bucket: None,
            files,
        }
    }

    /// The files for this stack.
    fn files_of(&self, cloud: &Cloud, stack: &Stack) -> Result<Vec<SiteFile>, DeployError> {
        let mut files = self.files.clone();
        if self.site.config.is_empty() {
            return Ok(files);
        }
        let values = self.site.config.iter().map(|(key, name)| {
            let value = output(stack, name)?;
            Ok((key.as_str(), cloud.target().address(value)))
        });
        let values: BTreeMap<&str, String> = values.collect::<Result<_, DeployError>>()?;
        let mut text = serde_json::to_string_pretty(&values).unwrap_or_default();
        text.push('\n');
        files.push(SiteFile {
            key: CONFIG.to_owned(),
            content_type: content_type(CONFIG),
            bytes: text.into_bytes(),
        });
        files.sort_by(|one, other| one.key.cmp(&other.key));
        Ok(files)
    }
}

fn output<'a>(stack: &'a Stack, name: &str) -> Result<&'a str, DeployError> {
    let value = stack.outputs.get(name).map(String::as_str);
    value.ok_or_else(|| DeployError::NoOutput {
        stack: stack.name.clone(),
        output: name.to_owned(),
    })
}

/// How the files of the stack's site differ from the wanted ones. Changes nothing.
pub async fn compared(
    cloud: &Cloud,
    stack: &Stack,
    wanted: &WantedSite,
) -> Result<SiteOutcome, DeployError> {
    let files = wanted.files_of(cloud, stack)?;
    compared_files(cloud, stack, &wanted.site, &files).await
}

async fn compared_files(
    cloud: &Cloud,
    stack: &Stack,
    site: &Site,
    files: &[SiteFile],
) -> Result<SiteOutcome, DeployError> {
    let bucket = output(stack, &site.bucket)?;
    let Some(mut there) = cloud.entity_tags(bucket).await? else {
        return Err(DeployError::NoSiteBucket {
            stack: stack.name.clone(),
            bucket: bucket.to_owned(),
        });
    };
    let compared = files.iter().map(|file| {
        let is_same = there.remove(&file.key) == Some(entity_tag(&file.bytes));
        FileOutcome {
            file: file.key.clone(),
            action: if is_same {
                FileAction::Unchanged
            } else {
                FileAction::Uploaded
            },
            bytes: Some(file.bytes.len()),
        }
    });
    let mut compared: Vec<FileOutcome> = compared.collect();
    compared.extend(there.into_keys().map(|file| FileOutcome {
        file,
        action: FileAction::Removed,
        bytes: None,
    }));
    compared.sort_by(|one, other| one.file.cmp(&other.file));
    let address = stack.outputs.get(SITE_ADDRESS);
    Ok(SiteOutcome {
        address: address.map(|address| cloud.target().address(address)),
        bucket: Some(bucket.to_owned()),
        files: compared,
    })
}

/// Makes the files in the bucket the wanted ones. The page comes last: by then, what it refers to is there.
pub(super) async fn upload(
    cloud: &Cloud,
    stack: &Stack,
    wanted: &WantedSite,
    report: Reporter<'_>,
) -> Result<SiteOutcome, DeployError> {
    let files = wanted.files_of(cloud, stack)?;
    let outcome = compared_files(cloud, stack, &wanted.site, &files).await?;
    let bucket = outcome.bucket.as_deref().unwrap_or_default();
    let is_changed = |file: &&SiteFile| outcome.changed().any(|it| it.file == file.key);
    let (pages, others): (Vec<_>, Vec<_>) = files
        .iter()
        .filter(is_changed)
        .partition(|file| file.key.ends_with(".html"));
    for files in [others, pages] {
        let uploads = files.into_iter().map(|file| async move {
            report.emit(EventKind::UploadingFile {
                file: file.key.clone(),
                bytes: file.bytes.len(),
            });
            let (key, bytes) = (&file.key, file.bytes.clone());
            cloud
                .put_site_file(bucket, key, file.content_type, bytes)
                .await
        });
        let uploads = stream::iter(uploads).buffer_unordered(AT_ONCE);
        uploads.try_collect::<Vec<()>>().await?;
    }
    for file in &outcome.files {
        if file.action == FileAction::Removed {
            cloud.delete_object(bucket, &file.file).await?;
        }
    }
    Ok(outcome)
}
