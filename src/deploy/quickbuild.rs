//! QuickBuild: code that a function in the account makes in the artifact bucket, out of the code that is deployed.
//! Only what differs travels; where that cannot be, the whole does.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::bundle_key::bundle_key;
use super::event::{EventKind, Reporter};
use super::release::FunctionCode;
use crate::bundle::{Bundle, Digest, changes_to_json, difference};
use crate::cloud::{Cloud, Repetition};
use crate::names::{QUICKBUILD, function_name};

/// The longest payload of an invocation, in bytes.
///
/// Source: "Lambda quotas", invocation payload: 6 MB each for request and response (synchronous).
const LONGEST_PAYLOAD: usize = 6 * 1024 * 1024;

/// The function that patches bundles, and what it can patch.
#[derive(Debug)]
pub struct QuickBuild {
    /// Its stack.
    stack: String,
    /// Its full name.
    function: String,
    /// The deployed code of functions, by their names in the package.
    deployed: BTreeMap<String, Earlier>,
    /// Whether the ways of the code are compared afterwards.
    pub(super) explains: bool,
    sent: Mutex<BTreeMap<String, Way>>,
}

#[derive(Debug)]
struct Earlier {
    digest: Digest,
    zip: Arc<[u8]>,
}

/// What it takes to bring new code to Lambda in one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Way {
    /// That are sent, without the headers of requests.
    pub bytes: usize,
    pub milliseconds: u128,
}

impl Way {
    pub(super) fn since(started: Instant, bytes: usize) -> Self {
        let milliseconds = started.elapsed().as_millis();
        Self {
            bytes,
            milliseconds,
        }
    }
}

/// Why the whole code is sent.
enum Whole {
    /// There is no function that patches.
    NoFunction,
    Because(String),
}

impl QuickBuild {
    /// That of the `stack`. `deployed` is the code that the functions have, as far as it is known here.
    pub fn new(stack: String, deployed: Vec<Bundle>, explains: bool) -> Self {
        let deployed = deployed.into_iter().map(|bundle| {
            let Bundle {
                function,
                zip,
                digest,
                ..
            } = bundle;
            let zip = zip.into();
            (function.name, Earlier { digest, zip })
        });
        Self {
            function: function_name(&stack, QUICKBUILD),
            stack,
            deployed: deployed.collect(),
            explains,
            sent: Mutex::default(),
        }
    }

    /// What it took to bring the code of this function to the bucket, if QuickBuild did.
    pub(super) fn sent(&self, function: &str) -> Option<Way> {
        let sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        sent.get(function).copied()
    }

    /// Whether the code is now in the bucket; if it is not, the reporter has been told why.
    pub(super) async fn makes(
        &self,
        cloud: &Cloud,
        bucket: &str,
        code: &FunctionCode,
        zip: &Arc<[u8]>,
        report: Reporter<'_>,
    ) -> bool {
        let started = Instant::now();
        let function = code.function.clone();
        match self.make(cloud, bucket, code, zip).await {
            Ok(bytes) => {
                let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
                sent.insert(function.clone(), Way::since(started, bytes));
                report.emit(EventKind::QuickBuilt {
                    function,
                    bytes,
                    whole: code.size,
                });
                true
            }
            Err(Whole::NoFunction) => {
                report.emit(EventKind::NoQuickBuild {
                    function,
                    patcher: self.function.clone(),
                    stack: self.stack.clone(),
                });
                false
            }
            Err(Whole::Because(reason)) => {
                report.emit(EventKind::Whole { function, reason });
                false
            }
        }
    }

    /// How many bytes were sent.
    async fn make(
        &self,
        cloud: &Cloud,
        bucket: &str,
        code: &FunctionCode,
        zip: &Arc<[u8]>,
    ) -> Result<usize, Whole> {
        let because = |reason: &str| Whole::Because(reason.to_owned());
        let earlier = self.deployed.get(&code.function);
        let earlier =
            earlier.ok_or_else(|| because("the deployed code is not kept in this folder"))?;
        let payload = json!({
            "src": format!("s3://{bucket}/{}", bundle_key(&code.function, &earlier.digest)),
            "to": bundle_key(&code.function, &code.digest),
            "digest": code.digest,
            "changes": changes(earlier.zip.clone(), zip.clone()).await?,
        });
        let payload = payload.to_string();
        let bytes = payload.len();
        if bytes > LONGEST_PAYLOAD || bytes >= code.size {
            return Err(because("what changed is not less"));
        }
        let made = cloud
            .invoke(&self.function, payload.into_bytes(), Repetition::Harmless)
            .await
            .map_err(|error| match error.is_not_found() {
                true => Whole::NoFunction,
                false => Whole::Because(error.to_string()),
            })?;
        if let Some(error) = made.error {
            return Err(Whole::Because(error.error_message));
        }
        let answer: Value = serde_json::from_slice(&made.payload).unwrap_or_default();
        if answer["digest"] == code.digest.as_str() {
            Ok(bytes)
        } else {
            Err(Whole::Because(format!(
                "{} answered {answer}",
                self.function
            )))
        }
    }
}

/// Beside everything else, because it takes a processor a moment.
async fn changes(earlier: Arc<[u8]>, zip: Arc<[u8]>) -> Result<Value, Whole> {
    let work = move || difference(&earlier, &zip).map(|changes| changes_to_json(&changes));
    match tokio::task::spawn_blocking(work).await {
        Ok(changes) => changes.map_err(|error| Whole::Because(error.to_string())),
        Err(error) => Err(Whole::Because(error.to_string())),
    }
}
