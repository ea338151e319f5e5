//! What the page shows of a class. Pure: the page itself decides nothing.

use serde::Serialize;

use crate::class::{ClassStanding, StudentStanding};
use crate::wording::count;

/// What all open pages show.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct View {
    class: String,
    /// How many students are in each phase, as far as there are any.
    totals: Vec<Total>,
    /// Each cause once, with everybody who is stuck on it.
    causes: Vec<Cause>,
    /// In the order of their names, so that a student always finds the same place.
    students: Vec<Student>,
    /// When this was read, in seconds since 1970.
    read: u64,
    /// Why it could not be read again, if that is so.
    problem: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Student {
    name: String,
    phase: Phase,
    /// The phase in words.
    says: String,
    /// Why the student cannot go on.
    stuck: Option<String>,
    game: Option<String>,
    /// What else there is to know, a line each.
    details: Vec<String>,
    /// Seconds since 1970.
    last_deploy: Option<u64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Total {
    phase: Phase,
    says: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Cause {
    why: String,
    students: Vec<String>,
}

/// How a student stands, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Phase {
    Stuck,
    Working,
    Up,
    /// There is no stack.
    Missing,
}

impl View {
    /// Before the class was read.
    pub fn unread(class: &str) -> Self {
        Self {
            class: class.to_owned(),
            ..Self::default()
        }
    }

    /// The class as it was read at `read`, in seconds since 1970.
    pub fn of(standing: &ClassStanding, read: u64) -> Self {
        let mut students: Vec<Student> = standing
            .students
            .iter()
            .map(|it| Student::of(it, read))
            .collect();
        students.sort_by(|one, other| one.name.cmp(&other.name));
        Self {
            class: standing.class.clone(),
            totals: totals(&students),
            causes: causes(&students),
            students,
            read,
            problem: None,
        }
    }

    /// The same, which could not be read again.
    pub fn with_problem(self, problem: String) -> Self {
        Self {
            problem: Some(problem),
            ..self
        }
    }
}

fn totals(students: &[Student]) -> Vec<Total> {
    let total = |(phase, words)| {
        let there = students.iter().filter(|student| student.phase == phase);
        let number = there.count();
        (number > 0).then(|| Total {
            phase,
            says: format!("{number} {words}"),
        })
    };
    let phases = [
        (Phase::Up, "ready"),
        (Phase::Working, "changing"),
        (Phase::Stuck, "stuck"),
        (Phase::Missing, "without a stack"),
    ];
    phases.into_iter().filter_map(total).collect()
}

fn causes(students: &[Student]) -> Vec<Cause> {
    let mut causes: Vec<Cause> = Vec::new();
    for student in students.iter().filter(|it| it.phase == Phase::Stuck) {
        let why = student.stuck.clone().unwrap_or_default();
        match causes.iter_mut().find(|cause| cause.why == why) {
            Some(cause) => cause.students.push(student.name.clone()),
            None => causes.push(Cause {
                why,
                students: vec![student.name.clone()],
            }),
        }
    }
    causes
}

impl Student {
    fn of(standing: &StudentStanding, read: u64) -> Self {
        let phase = Phase::of(standing);
        let differing = standing.differing.as_deref().unwrap_or_default();
        let mut details = vec![standing.stack.clone()];
        details.extend(standing.status.clone());
        if !differing.is_empty() {
            details.push(format!("own code: {}", differing.join(", ")));
        }
        let parameters = standing.parameters.as_deref().unwrap_or_default();
        if !parameters.is_empty() {
            let parameters = parameters.join(", ");
            details.push(format!("other parameters than in the roster: {parameters}"));
        }
        if let Some(errors) = standing.errors.filter(|errors| *errors > 0) {
            details.push(format!("{} in the last hour", count(errors, "failed call")));
        }
        if let Some(progress) = &standing.progress {
            if !progress.passed.is_empty() {
                details.push(format!("labs passed: {}", progress.passed.join(", ")));
            }
            let stuck = progress.stuck_on(read);
            details.extend(stuck.map(|stuck| format!("stuck on {stuck}")));
        }
        Self {
            name: standing.student.clone(),
            phase,
            says: phase.in_words(standing.status.as_deref()).to_owned(),
            stuck: standing.stuck.clone(),
            game: standing.game.clone(),
            details,
            last_deploy: standing.last_deploy,
        }
    }
}

impl Phase {
    fn of(standing: &StudentStanding) -> Self {
        match standing.status.as_deref() {
            Some(status) if status.ends_with("_IN_PROGRESS") => Self::Working,
            _ if standing.stuck.is_some() => Self::Stuck,
            Some(_) => Self::Up,
            None => Self::Missing,
        }
    }

    /// `status` is CloudFormation's.
    fn in_words(self, status: Option<&str>) -> &'static str {
        let status = status.unwrap_or_default();
        match self {
            Self::Stuck => "stuck",
            Self::Up => "ready",
            Self::Missing => "no stack",
            Self::Working if status.contains("ROLLBACK") => "rolling back",
            Self::Working if status.starts_with("DELETE") => "deleting",
            Self::Working if status.starts_with("CREATE") => "creating",
            Self::Working => "deploying",
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn standing(student: &str, status: Option<&str>, stuck: Option<&str>) -> StudentStanding {
        StudentStanding {
            student: student.to_owned(),
            stack: format!("mafia-monday-{student}"),
            status: status.map(str::to_owned),
            differing: None,
            parameters: None,
            last_deploy: None,
            game: None,
            progress: None,
            errors: None,
            stuck: stuck.map(str::to_owned),
        }
    }

    #[test]
    fn a_student_is_stuck_working_up_or_without_a_stack() {
        for (status, stuck, words) in [
            (None, None, "no stack"),
            (Some("CREATE_COMPLETE"), None, "ready"),
            (Some("UPDATE_ROLLBACK_COMPLETE"), None, "ready"),
            (Some("REVIEW_IN_PROGRESS"), None, "deploying"),
            (Some("CREATE_IN_PROGRESS"), None, "creating"),
            (Some("UPDATE_IN_PROGRESS"), None, "deploying"),
            (Some("UPDATE_ROLLBACK_IN_PROGRESS"), None, "rolling back"),
            (Some("ROLLBACK_IN_PROGRESS"), None, "rolling back"),
            (Some("DELETE_IN_PROGRESS"), None, "deleting"),
            (Some("ROLLBACK_COMPLETE"), Some("no role"), "stuck"),
            (Some("CREATE_COMPLETE"), Some("a function failed"), "stuck"),
            // Somebody is at it already.
            (Some("CREATE_IN_PROGRESS"), Some("no role"), "creating"),
        ] {
            let student = Student::of(&standing("ann", status, stuck), 0);
            assert_eq!(student.says, words, "{status:?} {stuck:?}");
        }
    }

    #[test]
    fn the_page_gets_everything_in_the_order_of_the_names() {
        let mut ben = standing("ben", Some("ROLLBACK_COMPLETE"), Some("<b>no role</b>"));
        ben.differing = Some(vec!["night-turn".to_owned()]);
        ben.parameters = Some(vec!["Players=7".to_owned()]);
        ben.errors = Some(2);
        ben.game = Some("night, 5 of 7 alive".to_owned());
        ben.last_deploy = Some(1_700_000_000);
        let class = ClassStanding {
            class: "monday".to_owned(),
            students: vec![
                standing("cem", Some("ROLLBACK_COMPLETE"), Some("<b>no role</b>")),
                ben,
                standing("ann", None, None),
            ],
        };
        let view = View::of(&class, 1_700_000_100).with_problem("no answer".to_owned());
        assert_eq!(
            serde_json::to_value(&view).expect("JSON"),
            json!({
                "class": "monday",
                "totals": [
                    { "phase": "stuck", "says": "2 stuck" },
                    { "phase": "missing", "says": "1 without a stack" },
                ],
                "causes": [{ "why": "<b>no role</b>", "students": ["ben", "cem"] }],
                "students": [
                    {
                        "name": "ann", "phase": "missing", "says": "no stack", "stuck": null,
                        "game": null, "details": ["mafia-monday-ann"], "last_deploy": null,
                    },
                    {
                        "name": "ben", "phase": "stuck", "says": "stuck", "stuck": "<b>no role</b>",
                        "game": "night, 5 of 7 alive",
                        "details": [
                            "mafia-monday-ben",
                            "ROLLBACK_COMPLETE",
                            "own code: night-turn",
                            "other parameters than in the roster: Players=7",
                            "2 failed calls in the last hour",
                        ],
                        "last_deploy": 1_700_000_000,
                    },
                    {
                        "name": "cem", "phase": "stuck", "says": "stuck", "stuck": "<b>no role</b>",
                        "game": null, "details": ["mafia-monday-cem", "ROLLBACK_COMPLETE"],
                        "last_deploy": null,
                    },
                ],
                "read": 1_700_000_100,
                "problem": "no answer",
            })
        );
    }
}
