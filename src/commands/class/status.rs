//! `mafia class status`

use std::time::Duration;

use clap::Args;

use super::found::{ClassChoice, Found};
use crate::class::look::{Expected, Look, look};
use crate::class::{ClassStanding, StudentStanding};
use crate::cloud::Cloud;
use crate::context::Context;
use crate::deploy::seconds_since_1970;
use crate::error::Error;
use crate::render;

/// How long to wait before looking again.
const PAUSE: Duration = Duration::from_secs(3);

/// Show how each student of a class stands
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  mafia class status
  mafia class status --watch
  mafia class status --class monday --json")]
#[command(after_long_help = "\
One line for each student: the stack, which functions have other code than the class, the last deployment, \
the game. Who is stuck comes first, with the reason below. Changes nothing, and calls no function. The code of \
the class is what all students got last; where that is not known, it is what most of them have.")]
pub struct Status {
    /// Show changes until Ctrl-C
    #[arg(short, long, conflicts_with = "json")]
    watch: bool,
    /// Count the failed calls of the last hour: one more request for each function
    #[arg(long)]
    errors: bool,
    #[command(flatten)]
    choice: ClassChoice,
}

impl Status {
    pub async fn run(self, context: &Context) -> Result<(), Error> {
        let found = self.choice.find(context)?;
        let cloud = found.context.cloud().await?;
        let expected = found.expected();
        let standing = standing(&found, &cloud, &expected, self.errors).await?;
        if self.watch {
            return self.watch(&found, &cloud, &expected, standing).await;
        }
        let now = seconds_since_1970(cloud.now());
        found.context.printer.result(&standing, |standing| {
            render::class_standing(standing, cloud.target(), now)
        })
    }

    /// Until Ctrl-C, or until the reader of a pipe closes it.
    async fn watch(
        &self,
        found: &Found,
        cloud: &Cloud,
        expected: &[Expected],
        mut standing: ClassStanding,
    ) -> Result<(), Error> {
        let printer = &found.context.printer;
        let redraws = printer.can_redraw();
        let mut before: Option<ClassStanding> = None;
        while !printer.is_closed() {
            if redraws {
                let now = seconds_since_1970(cloud.now());
                printer.redraw(&render::class_standing(&standing, cloud.target(), now))?;
            } else {
                let changed = standing.students.iter().filter(|it| is_news(before.as_ref(), it));
                let lines: Vec<String> = changed.map(render::student_standing).collect();
                printer.print(&lines.join("\n"))?;
            }
            tokio::time::sleep(PAUSE).await;
            let next = self::standing(found, cloud, expected, self.errors).await?;
            before = Some(std::mem::replace(&mut standing, next));
        }
        Ok(())
    }
}

fn is_news(before: Option<&ClassStanding>, now: &StudentStanding) -> bool {
    before.is_none_or(|before| !before.students.contains(now))
}

/// How the class stands.
pub(super) async fn standing(
    found: &Found,
    cloud: &Cloud,
    expected: &[Expected],
    errors: bool,
) -> Result<ClassStanding, Error> {
    let what = Look {
        class: &found.class,
        expected,
        errors,
    };
    let waiting = format!("waiting for an answer from {}", cloud.target());
    let printer = &found.context.printer;
    Ok(printer.wait_for(&waiting, look(cloud, &what)).await?)
}
