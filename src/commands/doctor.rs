//! `mafia doctor`

use std::process::Command;

use clap::Args;
use serde::Serialize;

use super::deploy::project;
use crate::bundle::{Architecture, RUNTIME};
use crate::cloud::Cloud;
use crate::context::Context;
use crate::deploy;
use crate::error::Error;
use crate::render::{self, Check};

/// Try what a deployment needs, and say how to mend what is missing
#[derive(Args, Debug)]
#[command(
    after_help = "Changes nothing, but starts the sandbox where that is the target. Exits with 0 when all is well."
)]
pub struct Doctor {}

#[derive(Serialize)]
struct Findings {
    checks: Vec<Check>,
}

impl Doctor {
    pub async fn run(self, context: &Context) -> Result<(), Error> {
        let mut checks = vec![
            Check::new("toolchain", toolchain()),
            Check::new("project", found_project()),
            Check::new("architecture", architecture()),
        ];
        match context.cloud().await {
            Ok(cloud) => checks.extend(target_checks(context, &cloud).await),
            Err(error) => checks.push(Check::new("target", Err(error))),
        }
        let findings = Findings { checks };
        let words = |findings: &Findings| render::checks(&findings.checks);
        match failure(&findings.checks) {
            None => context.printer.result(&findings, words),
            Some(error) => Err(context.printer.result_of_failure(&findings, words, error)),
        }
    }
}

/// What the failed checks come to; what kind of failure it is, the first of them says.
fn failure(checks: &[Check]) -> Option<Error> {
    let failed: Vec<&Check> = checks.iter().filter(|check| !check.ok).collect();
    let first = failed.first()?;
    let names: Vec<&str> = failed.iter().map(|check| check.name).collect();
    Some(Error {
        kind: first.kind,
        ..Error::failed(format!("not all is well: {}", names.join(", ")))
    })
}

fn toolchain() -> Result<String, Error> {
    let version = Command::new("cargo").arg("--version").output();
    match version {
        Ok(output) if output.status.success() => {
            Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
        }
        _ => {
            Err(Error::usage("`cargo --version` does not work")
                .hint("install Rust: https://rustup.rs"))
        }
    }
}

fn found_project() -> Result<String, Error> {
    let project = project()?;
    Ok(format!(
        "{} in {}",
        render::count(project.functions.len(), "function"),
        project.root.display()
    ))
}

fn architecture() -> Result<String, Error> {
    match Architecture::host() {
        Some(architecture) if cfg!(target_os = "linux") => {
            Ok(format!("{architecture}, as {RUNTIME} on Lambda"))
        }
        _ => match Command::new("cargo-zigbuild").arg("--version").output() {
            Ok(_) => Ok(format!(
                "{}, building with cargo-zigbuild",
                std::env::consts::ARCH
            )),
            Err(_) => Err(Error::usage(format!(
                "{} on {} cannot build for Lambda by itself",
                std::env::consts::ARCH,
                std::env::consts::OS
            ))
            .hint("pip install cargo-zigbuild ziglang")),
        },
    }
}

async fn target_checks(context: &Context, cloud: &Cloud) -> Vec<Check> {
    let target = Check::new("target", Ok(cloud.target().to_string()));
    let caller = match context.caller(cloud).await {
        Ok(caller) => Ok(format!(
            "{} in account {}",
            caller.principal(),
            caller.account
        )),
        // Without it the others would only say the same again.
        Err(error) => return vec![target, Check::new("credentials", Err(error))],
    };
    let (stack, bucket) = tokio::join!(stack(context, cloud), bucket(context, cloud));
    vec![
        target,
        Check::new("credentials", caller),
        Check::new("stack", stack),
        Check::new("artifact bucket", bucket),
    ]
}

async fn stack(context: &Context, cloud: &Cloud) -> Result<String, Error> {
    let name = context.stack()?;
    match deploy::game(cloud, name).await? {
        None => Ok(format!("{name}: not there yet, `mafia deploy` creates it")),
        Some(stack) => Ok(format!("{name}: {}", stack.status)),
    }
}

async fn bucket(context: &Context, cloud: &Cloud) -> Result<String, Error> {
    match deploy::artifact_bucket(cloud, &context.options.workshop).await? {
        None => Ok("not there yet, the first `mafia deploy` creates it".to_owned()),
        Some((bucket, objects)) => Ok(format!(
            "{bucket} with {}",
            render::count(objects, "object")
        )),
    }
}
