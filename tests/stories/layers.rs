//! Who may know whom: the table in CONTRIBUTING.md, held to the sources of the tool and the sandbox.
//!
//! [`source`] reads a file, [`graph`] finds out which files use what of which others, [`tool`],
//! [`sandbox`] and [`circles`] say what is allowed. `cargo test --test stories layers` prints what
//! breaks a rule, with file and line.

mod circles;
mod graph;
mod sandbox;
mod source;
mod tool;

use std::path::Path;

use graph::Graph;

/// The crates that speak to AWS.
const AWS_CLIENTS: &[&str] = &["aws_config", "aws_sdk_", "aws_types"];
/// What belongs to the terminal.
const TERMINAL: &[&str] = &[
    "anstream",
    "anstyle",
    "indicatif",
    "std::io::IsTerminal",
    "std::io::stderr",
    "std::io::stdout",
    "terminal_size",
];
fn sources(folder: &str) -> Graph {
    Graph::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder))
}

#[track_caller]
fn assert_none(broken: &[String]) {
    let broken = broken.join("\n");
    assert!(
        broken.is_empty(),
        "rules of the layers are broken:\n{broken}"
    );
}

#[test]
fn the_tool_keeps_to_its_layers() {
    let tool = sources("src");
    assert_none(&tool::broken_rules(&tool));
    assert_none(&circles::large_circles(&tool));
}

#[test]
fn the_sandbox_keeps_to_its_layers() {
    let sandbox = sources("sandbox/src");
    assert_none(&sandbox::broken_rules(&sandbox));
    assert_none(&circles::large_circles(&sandbox));
}
