//! What is going on: on a terminal one live line, elsewhere plain lines. The only file that knows
//! `indicatif`.

use std::sync::Mutex;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

const TICK: Duration = Duration::from_millis(100);

pub(super) struct Progress {
    live: bool,
    color: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    bar: Option<ProgressBar>,
    standing: Option<String>,
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
                let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
                bar.set_style(self.style());
                bar.enable_steady_tick(TICK);
                bar
            });
            bar.set_message(text.to_owned());
        }
    }

    /// Writes something without the live line getting in the way.
    pub fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        let bar = self.state().bar.clone();
        match bar {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// Takes the live line away.
    pub fn clear(&self) {
        if let Some(bar) = self.state().bar.take() {
            bar.finish_and_clear();
        }
    }

    /// The step that was last shown.
    pub fn standing(&self) -> Option<String> {
        self.state().standing.clone()
    }

    fn style(&self) -> ProgressStyle {
        let template = match self.color {
            true => "{spinner:.cyan} {wide_msg} {elapsed:.dim}",
            false => "{spinner} {wide_msg} {elapsed}",
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
