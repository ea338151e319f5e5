//! `mafia class status`

use std::time::Duration;

use clap::Args;
use futures_util::future::try_join_all;

use super::found::{ClassChoice, Found};
use crate::class::look::{Look, look};
use crate::class::{Accounts, ClassStanding, Member, StudentStanding};
use crate::cloud::CloudError;
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
    /// Whether it decides itself what Ctrl-C does.
    pub fn handles_signals(&self) -> bool {
        self.watch
    }

    pub async fn run(self, context: &Context) -> Result<(), Error> {
        let found = self.choice.find(context)?;
        let accounts = found.accounts().await?;
        let standing = standing(&found, &accounts, self.errors).await?;
        if self.watch {
            return self.watch(&found, &accounts, standing).await;
        }
        let now = now(&accounts);
        let to_text = |standing: &ClassStanding| render::class_standing(standing, now);
        found.context.printer.result(&standing, to_text)
    }

    /// Until Ctrl-C, or until the reader of a pipe closes it. What was seen last stays on the screen.
    async fn watch(
        &self,
        found: &Found,
        accounts: &Accounts,
        mut standing: ClassStanding,
    ) -> Result<(), Error> {
        let printer = &found.context.printer;
        let mut before: Option<ClassStanding> = None;
        let live = printer.live_standing();
        while !printer.is_closed() {
            match &live {
                Some(live) => live.show(&standing, now(accounts)),
                None => {
                    let students = standing.students.iter();
                    let changed = students.filter(|it| is_news(before.as_ref(), it));
                    let lines: Vec<String> = changed.map(render::student_standing).collect();
                    printer.print(&lines.join("\n"))?;
                }
            }
            let next = async {
                tokio::time::sleep(PAUSE).await;
                self::standing(found, accounts, self.errors).await
            };
            tokio::select! {
                biased;
                _ = tokio::signal::ctrl_c() => {
                    if live.is_some() {
                        drop(live);
                        printer.print(&render::class_standing(&standing, now(accounts)))?;
                    }
                    return Err(Error::interrupted());
                }
                next = next => before = Some(std::mem::replace(&mut standing, next?)),
            }
        }
        Ok(())
    }
}

fn is_news(before: Option<&ClassStanding>, now: &StudentStanding) -> bool {
    before.is_none_or(|before| !before.students.contains(now))
}

/// By the clock of the target, in seconds since 1970.
pub(super) fn now(accounts: &Accounts) -> u64 {
    let first = accounts.places().first();
    first.map_or(0, |place| seconds_since_1970(place.cloud.now()))
}

/// How the class stands in all of its accounts; says that it looks if that takes long.
pub(super) async fn standing(
    found: &Found,
    accounts: &Accounts,
    errors: bool,
) -> Result<ClassStanding, Error> {
    let looking = looked_at(found, accounts, errors);
    let printer = &found.context.printer;
    Ok(printer.wait_for("looking at the class", looking).await?)
}

/// The same, without a word.
pub(super) async fn looked_at(
    found: &Found,
    accounts: &Accounts,
    errors: bool,
) -> Result<ClassStanding, CloudError> {
    let of_places = accounts.places().iter().map(async |place| {
        let members = found.members().iter();
        let expected: Vec<&Member> = members.filter(|it| place.is_of(it)).collect();
        let what = Look {
            class: &found.class,
            expected: &expected,
            errors,
        };
        look(&place.cloud, &what).await
    });
    let of_places = try_join_all(of_places).await?;
    let mut standing = ClassStanding {
        class: found.class.clone(),
        students: of_places.into_iter().flat_map(|it| it.students).collect(),
    };
    standing.sort();
    Ok(standing)
}
