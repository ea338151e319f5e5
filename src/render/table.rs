//! Tables: aligned columns without lines, which stay readable in a pipe and in an e-mail.

use std::io;

use comfy_table::{CellAlignment, ContentArrangement, presets};

use super::prose::PAGE_WIDTH;
use super::style::{bold, shown};
use super::terminal;

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
        // In a pipe, rows may have any width.
        match terminal::width(&io::stdout()) {
            Some(width) => {
                table
                    .set_content_arrangement(ContentArrangement::Dynamic)
                    .set_width(width.try_into().unwrap_or(u16::MAX));
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

    /// No wider than a page, even in a pipe: for cells with long lists.
    pub fn on_a_page(mut self) -> Self {
        if self.table.width().is_none() {
            self.table
                .set_content_arrangement(ContentArrangement::Dynamic)
                .set_width(PAGE_WIDTH as u16);
        }
        self
    }

    pub fn row<I>(&mut self, cells: I)
    where
        I: IntoIterator,
        I::Item: std::fmt::Display,
    {
        self.table
            .add_row(cells.into_iter().map(|cell| shown(&cell.to_string())));
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
