//! `mafia table`

use clap::Args;

use super::next::Done;
use crate::context::Context;
use crate::error::Error;
use crate::functions::{self, TableItems};
use crate::render;

/// Show the items in your stack's table
#[derive(Args, Debug)]
#[command(
    override_usage = "mafia table [OPTIONS] [TABLE]",
    after_help = "\
Examples:
  mafia table
  mafia table --index Masked",
    after_long_help = "\
The table has all that is stored of each player; the index Masked has what game-state sees. Each attribute is a column, the key first. It shows at most 1,000 items."
)]
pub struct Table {
    /// Table name, or its name in the template; needed if there are several
    table: Option<String>,
    /// Show an index of the table instead, such as Masked
    #[arg(short, long, value_name = "NAME")]
    index: Option<String>,
}

impl Table {
    pub async fn run(self, context: &Context) -> Result<(), Error> {
        let printer = &context.printer;
        let cloud = context.announced_cloud().await?;
        let reading = functions::table_items(
            &cloud,
            context.stack()?,
            self.table.as_deref(),
            self.index.as_deref(),
        );
        let items: TableItems = printer.wait_for("reading the table", reading).await?;
        let next = Done::Listed(&items).next(context);
        printer.result_and_next(&items, next, render::table_items)
    }
}
