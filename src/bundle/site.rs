//! The files of a web site: those of a folder, and a configuration that is made of a stack's outputs.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::error::BundleError;

/// The file of the configuration, beside the others.
pub const CONFIG: &str = "config.json";
/// The content type of a file whose name says nothing.
const ANY: &str = "application/octet-stream";
/// Source: RFC 9239 and the media types of IANA.
const CONTENT_TYPES: [(&str, &str); 19] = [
    ("css", "text/css; charset=utf-8"),
    ("gif", "image/gif"),
    ("html", "text/html; charset=utf-8"),
    ("ico", "image/vnd.microsoft.icon"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("js", "text/javascript; charset=utf-8"),
    ("json", "application/json"),
    ("map", "application/json"),
    ("mjs", "text/javascript; charset=utf-8"),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("svg", "image/svg+xml"),
    ("txt", "text/plain; charset=utf-8"),
    ("wasm", "application/wasm"),
    ("webmanifest", "application/manifest+json"),
    ("webp", "image/webp"),
    ("woff2", "font/woff2"),
    ("xml", "application/xml"),
];

/// What `[package.metadata.mafia.site]` says.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// With the files; it exists.
    pub folder: PathBuf,
    /// The output of the template with the bucket's name.
    pub bucket: String,
    /// The keys of the configuration, and the outputs with their values. Without keys, there is no such file.
    #[serde(default)]
    pub config: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteFile {
    /// The path in the site, such as `game.js` or `pictures/moon.svg`.
    pub key: String,
    pub content_type: &'static str,
    pub bytes: Vec<u8>,
}

impl Site {
    /// Reads the files of the folder and of the folders in it, sorted by their keys. Hidden ones are not part of
    /// the site.
    pub fn files(&self) -> Result<Vec<SiteFile>, BundleError> {
        let mut files = Vec::new();
        add_folder(&self.folder, "", &mut files)?;
        files.sort_by(|one, other| one.key.cmp(&other.key));
        let of_folder = files.iter().any(|file| file.key == CONFIG);
        if of_folder && !self.config.is_empty() {
            let path = self.folder.join(CONFIG);
            return Err(BundleError::MadeFile { path });
        }
        Ok(files)
    }
}

fn add_folder(folder: &Path, prefix: &str, files: &mut Vec<SiteFile>) -> Result<(), BundleError> {
    let of_folder = |error| BundleError::read(folder, error);
    for entry in fs::read_dir(folder).map_err(of_folder)? {
        let path = entry.map_err(of_folder)?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            return Err(BundleError::UnreadableName { path });
        };
        let key = format!("{prefix}{name}");
        if name.starts_with('.') {
            continue;
        }
        // Links are not followed: a site is public, and they can lead anywhere.
        let kind = fs::symlink_metadata(&path).map_err(|error| BundleError::read(&path, error))?;
        if kind.is_dir() {
            add_folder(&path, &format!("{key}/"), files)?;
            continue;
        }
        if !kind.is_file() {
            return Err(BundleError::NoPlainFile { path });
        }
        files.push(SiteFile {
            content_type: content_type(&key),
            bytes: fs::read(&path).map_err(|error| BundleError::read(&path, error))?,
            key,
        });
    }
    Ok(())
}

pub fn content_type(key: &str) -> &'static str {
    let (_, end) = key.rsplit_once('.').unwrap_or_default();
    let end = end.to_ascii_lowercase();
    let known = CONTENT_TYPES.iter().find(|(known, _)| *known == end);
    known.map_or(ANY, |(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(folder: &Path, config: &[(&str, &str)]) -> Site {
        let config = config.iter();
        Site {
            folder: folder.to_owned(),
            bucket: "Site".to_owned(),
            config: config
                .map(|(key, output)| ((*key).to_owned(), (*output).to_owned()))
                .collect(),
        }
    }

    #[test]
    fn a_site_has_the_files_of_its_folder_but_not_the_hidden_ones() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir_all(folder.path().join("pictures/.cache")).expect("folders");
        for (path, text) in [
            ("index.html", "<p>"),
            (".index.html.swp", "x"),
            ("pictures/moon.SVG", "<svg/>"),
            ("pictures/.cache/moon", "x"),
            ("LICENSE", "free"),
        ] {
            fs::write(folder.path().join(path), text).expect("a file");
        }
        let files = site(folder.path(), &[("api", "ApiUrl")]).files();
        let files = files.expect("they can be read");
        let found = files.iter().map(|it| (it.key.as_str(), it.content_type));
        assert_eq!(
            found.collect::<Vec<_>>(),
            [
                ("LICENSE", ANY),
                ("index.html", "text/html; charset=utf-8"),
                ("pictures/moon.SVG", "image/svg+xml"),
            ]
        );
        assert_eq!(files[1].bytes, b"<p>");
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_plain_file_is_not_published() {
        let folder = tempfile::tempdir().expect("a folder");
        let link = folder.path().join("passwd.txt");
        std::os::unix::fs::symlink("/etc/passwd", &link).expect("a link");
        let files = site(folder.path(), &[]).files();
        assert!(matches!(files, Err(BundleError::NoPlainFile { path }) if path == link));
    }

    #[test]
    fn a_file_that_a_deployment_makes_cannot_be_in_the_folder() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join(CONFIG), "{}").expect("a file");
        let with_config = site(folder.path(), &[("api", "ApiUrl")]).files();
        let error = with_config.expect_err("it would be replaced");
        assert!(error.to_string().contains("config.json"), "{error}");
        let without = site(folder.path(), &[]).files().expect("nothing is made");
        assert_eq!(without.len(), 1);
    }

    #[test]
    fn a_folder_that_is_missing_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let missing = site(&folder.path().join("pages"), &[]).files();
        let error = missing.expect_err("there is none").to_string();
        assert!(error.contains("pages"), "{error}");
    }
}
