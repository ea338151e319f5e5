//! What can be set of a mapping of a queue alone.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::super::fault::{constraint, invalid};
use crate::fault::Fault;

/// Of a FIFO queue, and of any queue without a window.
pub const SMALL_BATCH: u32 = 10;
const CONCURRENCIES: RangeInclusive<u32> = 2..=1_000;
/// How many batches of a mapping are with its function at the same time, if the mapping does not say.
const USUAL_CONCURRENCY: u32 = 5;

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub struct QueueSettings {
    max_concurrency: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct QueueChange {
    scaling_config: Option<ScalingConfig>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ScalingConfig {
    maximum_concurrency: Option<u32>,
}

impl QueueChange {
    /// The name of a member that is given.
    pub fn given(&self) -> Option<&'static str> {
        self.scaling_config.as_ref().map(|_| "ScalingConfig")
    }
}

impl QueueSettings {
    pub fn change(&mut self, change: QueueChange) {
        if let Some(scaling) = change.scaling_config {
            // An empty one removes it.
            self.max_concurrency = scaling.maximum_concurrency;
        }
    }

    pub fn check(&self, batch_size: u32, window: u32, is_fifo: bool) -> Result<(), Fault> {
        let most = self.max_concurrency;
        if let Some(most) = most.filter(|most| !CONCURRENCIES.contains(most)) {
            let member = "scalingConfig.maximumConcurrency";
            return Err(constraint(member, most, "from 2 to 1000"));
        }
        if is_fifo && window > 0 {
            return Err(invalid(
                "Batching window is not supported for FIFO queues: set MaximumBatchingWindowInSeconds to 0.",
            ));
        }
        if is_fifo && batch_size > SMALL_BATCH {
            return Err(invalid("Batch size must be 10 or less for FIFO queues."));
        }
        if batch_size > SMALL_BATCH && window == 0 {
            return Err(invalid(
                "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater \
                 than 10",
            ));
        }
        Ok(())
    }

    pub fn concurrency(&self) -> usize {
        self.max_concurrency.unwrap_or(USUAL_CONCURRENCY) as usize
    }

    pub fn show(&self, configuration: &mut Value) {
        if let Some(most) = self.max_concurrency {
            configuration["ScalingConfig"] = json!({ "MaximumConcurrency": most });
        }
    }
}
