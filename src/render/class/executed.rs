//! How one command ended for each student of a class.

use crate::class::exec::Executed;
use crate::render::style::{bad, good};
use crate::render::table::Table;

pub fn executed(students: &[Executed]) -> String {
    let mut table = Table::new(&["", "STUDENT", ">EXIT", "LAST LINE"]).without_if_narrow(&["EXIT"]);
    for student in students {
        let mark = if student.succeeded() {
            good("✓")
        } else {
            bad("✗")
        };
        let code = student
            .exit_code
            .map_or("killed".to_owned(), |code| code.to_string());
        table.row([
            mark,
            student.student.clone(),
            code,
            student.last_line.clone(),
        ]);
    }
    table.render()
}
