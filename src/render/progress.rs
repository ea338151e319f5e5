//! What is being done: live lines on a terminal. Only this file and [`terminal`] use `indicatif`.
//!
//! [`terminal`]: super::terminal

use std::fmt;
use std::sync::Mutex;
use std::time::Duration;

use anstream::adapter::strip_str;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::style::shown;
use super::terminal::{LiveTerminal, room_for_live_lines};

const TICK: Duration = Duration::from_millis(100);
/// How often the lines are drawn in a second, at most.
const HZ: u8 = 20;

pub(super) struct Progress {
    live: bool,
    color: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    bar: Option<ProgressBar>,
    /// What is being done here.
    current: Option<String>,
    /// What is waited for at the same time, the last at the end.
    awaited: Vec<String>,
    milestone: Option<usize>,
}

impl State {
    /// What is waited for, and what is being done, with `between` in between.
    fn text(&self, between: &str) -> Option<String> {
        let awaited = self.awaited.last();
        match (awaited, &self.current) {
            (Some(awaited), Some(current)) => Some(format!("{awaited}{between}{current}")),
            (awaited, current) => awaited.or(current.as_ref()).cloned(),
        }
    }
}

impl Progress {
    pub fn new(live: bool, color: bool) -> Self {
        Self {
            live,
            color,
            state: Mutex::default(),
        }
    }

    pub fn is_live(&self) -> bool {
        self.live
    }

    /// Shows what is being done, until the next call or [`Self::clear`].
    pub fn show(&self, text: &str) {
        let mut state = self.state();
        state.current = Some(text.to_owned());
        self.draw(&mut state);
    }

    /// Shows what is waited for beside what is being done, until [`Self::has_come`] or [`Self::clear`].
    pub fn wait(&self, what: &str) {
        let mut state = self.state();
        state.awaited.push(what.to_owned());
        self.draw(&mut state);
    }

    /// What was waited for is there. What is being done stays.
    pub fn has_come(&self, what: &str) {
        let mut state = self.state();
        if let Some(at) = state.awaited.iter().rposition(|it| it == what) {
            state.awaited.remove(at);
        }
        self.draw(&mut state);
    }

    fn draw(&self, state: &mut State) {
        if let Some(text) = state.text("; ") {
            if self.live {
                let bar = state.bar.get_or_insert_with(|| drawn(self.style()));
                bar.set_message(shown(&text.replace('\n', " ")));
            }
        } else if let Some(bar) = state.bar.take() {
            bar.finish_and_clear();
        }
    }

    /// Shows what `text` returns for so many columns and lines, again and again, until [`Self::clear`].
    pub fn show_lines(
        &self,
        text: impl Fn(usize, usize) -> String + Clone + Send + Sync + 'static,
    ) {
        self.clear();
        if self.live {
            let color = self.color;
            let lines = move |_: &ProgressState, out: &mut dyn fmt::Write| {
                let (columns, lines) = room_for_live_lines();
                let text = shown(&text(columns, lines));
                let text = if color {
                    text
                } else {
                    strip_str(&text).to_string()
                };
                // The text is written into memory.
                let _ = out.write_str(&text);
            };
            let style = ProgressStyle::with_template("{lines}");
            let style = style.unwrap_or_else(|_| ProgressStyle::default_spinner());
            self.state().bar = Some(drawn(style.with_key("lines", lines)));
        }
    }

    /// Without a live line: whether `done` has passed a multiple of `step` since the last call.
    pub fn passed_milestone(&self, done: usize, step: usize) -> bool {
        let milestone = done / step;
        let before = self.state().milestone.replace(milestone);
        before.is_some_and(|before| milestone > before) && !self.live
    }

    /// Removes the live line while `write` writes.
    pub fn suspend<T>(&self, write: impl FnOnce() -> T) -> T {
        let bar = self.state().bar.clone();
        match bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// Removes the live line: nothing is being done any more. Returns what it showed.
    pub fn clear(&self) -> Option<String> {
        let state = std::mem::take(&mut *self.state());
        state.bar.as_ref()?.finish_and_clear();
        state.text(" and ")
    }

    /// What is being done.
    pub fn current(&self) -> Option<String> {
        self.state().text(" and ")
    }

    fn style(&self) -> ProgressStyle {
        let template = if self.color {
            "{spinner} {wide_msg} {elapsed:.dim}"
        } else {
            "{spinner} {wide_msg} {elapsed}"
        };
        ProgressStyle::with_template(template)
            .unwrap_or_else(|_| ProgressStyle::default_spinner())
            .with_key(
                "elapsed",
                |state: &ProgressState, line: &mut dyn fmt::Write| {
                    // Writing to a text cannot fail.
                    let _ = line.write_str(&waited(state.elapsed()));
                },
            )
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        // The state is valid even after a panic in another thread.
        self.state
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// Seconds count also after minutes, to see that it goes on.
fn waited(time: Duration) -> String {
    match (time.as_secs() / 60, time.as_secs() % 60) {
        (0, seconds) => format!("{seconds}s"),
        (minutes, seconds) => format!("{minutes}m {seconds:02}s"),
    }
}

fn drawn(style: ProgressStyle) -> ProgressBar {
    let terminal = Box::new(LiveTerminal::default());
    let terminal = ProgressDrawTarget::term_like_with_hz(terminal, HZ);
    let bar = ProgressBar::with_draw_target(None, terminal).with_style(style);
    bar.enable_steady_tick(TICK);
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_being_done_is_shown_while_and_after_something_is_waited_for() {
        let progress = Progress::new(false, false);
        let says = |text: &str| assert_eq!(progress.current().unwrap_or_default(), text);
        progress.wait("starting the sandbox");
        says("starting the sandbox");
        progress.show("building 5 functions");
        says("starting the sandbox and building 5 functions");
        progress.wait("waiting for an answer");
        says("waiting for an answer and building 5 functions");
        progress.has_come("waiting for an answer");
        progress.show("zipping 5 functions");
        says("starting the sandbox and zipping 5 functions");
        progress.has_come("starting the sandbox");
        says("zipping 5 functions");
        progress.clear();
        says("");
        // A question has cleared the line before it came.
        progress.has_come("waiting for an answer");
        says("");
    }
}
