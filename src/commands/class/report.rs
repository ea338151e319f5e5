//! `mafia class report`

use clap::{Args, ValueEnum};

use super::found::ClassChoice;
use super::status::{now, standing};
use crate::context::Context;
use crate::error::Error;
use crate::render;

/// Write down how each student of a class has got on
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  mafia class report > monday.md
  mafia class report --format csv > monday.csv")]
#[command(after_long_help = "\
The same as `mafia class status --errors`, as a document to keep. With --json or --format json it is the same \
JSON document as that of the status.")]
pub struct Report {
    /// markdown, csv or json
    #[arg(
        long,
        value_enum,
        default_value_t,
        ignore_case = true,
        value_name = "FORMAT",
        hide_possible_values = true
    )]
    format: Format,
    #[command(flatten)]
    choice: ClassChoice,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    #[default]
    Markdown,
    Csv,
    Json,
}

impl Report {
    pub async fn run(self, context: &Context) -> Result<(), Error> {
        let found = self.choice.find(context)?;
        let accounts = found.accounts().await?;
        let standing = standing(&found, &accounts, true).await?;
        let now = now(&accounts);
        let printer = &found.context.printer;
        if self.format == Format::Json {
            return printer.result_as_json(&standing);
        }
        printer.result_as_it_is(&standing, None, |standing| match self.format {
            Format::Csv => render::class_csv(standing),
            _ => render::class_markdown(standing, now),
        })
    }
}
