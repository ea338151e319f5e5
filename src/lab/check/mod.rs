//! Checks what is deployed: puts games into the table, calls the functions, and looks at what they answer and
//! at what is in the table then. The student's game is kept meanwhile, and put back.
//!
//! | file | is |
//! |---|---|
//! | `catalogue.rs` | which checks a lab has |
//! | `labs/` | the checks |
//! | `probe.rs` | what a check acts through |
//! | `over_http.rs` | requests to the API in front of the functions |
//! | `players.rs`, `answer.rs` | games drawn from a seed, and how answers are read; pure |
//! | `place.rs` | what is checked, and whether it can be |
//! | `saved.rs` | the game that was there before |
//! | `report.rs`, `blocked.rs` | how checks end |

mod answer;
mod blocked;
mod catalogue;
mod labs;
mod over_http;
mod place;
mod players;
mod probe;
mod report;
mod saved;

use std::fmt::Display;

pub use blocked::{Blocked, Stale};
pub use catalogue::{CATALOGUE, Check, Checks, checks_of};
pub use place::{Place, Student, rests};
pub use report::{CheckOutcome, Finding, Report, Verdict};
pub use saved::{Kept, PutBack};

use blocked::{Checked, Stop};
use catalogue::{FIRST, LAST, NOTHING_IS_LEFT};
use probe::{Effort, Probe};
use saved::Running;

use crate::cloud::{Cloud, Stack};
use crate::functions::CallError;

/// What is to be checked.
#[derive(Clone)]
pub struct Order {
    pub checks: &'static Checks,
    /// Labs that were passed before, which are tried shortly once this one passes.
    pub before: Vec<&'static Checks>,
    /// From which the games are drawn.
    pub seed: u64,
}

/// What happens while a lab is checked.
#[derive(Debug)]
pub enum CheckEvent<'a> {
    Started {
        lab: &'static str,
        check: &'static str,
    },
    Ended(&'a CheckOutcome),
    /// A lab that was passed before still passes, with so many checks.
    StillPasses {
        lab: &'static str,
        checks: usize,
    },
}

pub type Emit<'a> = &'a (dyn Fn(CheckEvent<'_>) + Sync);

/// The check of a lab, from the moment in which the student's game is kept until it is back.
pub struct CheckRun<'a> {
    cloud: &'a Cloud,
    student: &'a Student<'a>,
    order: Order,
    kept: Kept,
    running: Running,
    /// `None` where nothing is deployed.
    place: Option<Place>,
}

impl<'a> CheckRun<'a> {
    /// Looks whether the lab can be checked, and keeps the game that is in the table.
    pub async fn begin(
        cloud: &'a Cloud,
        student: &'a Student<'a>,
        kept: Kept,
        order: Order,
    ) -> Result<Self, Blocked> {
        let running = kept.lock()?;
        kept.put_back_with(&running, cloud, student.stack, true)
            .await?;
        let place = match order.checks.lab {
            LAST => None,
            lab => {
                let mut functions = order.checks.functions.to_vec();
                functions.extend(order.before.iter().flat_map(|it| it.functions));
                match place::place(cloud, student, &functions).await {
                    // That it is there is what the first lab is about.
                    Err(Blocked::NoStack { .. }) if lab == FIRST => None,
                    place => Some(place?),
                }
            }
        };
        if let Some(place) = &place {
            kept.keep(&running, cloud, place).await?;
        }
        Ok(Self {
            cloud,
            student,
            order,
            kept,
            running,
            place,
        })
    }

    /// The stack that is checked, if there is one.
    pub fn stack(&self) -> Option<&Stack> {
        self.place.as_ref().map(|place| &place.stack)
    }

    /// Makes the checks until one does not pass; then, if all do, those of the labs before.
    pub async fn run(&self, emit: Emit<'_>) -> (Report, Option<Blocked>) {
        let mut report = Report {
            lab: self.order.checks.lab,
            stack: self.student.stack.to_owned(),
            seed: self.order.seed,
            verdict: Verdict::Pass,
            checks: Vec::new(),
        };
        let mut blocked = self
            .lab(self.order.checks, Effort::Whole, &mut report, emit)
            .await;
        for before in &self.order.before {
            if blocked.is_none() && report.has_passed(report.lab) {
                blocked = self.lab(before, Effort::Short, &mut report, emit).await;
                if report.has_passed(before.lab) {
                    let (lab, checks) = (before.lab, before.checks.len());
                    emit(CheckEvent::StillPasses { lab, checks });
                }
            }
        }
        let verdicts = report.checks.iter().map(|it| it.verdict);
        report.verdict = verdicts.max().unwrap_or(Verdict::Pass);
        (report, blocked)
    }

    /// Puts the student's game back. `cut_off` where a call may not have ended.
    pub async fn end(self, cut_off: bool) -> Result<PutBack, Blocked> {
        let Self { cloud, student, .. } = self;
        self.kept
            .put_back_with(&self.running, cloud, student.stack, cut_off)
            .await
    }

    async fn lab(
        &self,
        checks: &'static Checks,
        effort: Effort,
        report: &mut Report,
        emit: Emit<'_>,
    ) -> Option<Blocked> {
        let lab = checks.lab;
        let ended = |check, checked: Checked, report: &mut Report| {
            let (outcome, blocked) = self.outcome(checks, check, checked);
            emit(CheckEvent::Ended(&outcome));
            let passed = outcome.verdict == Verdict::Pass;
            report.checks.push(outcome);
            (passed, blocked)
        };
        if lab == LAST {
            let check = NOTHING_IS_LEFT;
            emit(CheckEvent::Started { lab, check });
            let checked = labs::clean_up::nothing_is_left(self.cloud, self.student.stack).await;
            return ended(check, checked, report).1;
        }
        for check in checks.checks {
            let id = check.id;
            emit(CheckEvent::Started { lab, check: id });
            let checked = match &self.place {
                Some(place) => {
                    let probe = Probe {
                        cloud: self.cloud,
                        place,
                        seed: self.order.seed,
                        effort,
                        check: id,
                    };
                    (check.work)(&probe).await
                }
                None => Err(self.no_stack()),
            };
            let (passed, blocked) = ended(id, checked, report);
            if !passed {
                return blocked;
            }
        }
        None
    }

    fn no_stack(&self) -> Stop {
        let stack = self.student.stack;
        let got = format!("no stack {stack} on {}", self.cloud.target());
        Stop::wrong(got, "the stack that `mafia deploy` creates")
    }

    fn outcome(
        &self,
        checks: &Checks,
        check: &'static str,
        checked: Checked,
    ) -> (CheckOutcome, Option<Blocked>) {
        let mut outcome = CheckOutcome {
            lab: checks.lab,
            check,
            verdict: Verdict::Pass,
            fact: None,
            finding: None,
            look_at: None,
        };
        let mut reason = None;
        match checked {
            Ok(fact) => outcome.fact = Some(fact),
            Err(Stop::Wrong(finding)) => {
                outcome.verdict = Verdict::Fail;
                outcome.finding = Some(*finding);
                outcome.look_at = checks.source.map(|source| self.path_of(source));
            }
            Err(Stop::Blocked(blocked)) => {
                outcome.verdict = Verdict::Blocked;
                reason = Some(*blocked);
            }
        }
        (outcome, reason)
    }

    /// A file of the workshop folder, as a path in the workspace: the functions' package may be elsewhere.
    fn path_of(&self, source: &str) -> String {
        let Some(source) = source.strip_prefix("functions/") else {
            return source.to_owned();
        };
        let folder = self.student.project.and_then(|project| {
            let package = project.manifest.parent()?;
            package.strip_prefix(&project.root).ok()
        });
        let folder = folder.unwrap_or("functions".as_ref());
        folder.join(source).display().to_string()
    }
}

impl Blocked {
    /// Whether a call may still run that was sent.
    pub fn may_still_run(&self) -> bool {
        matches!(self, Self::Call(CallError::NoAnswer { .. }))
    }
}

/// A check as people type and read it: `01.2/identities-stay-hidden`.
pub fn full_id(lab: impl Display, check: impl Display) -> String {
    format!("{lab}/{check}")
}
