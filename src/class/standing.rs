//! How a class stands, student by student. Pure.

use serde::Serialize;

use super::progress::StudentProgress;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ClassStanding {
    pub class: String,
    /// The stuck first, then those without a stack, then all others.
    pub students: Vec<StudentStanding>,
}

impl ClassStanding {
    /// The stuck first, then those without a stack, then all others, each in the order of their names.
    pub fn sort(&mut self) {
        let rank = |student: &StudentStanding| match (&student.stuck, &student.status) {
            (Some(_), _) => 0,
            (None, None) => 1,
            (None, Some(_)) => 2,
        };
        self.students
            .sort_by(|one, other| (rank(one), &one.student).cmp(&(rank(other), &other.student)));
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StudentStanding {
    pub student: String,
    pub stack: String,
    /// CloudFormation's; `None` when there is no stack.
    pub status: Option<String>,
    /// Functions whose code is not the class's; `None` when that is not known.
    pub differing: Option<Vec<String>>,
    /// Parameters with other values than in the roster, as `Players=7`; `None` without a roster or a stack.
    pub parameters: Option<Vec<String>>,
    /// Seconds since 1970.
    pub last_deploy: Option<u64>,
    /// How the game stands, in words such as `night, 5 of 7 alive`; `None` without a game.
    pub game: Option<String>,
    /// How far the student is with the labs; `None` when that is not known.
    pub progress: Option<StudentProgress>,
    /// Failed calls of the last hour.
    pub errors: Option<usize>,
    /// Why the student cannot go on, if that is so.
    pub stuck: Option<String>,
}
