//! Other implementations judge the cases of the mapping-template language, which the sandbox's unit tests hold the
//! sandbox to: Velocity itself, and airspeed, which says for itself where it follows Velocity.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::outside::{script, tool};

/// Where Debian's packages put Velocity and what it uses.
const LIBRARIES: [&str; 3] = ["velocity", "commons-lang", "commons-collections3"];

fn cases_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sandbox/src/mapping_template/cases")
}

fn read(name: &str) -> String {
    let path = cases_folder().join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn cases() -> Vec<Value> {
    serde_json::from_str(&read("language.json")).expect("the cases are JSON")
}

fn lines(case: &Value, member: &str) -> String {
    let lines = case[member]
        .as_array()
        .expect("the member is a list of lines");
    let lines = lines
        .iter()
        .map(|line| line.as_str().expect("a line is a text"));
    lines.collect::<Vec<_>>().join("\n")
}

/// What Velocity makes of the templates.
fn velocity(templates: &[String]) -> Vec<String> {
    let libraries = LIBRARIES
        .map(|name| format!("/usr/share/java/{name}.jar"))
        .join(":");
    let mut java = Command::new("java")
        .args(["-cp", &libraries])
        .arg(script("Velocity.java"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("java starts: install Debian's default-jdk-headless and velocity, or run .ci/run as root");
    let mut input = java.stdin.take().expect("the input is a pipe");
    input
        .write_all(templates.join("\0").as_bytes())
        .expect("java reads");
    drop(input);
    let output = java.wait_with_output().expect("java ends");
    assert!(
        output.status.success(),
        "java fails: install Debian's package velocity, or run .ci/run as root"
    );
    let texts = String::from_utf8(output.stdout).expect("the output is UTF-8");
    let texts = texts.strip_suffix('\0').expect("each text has its end");
    texts.split('\0').map(str::to_owned).collect()
}

#[test]
#[ignore = "needs Java and Velocity: run .ci/run, or pass --include-ignored"]
fn velocity_renders_the_cases_as_the_sandbox_does_or_deviates_as_named() {
    let cases = cases();
    let mut templates: Vec<_> = cases.iter().map(|case| lines(case, "template")).collect();
    templates.push(read("passthrough.vtl"));
    let mut texts = velocity(&templates);
    assert_eq!(texts.len(), templates.len());
    let passthrough = texts.pop().expect("there is a last text");
    assert_eq!(passthrough, format!("+{}", read("passthrough.txt")));
    for (case, text) in cases.iter().zip(&texts) {
        let agrees = *text == format!("+{}", lines(case, "expected"));
        let is_named = case["velocity"].is_string();
        assert!(
            agrees != is_named,
            "{}: Velocity makes {text}",
            case["name"]
        );
    }
}

#[test]
#[ignore = "needs airspeed: run .ci/run, or pass --include-ignored"]
fn airspeed_renders_the_cases_as_the_sandbox_does_or_deviates_as_named() {
    let output = Command::new(tool("python3"))
        .arg(script("templates.py"))
        .arg(cases_folder().join("language.json"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .expect("Python starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{said}\n{}",
        crate::outside::REMEDY
    );
    let texts: Vec<Value> = serde_json::from_slice(&output.stdout).expect("the script prints JSON");
    let cases = cases();
    assert_eq!(texts.len(), cases.len());
    let mut agreed = 0;
    for (case, text) in cases.iter().zip(texts) {
        let agrees = text == lines(case, "expected").as_str();
        let is_named = case["airspeed"].is_string();
        assert!(
            agrees != is_named,
            "{}: airspeed makes {text}",
            case["name"]
        );
        agreed += usize::from(agrees);
    }
    assert!(agreed > 30, "airspeed agrees on {agreed} cases only");
}
