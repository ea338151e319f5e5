//! `mafia init`

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::next::Done;
use crate::bundle;
use crate::context::Context;
use crate::error::Error;
use crate::invocation::quoted;
use crate::lab::content;
use crate::options::{FILE, Options, Settings};
use crate::wording::count;
use crate::workspace::NewFolder;

/// Make a workshop folder to build the game in
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  mafia init my-game
  mafia init my-game --target aws --region eu-west-1 --stack mafia-ann")]
#[command(after_long_help = "\
The folder has all that the game is made of, but its functions answer \"not yet\": you write them. It builds \
and deploys at once. Options that say where to work, such as --stack, and their variables are written to \
its `mafia.toml`; from then on, commands in the folder use them.

Without a network: where there is one, `mafia init --vendor stick` makes a folder with the crates and with \
this program. Bring it to the other computers, for example on a USB stick, and run `mafia init my-game \
--from stick` there.")]
pub struct Init {
    /// The folder to make
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// The class that your stack is of
    #[arg(long, value_name = "NAME")]
    class: Option<String>,
    /// Copy the crates from a folder of --vendor, and use no network
    #[arg(long, value_name = "DIR")]
    from: Option<PathBuf>,
    /// Make a folder for computers without a network instead: the crates, and this program
    #[arg(long, conflicts_with_all = ["class", "from", "finished"])]
    vendor: bool,
    /// Make it with the finished game, to try it before you write it
    #[arg(long)]
    finished: bool,
}

/// The folder with the crates, in one of `--vendor` and in a workshop folder.
const CRATES: &str = "crates";
const VENDORED: &str = "vendor";
/// Makes Cargo use the crates in a workshop folder.
const CARGO_CONFIG: (&str, &str) = (
    ".cargo/config.toml",
    "\
# The crates are in this folder: nothing is downloaded.
[source.crates-io]
replace-with = \"vendored\"

[source.vendored]
directory = \"vendor\"

[net]
offline = true
",
);

#[derive(Serialize)]
struct Made {
    folder: String,
    /// The crates that are in it.
    crates: usize,
}

impl Init {
    pub async fn run(self, context: &Context) -> Result<(), Error> {
        let new = NewFolder::at(&self.folder)?;
        if self.vendor {
            return self.vendor(context, new).await;
        }
        let settings = self.settings(&context.options)?;
        let files = match self.finished {
            true => content::finished_files(),
            false => content::workspace_files(),
        };
        for (path, bytes) in files {
            new.write(&path, &bytes)?;
        }
        new.write(FILE, settings.text().as_bytes())?;
        let crates = match &self.from {
            None => 0,
            Some(from) => {
                new.write(CARGO_CONFIG.0, CARGO_CONFIG.1.as_bytes())?;
                let copying = copy_crates(from, &new);
                context
                    .printer
                    .wait_for("copying the crates", copying)
                    .await?
            }
        };
        let made = self.made(&new, crates);
        new.finish()?;
        let next = Done::MadeFolder(&self.folder, self.finished).next(context);
        context.printer.result_and_next(&made, next, |_| {
            let offline = match crates {
                0 => String::new(),
                crates => format!(
                    "; it has its {}, so that nothing is downloaded",
                    count(crates, "crate")
                ),
            };
            format!(
                "made the workshop folder {}: {}{offline}",
                self.folder.display(),
                match self.finished {
                    true => "it has the finished game",
                    false => "its functions answer \"not yet\" until you write them",
                }
            )
        })
    }

    /// What the options say about where to work.
    fn settings(&self, options: &Options) -> Result<Settings, Error> {
        let absolute = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone());
        let settings = Settings {
            target: options.target,
            endpoint_url: options.endpoint_url.clone(),
            state_dir: options.state_dir.as_ref().map(absolute),
            profile: options.profile.clone(),
            region: options.region.clone(),
            role_arn: options.role_arn.clone(),
            stack: options.stack.clone(),
            workshop: options.workshop.clone(),
            class: self.class.clone(),
        };
        // They have to be such that the file can be read again.
        match Settings::read(FILE, settings.text().as_bytes()) {
            Ok(settings) => Ok(settings),
            Err(error) => Err(match error.faults.into_iter().next() {
                Some(fault) => Error::usage(fault.message).hint(fault.expected),
                None => Error::usage("the options do not fit together"),
            }),
        }
    }

    fn made(&self, new: &NewFolder, crates: usize) -> Made {
        Made {
            folder: new.place().display().to_string(),
            crates,
        }
    }

    /// Makes a folder with the crates of a workshop folder, and with this program.
    async fn vendor(&self, context: &Context, new: NewFolder) -> Result<(), Error> {
        let workspace = tempfile::tempdir().map_err(|error| new.failed(&error))?;
        let inner = NewFolder::at(&workspace.path().join("workspace"))?;
        for (path, bytes) in content::workspace_files() {
            inner.write(&path, &bytes)?;
        }
        let (root, crates) = (inner.path(), new.path().join(CRATES));
        let copying = bundle::vendor(&root, &crates);
        context
            .printer
            .wait_for("downloading the crates", copying)
            .await?;
        let program = std::env::current_exe().and_then(|it| fs::copy(it, new.path().join("mafia")));
        program.map_err(|error| new.failed(&error))?;
        new.write("README.txt", README.as_bytes())?;
        let made = self.made(&new, content::crates().len());
        new.finish()?;
        let folder = quoted(&self.folder.to_string_lossy());
        let invocation = &context.options.invocation;
        context.printer.result(&made, |made| {
            let use_it = format!(
                "on a computer without a network, run `mafia init my-game --from {folder}` with its path there"
            );
            format!(
                "made {}: {} and this program\n{}",
                self.folder.display(),
                count(made.crates, "crate"),
                invocation.in_text(&use_it)
            )
        })
    }
}

/// What a person reads who finds a folder of `--vendor`.
const README: &str = "\
This folder makes workshop folders of mafia on computers without a network. Rust 1.95 or newer and a C
compiler have to be there. In a terminal, in this folder, run

    ./mafia init ~/my-game --from .
    cd ~/my-game

The crates are copied; this folder is not needed any more after that.
";

/// Copies the crates that a workshop folder needs from a folder of `--vendor`; says how many.
async fn copy_crates(from: &Path, new: &NewFolder) -> Result<usize, Error> {
    let source = from.join(CRATES);
    let names = content::crates();
    let missing: Vec<&str> = names
        .iter()
        .map(String::as_str)
        .filter(|name| !source.join(name).is_dir())
        .collect();
    if let Some(first) = missing.first() {
        let shown = from.display();
        let lacks = match missing.len() == names.len() {
            true => format!("{shown} is no folder of `mafia init --vendor`"),
            false => format!(
                "{shown} lacks {} of {}, such as {first}",
                missing.len(),
                count(names.len(), "crate")
            ),
        };
        return Err(Error::usage(lacks)
            .hint("name the folder that `mafia init --vendor DIR` has made, with the same version of mafia"));
    }
    for name in &names {
        let copied = copy(&source.join(name), &new.path().join(VENDORED).join(name));
        copied.map_err(|error| new.failed(&error))?;
        // Ctrl-C counts between two of them.
        tokio::task::yield_now().await;
    }
    Ok(names.len())
}

/// Copies a file or a folder.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    if !from.is_dir() {
        return fs::copy(from, to).map(drop);
    }
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let name = entry?.file_name();
        copy(&from.join(&name), &to.join(&name))?;
    }
    Ok(())
}
