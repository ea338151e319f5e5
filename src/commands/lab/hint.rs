//! `mafia lab hint`

use clap::Args;
use serde::Serialize;

use super::workshop::{Workshop, text};
use crate::commands::next::Done;
use crate::context::Context;
use crate::error::Error;
use crate::render;

/// How many hints each lab has.
const HINTS: u8 = 3;

/// Show a hint for a lab, one more each time
#[derive(Args, Debug)]
#[command(
    override_usage = "mafia lab hint [OPTIONS] [LAB]",
    after_help = "Examples:\n  mafia lab hint\n  mafia lab hint 01.2 --level 1",
    after_long_help = "\
The first hint is a nudge, the second says what to look at, and the third is nearly the code."
)]
pub struct Hint {
    /// Lab, such as 01.2 or game-state [default: the lab where you are]
    lab: Option<String>,
    /// Show this hint again: 1, 2 or 3
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u8).range(1..=i64::from(HINTS)))]
    level: Option<u8>,
}

#[derive(Serialize)]
struct Hinted<'t> {
    lab: &'t str,
    level: u8,
    of: u8,
    markdown: &'t str,
}

impl Hint {
    pub fn run(self, context: &Context) -> Result<(), Error> {
        let mut workshop = Workshop::here()?;
        let lab = workshop.lab(self.lab.as_deref())?;
        let shown = workshop.progress.of(&lab.id).hints;
        let level = self.level.unwrap_or(HINTS.min(shown + 1));
        if level > shown {
            workshop.progress.show_hints(&lab.id, level);
            workshop.keep(context);
        }
        let hinted = Hinted {
            lab: &lab.id,
            level,
            of: HINTS,
            markdown: text(&lab, &format!("hints/{level}.md"))?,
        };
        let next = Done::Hinted(&lab.id).next(context);
        let invocation = &context.options.invocation;
        context.printer.result_as_it_is(&hinted, next, |hinted| {
            let text = render::markdown(hinted.markdown, invocation);
            render::hint_text(hinted.lab, hinted.level, hinted.of, &text)
        })
    }
}
