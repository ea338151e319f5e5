//! The `Cargo.lock` of a workshop folder, cut out of this project's: the packages with which the functions
//! were tested. Pure.

use std::collections::BTreeSet;

/// Dependencies that only the tool's features ask for. Cargo, which has to accept the file as it is, lists
/// no others than those that the workspace's own features need.
const OF_THE_TOOL: [(&str, &[&str]); 13] = [
    ("aws-runtime", &["aws-smithy-eventstream"]),
    ("aws-sigv4", &["aws-smithy-eventstream"]),
    ("aws-smithy-http", &["aws-smithy-eventstream"]),
    ("block-buffer", &["zeroize"]),
    ("crypto-common", &["rand_core"]),
    ("digest", &["zeroize"]),
    ("getrandom", &["js-sys", "wasm-bindgen"]),
    ("hashbrown", &["foldhash"]),
    ("hyper", &["httpdate"]),
    ("mio", &["log"]),
    ("semver", &["serde", "serde_core"]),
    ("tokio", &["signal-hook-registry"]),
    ("uuid", &["getrandom", "sha1_smol"]),
];

/// A package of the file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Package<'a> {
    name: &'a str,
    version: &'a str,
    /// The lines before its dependencies.
    head: &'a str,
    dependencies: Vec<Reference<'a>>,
}

/// A dependency: `cpufeatures`, or `cpufeatures 0.3.1` where there are several of that name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Reference<'a> {
    name: &'a str,
    version: Option<&'a str>,
}

/// What is left of `lock` for these packages, each with the names of its direct dependencies.
pub fn of_packages(lock: &str, packages: &[(&str, Vec<&str>)]) -> String {
    let (head, all) = read(lock);
    let all: Vec<Package<'_>> = all
        .into_iter()
        .map(|it| without_unused(it, packages))
        .collect();
    let mut kept = BTreeSet::new();
    let roots = packages.iter().map(|(name, _)| Reference {
        name,
        version: None,
    });
    let mut left: Vec<Reference<'_>> = roots.collect();
    while let Some(reference) = left.pop() {
        let meant = all.iter().filter(|package| reference.means(package));
        for package in meant {
            if kept.insert(package) {
                left.extend(&package.dependencies);
            }
        }
    }
    let is_alone = |name: &str| kept.iter().filter(|it| it.name == name).count() == 1;
    let texts = kept.iter().map(|package| package.text(&is_alone));
    format!("{head}\n{}", texts.collect::<Vec<_>>().join("\n"))
}

/// The packages from elsewhere, each with its version: `serde-1.0.0`.
pub fn crates(lock: &str) -> Vec<String> {
    let (_, packages) = read(lock);
    let packages = packages.iter().filter(|it| it.head.contains("\nsource = "));
    packages
        .map(|it| format!("{}-{}", it.name, it.version))
        .collect()
}

fn read(lock: &str) -> (&str, Vec<Package<'_>>) {
    let mut parts = lock.split("\n[[package]]\n");
    let head = parts.next().unwrap_or_default();
    (head, parts.map(Package::read).collect())
}

/// The package without the dependencies that nothing in a workshop folder asks for.
fn without_unused<'a>(mut package: Package<'a>, packages: &[(&str, Vec<&str>)]) -> Package<'a> {
    if let Some((_, direct)) = packages.iter().find(|(name, _)| *name == package.name) {
        package.dependencies.retain(|it| direct.contains(&it.name));
    }
    if let Some((_, unused)) = OF_THE_TOOL.iter().find(|(name, _)| *name == package.name) {
        package.dependencies.retain(|it| !unused.contains(&it.name));
    }
    package
}

impl<'a> Package<'a> {
    fn read(block: &'a str) -> Self {
        let value = |key: &str| {
            let mut lines = block.lines();
            let value = lines.find_map(|line| line.strip_prefix(key)?.strip_prefix(" = \""));
            value
                .and_then(|it| it.strip_suffix('"'))
                .unwrap_or_default()
        };
        let (head, dependencies) = block
            .split_once("dependencies = [\n")
            .unwrap_or((block, ""));
        let dependencies = dependencies.lines().filter_map(|line| {
            let reference = line.trim().strip_prefix('"')?.strip_suffix("\",")?;
            let mut words = reference.split(' ');
            Some(Reference {
                name: words.next()?,
                version: words.next(),
            })
        });
        Self {
            name: value("name"),
            version: value("version"),
            head: head.trim_end(),
            dependencies: dependencies.collect(),
        }
    }

    /// `is_alone` says whether there is no other version of a package.
    fn text(&self, is_alone: &impl Fn(&str) -> bool) -> String {
        let head = format!("[[package]]\n{}\n", self.head);
        if self.dependencies.is_empty() {
            return head;
        }
        let lines = self.dependencies.iter().map(|it| match it.version {
            Some(version) if !is_alone(it.name) => format!(" \"{} {version}\",\n", it.name),
            _ => format!(" \"{}\",\n", it.name),
        });
        format!("{head}dependencies = [\n{}]\n", lines.collect::<String>())
    }
}

impl Reference<'_> {
    fn means(&self, package: &Package<'_>) -> bool {
        self.name == package.name && self.version.is_none_or(|it| it == package.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = "\
# Made by Cargo.
version = 4

[[package]]
name = \"a\"
version = \"1.0.0\"
source = \"registry\"
checksum = \"aa\"

[[package]]
name = \"a\"
version = \"2.0.0\"
source = \"registry\"
dependencies = [
 \"c\",
]

[[package]]
name = \"c\"
version = \"1.0.0\"
source = \"registry\"

[[package]]
name = \"game\"
version = \"0.1.0\"
dependencies = [
 \"a 2.0.0\",
 \"test\",
]

[[package]]
name = \"test\"
version = \"1.0.0\"
dependencies = [
 \"a 1.0.0\",
]
";

    #[test]
    fn what_the_packages_need_is_left() {
        assert_eq!(
            of_packages(LOCK, &[("game", vec!["a"])]),
            "\
# Made by Cargo.
version = 4

[[package]]
name = \"a\"
version = \"2.0.0\"
source = \"registry\"
dependencies = [
 \"c\",
]

[[package]]
name = \"c\"
version = \"1.0.0\"
source = \"registry\"

[[package]]
name = \"game\"
version = \"0.1.0\"
dependencies = [
 \"a\",
]
"
        );
    }

    #[test]
    fn crates_are_packages_of_other_people() {
        assert_eq!(crates(LOCK), ["a-1.0.0", "a-2.0.0", "c-1.0.0"]);
    }

    #[test]
    fn several_versions_of_a_package_are_told_apart() {
        assert_eq!(of_packages(LOCK, &[("game", vec!["a", "test"])]), LOCK);
    }
}
