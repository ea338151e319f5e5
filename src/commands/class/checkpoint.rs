//! `mafia class checkpoint`

use clap::Args;
use serde::Serialize;

use super::bucket::{Keep, bucket_name, keep};
use super::provision::built;
use super::roster_file::RosterFile;
use crate::class::code::is_checkpoint_name;
use crate::context::Context;
use crate::deploy::Prepared;
use crate::error::Error;
use crate::render;

/// Keep the code and the template of this folder under a name
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  mafia class checkpoint lab-02
  mafia class reset ann --to lab-02")]
#[command(after_long_help = "\
Builds the functions, and keeps them with the template in the class's bucket. No student's stack changes; \
`mafia class reset` brings students to the checkpoint. A checkpoint of the same name is replaced. `mafia class \
up` makes the checkpoint `start`.")]
pub struct Checkpoint {
    /// Name of the checkpoint: small letters, digits, hyphens and dots
    #[arg(value_parser = checkpoint_name)]
    name: String,
    /// Build with Cargo's release profile: smaller bundles, slower builds
    #[arg(long)]
    release: bool,
    #[command(flatten)]
    file: RosterFile,
}

#[derive(Serialize)]
pub struct Made<'a> {
    class: &'a str,
    checkpoint: &'a str,
    /// By their names in the workshop.
    functions: Vec<&'a str>,
}

impl Checkpoint {
    pub async fn run(self, context: &Context) -> Result<(), Error> {
        let (roster, place) = self.file.read(context)?;
        let (accounts, release) = built(context, &roster, &place, self.release).await?;
        // After `class clean`, nothing of the class comes back by this.
        for place in accounts.places() {
            if bucket_name(place, &roster.class).await?.is_none() {
                return Err(not_up(&roster.class, &self.file.as_typed()));
            }
        }
        let emit = |event| context.printer.deploy_event(&event);
        for place in accounts.places() {
            Prepared::new(&place.cloud, &release, &emit)
                .prepare()
                .await?;
        }
        let what = Keep::Checkpoint(&self.name);
        keep(&accounts, &roster.class, &release, &roster.members, what).await?;
        let made = Made {
            class: &roster.class,
            checkpoint: &self.name,
            functions: release.code.iter().map(|it| it.function.as_str()).collect(),
        };
        let to_text = |made: &Made| {
            render::checkpoint_made(made.class, made.checkpoint, made.functions.len())
        };
        context.printer.result(&made, to_text)
    }
}

/// `choice` is the option that chose the class, with a space before it.
fn not_up(class: &str, choice: &str) -> Error {
    let up = format!("mafia class up{choice}");
    Error::failed(format!(
        "class {class} is not up: it has no bucket for the code"
    ))
    .hint(format!("run `{up}`, and then this command again"))
}

pub fn checkpoint_name(text: &str) -> Result<String, String> {
    if is_checkpoint_name(text) {
        Ok(text.to_owned())
    } else {
        Err("expected small letters, digits, hyphens and dots, such as lab-02".to_owned())
    }
}
