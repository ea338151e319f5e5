//! Whether the labs do what they promise, for those who write them: `mafia dev check`.
//!
//! First the files are read ([`content`]). If all of them are there and fit, they are tried in a workshop
//! folder ([`trial`]): every starter fails its own check, every known mistake is found by the check that is
//! to find it, every solution passes again and again, and whoever follows the lessons ([`mod@follow`]) passes
//! all labs.

mod content;
mod follow;
mod terminal;
#[cfg(all(test, unix))]
mod tests;
mod trial;

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::files::Form;
use super::lesson::steps;
use super::manifest::{Lab, Manifest};
use content::{Content, mistake};
use terminal::{Ran, Terminal};
use trial::{Checked, Trial};

/// How often a solution has to pass.
pub const ROUNDS: u32 = 20;

/// What to try.
pub struct Order<'o> {
    /// The folder with `labs.toml`, `lessons` and `game`.
    pub labs: &'o Path,
    /// A folder to work in. It keeps what was compiled, so that the next time takes less.
    pub work: &'o Path,
    /// This program.
    pub program: &'o Path,
    /// Only these labs, and no lessons; all if there is none.
    pub only: Vec<String>,
    pub rounds: u32,
}

/// Something that the labs do not do as they promise.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Fault {
    pub lab: String,
    /// `starter`, `wrong/leak.md`, `lesson.md` and so on.
    pub what: String,
    pub problem: String,
}

/// What was tried, and what is wrong.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Trials {
    pub tried: u32,
    pub faults: Vec<Fault>,
}

pub enum TrialEvent<'e> {
    Started {
        lab: &'e str,
        what: &'e str,
    },
    Ended {
        lab: &'e str,
        what: &'e str,
        fault: Option<&'e Fault>,
    },
}

pub type Emit<'e> = &'e (dyn Fn(TrialEvent<'_>) + Sync);

#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    #[error("cannot read {}: {source}", path.display())]
    Read {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("cannot work in {}: {source}", path.display())]
    Work {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("there is no lab {0} in the list")]
    Unknown(String),
}

/// Reads the labs, and tries them if they can be read.
pub async fn check(order: &Order<'_>, emit: Emit<'_>) -> Result<Trials, TrialError> {
    let mut trials = Trials::default();
    let content = match Content::read(order.labs, &mut trials.faults)? {
        Some(content) if trials.faults.is_empty() => content,
        _ => return Ok(trials),
    };
    for id in &order.only {
        if content.manifest.find(id).is_err() {
            return Err(TrialError::Unknown(id.clone()));
        }
    }
    let trial = Trial::new(order.work, order.program)?;
    let mut tries = Tries {
        content,
        trial,
        rounds: order.rounds,
        outcome: Outcome { trials, emit },
    };
    tries.code(&order.only).await?;
    if order.only.is_empty() {
        tries.lessons().await?;
    }
    tries.trial.clean().await;
    Ok(tries.outcome.trials)
}

/// Follows the lessons of the workshop folder from the first to the last, or to one that cannot be followed.
pub async fn follow(
    manifest: &Manifest,
    folder: &Path,
    program: &Path,
    variables: Vec<(String, String)>,
    emit: Emit<'_>,
) -> Result<Trials, TrialError> {
    let terminal = Terminal::new(folder, program, variables, &[])?;
    let trials = Trials::default();
    let mut outcome = Outcome { trials, emit };
    for lab in &manifest.labs {
        let what = format!("lessons/{}.md", lab.id);
        outcome.started(&lab.id, &what);
        let problem = match terminal.read(&what).as_deref().map(steps) {
            None => Some("is missing".to_owned()),
            Some(Err(error)) => Some(error.to_string()),
            Some(Ok(steps)) => follow::follow(&terminal, &lab.id, &steps).await?,
        };
        let is_lost = problem.is_some();
        outcome.ended(&lab.id, &what, problem);
        if is_lost {
            break;
        }
    }
    Ok(outcome.trials)
}

struct Tries<'t> {
    content: Content,
    trial: Trial,
    rounds: u32,
    outcome: Outcome<'t>,
}

/// What was tried so far.
struct Outcome<'e> {
    trials: Trials,
    emit: Emit<'e>,
}

impl Outcome<'_> {
    fn started(&self, lab: &str, what: &str) {
        (self.emit)(TrialEvent::Started { lab, what });
    }

    fn ended(&mut self, lab: &str, what: &str, problem: Option<String>) {
        let fault = problem.map(|problem| Fault {
            lab: lab.to_owned(),
            what: what.to_owned(),
            problem,
        });
        (self.emit)(TrialEvent::Ended {
            lab,
            what,
            fault: fault.as_ref(),
        });
        self.trials.tried += 1;
        self.trials.faults.extend(fault);
    }
}

/// A form of a file of a lab that is tried.
struct Candidate<'c> {
    what: String,
    path: &'c str,
    text: String,
    expected: Expected<'c>,
}

enum Expected<'c> {
    /// It fails, whatever check finds it.
    Fails,
    /// This check is the first to fail.
    FailsIn(&'c str),
    Passes,
}

impl Tries<'_> {
    /// Tries what belongs to functions together, since each is a program of its own: one candidate of every
    /// lab with each deployment. Labs about what functions share come after that, one candidate at a time.
    async fn code(&mut self, only: &[String]) -> Result<(), TrialError> {
        self.trial.begin(&self.content)?;
        let labs = self.content.manifest.labs.clone().into_iter();
        let labs = labs.filter(|lab| !lab.files.is_empty());
        let (functions, others): (Vec<Lab>, Vec<Lab>) =
            labs.partition(|lab| lab.function.is_some());
        for lab in &functions {
            self.solve(lab)?;
        }
        let is_tried = |lab: &&Lab| only.is_empty() || only.contains(&lab.id);
        let tried: Vec<_> = functions
            .iter()
            .filter(is_tried)
            .map(|lab| (lab, self.candidates(lab)))
            .collect();
        let rounds = tried.iter().map(|(_, it)| it.len()).max();
        for round in 0..rounds.unwrap_or_default() {
            let together = tried
                .iter()
                .filter_map(|(lab, candidates)| Some((*lab, candidates.get(round)?)));
            self.together(&together.collect::<Vec<_>>()).await?;
        }
        for lab in others.iter().filter(is_tried) {
            for candidate in self.candidates(lab) {
                self.together(&[(lab, &candidate)]).await?;
            }
        }
        Ok(())
    }

    /// Tries one candidate of each of these labs.
    async fn together(&mut self, tried: &[(&Lab, &Candidate<'_>)]) -> Result<(), TrialError> {
        for (_, candidate) in tried {
            let terminal = &self.trial.terminal;
            terminal.write(candidate.path, &candidate.text)?;
        }
        if let [(lab, candidate), ..] = tried {
            self.outcome.started(&lab.id, &candidate.what);
        }
        let parameters = tried.iter().flat_map(|(lab, _)| lab.parameters.clone());
        let deployed = self.trial.deploy(&parameters.collect::<Vec<_>>()).await;
        let is_clear = tried.len() == 1 || deployed.failure().is_none();
        for (lab, candidate) in tried {
            if is_clear {
                self.outcome.started(&lab.id, &candidate.what);
                let problem = self.problem_of(lab, candidate, &deployed).await;
                self.outcome.ended(&lab.id, &candidate.what, problem);
            }
            self.solve(lab)?;
        }
        if !is_clear {
            for one in tried {
                Box::pin(self.together(&[*one])).await?;
            }
        }
        Ok(())
    }

    /// Writes the solution of the lab.
    fn solve(&self, lab: &Lab) -> Result<(), TrialError> {
        for path in &lab.files {
            let solution = self.content.file(lab, path, Form::Solution);
            self.trial.terminal.write(path, &solution)?;
        }
        Ok(())
    }

    /// The starter, the mistakes, and the solution.
    fn candidates<'c>(&self, lab: &'c Lab) -> Vec<Candidate<'c>> {
        let mut candidates = Vec::new();
        let path = lab.files[0].as_str();
        let file = |form| self.content.file(lab, path, form);
        candidates.push(Candidate {
            what: "starter".to_owned(),
            path,
            text: file(Form::Starter),
            expected: Expected::Fails,
        });
        for wrong in &lab.wrong {
            candidates.push(Candidate {
                what: mistake(wrong),
                path,
                text: self.content.wrong(lab, wrong),
                expected: Expected::FailsIn(&wrong.check),
            });
        }
        candidates.push(Candidate {
            what: "solution".to_owned(),
            path,
            text: file(Form::Solution),
            expected: Expected::Passes,
        });
        candidates
    }

    /// What is wrong with the candidate, with which this deployment was made.
    async fn problem_of(
        &self,
        lab: &Lab,
        candidate: &Candidate<'_>,
        deployed: &Ran,
    ) -> Option<String> {
        if let Some(problem) = deployed.failure() {
            return Some(format!("does not deploy: {problem}"));
        }
        let is_mistake = matches!(candidate.expected, Expected::FailsIn(_));
        if deployed.warns_of(candidate.path) && !is_mistake {
            return Some(format!("compiles with warnings:\n{}", deployed.err));
        }
        match candidate.expected {
            Expected::Fails => match self.trial.check(&lab.id).await {
                Checked::Failed(_) => None,
                other => Some(format!("{other}, but has to fail")),
            },
            Expected::FailsIn(check) => match self.trial.check(&lab.id).await {
                Checked::Failed(found) if found == format!("{}/{check}", lab.id) => None,
                other => Some(format!("{other}, but {check} has to find the mistake")),
            },
            Expected::Passes => {
                for round in 1..=self.rounds {
                    let checked = self.trial.check(&lab.id).await;
                    if !matches!(checked, Checked::Passed) {
                        return Some(format!("{checked} in round {round}, but has to pass"));
                    }
                }
                None
            }
        }
    }

    /// Follows the lessons from the first to the last, in a new folder with a new stack.
    async fn lessons(&mut self) -> Result<(), TrialError> {
        self.trial.clean().await;
        self.trial.begin(&self.content)?;
        let labs = self.content.manifest.labs.clone();
        for lab in &labs {
            let what = "lesson.md";
            self.outcome.started(&lab.id, what);
            let steps = self.content.steps(lab);
            let problem = follow::follow(&self.trial.terminal, &lab.id, &steps).await?;
            self.outcome.ended(&lab.id, what, problem);
        }
        Ok(())
    }
}
