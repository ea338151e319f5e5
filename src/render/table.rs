//! Tables: aligned columns without lines, which stay readable in a pipe and in an e-mail.
//!
//! In a narrow terminal the last column is wrapped, then columns are left out, and at last each row
//! becomes a record. No word is broken. In a pipe, rows may have any width.

use std::fmt::Display;
use std::io;

use super::prose::{broken, columns};
use super::style::{bold, dim, shown};
use super::terminal;

/// Rows under headings.
pub struct Table {
    headings: Vec<String>,
    /// Whether the column is one of numbers.
    numbers: Vec<bool>,
    expendable: Vec<&'static str>,
    /// Whether expendable columns are left out before the last one is wrapped.
    prefers_lines: bool,
    rows: Vec<Vec<String>>,
}

/// A heading that begins with this is of a column of numbers, and set to the right.
const NUMBERS: char = '>';
const GAP: usize = 2;
/// Text is not wrapped in fewer columns.
const NARROWEST: usize = 10;

impl Table {
    /// A heading that begins with `>` is of a column of numbers.
    pub fn new(headings: &[&str]) -> Self {
        let without_mark = |heading: &&str| heading.trim_start_matches(NUMBERS).to_owned();
        Self {
            headings: headings.iter().map(without_mark).collect(),
            numbers: headings
                .iter()
                .map(|heading| heading.starts_with(NUMBERS))
                .collect(),
            expendable: Vec::new(),
            prefers_lines: false,
            rows: Vec::new(),
        }
    }

    /// The columns to leave out in a narrow terminal, the first one first.
    pub fn without_if_narrow(mut self, headings: &[&'static str]) -> Self {
        self.expendable = headings.to_vec();
        self
    }

    /// Where columns can be left out, no row is wrapped: each stays a line.
    pub fn in_lines(mut self) -> Self {
        self.prefers_lines = true;
        self
    }

    pub fn row<I>(&mut self, cells: I)
    where
        I: IntoIterator,
        I::Item: Display,
    {
        let cell = |cell: I::Item| shown(&cell.to_string()).replace('\n', " ");
        self.rows.push(cells.into_iter().map(cell).collect());
    }

    /// The table without a newline at its end.
    pub fn render(&self) -> String {
        self.fitted(terminal::width(&io::stdout()).unwrap_or(usize::MAX))
    }

    /// The table in so many columns.
    pub(super) fn fitted(&self, width: usize) -> String {
        let mut shown: Vec<usize> = (0..self.headings.len()).collect();
        let mut left_out = Vec::new();
        let mut expendable = self.expendable.iter();
        loop {
            let may_wrap = !self.prefers_lines || expendable.len() == 0;
            if let Some(last) = self.room_for_last(&shown, width, may_wrap) {
                let mut lines = self.lines(&shown, last);
                if !left_out.is_empty() {
                    let note = format!("no room for {}", left_out.join(", "));
                    lines.push(dim(broken(&note, width, 0, 0)));
                }
                return lines.join("\n");
            }
            let Some(heading) = expendable.next() else {
                return self.records(width);
            };
            shown.retain(|column| self.headings[*column] != *heading);
            left_out.push(*heading);
        }
    }

    /// The columns for the last of these, if the table fits.
    fn room_for_last(&self, shown: &[usize], width: usize, may_wrap: bool) -> Option<usize> {
        let (last, others) = shown.split_last()?;
        let used: usize = others.iter().map(|column| self.width(*column) + GAP).sum();
        let room = width.checked_sub(used)?;
        let wanted = self.width(*last);
        let longest_word = || {
            self.cells(*last)
                .flat_map(|cell| cell.split(' '))
                .map(columns)
                .max()
        };
        let can_wrap = || {
            may_wrap
                && !self.numbers[*last]
                && room >= NARROWEST
                && longest_word().is_some_and(|word| word <= room)
        };
        (wanted <= room || can_wrap()).then(|| wanted.min(room))
    }

    fn cells(&self, column: usize) -> impl Iterator<Item = &str> {
        let heading = std::iter::once(&self.headings[column]);
        let cells = self.rows.iter().filter_map(move |row| row.get(column));
        heading.chain(cells).map(String::as_str)
    }

    fn width(&self, column: usize) -> usize {
        self.cells(column).map(columns).max().unwrap_or_default()
    }

    fn lines(&self, shown: &[usize], last_width: usize) -> Vec<String> {
        let headings = bold(self.line(&self.headings, shown, last_width));
        let rows = self
            .rows
            .iter()
            .map(|row| self.line(row, shown, last_width));
        std::iter::once(headings).chain(rows).collect()
    }

    fn line(&self, cells: &[String], shown: &[usize], last_width: usize) -> String {
        let mut line = String::new();
        let mut at = 0;
        for (number, column) in shown.iter().enumerate() {
            let cell = cells.get(*column).map_or("", String::as_str);
            let is_last = number + 1 == shown.len();
            let width = if is_last {
                last_width
            } else {
                self.width(*column)
            };
            let padding = " ".repeat(width.saturating_sub(columns(cell)));
            if self.numbers[*column] {
                line += &padding;
                line += cell;
            } else if is_last {
                let below = format!("\n{}", " ".repeat(at));
                line += &broken(cell, width, 0, 0).replace('\n', &below);
            } else {
                line += cell;
                line += &padding;
            }
            if !is_last {
                line += &" ".repeat(GAP);
            }
            at += width + GAP;
        }
        line.trim_end().to_owned()
    }

    /// Each row as lines of headings and cells.
    fn records(&self, width: usize) -> String {
        let widest = self.headings.iter().map(|heading| columns(heading)).max();
        let widest = widest.unwrap_or_default();
        let record = |row: &Vec<String>| {
            let cells = self
                .headings
                .iter()
                .zip(row)
                .filter(|(_, cell)| !cell.is_empty());
            let lines = cells.map(|(heading, cell)| {
                let padding = " ".repeat(widest - columns(heading) + GAP);
                let at = widest + GAP;
                let cell = broken(cell, width, at, at);
                format!("{}{padding}{cell}", bold(heading))
                    .trim_end()
                    .to_owned()
            });
            lines.collect::<Vec<_>>().join("\n")
        };
        self.rows
            .iter()
            .map(record)
            .collect::<Vec<_>>()
            .join("\n\n")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn functions() -> Table {
        let mut table = Table::new(&["FUNCTION", "CODE", ">SIZE", "DIGEST", ">TIME"])
            .without_if_narrow(&["DIGEST", "SIZE"]);
        table.row(["01-new-game", "patched", "1.2 MB", "abcdefghijkl", "1.3 s"]);
        table.row(["李四", "unchanged", "999 kB", "abcdefghijkl", ""]);
        table
    }

    fn votes() -> Table {
        let mut table = Table::new(&["BLAMED", ">VOTES", "BY"]);
        table.row(["Cleo", "2", "Ann, Dee, Emil"]);
        table
    }

    fn plain(table: &Table, width: usize) -> String {
        anstream::adapter::strip_str(&table.fitted(width)).to_string()
    }

    #[test]
    fn a_table_is_as_wide_as_it_needs_or_leaves_columns_out() {
        assert_eq!(
            plain(&functions(), 80),
            "FUNCTION     CODE         SIZE  DIGEST         TIME\n\
             01-new-game  patched    1.2 MB  abcdefghijkl  1.3 s\n\
             李四         unchanged  999 kB  abcdefghijkl"
        );
        assert_eq!(
            plain(&functions(), 40),
            "FUNCTION     CODE         SIZE   TIME\n\
             01-new-game  patched    1.2 MB  1.3 s\n\
             李四         unchanged  999 kB\n\
             no room for DIGEST"
        );
        assert!(plain(&functions(), 30).ends_with("no room for DIGEST, SIZE"));
    }

    #[test]
    fn the_last_column_is_wrapped_between_words() {
        assert_eq!(
            plain(&votes(), 26),
            "BLAMED  VOTES  BY\nCleo        2  Ann, Dee,\n               Emil"
        );
    }

    #[test]
    fn a_table_in_lines_leaves_columns_out_before_it_wraps() {
        let table = || {
            let mut table = Table::new(&["STUDENT", "STACK", "GAME"]).in_lines();
            table.row(["ann", "ready", "night, 5 of 7 alive"]);
            table
        };
        let wrapped = "STUDENT  STACK  GAME\nann      ready  night, 5 of 7\n                alive";
        assert_eq!(plain(&table(), 30), wrapped);
        let without = table().without_if_narrow(&["GAME"]);
        let expected = "STUDENT  STACK\nann      ready\nno room for GAME";
        assert_eq!(plain(&without, 30), expected);
    }

    #[test]
    fn where_nothing_can_be_left_out_each_row_is_a_record() {
        let mut table = votes();
        table.row(["Dee", "1", "Cleo"]);
        assert_eq!(
            plain(&table, 20),
            "BLAMED  Cleo\nVOTES   2\nBY      Ann, Dee,\n        Emil\n\n\
             BLAMED  Dee\nVOTES   1\nBY      Cleo"
        );
    }

    proptest! {
        #[test]
        fn no_line_is_too_wide_and_no_word_broken(
            rows in prop::collection::vec(prop::array::uniform3("[a-z李]{0,6}( [a-z]{1,6}){0,3}"), 1..5),
            width in 16_usize..60,
        ) {
            let mut table = Table::new(&["A", "B", ">C"]).without_if_narrow(&["B"]);
            for row in &rows {
                table.row(row);
            }
            let text = plain(&table, width);
            for line in text.lines() {
                prop_assert!(columns(line) <= width, "{} in {}", line, width);
            }
            for word in rows.iter().flat_map(|row| row[0].split(' ')) {
                prop_assert!(text.contains(word), "{} in {}", word, text);
            }
        }
    }
}
