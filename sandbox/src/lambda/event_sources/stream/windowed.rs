//! In which tumbling window a lane has a part processed.

use super::batch;
use super::lane::Lane;
use super::part::Part;
use super::reader::Reader;
use super::window::{self, Window};
use crate::fault::Fault;

/// Records that are written at the end of a window come a moment later; in milliseconds.
const AFTER_END: i64 = 1_000;

/// When a part is processed.
#[derive(Debug)]
pub enum Windowed {
    /// In this window, where there are any.
    Now(Option<Window>),
    /// After another part.
    After(Part),
}

impl Lane {
    /// When the open window is over, in milliseconds since 1970.
    pub fn window_ends(&self) -> Result<Option<i64>, Fault> {
        let Some(length) = self.settings.tumbling_window() else {
            return Ok(None);
        };
        let open = self.sources().open_window(&self.mapping.id)?;
        Ok(open.map(|window| match window.is_overfull() {
            true => 0,
            false => window.end(length) * 1_000 + AFTER_END,
        }))
    }

    /// The window that a part is in, or what has to be processed before it.
    pub fn windowed(&self, part: &mut Part) -> Result<Windowed, Fault> {
        let Some(length) = self.settings.tumbling_window() else {
            return Ok(Windowed::Now(None));
        };
        if let Some(first) = window::split_off_first(part, length) {
            return Ok(Windowed::After(first));
        }
        let open = self.sources().open_window(&self.mapping.id)?;
        let Some(record) = part.records.first() else {
            return Ok(Windowed::Now(open));
        };
        let start = window::start_of(record, length);
        Ok(match open {
            Some(open) if open.start < start || open.is_overfull() => {
                Windowed::After(Part::end_of_window())
            }
            // A record that comes late is in the window that is open.
            Some(open) => Windowed::Now(Some(open)),
            None => Windowed::Now(Some(Window::new(start))),
        })
    }

    pub fn event(&self, part: &Part, window: Option<&Window>, reader: &Reader) -> String {
        let mut event = batch::event(&part.records);
        if let (Some(window), Some(length)) = (window, self.settings.tumbling_window()) {
            let (shard, source) = (&reader.shard, &self.mapping.source);
            window.describe(&mut event, length, shard, source, part.is_final);
        }
        event.to_string()
    }
}
