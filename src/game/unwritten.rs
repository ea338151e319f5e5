//! A function that the student has not written yet says so, and in which lab it is written.

use super::Turn;

impl Turn {
    /// The lab in which the function is written, if it says that it is not written yet.
    pub fn task(&self) -> Option<&str> {
        task(self.lines.first()?)
    }
}

/// The lab in an answer such as `Not yet: new-game is the task of lab 01.1`, whatever is around it.
pub fn task(answer: &str) -> Option<&str> {
    let (_, said) = answer.split_once("Not yet: ")?;
    let (_, lab) = said.split_once(" is the task of lab ")?;
    let is_of_an_id = |it: char| it.is_ascii_digit() || it == '.';
    let end = lab.find(|it| !is_of_an_id(it)).unwrap_or(lab.len());
    Some(&lab[..end]).filter(|lab| !lab.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lab_is_read_from_the_answer() {
        let said = "Not yet: new-game is the task of lab 01.1";
        assert_eq!(task(said), Some("01.1"));
        assert_eq!(task(&format!("{{\"Message\":\"{said}\"}}")), Some("01.1"));
        for other in [
            "Night, time to sleep",
            "Not yet: later",
            "Not yet: new-game is the task of lab `rm`",
        ] {
            assert_eq!(task(other), None, "{other}");
        }
    }
}
