//! Colours by their meaning. The streams remove them where none are wanted.

use std::fmt::Display;

use anstyle::{AnsiColor, Style};

fn styled(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

pub(super) fn bold(text: impl Display) -> String {
    styled(Style::new().bold(), text)
}

pub(super) fn good(text: impl Display) -> String {
    styled(AnsiColor::Green.on_default().bold(), text)
}

pub(super) fn bad(text: impl Display) -> String {
    styled(AnsiColor::Red.on_default().bold(), text)
}

pub(super) fn hint(text: impl Display) -> String {
    styled(AnsiColor::Cyan.on_default(), text)
}

pub(super) fn dim(text: impl Display) -> String {
    styled(Style::new().dimmed(), text)
}
