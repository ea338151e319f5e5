//! The roster: the class, where it works, and its students. Pure.

use super::member::Member;

/// A class as its file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Roster {
    /// The normalised name: lower-case letters, digits and single hyphens.
    pub class: String,
    /// `sandbox` or `aws`; `None` leaves it to the options.
    pub target: Option<String>,
    /// Another server that speaks AWS's protocols.
    pub endpoint_url: Option<String>,
    pub region: Option<String>,
    /// The last day of the class, as `YYYY-MM-DD`.
    pub expires: Option<String>,
    pub members: Vec<Member>,
}

impl Roster {
    /// The name of the stack that the class shares.
    pub fn workshop(&self) -> String {
        format!("mafia-{}-workshop", self.class)
    }
}
