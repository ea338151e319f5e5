//! The shared stack of a workshop, which has the artifact bucket.

use super::artifacts::bucket_of;
use super::event::{Emit, EventKind, Reporter};
use super::release::Workshop;
use super::{DeployError, Recovery, clean, ownership, stack, waiter};
use crate::cloud::{Cloud, ParameterValue, Phase, Stack, StackRequest, TemplateSource};

/// The parameter with the name of the class; empty for single students.
const CLASS: &str = "Class";
const TEMPLATE: &str = include_str!("../../templates/workshop.yaml");

/// The name of the artifact bucket of `workshop`; creates the shared stack if there is none.
pub(super) async fn bucket(
    cloud: &Cloud,
    workshop: &Workshop,
    emit: Emit<'_>,
) -> Result<String, DeployError> {
    let report = Reporter {
        stack: &workshop.name,
        emit,
    };
    loop {
        let shared = match cloud.stack(&workshop.name).await? {
            None => create(cloud, workshop, report).await?,
            Some(shared) => shared,
        };
        ownership::check_workshop(&shared)?;
        if let Some(place) = &workshop.membership {
            ownership::check_place(&shared, place)?;
        }
        match shared.status.phase() {
            Phase::Updatable => return bucket_of(&shared).map(str::to_owned),
            Phase::InProgress => {
                waiter::wait_for_running_operation(cloud, &shared, report).await?;
            }
            Phase::RollbackFailed => {
                stack::recover(cloud, &shared, Recovery::ContinueRollback, report).await?
            }
            Phase::Unusable => {
                report.emit(EventKind::Recovering {
                    status: shared.status.clone(),
                    how: Recovery::DeleteAndCreate,
                });
                // A bucket can only be deleted when it is empty. Deployed functions keep their code, and
                // missing bundles are uploaded again.
                let deletion =
                    clean::deletion_of(clean::Sight::by_requests(cloud), &shared).await?;
                clean::delete(cloud, &deletion, emit).await?;
            }
            Phase::Deleted => {}
        }
    }
}

/// Deletes the shared stack, whose `bucket` somebody else has deleted.
pub(super) async fn delete(
    cloud: &Cloud,
    workshop: &str,
    bucket: &str,
    emit: Emit<'_>,
) -> Result<(), DeployError> {
    let report = Reporter {
        stack: workshop,
        emit,
    };
    report.emit(EventKind::BucketGone {
        bucket: bucket.to_owned(),
    });
    match cloud.stack(workshop).await? {
        // Another deployment may have created it again.
        Some(shared) if bucket_of(&shared).ok() == Some(bucket) => {
            stack::delete(cloud, &shared, report).await?;
            Ok(())
        }
        _ => Ok(()),
    }
}

async fn create(
    cloud: &Cloud,
    workshop: &Workshop,
    report: Reporter<'_>,
) -> Result<Stack, DeployError> {
    let class = workshop.membership.as_ref();
    let class = class.map_or_else(String::new, |place| place.class.clone());
    let request = StackRequest {
        name: workshop.name.clone(),
        template: TemplateSource::Text(TEMPLATE.to_owned()),
        parameters: vec![(CLASS.to_owned(), ParameterValue::Is(class))],
        tags: ownership::workshop_tags(workshop.membership.as_ref()),
    };
    Ok(stack::create(cloud, &request, report).await?.stack)
}
