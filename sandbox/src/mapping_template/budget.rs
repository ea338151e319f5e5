//! What a rendering may still cost.

use super::fault::{Outcome, problem};
use super::limits::{OUTPUT_BYTES, STEPS, VALUE_BYTES};

#[derive(Debug, Default)]
pub(super) struct Budget {
    steps: usize,
    bytes: usize,
}

impl Budget {
    pub(super) fn step(&mut self) -> Outcome<()> {
        self.spend(1)
    }

    pub(super) fn spend(&mut self, steps: usize) -> Outcome<()> {
        self.steps = self.steps.saturating_add(steps);
        if self.steps > STEPS {
            return Err(problem(format!(
                "the template takes more than {STEPS} steps"
            )));
        }
        Ok(())
    }

    /// Copies so many bytes.
    pub(super) fn go_through(&mut self, bytes: usize) -> Outcome<()> {
        self.spend(bytes / 256)
    }

    pub(super) fn allocate(&mut self, bytes: usize) -> Outcome<()> {
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes > VALUE_BYTES {
            return Err(problem(format!(
                "the template's values are larger than {VALUE_BYTES} bytes"
            )));
        }
        self.go_through(bytes)
    }

    /// Looks at each character of a text.
    pub(super) fn examine(&mut self, text: &str) -> Outcome<()> {
        self.spend(text.len() / 16)
    }

    /// Appends to what a template makes.
    pub(super) fn write(&mut self, text: &str, out: &mut String) -> Outcome<()> {
        self.go_through(text.len())?;
        if out.len() + text.len() > OUTPUT_BYTES {
            return Err(problem(format!(
                "the template makes more than {OUTPUT_BYTES} bytes"
            )));
        }
        out.push_str(text);
        Ok(())
    }
}
