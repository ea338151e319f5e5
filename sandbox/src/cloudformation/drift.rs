//! What was changed outside CloudFormation: of one resource, and of a stack, to bring it back.

use super::engine::Engine;
use super::resources::Live;
use super::stack::{Drift, Resource, StackState};
use crate::fault::Fault;

/// The resource as its service has it, where it should have been created.
pub async fn live(engine: &Engine, resource: &Resource) -> Result<Live, Fault> {
    match (&resource.actual, engine.types.get(&resource.kind)) {
        (Some(actual), Some(kind)) => kind.live(&actual.physical_id, &actual.properties).await,
        _ => Ok(Live::Unknown),
    }
}

pub async fn drift(engine: &Engine, state: &StackState) -> Result<Drift, Fault> {
    let mut drift = Drift::new();
    for (logical_id, resource) in state.resources.iter() {
        let expected = resource.actual.as_ref().map(|actual| &actual.properties);
        match live(engine, resource).await? {
            Live::Deleted => drift.insert(logical_id.clone(), None),
            Live::Is(live) if Some(&live) != expected => {
                drift.insert(logical_id.clone(), Some(live))
            }
            Live::Is(_) | Live::Unknown => None,
        };
    }
    Ok(drift)
}

/// Notes in the state what the resources are now, so that an update brings them back.
pub fn admit(state: &mut StackState, drift: &Drift) {
    for (logical_id, resource) in state.resources.iter_mut() {
        match (drift.get(logical_id), &mut resource.actual) {
            (Some(Some(live)), Some(actual)) => actual.properties = live.clone(),
            (Some(None), _) => resource.actual = None,
            _ => {}
        }
    }
}
