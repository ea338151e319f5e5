//! AWS's own clients for Python, its command-line tools, SAM and cargo-lambda find an AWS in the
//! sandbox: the checks of `tests/outside`, each file on a sandbox of its own.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::endpoint::Endpoint;
use crate::outside::{REMEDY, target_folder, tool};
use crate::workspace::built_functions;

macro_rules! checks {
    ($($file:ident),+ $(,)?) => {
        $(
            #[test]
            #[ignore = "needs boto3: run .ci/run, or pass --include-ignored"]
            fn $file() {
                hold(stringify!($file));
            }
        )+

        #[test]
        fn every_file_of_checks_is_run() {
            let folder = std::fs::read_dir(folder()).expect("the folder of checks can be read");
            let mut files: Vec<_> = folder
                .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
                .filter_map(|name| Some(name.strip_prefix("test_")?.strip_suffix(".py")?.to_owned()))
                .collect();
            files.sort();
            assert_eq!(files, [$(stringify!($file)),+]);
        }
    };
}

checks! {
    apigateway, cloudformation, cognito, destinations, dynamodb, events, execute_api, iam, lambda, logs, members, permissions, refusals,
    s3_access, s3_buckets, s3_listings, s3_notifications, s3_objects, s3_uploads, s3_versions, scheduler, security, sns, sns_web,
    sqs, streams, sts, tools
}

fn folder() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/outside"))
}

#[track_caller]
fn hold(file: &str) {
    let sandbox = Endpoint::sandbox();
    let peers = std::env::var_os("MAFIA_TEST_PEERS")
        .unwrap_or_else(|| target_folder().join("peers/bin").into_os_string());
    let output = Command::new(tool("python3"))
        .arg(folder().join("run.py"))
        .arg(format!("test_{file}."))
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("PEERS", peers)
        .env("FUNCTIONS", built_functions())
        .envs(sandbox.environment())
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("cannot run Python: {error}; {REMEDY}"));
    assert!(
        output.status.success(),
        "{}{}\nIf a module is missing, {REMEDY}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
}
