//! Tables: aligned columns without lines, which stay readable in a pipe and in a mail.

use std::io::{self, IsTerminal};

use comfy_table::{CellAlignment, ContentArrangement, presets};

use super::style::bold;

/// Rows under headings.
pub struct Table {
    table: comfy_table::Table,
}

/// A heading that begins with this is of a column of numbers, and set to the right.
const NUMBERS: char = '>';

impl Table {
    /// A heading that begins with `>` is of a column of numbers.
    pub fn new(headings: &[&str]) -> Self {
        let mut table = comfy_table::Table::new();
        table.load_style(presets::NOTHING);
        match width() {
            Some(width) => {
                table
                    .set_content_arrangement(ContentArrangement::Dynamic)
                    .set_width(width);
            }
            None => {
                table.set_content_arrangement(ContentArrangement::Disabled);
            }
        }
        table.set_header(
            headings
                .iter()
                .map(|heading| heading.trim_start_matches(NUMBERS)),
        );
        for (index, heading) in headings.iter().enumerate() {
            if let Some(column) = table.column_mut(index) {
                column.set_padding((0, 2));
                if heading.starts_with(NUMBERS) {
                    column.set_cell_alignment(CellAlignment::Right);
                }
            }
        }
        Self { table }
    }

    pub fn row<I>(&mut self, cells: I)
    where
        I: IntoIterator,
        I::Item: std::fmt::Display,
    {
        self.table
            .add_row(cells.into_iter().map(|cell| cell.to_string()));
    }

    /// The table without a newline at its end.
    pub fn render(&self) -> String {
        let mut lines: Vec<String> = self
            .table
            .lines()
            .map(|line| line.trim_end().to_owned())
            .collect();
        if let Some(headings) = lines.first_mut() {
            *headings = bold(&*headings);
        }
        lines.join("\n")
    }
}

/// What fits on the terminal; a pipe takes any width.
fn width() -> Option<u16> {
    if !io::stdout().is_terminal() {
        return None;
    }
    terminal_size::terminal_size().map(|(terminal_size::Width(width), _)| width)
}
