//! The tools from outside: Python, boto3 and ministack, as `.ci/run` installs them.
//!
//! They are looked for in the folder that `MAFIA_TEST_TOOLS` names (a virtual environment's `bin`),
//! else where `.ci/run` puts them, else on `PATH`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::endpoint::Endpoint;

/// What to do when a story misses its tools.
pub const REMEDY: &str = "run `.ci/run` once, or set MAFIA_TEST_TOOLS to the bin folder of a virtual \
                          environment with the packages of tests/outside.txt";

/// The path of `program`: `python3`, `ministack`, `aws`.
pub fn tool(program: &str) -> PathBuf {
    if let Some(folder) = std::env::var_os("MAFIA_TEST_TOOLS") {
        return Path::new(&folder).join(program);
    }
    let installed = target_folder().join("outside/bin").join(program);
    if installed.exists() {
        return installed;
    }
    PathBuf::from(program)
}

/// Cargo's target folder for this build.
pub fn target_folder() -> &'static Path {
    let for_tests = Path::new(env!("CARGO_TARGET_TMPDIR"));
    for_tests
        .parent()
        .expect("Cargo puts the tests' folder into the target folder")
}

/// One of the Python scripts beside this file.
pub fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/stories/outside")
        .join(name)
}

/// Runs one of the Python scripts as a client of `endpoint`; the JSON document that it prints.
///
/// # Panics
///
/// When it fails or prints anything else, with all that it said.
#[track_caller]
pub fn python(endpoint: &Endpoint, name: &str, arguments: &[&str]) -> Value {
    let interpreter = tool("python3");
    let output = Command::new(&interpreter)
        .arg(script(name))
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .envs(endpoint.environment())
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("cannot run {}: {error}; {REMEDY}", interpreter.display()));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{name} {arguments:?} failed against {}:\n{said}\nIf a module is missing, {REMEDY}",
        endpoint.url(),
    );
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        let printed = String::from_utf8_lossy(&output.stdout);
        panic!("{name} {arguments:?} printed no JSON ({error}):\n{printed}\n{said}")
    })
}

/// What boto3, AWS's own client for Python, made of an answer.
#[derive(Debug)]
pub struct Call {
    /// The parsed answer, where there was one and it was no error.
    pub answer: Option<Value>,
    /// The code of an error that the server wrote as its protocol wants it.
    pub code: Option<String>,
    /// The class of botocore's exception for anything else, such as `ConnectionClosedError`.
    pub exception: Option<String>,
    /// The HTTP status, where there was one.
    pub status: Option<u64>,
}

/// A call as boto3 takes it: service, method and parameters.
pub type Request<'a> = (&'a str, &'a str, Value);

/// Calls operations through boto3, one after the other and without retries. Starting Python takes
/// longer than any call, so give it all calls of a scene at once.
#[track_caller]
pub fn boto3(endpoint: &Endpoint, requests: &[Request<'_>]) -> Vec<Call> {
    let requests = serde_json::to_string(requests).expect("values are JSON");
    let said = python(endpoint, "client.py", &[&requests]);
    let call = |said: &Value| {
        let text = |name: &str| said[name].as_str().map(str::to_owned);
        Call {
            answer: said.get("answer").cloned(),
            exception: text("exception"),
            code: text("code"),
            status: said["status"].as_u64(),
        }
    };
    said.as_array()
        .expect("client.py prints a list")
        .iter()
        .map(call)
        .collect()
}
