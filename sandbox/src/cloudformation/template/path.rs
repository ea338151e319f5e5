//! Where in a template something is.

use std::fmt;

/// For messages: `/Resources/Table/Properties/TableName`. Made while walking down, so that nothing is
/// allocated unless a message is written.
#[derive(Clone, Copy)]
pub struct Path<'a> {
    above: Option<&'a Path<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Key(&'a str),
    Index(usize),
}

impl<'a> Path<'a> {
    pub fn section(name: &'a str) -> Self {
        Self {
            above: None,
            step: Step::Key(name),
        }
    }

    pub fn key(&'a self, key: &'a str) -> Self {
        Self {
            above: Some(self),
            step: Step::Key(key),
        }
    }

    pub fn index(&'a self, index: usize) -> Self {
        Self {
            above: Some(self),
            step: Step::Index(index),
        }
    }

    /// `message` with this place behind it.
    pub fn wrong(&self, message: impl fmt::Display) -> String {
        format!("{message} (at {self})")
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        if let Some(above) = self.above {
            above.fmt(formatter)?;
        }
        match self.step {
            Step::Key(key) => write!(formatter, "/{key}"),
            Step::Index(index) => write!(formatter, "/{index}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_reads_from_the_top() {
        let section = Path::section("Resources");
        let resource = section.key("Table");
        let items = resource.key("Items");
        assert_eq!(
            items.index(2).wrong("no"),
            "no (at /Resources/Table/Items/2)"
        );
    }
}
