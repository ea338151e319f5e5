//! What is going on: on a terminal one live line, elsewhere plain lines. Only this file and [`live`]
//! know `indicatif`.
//!
//! [`live`]: super::live

use std::sync::Mutex;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::live::LiveTerminal;

const TICK: Duration = Duration::from_millis(100);
/// How often the line is drawn in a second, at most.
const HZ: u8 = 20;

pub(super) struct Progress {
    live: bool,
    color: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    bar: Option<ProgressBar>,
    standing: Option<String>,
    milestone: Option<usize>,
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

    /// Shows what is going on now, until the next step or [`Self::clear`].
    pub fn step(&self, text: &str) {
        let mut state = self.state();
        state.standing = Some(text.to_owned());
        if self.live {
            let bar = state.bar.get_or_insert_with(|| {
                let terminal = ProgressDrawTarget::term_like_with_hz(Box::new(LiveTerminal), HZ);
                let bar = ProgressBar::with_draw_target(None, terminal);
                bar.set_style(self.style());
                bar.enable_steady_tick(TICK);
                bar
            });
            bar.set_message(text.to_owned());
        }
    }

    /// Whether `done` has passed a multiple of `step` since it was first told, where nobody watches
    /// the live line.
    pub fn passes(&self, done: usize, step: usize) -> bool {
        let milestone = done / step;
        let before = self.state().milestone.replace(milestone);
        before.is_some_and(|before| milestone > before) && !self.live
    }

    /// Writes something without the live line getting in the way.
    pub fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        let bar = self.state().bar.clone();
        match bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// Takes the live line away: nothing is going on any more.
    pub fn clear(&self) {
        let State { bar, .. } = std::mem::take(&mut *self.state());
        if let Some(bar) = bar {
            bar.finish_and_clear();
        }
    }

    /// The step that is going on.
    pub fn standing(&self) -> Option<String> {
        self.state().standing.clone()
    }

    fn style(&self) -> ProgressStyle {
        let template = if self.color {
            "{spinner:.cyan} {wide_msg} {elapsed:.dim}"
        } else {
            "{spinner} {wide_msg} {elapsed}"
        };
        ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        // A panic elsewhere leaves nothing half-written in here.
        self.state
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
