//! A class with its roster, in a workspace whose functions compile in a moment.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde_json::Value;

use crate::endpoint::Endpoint;
use crate::mafia::{Mafia, Outcome, Running};
use crate::proxy::Proxy;
use crate::student::Student;
use crate::workspace::Workspace;

pub const CLASS: &str = "monday";

/// An instructor at work: the roster is in the workshop folder.
pub struct Classroom {
    pub endpoint: Endpoint,
    pub workspace: Workspace,
}

impl Classroom {
    /// A class of so many students, called `s01` and so on.
    pub fn of(endpoint: &Endpoint, students: usize) -> Self {
        let names = names(students);
        let students = names.iter().map(String::as_str);
        Self::in_workspace(endpoint, Workspace::light(), students)
    }

    /// A class of these students.
    pub fn in_workspace<'a>(
        endpoint: &Endpoint,
        workspace: Workspace,
        students: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let classroom = Self {
            endpoint: endpoint.clone(),
            workspace,
        };
        classroom.writes_roster(CLASS, students);
        classroom
    }

    pub fn writes_roster<'a>(&self, class: &str, students: impl IntoIterator<Item = &'a str>) {
        let mut roster = format!("class = \"{class}\"\n");
        for student in students {
            write!(roster, "\n[[student]]\nname = \"{student}\"\n").expect("a text takes lines");
        }
        self.workspace.write("roster.toml", &roster);
    }

    /// Adds a parameter of the template for all students to the roster.
    pub fn sets(&self, parameter: &str) {
        let class = format!("class = \"{CLASS}\"\n");
        let defaults = format!("{class}\n[defaults]\n{parameter}\n");
        self.workspace.edit("roster.toml", &class, &defaults);
    }

    pub fn mafia(&self) -> Mafia {
        self.mafia_at(&self.endpoint)
    }

    fn mafia_at(&self, endpoint: &Endpoint) -> Mafia {
        Mafia::at(endpoint)
            .in_folder(self.workspace.path())
            .env("MAFIA_YES", "true")
    }

    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> Outcome {
        self.mafia().run(arguments)
    }

    /// The same, with requests that go through `proxy`.
    #[track_caller]
    pub fn run_through(&self, proxy: &Proxy, arguments: &[&str]) -> Outcome {
        self.mafia_at(proxy.endpoint()).run(arguments)
    }

    #[track_caller]
    pub fn start_through(&self, proxy: &Proxy, arguments: &[&str]) -> Running {
        self.mafia_at(proxy.endpoint()).start(arguments)
    }

    /// Runs a command on the class that succeeds; how each student ended.
    #[track_caller]
    pub fn asks(&self, arguments: &[&str]) -> Ends {
        Ends::of(&self.run(&[arguments, &["--json"]].concat()).succeeds())
    }

    /// A student of the class, at work in the same folder.
    pub fn student(&self, name: &str) -> Student {
        let stack = format!("mafia-{CLASS}-{name}");
        Student::new(&self.endpoint, &stack, &self.workspace)
    }

    /// The names of all stacks of mafia.
    #[track_caller]
    pub fn stacks(&self) -> Vec<String> {
        let listed = self.run(&["list", "--json"]).succeeds().json();
        let stacks = listed["stacks"].as_array().cloned().unwrap_or_default();
        let names = stacks.iter().filter_map(|stack| stack["name"].as_str());
        names.map(str::to_owned).collect()
    }
}

pub fn names(students: usize) -> Vec<String> {
    (1..=students)
        .map(|number| format!("s{number:02}"))
        .collect()
}

/// How each student ended, by the students' names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ends(BTreeMap<String, (String, String)>);

impl Ends {
    #[track_caller]
    pub fn of(outcome: &Outcome) -> Self {
        let document = outcome.json();
        let students = document["students"].as_array();
        let students = students.unwrap_or_else(|| panic!("no students in {document:#}"));
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let end = |student: &Value| {
            let why = ["what", "cause", "reason"].map(|key| text(&student[key]));
            (
                text(&student["student"]),
                (text(&student["ended"]), why.concat()),
            )
        };
        Self(students.iter().map(end).collect())
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The students who ended like this, `ready` with what was done, for example.
    pub fn who(&self, ended: &str, why: &str) -> Vec<&str> {
        let who = self.0.iter();
        let who = who.filter(|(_, end)| end.0 == ended && end.1.contains(why));
        who.map(|(student, _)| student.as_str()).collect()
    }

    /// Asserts that all ended like this.
    #[track_caller]
    pub fn all(&self, ended: &str, why: &str) {
        assert_eq!(self.who(ended, why).len(), self.len(), "{self:#?}");
    }
}
