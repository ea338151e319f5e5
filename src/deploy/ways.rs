//! Compares the ways in which new code gets to Lambda, by taking each of them with code that is deployed already:
//! so nothing changes.

use serde::Serialize;
use tokio::time::Instant;

use super::prepared::Prepared;
use super::quickbuild::Way;
use super::release::FunctionCode;
use super::{Action, DeployError, Deployment};
use crate::cloud::{Code, LARGEST_ZIP_IN_A_REQUEST};
use crate::names::function_name;

/// The ways of the code of one function, each until Lambda has taken the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Ways {
    /// The whole code in the request to Lambda; `None` if it is too large for that.
    pub inline: Option<Way>,
    /// The whole code to the bucket, from which Lambda reads it.
    pub bucket: Way,
    /// What changed, to QuickBuild; `None` if the whole code was sent this time.
    pub quickbuild: Option<Way>,
}

/// Fills in the ways of the functions that were patched, one after the other.
pub(super) async fn compare(
    prepared: &Prepared<'_>,
    deployment: &mut Deployment,
) -> Result<(), DeployError> {
    for outcome in &mut deployment.functions {
        let mut code = prepared.release.code.iter();
        let code = code.find(|it| it.function == outcome.function);
        if let Some(code) = code.filter(|_| outcome.action == Action::Patched) {
            let name = function_name(&deployment.stack, &outcome.function);
            outcome.ways = ways(prepared, &name, code).await?;
        }
    }
    Ok(())
}

async fn ways(
    prepared: &Prepared<'_>,
    name: &str,
    code: &FunctionCode,
) -> Result<Option<Ways>, DeployError> {
    let Some(zip) = &code.zip else {
        return Ok(None);
    };
    let cloud = prepared.cloud;
    let report = prepared.report(name);
    let (bucket, key) = prepared.object(code, report).await?;
    let stored = || Code::Object {
        bucket: bucket.clone(),
        key: key.clone(),
    };

    let inline = if zip.len() <= LARGEST_ZIP_IN_A_REQUEST {
        let started = Instant::now();
        cloud.try_code(name, Code::Zip(zip.to_vec())).await?;
        Some(Way::since(started, zip.len().div_ceil(3) * 4))
    } else {
        None
    };

    let started = Instant::now();
    cloud.put_object(&bucket, &key, zip.to_vec()).await?;
    let taken = Instant::now();
    cloud.try_code(name, stored()).await?;
    let taking = taken.elapsed().as_millis();
    let whole = Way::since(started, zip.len());

    let quickbuild = prepared.quickbuild.and_then(|it| it.sent(&code.function));
    Ok(Some(Ways {
        inline,
        bucket: whole,
        quickbuild: quickbuild.map(|way| Way {
            milliseconds: way.milliseconds + taking,
            ..way
        }),
    }))
}
