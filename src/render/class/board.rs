//! How an operation on a class goes on: a line for each student that changes in place, or plain lines where
//! a terminal cannot redraw.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::rows::{Room, Rows, words};
use crate::class::{ClassEvent, Stage};
use crate::render::Printer;
use crate::render::style::{bad, good};

/// Shows events of a class until it is dropped.
pub struct ClassBoard<'a> {
    printer: &'a Printer,
    rows: Arc<Mutex<Rows>>,
    started: Instant,
}

impl Printer {
    /// Shows how an operation on the class goes on, for `students` in this order.
    pub fn class_board<'a>(
        &'a self,
        class: &str,
        students: impl IntoIterator<Item = String>,
    ) -> ClassBoard<'a> {
        let rows = Arc::new(Mutex::new(Rows::new(class, students)));
        let started = Instant::now();
        let drawn = rows.clone();
        self.progress.show_lines(move |columns, lines| {
            lock(&drawn).text(started.elapsed(), Room { columns, lines })
        });
        ClassBoard {
            printer: self,
            rows,
            started,
        }
    }
}

impl ClassBoard<'_> {
    pub fn show(&self, event: &ClassEvent) {
        let is_news = lock(&self.rows).take(event, self.started.elapsed());
        if !is_news || self.printer.progress.is_live() {
            return;
        }
        let words = words(&event.stage);
        let mark = match &event.stage {
            Stage::Waiting | Stage::Working(_) | Stage::Skipped(_) => None,
            Stage::Ready(_) => Some(good("✓")),
            Stage::Failed(_) => Some(bad("✗")),
        };
        let mark = mark.map(|mark| format!("{mark} ")).unwrap_or_default();
        self.printer
            .note(&format!("{mark}{}: {words}", event.student));
    }
}

impl Drop for ClassBoard<'_> {
    fn drop(&mut self) {
        self.printer.progress.clear();
    }
}

fn lock(rows: &Mutex<Rows>) -> MutexGuard<'_, Rows> {
    // The rows are valid even after a panic in another thread.
    rows.lock().unwrap_or_else(PoisonError::into_inner)
}
