//! The terminal: its width, its colours, and where the live line is drawn.

use std::ffi::OsStr;
use std::io::{self, IsTerminal, Write};

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

/// Standard error for the live line, as if it had some columns less.
///
/// `indicatif` fills its line to the last column. A terminal that writes `^C` after that would begin a
/// new line, and clearing the live line would not clear it.
#[derive(Debug)]
pub struct LiveTerminal;

/// Columns for `^C` and the cursor after it.
const MARGIN: u16 = 3;

impl LiveTerminal {
    fn write(&self, text: &str) -> io::Result<()> {
        io::stderr().write_all(text.as_bytes())
    }

    /// Moves the cursor by `n`. The control sequence would take 0 for 1.
    fn move_cursor(&self, n: usize, direction: char) -> io::Result<()> {
        match n {
            0 => Ok(()),
            n => self.write(&format!("\x1b[{n}{direction}")),
        }
    }
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
        self.write(&format!("{text}\n"))
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.write(text)
    }

    fn clear_line(&self) -> io::Result<()> {
        self.write("\r\x1b[2K")
    }

    fn flush(&self) -> io::Result<()> {
        io::stderr().flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dumb_terminal_gets_no_live_line() {
        for (term, expected) in [("xterm", true), ("dumb", false), ("", false)] {
            assert_eq!(redraws(Some(term.as_ref())), expected, "{term:?}");
        }
        assert_eq!(redraws(None), cfg!(windows));
    }
}
