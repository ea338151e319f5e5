//! How a class stands, student by student. Pure.

use serde::Serialize;

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ClassStanding {
    pub class: String,
    /// The stuck first, then in the order of their names.
    pub students: Vec<StudentStanding>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StudentStanding {
    pub student: String,
    pub stack: String,
    /// CloudFormation's; `None` when there is no stack.
    pub status: Option<String>,
    /// Functions whose code is not the class's; `None` when that is not known.
    pub differing: Option<Vec<String>>,
    /// Seconds since 1970.
    pub last_deploy: Option<u64>,
    /// How the game stands, in words such as `night, 5 of 7 alive`; `None` without a game.
    pub game: Option<String>,
    /// Failed calls of the last hour.
    pub errors: Option<usize>,
    /// Why the student cannot go on, if that is so.
    pub stuck: Option<String>,
}
