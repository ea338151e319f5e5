//! What each part of the tool may use. CONTRIBUTING.md says the same in words.

use super::graph::{Graph, part};
use super::{AWS_CLIENTS, TERMINAL};

/// The parts that every other may use.
const BASE: &[&str] = &["clock", "names", "source", "wording"];

/// The tool's parts from the bottom up, and which parts of the tool each may use besides the base. A
/// part is a file or a folder right under `src`.
const TOOL: &[(&str, &[&str])] = &[
    ("wording", &[]),
    ("names", &[]),
    ("source", &["wording"]),
    ("invocation", &[]),
    ("options", &["invocation"]),
    ("clock", &[]),
    ("cloud", &[]),
    ("bundle", &[]),
    ("deploy", &["bundle", "cloud"]),
    ("functions", &["cloud", "deploy"]),
    ("api", &["cloud", "deploy", "functions"]),
    ("game", &["api", "cloud", "functions"]),
    (
        "status",
        &["bundle", "cloud", "deploy", "functions", "game"],
    ),
    (
        "class",
        &["bundle", "cloud", "deploy", "functions", "game", "status"],
    ),
    ("page", &[]),
    ("board", &["class", "page"]),
    ("game_page", &["page"]),
    ("watch", &[]),
    (
        "lab",
        &[
            "api",
            "bundle",
            "cloud",
            "deploy",
            "functions",
            "game",
            "status",
        ],
    ),
    (
        "error",
        &[
            "api",
            "bundle",
            "class",
            "cloud",
            "deploy",
            "functions",
            "game",
            "game_page",
            "lab",
            "invocation",
            "options",
            "page",
            "watch",
        ],
    ),
    ("workspace", &["error", "options"]),
    ("sandbox", &["cloud", "error", "workspace"]),
    ("target", &["cloud", "error", "options", "sandbox"]),
    ("preflight", &["bundle", "cloud", "deploy", "error"]),
    (
        "render",
        &[
            "api",
            "bundle",
            "class",
            "cloud",
            "deploy",
            "error",
            "functions",
            "game",
            "invocation",
            "lab",
            "options",
            "preflight",
            "sandbox",
            "status",
        ],
    ),
    (
        "context",
        &[
            "cloud",
            "deploy",
            "error",
            "invocation",
            "lab",
            "options",
            "render",
            "sandbox",
            "target",
            "workspace",
        ],
    ),
    (
        "commands",
        &[
            "api",
            "board",
            "bundle",
            "class",
            "cli",
            "cloud",
            "context",
            "deploy",
            "error",
            "functions",
            "game",
            "game_page",
            "invocation",
            "lab",
            "options",
            "page",
            "preflight",
            "render",
            "sandbox",
            "status",
            "target",
            "watch",
            "workspace",
        ],
    ),
    (
        "cli",
        &["commands", "context", "error", "invocation", "options"],
    ),
    (
        "lib",
        &[
            "bundle",
            "cli",
            "context",
            "error",
            "options",
            "render",
            "workspace",
        ],
    ),
];

/// Parts whose types `render` words, and whose functions it must not call.
const OPERATIONS: &[&str] = &[
    "api",
    "bundle",
    "class",
    "cloud",
    "deploy",
    "functions",
    "game",
    "lab",
    "preflight",
    "status",
];

/// Crates and paths that only some parts of the tool may use.
const TOOL_EXTERNAL: &[(&[&str], &[&str])] = &[
    (AWS_CLIENTS, &["cloud"]),
    (
        &[
            "aws_credential_types",
            "aws_runtime",
            "aws_smithy_",
            "aws_types",
        ],
        &["cloud"],
    ),
    (&["clap", "clap_complete"], &["cli", "commands", "options"]),
    (TERMINAL, &["render"]),
    (&["std::io::stdin"], &["commands", "render"]),
    // Macros that the lints forbid; allowing one is the business of a single place.
    (&["clippy::print_"], &["render"]),
    (&["cargo_metadata", "object", "zip"], &["bundle"]),
    (
        &["mafia_sandbox"],
        &[
            "commands", "context", "deploy", "error", "sandbox", "target",
        ],
    ),
    (
        &["hyper", "hyper_util", "std::net"],
        &["board", "cloud", "page"],
    ),
    (&["tokio::net"], &["page"]),
];

/// Files that compute and do nothing else.
const PURE: &[&str] = &[
    "api/cause.rs",
    "api/invocation.rs",
    "api/route.rs",
    "api/served.rs",
    "board/view.rs",
    "bundle/digest.rs",
    "class/bounds.rs",
    "class/member.rs",
    "class/name.rs",
    "class/outcome.rs",
    "class/prices.rs",
    "class/quotas.rs",
    "class/roster.rs",
    "class/roster/file.rs",
    "class/roster/list.rs",
    "class/roster/new.rs",
    "class/roster/students.rs",
    "class/standing.rs",
    "cloud/limits.rs",
    "deploy/addition.rs",
    "deploy/api_digest.rs",
    "deploy/bundle_key.rs",
    "deploy/clean/leftover.rs",
    "deploy/configuration.rs",
    "deploy/declared.rs",
    "deploy/insertion.rs",
    "deploy/membership.rs",
    "deploy/mismatch.rs",
    "deploy/owner.rs",
    "deploy/plan.rs",
    "deploy/removed.rs",
    "deploy/snippet.rs",
    "deploy/template.rs",
    "deploy/template_use.rs",
    "deploy/template_values.rs",
    "deploy/undo.rs",
    "game_page.rs",
    "lab/cargo_toml.rs",
    "lab/check/answer.rs",
    "lab/check/players.rs",
    "lab/check/report.rs",
    "lab/lesson.rs",
    "lab/lock.rs",
    "lab/manifest.rs",
    "lab/outline.rs",
    "lab/standing.rs",
    "page/access.rs",
    "names.rs",
    "options/settings.rs",
    "source/mod.rs",
    "source/reader.rs",
    "source/values.rs",
    "wording.rs",
];
const IMPURE: &[&str] = &[
    "futures_util",
    "std::env",
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "tokio",
];

/// What breaks the rules of the tool.
pub fn broken_rules(graph: &Graph) -> Vec<String> {
    let mut broken = Vec::new();
    for usage in graph.uses() {
        let (from, to) = (part(&usage.from), part(&usage.to));
        if from != to && !tool_part_may_use(from, to) {
            broken.push(format!("{}: {from} must not use {to}", usage.shown()));
        }
        let is_type = usage.item.as_ref().is_some_and(|item| starts_big(item));
        if from == "render" && OPERATIONS.contains(&to) && !is_type {
            broken.push(format!(
                "{}: render may use types of {to} only",
                usage.shown()
            ));
        }
    }
    for external in graph.external_uses() {
        let from = part(&external.from);
        for (_, owners) in TOOL_EXTERNAL
            .iter()
            .filter(|(paths, _)| external.is_of(paths))
        {
            if !owners.contains(&from) {
                broken.push(format!("{}: only for {owners:?}", external.shown()));
            }
        }
        if PURE.contains(&external.from.as_str()) && external.is_of(IMPURE) {
            broken.push(format!("{}: the file is to be pure", external.shown()));
        }
    }
    for file in PURE {
        if graph.names(file).contains("async") {
            broken.push(format!("{file}: the file is to be pure, not async"));
        }
    }
    broken
}

fn tool_part_may_use(from: &str, to: &str) -> bool {
    let row = TOOL.iter().find(|(part, _)| *part == from);
    let is_above_base = !BASE.contains(&from);
    row.is_some_and(|(_, others)| others.contains(&to) || (is_above_base && BASE.contains(&to)))
}

fn starts_big(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What breaks the tool's rules where `file` has this text, among a file of every part.
    #[track_caller]
    fn assert_tool(file: &str, text: &str, expected: &str) {
        let broken = broken_by(file, text);
        assert!(
            broken.iter().any(|line| line.contains(expected)),
            "{file}: {broken:?}"
        );
    }

    fn broken_by(file: &str, text: &str) -> Vec<String> {
        let mut files = vec![("lib.rs".to_owned(), String::new())];
        for (part, _) in TOOL.iter().filter(|(part, _)| *part != "lib") {
            files[0].1 += &format!("mod {part};");
            let own = "pub struct Thing; pub fn work() {}";
            files.push((format!("{part}/mod.rs"), own.to_owned()));
        }
        for pure in PURE {
            let (part, name) = pure.split_once('/').unwrap_or((pure, ""));
            if name.is_empty() {
                let stem = part.trim_end_matches(".rs");
                files.retain(|(file, _)| *file != format!("{stem}/mod.rs"));
                files.push(((*pure).to_owned(), String::new()));
            } else {
                declare(&mut files, pure);
            }
        }
        let changed = files
            .iter_mut()
            .find(|(name, _)| name == file)
            .expect("a file");
        changed.1 += text;
        let files: Vec<_> = files
            .iter()
            .map(|(file, text)| (file.as_str(), text.as_str()))
            .collect();
        broken_rules(&Graph::of(&files))
    }

    /// Adds an empty file, and the modules on the way to it.
    fn declare(files: &mut Vec<(String, String)>, path: &str) {
        if files.iter().any(|(file, _)| file == path) {
            return;
        }
        files.push((path.to_owned(), String::new()));
        let (folder, name) = path.rsplit_once('/').expect("it is in a folder");
        let (folder, module) = match name.strip_suffix(".rs") {
            Some("mod") => folder.rsplit_once('/').expect("a part has its file"),
            _ => (folder, name.trim_end_matches(".rs")),
        };
        let flat = format!("{folder}.rs");
        let whole = format!("{folder}/mod.rs");
        let above = match files.iter().any(|(file, _)| *file == flat) {
            true => flat,
            false => whole,
        };
        declare(files, &above);
        let above = files.iter_mut().find(|(file, _)| *file == above);
        above.expect("it was declared").1 += &format!("mod {module};");
    }

    #[test]
    fn the_tools_parts_may_use_those_below_and_no_others() {
        assert_eq!(broken_by("lib.rs", ""), [""; 0]);
        assert_eq!(
            broken_by("commands/mod.rs", "use crate::deploy::work;"),
            [""; 0]
        );
        for (file, text, expected) in [
            (
                "context/mod.rs",
                "use crate::cli::Thing;",
                "context must not use cli",
            ),
            (
                "deploy/mod.rs",
                "use crate::render::Thing;",
                "deploy must not use render",
            ),
            (
                "game/mod.rs",
                "fn f() { crate::deploy::work() }",
                "game must not use deploy",
            ),
            (
                "deploy/mod.rs",
                "use super::error::Thing;",
                "deploy must not use error",
            ),
            (
                "bundle/mod.rs",
                "use crate::cloud::Thing;",
                "bundle must not use cloud",
            ),
            (
                "cloud/mod.rs",
                "use crate::{deploy::Thing};",
                "cloud must not use deploy",
            ),
            (
                "preflight/mod.rs",
                "use crate::context::Thing;",
                "preflight must not use context",
            ),
            (
                "render/mod.rs",
                "use crate::commands::Thing;",
                "render must not use commands",
            ),
            (
                "names.rs",
                "use crate::wording::Thing;",
                "names must not use wording",
            ),
        ] {
            assert_tool(file, text, expected);
        }
    }

    #[test]
    fn rows_name_only_what_is_above_them() {
        for (row, (part, others)) in TOOL.iter().enumerate() {
            let below: Vec<&str> = TOOL[..row].iter().map(|(part, _)| *part).collect();
            for other in *others {
                // The commands may: completions are of the whole tree.
                let may = below.contains(other) || (*part, *other) == ("commands", "cli");
                assert!(may, "{part} uses {other}");
            }
        }
    }

    #[test]
    fn render_words_what_operations_made_and_runs_none() {
        assert_eq!(
            broken_by("render/mod.rs", "use crate::deploy::Thing;"),
            [""; 0]
        );
        let expected = "render may use types of deploy only";
        assert_tool("render/mod.rs", "use crate::deploy::work;", expected);
        let called = "use crate::deploy; fn f() { deploy::work() }";
        assert_tool("render/mod.rs", called, expected);
    }

    #[test]
    fn crates_stay_with_those_whose_business_they_are() {
        assert_eq!(
            broken_by("cloud/mod.rs", "use aws_sdk_s3::Client;"),
            [""; 0]
        );
        for (file, text) in [
            ("commands/mod.rs", "use aws_sdk_lambda::Client;"),
            ("deploy/mod.rs", "use aws_smithy_types::Blob;"),
            ("game/mod.rs", "#[derive(clap::Args)] struct A;"),
            ("commands/mod.rs", "use std::io; fn f() { io::stdout() }"),
            ("deploy/mod.rs", "use std::io::{Read, stdin};"),
            ("game/mod.rs", "#[allow(clippy::print_stdout)] fn f() {}"),
            ("preflight/mod.rs", "use indicatif::ProgressBar;"),
            ("cloud/mod.rs", "use zip::ZipWriter;"),
            ("render/mod.rs", "use std::net::TcpStream;"),
            ("game/mod.rs", "use mafia_sandbox::StateDir;"),
        ] {
            assert_tool(file, text, "only for");
        }
    }

    #[test]
    fn pure_files_only_compute() {
        assert_tool("names.rs", "use std::env;", "is to be pure");
        assert_tool("deploy/plan.rs", "async fn f() {}", "is to be pure");
        assert_tool("wording.rs", "fn f() { tokio::spawn(1) }", "is to be pure");
    }
}
