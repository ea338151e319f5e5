//! Whether the labs do what they promise, for those who write them: `mafia dev check`.
//!
//! First the files are read ([`content`]). If all of them are there and fit, they are tried in a workshop
//! folder ([`trial`]): every starter fails its own check, every known mistake is found by the check that is
//! to find it, every solution passes again and again, and whoever follows the lessons passes all labs.

mod content;
mod trial;

use std::path::{Path, PathBuf};

use serde::Serialize;

use super::files::Form;
use super::lesson::{Action, Commands};
use super::manifest::Lab;
use content::Content;
use trial::{Checked, Ran, Trial};

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
pub async fn check(
    order: &Order<'_>,
    emit: &(dyn Fn(TrialEvent<'_>) + Sync),
) -> Result<Trials, TrialError> {
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
        trials,
        emit,
    };
    tries.code(&order.only).await?;
    if order.only.is_empty() {
        tries.lessons().await?;
    }
    tries.trial.clean().await;
    Ok(tries.trials)
}

struct Tries<'t> {
    content: Content,
    trial: Trial,
    rounds: u32,
    trials: Trials,
    emit: &'t (dyn Fn(TrialEvent<'_>) + Sync),
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
            self.trial.write(candidate.path, &candidate.text)?;
        }
        if let [(lab, candidate), ..] = tried {
            self.started(&lab.id, &candidate.what);
        }
        let deployed = self.trial.deploy().await;
        let is_clear = tried.len() == 1 || deployed.failure().is_none();
        for (lab, candidate) in tried {
            if is_clear {
                self.started(&lab.id, &candidate.what);
                let problem = self.problem_of(lab, candidate, &deployed).await;
                self.ended(&lab.id, &candidate.what, problem);
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
            self.trial.write(path, solution)?;
        }
        Ok(())
    }

    /// The starter, the mistakes, and the solution.
    fn candidates<'c>(&self, lab: &'c Lab) -> Vec<Candidate<'c>> {
        let mut candidates = Vec::new();
        let path = lab.files[0].as_str();
        let file = |form| self.content.file(lab, path, form).to_owned();
        candidates.push(Candidate {
            what: "starter".to_owned(),
            path,
            text: file(Form::Starter),
            expected: Expected::Fails,
        });
        for wrong in &lab.wrong {
            candidates.push(Candidate {
                what: format!("wrong/{}", wrong.file),
                path,
                text: self.content.wrong(lab, &wrong.file),
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
            self.started(&lab.id, what);
            let problem = self.follow(lab).await?;
            let problem = match problem {
                None if !self.trial.has_passed(&lab.id) => Some(
                    "leads to no pass: `mafia lab check` has to be its last command".to_owned(),
                ),
                problem => problem,
            };
            self.ended(&lab.id, what, problem);
        }
        Ok(())
    }

    async fn follow(&self, lab: &Lab) -> Result<Option<String>, TrialError> {
        for step in self.content.steps(lab) {
            let problem = match &step.action {
                Action::Edit(edit) => match edit.apply(self.trial.read(&edit.path).as_deref()) {
                    Ok(text) => {
                        self.trial.write(&edit.path, &text)?;
                        None
                    }
                    Err(problem) => Some(problem),
                },
                Action::Run(commands) => self.run(commands).await,
            };
            if let Some(problem) = problem {
                return Ok(Some(format!("line {}: {problem}", step.line)));
            }
        }
        Ok(None)
    }

    /// What is wrong with the commands of a lesson.
    async fn run(&self, commands: &Commands) -> Option<String> {
        let mut printed = String::new();
        for (number, line) in commands.lines.iter().enumerate() {
            let ran = self.trial.shell(line).await;
            let is_last = number + 1 == commands.lines.len();
            let fails = commands.last_fails && is_last;
            if (ran.code != Some(0)) != fails {
                let end = if fails {
                    "passes, but has to fail"
                } else {
                    "fails"
                };
                return Some(format!("`{line}` {end}:\n{}{}", ran.out, ran.err));
            }
            printed += &ran.out;
            printed += &ran.err;
        }
        let missing = commands.missing_in(&printed)?;
        Some(format!(
            "the commands do not print `{missing}`, but:\n{printed}"
        ))
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// In place of this program: a function that has the word `LEAK` in its file fails in one check, one with
    /// `WARN` compiles with a warning, and one with `BROKEN` does not.
    const PROGRAM: &str = r#"#!/bin/sh
file=functions/src/bin/game-state.rs
case "$*" in
"deploy")
    grep -q WARN $file && printf 'warning: unused\n  --> %s:1\n' $file >&2
    ! grep -q BROKEN $file ;;
"lab check 01.2"*)
    if grep -q LEAK $file; then
        echo '{"checks": [{"lab": "01.2", "check": "identities-stay-hidden", "verdict": "fail"}]}'
        exit 1
    fi
    mkdir -p .mafia
    echo "01.2 passed 2026-11-27T10:00:00Z" > .mafia/progress.txt
    echo '{"checks": []}' ;;
esac
"#;
    const FILE: &str = "functions/src/bin/game-state.rs";

    struct Labs {
        starter: &'static str,
        solution: &'static str,
        mistake: &'static str,
        commands: &'static str,
    }

    const RIGHT: Labs = Labs {
        starter: "// LEAK, not yet\n",
        solution: "// right\n",
        mistake: "// LEAK\n",
        commands: "mafia deploy\nmafia lab check 01.2\n",
    };

    /// What is wrong with a lab.
    async fn faults(labs: &Labs) -> Vec<String> {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path();
        let write = |name: &str, text: &str| {
            let path = root.join(name);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("made");
            std::fs::write(path, text).expect("written");
        };
        let wrong = ["a", "b", "c"]
            .map(|name| format!("{{ file = \"{name}.md\", check = \"identities-stay-hidden\" }}"));
        let checks = super::super::check::checks_of("01.2").expect("it is there");
        write(
            "labs.toml",
            &format!(
                "format = 1\n[[lab]]\nid = \"01.2\"\ntitle = \"t\"\nminutes = 1\n\
                 function = \"game-state\"\nfiles = [\"{FILE}\"]\nchecks = {:?}\nwrong = [{}]\n",
                checks.ids(),
                wrong.join(", ")
            ),
        );
        for text in ["hints/1.md", "hints/2.md", "hints/3.md", "afterwards.md"] {
            write(&format!("lessons/01.2/{text}"), "text\n");
        }
        let put = |code: &str| format!("Put this into `{FILE}`:\n\n```rust\n{code}```\n");
        for (name, code) in [
            ("a", labs.mistake),
            ("b", "// LEAK b\n"),
            ("c", "// LEAK c\n"),
        ] {
            write(&format!("lessons/01.2/wrong/{name}.md"), &put(code));
        }
        write("lessons/01.2/starter/game-state.rs", labs.starter);
        write("game/src/bin/game-state.rs", labs.solution);
        let lesson = format!("{}\n```sh\n{}```\n", put("// mine\n"), labs.commands);
        write("lessons/01.2/lesson.md", &lesson);
        write("program", PROGRAM);
        let program = root.join("program");
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("set");
        let order = Order {
            labs: root,
            work: &root.join("work"),
            program: &program,
            only: Vec::new(),
            rounds: 2,
        };
        let trials = check(&order, &|_| {}).await.expect("it can be tried");
        let faults = trials.faults.into_iter();
        faults
            .map(|it| format!("{} {}", it.what, it.problem))
            .collect()
    }

    #[tokio::test]
    async fn a_lab_that_does_as_it_promises_has_no_fault() {
        assert_eq!(faults(&RIGHT).await, Vec::<String>::new());
    }

    #[tokio::test]
    async fn whatever_a_lab_does_not_do_is_a_fault() {
        for (labs, fault) in [
            (
                Labs {
                    starter: "// not yet\n",
                    ..RIGHT
                },
                "starter passes, but has to fail",
            ),
            (
                Labs {
                    starter: "// LEAK WARN\n",
                    ..RIGHT
                },
                "starter compiles with warnings",
            ),
            (
                Labs {
                    solution: "// LEAK it\n",
                    ..RIGHT
                },
                "solution fails in 01.2/identities-stay-hidden in round 1, but has to pass",
            ),
            (
                Labs {
                    solution: "// BROKEN\n",
                    ..RIGHT
                },
                "solution does not deploy",
            ),
            (
                Labs {
                    mistake: "// none\n",
                    ..RIGHT
                },
                "wrong/a.md passes, but identities-stay-hidden has to find the mistake",
            ),
            (
                Labs {
                    commands: "mafia deploy\nfalse\n",
                    ..RIGHT
                },
                "lesson.md line 7: `false` fails",
            ),
            (
                Labs {
                    commands: "mafia deploy\n",
                    ..RIGHT
                },
                "lesson.md leads to no pass",
            ),
        ] {
            let faults = faults(&labs).await;
            assert_eq!(faults.len(), 1, "{fault}: {faults:?}");
            assert!(faults[0].starts_with(fault), "{fault}: {faults:?}");
        }
    }
}
