//! The terminal as the live line sees it.

use std::io::{self, Write};

use indicatif::TermLike;

/// Standard error, a little narrower than it is.
///
/// `indicatif` fills its line to the last column. A terminal that writes `^C` behind it would begin a
/// new line, and clearing the live line would then miss it.
#[derive(Debug)]
pub struct LiveTerminal;

/// Room for `^C`, and for the cursor behind it.
const ROOM: u16 = 3;

impl LiveTerminal {
    fn write(&self, text: &str) -> io::Result<()> {
        io::stderr().write_all(text.as_bytes())
    }

    /// Writes the control sequence that moves the cursor by `n`, which must not be 0 in it.
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
            .saturating_sub(ROOM)
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
