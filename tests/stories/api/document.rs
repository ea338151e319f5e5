//! The API as a document: what lesson 02.4 says about it, done with the AWS CLI.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::endpoint::Endpoint;
use crate::outside::{REMEDY, tool};

const LESSON: &str = include_str!("../../../labs/lessons/02.4/lesson.md");

/// The blocks of the lesson in this language.
fn blocks(language: &str) -> Vec<&'static str> {
    let fence = format!("```{language}\n");
    let blocks = LESSON.split(&fence).skip(1);
    blocks
        .map(|block| block.split("```").next().expect("it ends"))
        .collect()
}

/// Runs a command line of the AWS CLI; the document that it prints, or null.
#[track_caller]
fn aws(endpoint: &Endpoint, folder: &Path, line: &str) -> Value {
    let arguments = line.split_whitespace().skip(1);
    let output = Command::new(tool("aws"))
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("AWS_DEFAULT_OUTPUT", "json")
        .envs(endpoint.environment())
        .output()
        .unwrap_or_else(|error| panic!("cannot run aws: {error}; {REMEDY}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{line}: {said}");
    serde_json::from_slice(&output.stdout).unwrap_or_default()
}

#[test]
#[ignore = "needs the AWS CLI: run .ci/run, or pass --include-ignored"]
fn the_document_of_the_lesson_can_be_imported_merged_and_overwritten() {
    let endpoint = &Endpoint::sandbox();
    let folder = TempDir::new().expect("a folder");
    let [document] = blocks("yaml example")[..] else {
        panic!("the lesson has one document");
    };
    let write = |text: &str| std::fs::write(folder.path().join("rules.yaml"), text);
    write(document).expect("written");
    let lines = blocks("console").into_iter().flat_map(str::lines);
    let lines: Vec<&str> = lines.filter(|line| line.starts_with("aws ")).collect();
    let [import, deploy, test, merge, overwrite, delete] = lines[..] else {
        panic!("the lesson has other commands: {lines:?}");
    };

    let imported = aws(endpoint, folder.path(), import);
    let id = imported["id"].as_str().expect("a text");
    let run = |line: &str| {
        aws(
            endpoint,
            folder.path(),
            &line.replace(" ID", &format!(" {id}")),
        )
    };
    let paths = || {
        let resources = run("aws apigateway get-resources --rest-api-id ID");
        let items = resources["items"].as_array().cloned().expect("a list");
        let mut paths: Vec<(String, String)> = items
            .iter()
            .map(|it| {
                (
                    it["path"].as_str().unwrap_or_default().to_owned(),
                    it["id"].as_str().unwrap_or_default().to_owned(),
                )
            })
            .collect();
        paths.sort();
        paths
    };
    let names = || {
        paths()
            .into_iter()
            .map(|(path, _)| path)
            .collect::<Vec<_>>()
    };
    assert_eq!(names(), ["/", "/rules"]);
    run(deploy);
    let rules = &paths()[1].1;
    let tested = run(&test.replace("RESOURCE", rules));
    assert_eq!(tested["status"], 200, "{tested:#}");
    assert_eq!(tested["headers"]["Access-Control-Allow-Origin"], "*");
    let body: Value = serde_json::from_str(tested["body"].as_str().expect("a text")).expect("JSON");
    assert!(body["rules"].is_string(), "{body}");
    // The anchor gives the other path its preflight.
    let preflight = test.replace("RESOURCE", rules).replace("GET", "OPTIONS");
    let preflight = run(&preflight);
    assert_eq!(preflight["status"], 204, "{preflight:#}");
    assert_eq!(preflight["headers"]["Access-Control-Allow-Methods"], "GET");

    // Another document: what it does not have stays with one mode, and goes with the other.
    write(&document.replace("/rules:", "/hints:")).expect("written");
    run(merge);
    assert_eq!(names(), ["/", "/hints", "/rules"]);
    run(overwrite);
    assert_eq!(names(), ["/", "/hints"]);
    run(delete);
    let left = run("aws apigateway get-rest-apis");
    assert_eq!(left["items"], json!([]));
}
