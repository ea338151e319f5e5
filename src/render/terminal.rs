//! The terminal: its width, its colours, and where the live line is drawn.

use std::ffi::OsStr;
use std::io::{self, IsTerminal, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anstream::{AutoStream, ColorChoice};
use indicatif::TermLike;

use crate::options::Color;

/// The columns of the terminal; `None` when the stream is none.
pub fn width(stream: &impl IsTerminal) -> Option<usize> {
    if !stream.is_terminal() {
        return None;
    }
    terminal_size::terminal_size().map(|(terminal_size::Width(width), _)| width.into())
}

/// The columns that help may take: those of the terminal that will show it.
pub fn help_width() -> Option<usize> {
    width(&io::stdout()).or_else(|| width(&io::stderr()))
}

/// The columns that a message may take.
pub fn message_width() -> Option<usize> {
    width(&io::stderr())
}

/// Whether standard input is a terminal, where a person types.
pub fn reads_a_terminal() -> bool {
    io::stdin().is_terminal()
}

/// Whether a person has typed a whole line that nobody has read yet.
pub fn a_line_waits() -> bool {
    reads_a_terminal() && rustix::io::ioctl_fionread(io::stdin()).is_ok_and(|bytes| bytes > 0)
}

/// Whether the stream is a terminal that can redraw a line. An editor's shell, for one, cannot, and says
/// so with `TERM=dumb`.
pub fn can_redraw(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && redraws(std::env::var_os("TERM").as_deref())
}

fn redraws(term: Option<&OsStr>) -> bool {
    match term {
        Some(term) => !term.is_empty() && term != "dumb",
        None => cfg!(windows),
    }
}

/// Whether the stream gets colours.
pub fn color_choice(color: Color, stream: &impl anstream::stream::RawStream) -> ColorChoice {
    match color {
        Color::Auto => AutoStream::choice(stream),
        Color::Always => ColorChoice::Always,
        Color::Never => ColorChoice::Never,
    }
}

/// Standard error for the live lines, as if it had some columns less.
///
/// `indicatif` fills each line to the last column, so that the next text begins a new line. A terminal that
/// writes `^C` after the last line would begin one too, and clearing the live lines would not clear all of
/// them. So there are columns left, and the line breaks are written here. What is drawn at once is written
/// at once, so that nothing flickers.
#[derive(Debug, Default)]
pub struct LiveTerminal {
    drawing: Mutex<Drawing>,
}

#[derive(Debug, Default)]
struct Drawing {
    text: String,
    /// Whether the last text ended its line: `indicatif` writes the spaces that fill a line by themselves.
    has_filled_line: bool,
}

/// Columns for `^C` and the cursor after it.
const MARGIN: u16 = 3;

impl LiveTerminal {
    fn drawing(&self) -> MutexGuard<'_, Drawing> {
        // A text is valid even after a panic in another thread.
        self.drawing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn control(&self, sequence: &str) {
        let mut drawing = self.drawing();
        drawing.text += sequence;
        drawing.has_filled_line = false;
    }

    /// Moves the cursor by `n`. The control sequence would take 0 for 1.
    fn move_cursor(&self, n: usize, direction: char) -> io::Result<()> {
        if n > 0 {
            self.control(&format!("\x1b[{n}{direction}"));
        }
        Ok(())
    }
}

impl Drawing {
    fn add(&mut self, text: &str) {
        let fills = text.bytes().all(|byte| byte == b' ');
        if self.has_filled_line && !fills {
            self.text += "\r\n";
        }
        self.has_filled_line = fills;
        self.text += text;
    }
}

/// The columns and the lines for live lines.
pub fn room_for_live_lines() -> (usize, usize) {
    let terminal = LiveTerminal::default();
    // The line above them stays in sight.
    let lines = terminal.height().saturating_sub(1);
    (terminal.width().into(), lines.into())
}

impl TermLike for LiveTerminal {
    fn width(&self) -> u16 {
        let size = terminal_size::terminal_size_of(io::stderr());
        size.map_or(80, |(terminal_size::Width(width), _)| width)
            .saturating_sub(MARGIN)
    }

    fn height(&self) -> u16 {
        let size = terminal_size::terminal_size_of(io::stderr());
        size.map_or(24, |(_, terminal_size::Height(height))| height)
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.move_cursor(n, 'A')
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.move_cursor(n, 'B')
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.move_cursor(n, 'C')
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.move_cursor(n, 'D')
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        let mut drawing = self.drawing();
        drawing.add(text);
        drawing.text += "\r\n";
        drawing.has_filled_line = false;
        Ok(())
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        if text == "\r" {
            self.control(text);
        } else {
            self.drawing().add(text);
        }
        Ok(())
    }

    fn clear_line(&self) -> io::Result<()> {
        self.control("\r\x1b[2K");
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        let drawing = std::mem::take(&mut *self.drawing());
        io::stderr().write_all(drawing.text.as_bytes())?;
        io::stderr().flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_separated_where_they_do_not_fill_the_terminal() {
        let mut drawing = Drawing::default();
        for text in ["a", "  ", "bcd", "", "e", "  "] {
            drawing.add(text);
        }
        assert_eq!(drawing.text, "a  \r\nbcd\r\ne  ");
    }

    #[test]
    fn a_dumb_terminal_gets_no_live_line() {
        for (term, expected) in [("xterm", true), ("dumb", false), ("", false)] {
            assert_eq!(redraws(Some(term.as_ref())), expected, "{term:?}");
        }
        assert_eq!(redraws(None), cfg!(windows));
    }
}
