//! What becomes of asynchronous invocations: how often they are tried, and who hears of their end.
//!
//! A function, or a version of it, may have a configuration: retries, and destinations for reports of success
//! and failure. A function may also have a dead-letter queue, which gets the event itself. Both are read when
//! an event is accepted, and hold for it. Who hears of it gets a delivery when the event has ended, if the
//! function's role may hand it over.
//!
//! Source: "Adding error handling for asynchronous invocations" in Lambda's developer guide.

mod configuration;
mod destination;
mod operations;
mod report;
#[cfg(test)]
mod tests;

pub use configuration::{EventInvokeConfig, key, prefix};
pub use destination::{Kind, check_dead_letter};
pub use operations::{delete, get, list, put, update};
pub use report::answer;

use super::Lambda;
use super::function::Function;
use super::function_ref::FunctionRef;
use crate::delivery::{Delivery, Destinations};
use crate::fault::Fault;

impl Lambda {
    /// The delivery of an event to a function, with what follows when it has ended.
    pub fn event(
        &self,
        function_ref: &FunctionRef,
        id: impl Into<String>,
        payload: String,
    ) -> Result<Delivery, Fault> {
        self.event_to(&self.function(function_ref)?, function_ref, id, payload)
    }

    /// As [`event`](Self::event), with the function as it was just read.
    pub fn event_to(
        &self,
        function: &Function,
        function_ref: &FunctionRef,
        id: impl Into<String>,
        payload: String,
    ) -> Result<Delivery, Fault> {
        let configuration = self
            .event_invoke_configs
            .get(&key(&function_ref.name, function_ref.version()))?;
        let mut delivery = Delivery::new(id, function_ref.arn(), payload);
        if let Some(configuration) = &configuration {
            delivery.retry = configuration.retry_policy();
        }
        let reports = configuration.map(|it| it.destinations).unwrap_or_default();
        delivery.destinations = Destinations {
            on_success: reports.on_success,
            on_failure: reports.on_failure,
            dead_letter: function.dead_letter.clone(),
        };
        Ok(delivery)
    }

    /// The function that an event was for. An error says why there is none any more.
    fn function_of(&self, delivery: &Delivery) -> Result<Function, String> {
        let function_ref = FunctionRef::parse(&delivery.target, None);
        let function = function_ref.and_then(|function_ref| self.function(&function_ref));
        function.map_err(|fault| fault.to_string())
    }
}
