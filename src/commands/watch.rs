//! `mafia watch`

use std::collections::BTreeSet;
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use clap::Args;
use tokio::process::Command;

use super::deploy::Deploy;
use super::project::Projects;
use crate::bundle::{BuildEvent, Level, Watched};
use crate::context::Context;
use crate::deploy::{self, Deployment};
use crate::error::{Error, Kind};
use crate::render;
use crate::watch::{Saves, saved_since};

/// Deploy after each save
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  mafia watch
  mafia watch --then \"play night\"")]
#[command(after_long_help = "\
Deploys what has changed each time you save a file of the functions, the template or a file that goes \
into the bundles, until you press Ctrl-C. While your code does not compile, the functions keep running \
the code before it. With --then, runs another command of mafia after each deployment.")]
pub struct Watch {
    /// Run this command of mafia after each deployment; can be repeated
    #[arg(long, value_name = "COMMAND", value_parser = words)]
    then: Vec<Words>,
}

/// A command in one argument, as a shell would read it.
#[derive(Clone, Debug)]
struct Words(Vec<String>);

fn words(text: &str) -> Result<Words, String> {
    let mut words = shlex::split(text).ok_or("a quote is not closed")?;
    if words.first().is_some_and(|word| word == "mafia") {
        words.remove(0);
    }
    match words.first().map(String::as_str) {
        None => Err("expected a command, such as \"play night\"".to_owned()),
        Some("watch") => Err("watch cannot run itself".to_owned()),
        Some(_) => Ok(Words(words)),
    }
}

/// What was heard of a build.
#[derive(Default)]
struct Heard {
    errors: Vec<String>,
    took: Duration,
}

impl Watch {
    pub async fn run(self, context: &Context) -> Result<(), Error> {
        if context.printer.json() {
            return Err(
                Error::usage("watch goes on and on: it has no result as JSON")
                    .hint("run `mafia deploy --json` after each edit"),
            );
        }
        // Before the target is asked, for somebody in a folder without functions.
        let projects = Arc::new(Projects::default());
        let watched_of = |lab| Ok::<_, Error>(Watched::of(&projects.project(lab)?));
        let mut watched = watched_of(None)?;
        let mut saves = Saves::new()?;
        let cloud = context.announced_cloud().await?;
        let printer = &context.printer;
        let stack = context.stack()?;
        let found = cloud.stack(stack).await?;
        if found.is_none() {
            printer.note(&format!(
                "there is no stack {stack} yet: the first round creates it"
            ));
        }
        let lab = found.as_ref().and_then(deploy::lab_of);
        if let Some(lab) = lab {
            watched = watched_of(Some(lab))?;
            printer.type_commands_as(&context.options.invocation.of_lab(lab, stack));
        }
        let mut files = BTreeSet::new();
        printer.after_ctrl_c("run `mafia watch` to go on".to_owned());
        for number in 0.. {
            // Before the round, so that a save during it starts the next one.
            saves.follow(watched.folders().clone())?;
            if number == 0 {
                printer.note(&render::watching(
                    watched.has_functions(),
                    watched.has_site(),
                ));
            }
            let deploying = Deploy::of_lab(lab, projects.clone());
            let began = SystemTime::now();
            match self.round(context, deploying, &files).await {
                Err(error) if error.kind == Kind::Interrupted => return Err(error),
                Err(error) if number == 0 && error.kind != Kind::Failed => return Err(error),
                Err(error) => printer.error(&error),
                Ok(()) => {}
            }
            // A manifest may be broken for a while; a build may have read more files than the last.
            watched = watched_of(lab).unwrap_or(watched);
            let new = saves.follow(watched.folders().clone())?;
            let matters = |path: &Path| watched.has(path);
            files = match new.iter().any(|it| saved_since(it, began, matters)) {
                true => BTreeSet::new(),
                false => saves.next(matters).await?,
            };
        }
        Ok(())
    }

    /// Deploys once, after a save of these files, and then runs the commands.
    async fn round(
        &self,
        context: &Context,
        deploying: Deploy,
        files: &BTreeSet<PathBuf>,
    ) -> Result<(), Error> {
        let quiet = context.quiet();
        let heard = Mutex::new(Heard::default());
        let on_build = |event| {
            if let Ok(mut heard) = heard.lock() {
                heard.learn(event);
            }
        };
        let deployed = deploying.deploy_heard(&quiet, context.stack()?, &on_build);
        let deployed = deployed.await;
        let heard = heard.into_inner().unwrap_or_default();
        let (_, deployment) = deployed.map_err(|error| {
            if let Some(first) = heard.errors.first() {
                context.printer.note_colored(first.trim_end(), true);
            }
            error_of_round(error, heard.errors.len())
        })?;
        context.printer.print(&render::round(
            &deployment,
            heard.took,
            files,
            SystemTime::now(),
        ))?;
        for command in &self.then {
            command.run(context, &deployment).await?;
        }
        Ok(())
    }
}

impl Heard {
    fn learn(&mut self, event: BuildEvent) {
        match event {
            BuildEvent::Message {
                level: Level::Error,
                rendered,
            } => self.errors.push(rendered),
            BuildEvent::Finished { elapsed, .. } => self.took = elapsed,
            _ => {}
        }
    }
}

/// The error of a round in which the compiler found so many errors, of which the first is shown.
fn error_of_round(error: Error, compiler: usize) -> Error {
    match compiler {
        0 => error,
        1 => Error::failed("the build failed; the functions still run the earlier code"),
        _ => Error::failed(format!(
            "the build failed with {compiler} errors, of which the first is above; the functions still \
             run the earlier code"
        )),
    }
}

impl Words {
    /// Runs the command as a process that prints for itself. What it failed with is on the terminal.
    async fn run(&self, context: &Context, deployment: &Deployment) -> Result<(), Error> {
        let program: OsString = env::current_exe()
            .map_err(|error| Error::failed(format!("cannot find this program: {error}")))?
            .into();
        let mut environment = context.options.environment();
        environment.push(("MAFIA_STACK".to_owned(), deployment.stack.clone()));
        let ended = Command::new(program)
            .args(&self.0)
            .envs(environment)
            .kill_on_drop(true)
            .status();
        let ended = ended.await.map(|_| ());
        ended.map_err(|error| Error::failed(format!("cannot run `{}`: {error}", self.0.join(" "))))
    }
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn a_command_is_read_as_a_shell_reads_it() {
        let read = |text| words(text).map(|words| words.0);
        assert_eq!(read("play night"), Ok(vec!["play".into(), "night".into()]));
        assert_eq!(
            read("mafia play judge 'Mary Ann'"),
            Ok(vec!["play".into(), "judge".into(), "Mary Ann".into()])
        );
        for bad in ["", "  ", "mafia", "play 'night", "watch", "mafia watch"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
