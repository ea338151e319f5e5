//! What each part of the sandbox may use. CONTRIBUTING.md says the same in words.

use super::graph::{Graph, Use, part};
use super::{AWS_CLIENTS, TERMINAL};

/// The sandbox's services. Others may use what a service's `mod.rs` defines or exports, never what is
/// in the modules below it.
const SERVICES: &[&str] = &[
    "apigateway",
    "bucket_events",
    "clock_service",
    "cloudformation",
    "cognito",
    "delivery",
    "dynamodb",
    "events",
    "handover",
    "iam",
    "lambda",
    "logs",
    "s3",
    "scheduler",
    "sns",
    "sqs",
    "sts",
];
/// What is above the services, and used by none of them.
const FRONT: &[&str] = &["edge", "platform", "server", "services"];
/// The parts of the front that a service may use all the same.
const PORTS: &[(&str, &str)] = &[("cloudformation", "platform")];
/// What is pure: it uses no other part of the sandbox.
const PURE: &[&str] = &[
    "event_pattern",
    "mapping_template",
    "openapi",
    "schedule_expression",
];
/// What no part of the sandbox may use.
const EXTERNAL: &[&[&str]] = &[
    AWS_CLIENTS,
    TERMINAL,
    &["clap", "mafia", "std::io::stdin", "clippy::print_"],
];

/// What breaks the rules of the sandbox.
pub fn broken_rules(graph: &Graph) -> Vec<String> {
    let mut broken = Vec::new();
    for usage in graph.uses() {
        let (from, to) = (part(&usage.from), part(&usage.to));
        // The crate's root exports what is used from outside, and holds what all know.
        if from == to || from == "lib" || to == "lib" {
            continue;
        }
        let is_front = FRONT.contains(&from);
        if FRONT.contains(&to) && !is_front && !PORTS.contains(&(from, to)) {
            broken.push(format!("{}: {from} must not use {to}", usage.shown()));
        }
        if PURE.contains(&from) {
            broken.push(format!("{}: {from} must not use {to}", usage.shown()));
        }
        if SERVICES.contains(&to) && !is_front && !SERVICES.contains(&from) {
            broken.push(format!("{}: {from} must not use a service", usage.shown()));
        }
        if SERVICES.contains(&to) && reaches_inside(graph, &usage) {
            let to = format!("{to}'s mod.rs");
            broken.push(format!("{}: take it from {to}", usage.shown()));
        }
    }
    for external in graph.external_uses() {
        if EXTERNAL.iter().any(|names| external.is_of(names)) {
            broken.push(format!("{}: not in the sandbox", external.shown()));
        }
    }
    broken
}

/// Whether the path goes through a module below the service's own.
fn reaches_inside(graph: &Graph, usage: &Use) -> bool {
    let mut segments = usage.written.split("::");
    let (service, second) = (segments.next(), segments.next());
    let module = service
        .zip(second)
        .map(|(service, second)| format!("{service}/{second}"));
    module.is_some_and(|module| {
        let files = [format!("{module}.rs"), format!("{module}/mod.rs")];
        graph
            .files()
            .any(|file| files.iter().any(|inside| inside == file))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken_in_sandbox(files: &[(&str, &str)]) -> Vec<String> {
        let mut files = files.to_vec();
        files.push((
            "lib.rs",
            "mod edge; mod lambda; mod logs; mod mapping_template; mod platform; mod wire;",
        ));
        for (file, text) in [
            ("edge.rs", "pub struct Edge;"),
            (
                "lambda/mod.rs",
                "mod settings; pub use settings::Memory; pub struct Lambda;",
            ),
            (
                "lambda/settings.rs",
                "pub struct Memory; pub struct Hidden;",
            ),
            ("logs.rs", "pub struct Logs;"),
            ("mapping_template.rs", ""),
            ("platform.rs", ""),
            ("wire.rs", ""),
        ] {
            if !files.iter().any(|(given, _)| *given == file) {
                files.push((file, text));
            }
        }
        broken_rules(&Graph::of(&files))
    }

    #[test]
    fn services_use_no_front_and_of_each_other_what_is_exported() {
        let exported = "use crate::lambda::{Lambda, Memory};";
        assert_eq!(broken_in_sandbox(&[("logs.rs", exported)]), [""; 0]);
        assert_eq!(broken_in_sandbox(&[("edge.rs", exported)]), [""; 0]);
        for (file, text, expected) in [
            (
                "logs.rs",
                "use crate::edge::Edge;",
                "logs must not use edge",
            ),
            (
                "logs.rs",
                "use super::platform::X;",
                "logs must not use platform",
            ),
            (
                "mapping_template.rs",
                "use crate::wire::Body;",
                "mapping_template must not use wire",
            ),
            (
                "wire.rs",
                "use crate::logs::Logs;",
                "wire must not use a service",
            ),
            (
                "wire.rs",
                "use crate::edge::Edge;",
                "wire must not use edge",
            ),
            (
                "logs.rs",
                "use crate::lambda::settings::Hidden;",
                "lambda's mod.rs",
            ),
            (
                "edge.rs",
                "use crate::lambda::settings; fn f() { settings::g() }",
                "lambda's mod.rs",
            ),
            ("wire.rs", "use aws_sdk_s3::Client;", "not in the sandbox"),
            ("wire.rs", "use clap::Args;", "not in the sandbox"),
            ("wire.rs", "fn f() { mafia::run() }", "not in the sandbox"),
        ] {
            let broken = broken_in_sandbox(&[(file, text)]);
            assert!(
                broken.iter().any(|line| line.contains(expected)),
                "{text}: {broken:?}"
            );
        }
    }
}
