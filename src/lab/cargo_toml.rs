//! The `Cargo.toml` files of a workshop folder, cut out of those of this project. Pure.
//!
//! They are read as lines in sections, so that comments and the order of lines stay.

/// Sections of a package that a workshop folder does not have: what tests need, and rules for this project.
const LEFT_OUT: [&str; 2] = ["[dev-dependencies]", "[lints]"];
/// Where what this project has elsewhere is in a workshop folder.
const MOVED: [(&str, &str); 2] = [
    ("\"../../templates/game.yaml\"", "\"../template.yaml\""),
    ("\"../../names.txt\"", "\"../names.txt\""),
];
/// The profile with which the functions are built here.
const PROFILE: [&str; 2] = ["[profile.dev]", "[profile.dev.package.\"*\"]"];

/// That of a package, of its form in `labs`.
pub fn of_package(manifest: &str) -> String {
    let sections = sections(manifest).into_iter();
    let kept = sections.filter(|section| !LEFT_OUT.contains(&section.header));
    let text = kept
        .map(|section| section.text())
        .collect::<Vec<_>>()
        .join("\n");
    MOVED
        .iter()
        .fold(text, |text, (ours, theirs)| text.replace(ours, theirs))
}

/// That of the workspace with packages in these `folders`, which have these `manifests`. `root` is that of
/// this project.
pub fn of_workspace(root: &str, folders: &[&str], manifests: &[impl AsRef<str>]) -> String {
    let used: Vec<&str> = manifests
        .iter()
        .flat_map(|it| dependencies(it.as_ref()))
        .collect();
    let members: Vec<String> = folders.iter().map(|it| format!("{it:?}")).collect();
    let mut parts = vec![format!(
        "[workspace]\nresolver = \"3\"\nmembers = [{}]\n",
        members.join(", ")
    )];
    for section in sections(root) {
        match section.header {
            "[workspace.package]" => parts.push(section.text()),
            "[workspace.dependencies]" => {
                let lines = section
                    .lines
                    .iter()
                    .filter(|line| used.contains(&key(line)));
                let lines: String = lines.map(|line| format!("{line}\n")).collect();
                parts.push(format!("{}\n{lines}", section.header));
            }
            header if PROFILE.contains(&header) => parts.push(section.text()),
            _ => {}
        }
    }
    parts.join("\n")
}

/// The names of the packages that a package needs.
pub fn dependencies(manifest: &str) -> Vec<&str> {
    let sections = sections(manifest).into_iter();
    let lines = sections
        .filter(|it| it.header == "[dependencies]")
        .flat_map(|it| it.lines);
    lines.map(key).filter(|key| !key.is_empty()).collect()
}

struct Section<'a> {
    /// Right before the header.
    comments: Vec<&'a str>,
    /// With its brackets; empty before the first.
    header: &'a str,
    lines: Vec<&'a str>,
}

impl Section<'_> {
    fn text(&self) -> String {
        let header = Some(&self.header).filter(|it| !it.is_empty());
        let lines = self.comments.iter().chain(header).chain(&self.lines);
        lines.map(|line| format!("{line}\n")).collect()
    }
}

/// The sections of a file, each without the empty lines at its end.
fn sections(text: &str) -> Vec<Section<'_>> {
    let mut sections = vec![Section {
        comments: Vec::new(),
        header: "",
        lines: Vec::new(),
    }];
    for line in text.lines() {
        let Some(last) = sections.last_mut() else {
            continue;
        };
        if line.starts_with('[') {
            let comments = last
                .lines
                .iter()
                .rev()
                .take_while(|line| line.starts_with('#'));
            let start = last.lines.len() - comments.count();
            let comments = last.lines.split_off(start);
            sections.push(Section {
                comments,
                header: line.trim_end(),
                lines: Vec::new(),
            });
        } else {
            last.lines.push(line);
        }
    }
    for section in &mut sections {
        while section
            .lines
            .last()
            .is_some_and(|line| line.trim().is_empty())
        {
            section.lines.pop();
        }
    }
    sections.retain(|it| !it.header.is_empty() || !it.lines.is_empty());
    sections
}

/// What a line gives a value to: `serde` of `serde.workspace = true`. Nothing of a comment.
fn key(line: &str) -> &str {
    let line = line.trim_start();
    let end = line.find(|c: char| !c.is_ascii_alphanumeric() && !"-_".contains(c));
    &line[..end.unwrap_or(line.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = "\
[workspace]
members = [\"labs/game\"]

[workspace.package]
edition = \"2024\"

[workspace.dependencies]
# The backend of zip.
flate2 = \"1\"
serde = { version = \"1\", features = [\"derive\"] }
serde_json = \"1\"

[profile.dev]
debug = false

[profile.dev.package.\"*\"]
opt-level = \"s\"

# Only the tool uses it.
[profile.dev.package.s3s]
opt-level = 0
";
    const PACKAGE: &str = "\
[package]
name = \"game\"

[dependencies]
support = { path = \"../support\" }
serde.workspace = true

[dev-dependencies]
flate2.workspace = true

[lints]
workspace = true

# Which package is meant.
[package.metadata.mafia]
template = \"../../templates/game.yaml\"
";

    #[test]
    fn a_package_keeps_what_it_is_built_with() {
        assert_eq!(
            of_package(PACKAGE),
            "\
[package]
name = \"game\"

[dependencies]
support = { path = \"../support\" }
serde.workspace = true

# Which package is meant.
[package.metadata.mafia]
template = \"../template.yaml\"
"
        );
        assert_eq!(dependencies(PACKAGE), ["support", "serde"]);
    }

    #[test]
    fn a_workspace_has_the_dependencies_and_the_profile_of_its_packages() {
        assert_eq!(
            of_workspace(ROOT, &["functions", "support"], &[PACKAGE]),
            "\
[workspace]
resolver = \"3\"
members = [\"functions\", \"support\"]

[workspace.package]
edition = \"2024\"

[workspace.dependencies]
serde = { version = \"1\", features = [\"derive\"] }

[profile.dev]
debug = false

[profile.dev.package.\"*\"]
opt-level = \"s\"
"
        );
    }
}
