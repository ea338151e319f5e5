//! `mafia man`

use std::path::PathBuf;

use clap::Args;
use clap_mangen::Man as Page;

use crate::context::Context;
use crate::error::Error;
use crate::invocation::quoted;
use crate::wording::count;

/// Print the manual, or write its pages to a folder
#[derive(Args, Debug)]
#[command(
    hide = true,
    override_usage = "mafia man [DIR]",
    after_help = "\
Examples:
  mafia man | man -l -
  mafia man ~/.local/share/man/man1"
)]
pub struct Man {
    /// Folder for a page of each command; it is made if it is missing
    dir: Option<PathBuf>,
}

/// A page of the manual.
struct ManPage {
    /// `mafia-sandbox-start.1`
    file: String,
    roff: Vec<u8>,
}

impl Man {
    /// Writes the manual of `commands`, the whole tree of them, built.
    pub fn run(self, context: &Context, commands: clap::Command) -> Result<(), Error> {
        if let Some(name) = self.dir.as_ref().and_then(|dir| dir.to_str())
            && commands.find_subcommand(name).is_some()
        {
            return Err(
                Error::usage(format!("{name} is a command; `mafia man` takes a folder"))
                    .hint(format!("run `mafia help {name}` to read about it")),
            );
        }
        let pages = pages(commands)?;
        let Some(folder) = self.dir else {
            let first = pages.into_iter().next();
            let roff = first.map(|page| String::from_utf8_lossy(&page.roff).into_owned());
            let roff = roff.unwrap_or_default();
            let page = serde_json::json!({ "page": roff });
            return context
                .printer
                .result(&page, |_| roff.trim_end().to_owned());
        };
        const ANOTHER: &str = "name a folder that you can write to";
        if folder.is_file() {
            let file = folder.display();
            return Err(Error::usage(format!("{file} is a file, not a folder")).hint(ANOTHER));
        }
        let failed = |error: std::io::Error| {
            Error::usage(format!("cannot write to {}: {error}", folder.display())).hint(ANOTHER)
        };
        std::fs::create_dir_all(&folder).map_err(failed)?;
        for page in &pages {
            std::fs::write(folder.join(&page.file), &page.roff).map_err(failed)?;
        }
        let files: Vec<&str> = pages.iter().map(|page| page.file.as_str()).collect();
        let written = serde_json::json!({ "folder": folder, "files": files });
        context.printer.result(&written, |_| {
            let number = count(files.len(), "page");
            let folder = folder.display();
            let page = quoted(&format!("{folder}/mafia.1"));
            format!("{number} in {folder}; `man -l {page}` shows the first")
        })
    }
}

/// A page of the program, and one of each command that people see.
fn pages(commands: clap::Command) -> Result<Vec<ManPage>, Error> {
    let mut pages = Vec::new();
    let mut left = vec![commands];
    while let Some(command) = left.pop() {
        let visible = command.get_subcommands().filter(|it| !it.is_hide_set());
        let visible = visible.filter(|it| it.get_name() != "help");
        left.extend(visible.cloned());
        let page = Page::new(command);
        let mut roff = Vec::new();
        page.render(&mut roff)
            .map_err(|error| Error::failed(format!("cannot write the manual: {error}")))?;
        pages.push(ManPage {
            file: page.get_filename(),
            roff,
        });
    }
    Ok(pages)
}
