//! Pauses before something is tried again.

use std::time::Duration;

use crate::error::Failure;
use crate::log::log_line;
use crate::table::Table;

/// Counts how often somebody else changed a table first, and pauses before the next try.
pub struct Retry {
    table: String,
    pauses: Pauses,
    round: u32,
}

enum Pauses {
    Short,
    Growing,
}

impl Pauses {
    /// How often a change is tried. Each try that is lost is a change that somebody else made.
    fn tries(&self) -> u32 {
        match self {
            Self::Short => 100,
            Self::Growing => 12,
        }
    }
}

impl Retry {
    /// For a change of one item, which is quickly tried again: 100 tries, a few milliseconds apart.
    pub fn with_short_pauses(table: &Table) -> Self {
        Self::new(table, Pauses::Short)
    }

    /// For a change of the whole table: 12 tries, up to a second apart, so that others can finish.
    pub fn with_growing_pauses(table: &Table) -> Self {
        Self::new(table, Pauses::Growing)
    }

    fn new(table: &Table, pauses: Pauses) -> Self {
        Self {
            table: table.name().to_owned(),
            pauses,
            round: 0,
        }
    }

    /// Call it when somebody else was quicker. It waits a moment, or fails after too many tries.
    pub async fn pause(&mut self) -> Result<(), Failure> {
        self.round += 1;
        let (table, tries) = (&self.table, self.pauses.tries());
        if self.round == tries {
            return Err(Failure::storage(format!(
                "Others changed the table {table} first, {tries} times in a row. \
                 Try again when they are done"
            )));
        }
        log_line("somebody else changed the table first: trying again");
        match self.pauses {
            Pauses::Short => short_pause(self.round).await,
            Pauses::Growing => growing_pause(self.round).await,
        }
        Ok(())
    }
}

/// Waits a few milliseconds before the try number `round`.
async fn short_pause(round: u32) {
    let most = u64::from(round.min(50)) + 1;
    tokio::time::sleep(Duration::from_millis(rand::random_range(0..=most))).await;
}

const SHORTEST: Duration = Duration::from_millis(20);
const LONGEST: Duration = Duration::from_secs(1);

/// Waits before the try number `round`, twice as long each time, up to a second. The first try has
/// the number 0 and does not wait.
///
/// The pause is a random part of that time, so that two who met once do not meet again.
pub(crate) async fn growing_pause(round: u32) {
    if round > 0 {
        let full = SHORTEST.saturating_mul(1 << round.min(10)).min(LONGEST);
        tokio::time::sleep(full.mul_f64(rand::random_range(0.0..1.0))).await;
    }
}
