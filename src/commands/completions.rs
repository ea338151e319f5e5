//! `mafia completions`, and what it makes shells ask: how a command line goes on.

use std::ffi::{OsStr, OsString};
use std::sync::mpsc;
use std::time::Duration;

use clap::{Arg, Args, Command, FromArgMatches, ValueEnum};
use clap_complete::engine::ValueCompleter;
use clap_complete::env::Shells;
use clap_complete::{
    ArgValueCandidates, ArgValueCompleter, CompleteEnv, CompletionCandidate, PathCompleter,
};
use serde_json::Value;

use crate::bundle::{Project, Workspace};
use crate::cloud::{Cloud, Settings};
use crate::context::Context;
use crate::deploy::{ARTIFACT_BUCKET, TABLE, Template};
use crate::error::Error;
use crate::functions;
use crate::game::Player;
use crate::invocation::Invocation;
use crate::lab::run::LABS;
use crate::names::code_parameter;
use crate::options::Options;
use crate::sandbox;
use crate::target::{self, Choice};
use crate::workspace::{current_folder, settings};

/// Print completions for your shell
#[derive(Args, Debug)]
#[command(
    override_usage = "mafia completions <SHELL>",
    after_help = "\
Examples: run the lines for your shell once, then open a new terminal.

  # Bash
  echo 'source <(mafia completions bash)' >> ~/.bashrc

  # Zsh
  echo 'source <(mafia completions zsh)' >> ~/.zshrc

  # fish
  mkdir -p ~/.config/fish/completions
  echo 'mafia completions fish | source' > ~/.config/fish/completions/mafia.fish",
    after_long_help = "\
The completions know commands, options, and the functions, parameters, tables and indexes of the \
workshop folder. A sandbox that runs tells its stacks and the living players of the game; without one, the \
players are those of names.txt. They never build anything or start the sandbox."
)]
pub struct Completions {
    /// Your shell
    #[arg(value_enum, ignore_case = true)]
    shell: Shell,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Shell {
    Bash,
    Elvish,
    Fish,
    Powershell,
    Zsh,
}

/// The variable with which a shell asks how a command line goes on; its value is the shell's name.
const VARIABLE: &str = "MAFIA_COMPLETE";

/// The longest that a shell waits for what is looked up.
const PATIENCE: Duration = Duration::from_secs(1);
/// The same where there is something else to offer then.
const SHORT_PATIENCE: Duration = Duration::from_millis(800);

impl Completions {
    /// Prints the script that makes the shell ask.
    pub fn run(self, context: &Context) -> Result<(), Error> {
        let name = self.shell.to_possible_value();
        let name = name.as_ref().map_or("", |name| name.get_name());
        let mut script = Vec::new();
        let shells = Shells::builtins();
        let written = shells.completer(name).map(|shell| {
            shell.write_registration(VARIABLE, "mafia", "mafia", "mafia", &mut script)
        });
        match written {
            Some(Ok(())) => {}
            Some(Err(error)) => return Err(cannot_complete(&error)),
            None => return Err(cannot_complete(&"the shell is not known")),
        }
        let script = String::from_utf8_lossy(&script).into_owned();
        context
            .printer
            .result(&serde_json::json!({ "script": script }), |_| {
                script.trim().to_owned()
            })
    }
}

fn cannot_complete(error: &dyn std::fmt::Display) -> Error {
    Error::failed(format!("cannot complete the command line: {error}"))
}

/// Answers a shell that asks how a command line goes on, if one does; says whether it has.
pub fn complete(
    tree: impl Fn() -> Command,
    arguments: impl IntoIterator<Item = OsString>,
) -> Result<bool, Error> {
    let folder = current_folder().ok();
    CompleteEnv::with_factory(|| with_values(tree()))
        .var(VARIABLE)
        .try_complete(arguments, folder.as_deref())
        .map_err(|error| cannot_complete(&error))
}

/// The tree with the values that arguments can have here, by the arguments' ids.
fn with_values(command: Command) -> Command {
    command
        .mut_args(|argument| match argument.get_id().as_str() {
            "function" | "functions" => with(argument, functions),
            "parameters" => with(argument, parameters),
            "name" => with(argument, players),
            "stack" => with(argument, stacks),
            "table" => with(argument, tables),
            "index" => with(argument, indexes),
            "system" => with(argument, systems),
            "payload" => argument.add(ArgValueCompleter::new(event_files)),
            _ => argument,
        })
        .mut_subcommands(with_values)
}

fn with(argument: Arg, values: fn() -> Vec<String>) -> Arg {
    argument.add(ArgValueCandidates::new(move || {
        in_time(values)
            .into_iter()
            .map(CompletionCandidate::new)
            .collect()
    }))
}

/// The values, unless it takes too long to look them up.
fn in_time(values: fn() -> Vec<String>) -> Vec<String> {
    let found = look_up(values);
    found.recv_timeout(PATIENCE).unwrap_or_default()
}

/// Looks the values up in the background.
fn look_up(values: fn() -> Vec<String>) -> mpsc::Receiver<Vec<String>> {
    let (sender, found) = mpsc::channel();
    // The thread ends with the program, at the latest.
    std::thread::spawn(move || sender.send(values()));
    found
}

/// The package with functions around the current folder.
fn project() -> Option<Project> {
    Workspace::discover(&current_folder().ok()?)
        .ok()?
        .project(None)
        .ok()
}

fn functions() -> Vec<String> {
    let project = project();
    let functions = project.iter().flat_map(|project| &project.functions);
    functions.map(|function| function.binary.clone()).collect()
}

fn template(project: &Project) -> Template {
    let text = std::fs::read_to_string(&project.template).unwrap_or_default();
    Template::new(text)
}

/// The template's parameters that people set.
fn parameters() -> Vec<String> {
    let Some(project) = project() else {
        return Vec::new();
    };
    let template = template(&project);
    let code = project.functions.iter().map(|f| code_parameter(&f.name));
    let filled_in: Vec<String> = code.chain([ARTIFACT_BUCKET.to_owned()]).collect();
    let names = template.parameters().into_iter().map(str::to_owned);
    let settable = names.filter(|name| !filled_in.contains(name));
    settable.map(|name| format!("{name}=")).collect()
}

/// What `of` takes from each of the template's tables, by its name in the template.
fn of_tables(of: impl Fn(&str, &Value) -> Vec<String>) -> Vec<String> {
    let Some(project) = project() else {
        return Vec::new();
    };
    let template = template(&project);
    let resources = template.section("Resources");
    let tables = resources.filter(|(_, resource)| resource["Type"] == TABLE);
    tables.flat_map(|(name, table)| of(name, table)).collect()
}

fn systems() -> Vec<String> {
    LABS.map(str::to_owned).into()
}

fn tables() -> Vec<String> {
    of_tables(|name, _| vec![name.to_owned()])
}

fn indexes() -> Vec<String> {
    of_tables(|_, table| {
        let indexes = table["Properties"]["GlobalSecondaryIndexes"].as_array();
        let names = indexes.into_iter().flatten();
        let names = names.filter_map(|index| index["IndexName"].as_str());
        names.map(str::to_owned).collect()
    })
}

/// The living players of the game, where a sandbox tells them; otherwise the names that a game is drawn from.
fn players() -> Vec<String> {
    let names = look_up(names);
    let living = look_up(living).recv_timeout(SHORT_PATIENCE);
    match living.unwrap_or_default() {
        living if living.is_empty() => names.recv().unwrap_or_default(),
        living => living,
    }
}

fn names() -> Vec<String> {
    const NAMES: &str = "names.txt";
    let files = project().map(|project| project.files).unwrap_or_default();
    let file = files.iter().find(|file| file.ends_with(NAMES));
    let text = file.and_then(|file| std::fs::read_to_string(file).ok());
    let text = text.unwrap_or_default();
    let names = text.lines().map(str::trim).filter(|name| !name.is_empty());
    names.map(str::to_owned).collect()
}

/// Those of the players in the stack's table.
fn living() -> Vec<String> {
    let found = ask_the_sandbox(async |cloud, context| {
        let resources = cloud.resources(context.stack().ok()?).await.ok()?;
        let table = resources.iter().find(|it| it.resource_type == TABLE)?;
        let items = cloud.items(&table.physical_id, None, functions::MOST_ITEMS);
        Some(items.await.ok()?.items)
    });
    let players = found.into_iter().flatten().filter_map(|item| {
        let item = Value::Object(item.into_iter().collect());
        serde_json::from_value::<Player>(item).ok()
    });
    let living = players.filter(Player::is_alive);
    living.map(|player| player.name).collect()
}

fn stacks() -> Vec<String> {
    let stacks = ask_the_sandbox(async |cloud, _| cloud.stacks().await.ok());
    let stacks = stacks.into_iter().flatten();
    stacks.map(|stack| stack.name).collect()
}

/// What the sandbox tells, if that is the target and runs.
fn ask_the_sandbox<T>(ask: impl AsyncFnOnce(Cloud, Context) -> Option<T>) -> Option<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .ok()?;
    runtime.block_on(async {
        let context = Context::new(options()?);
        let Ok(Choice::Sandbox(state_dir)) = target::choice(&context.options) else {
            return None;
        };
        let server = sandbox::running(state_dir).await.ok()??;
        let cloud = Cloud::connect(&Settings::Sandbox(server)).await.ok()?;
        ask(cloud, context).await
    })
}

/// The options of the environment, and of the command line as far as it is typed: the shell hands it over
/// after `--`.
fn options() -> Option<Options> {
    let asked = std::env::args_os().skip_while(|word| word != "--");
    let typed = Invocation::of(&asked.skip(1).collect::<Vec<_>>());
    let arguments = ["mafia".to_owned()].into_iter().chain(typed.arguments());
    let read = Options::augment_args(Command::new("mafia")).try_get_matches_from(arguments);
    let options = Options::from_arg_matches(&read.ok()?).ok()?;
    let found = settings(&current_folder().ok()?).ok().flatten();
    Some(match found {
        Some((file, settings)) => options.with_settings(file, settings),
        None => options,
    })
}

/// `@` and a file.
fn event_files(typed: &OsStr) -> Vec<CompletionCandidate> {
    let Some(path) = typed.to_str().and_then(|typed| typed.strip_prefix('@')) else {
        return Vec::new();
    };
    let files = PathCompleter::file().complete(path.as_ref());
    files.into_iter().map(|file| file.add_prefix("@")).collect()
}
