//! The code in a request: a zip, or an object in S3.

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use super::Lambda;
use super::bundle_cache::UnpackedBundle;
use super::fault::invalid;
use super::function::{Code, Function};
use super::function_ref::FunctionRef;
use super::part::{INVALID_ZIP, Part};
use crate::fault::Fault;
use crate::s3::S3;
use crate::store::{Blobs, Pin};

/// `FunctionCode`.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct CodeSource {
    zip_file: Option<String>,
    s3_bucket: Option<String>,
    s3_key: Option<String>,
    s3_object_version: Option<String>,
    image_uri: Option<String>,
}

/// A zip that is stored and unpacked.
#[derive(Debug)]
pub struct Bundle {
    pub code: Code,
    /// Keeps the zip stored until a record names it.
    _zip: Pin,
    /// Stays unpacked until the revision is cached.
    unpacked: Arc<UnpackedBundle>,
}

impl Bundle {
    pub fn unpacked(&self) -> &UnpackedBundle {
        &self.unpacked
    }
}

impl CodeSource {
    fn fetch(self, blobs: &Arc<Blobs>, s3: &S3) -> Result<Pin, Fault> {
        match (self.zip_file, self.s3_bucket, self.s3_key) {
            (Some(text), None, None) => {
                let bytes = BASE64_STANDARD.decode(text).map_err(|error| {
                    let message = format!("ZipFile is not Base64: {error}");
                    Fault::invalid("SerializationException", message)
                })?;
                Ok(blobs.keep(&bytes)?)
            }
            (None, Some(bucket), Some(key)) => s3
                .object(&bucket, &key, self.s3_object_version.as_deref())
                .map_err(|fault| not_fetched(&bucket, &key, fault)),
            (None, None, None) => Err(invalid("Please provide a source for function code.")),
            (Some(_), _, _) => Err(invalid(
                "Please do not provide other FunctionCode parameters when providing a ZipFile.",
            )),
            _ => Err(invalid("S3Bucket and S3Key must be given together")),
        }
    }
}

impl Lambda {
    /// Stores the zip and unpacks it, so that a zip that cannot be unpacked is refused now.
    pub async fn bundle(&self, source: CodeSource) -> Result<Bundle, Fault> {
        if source.image_uri.is_some() {
            return Err(no_images());
        }
        let (blobs, s3, bundles) = (self.blobs.clone(), self.s3.clone(), self.bundles.clone());
        blocking(move || {
            let zip = source.fetch(&blobs, &s3)?;
            let size = zip.path().metadata().map_or(0, |file| file.len());
            let unpacked = bundles.get_or_unpack(&zip)?;
            let digest = zip.digest().to_owned();
            Ok(Bundle {
                code: Code { digest, size },
                _zip: zip,
                unpacked,
            })
        })
        .await
    }

    /// The unpacked code of an existing function, or of one of its layers.
    pub async fn unpacked(&self, part: Part) -> Result<Arc<UnpackedBundle>, Fault> {
        let (blobs, bundles) = (self.blobs.clone(), self.bundles.clone());
        blocking(move || bundles.get_or_unpack(&part.stored(&blobs)?)).await
    }

    /// The function and its `FunctionConfiguration`. One whose code or layer is damaged cannot be called until
    /// that is stored again.
    pub async fn described(&self, function_ref: &FunctionRef) -> Result<(Function, Value), Fault> {
        loop {
            let function = self.function(function_ref)?;
            let mut configuration = function.configuration(&function_ref.arn());
            let (blobs, parts) = (self.blobs.clone(), function.parts());
            let all_stored = move || parts.iter().try_for_each(|it| it.stored(&blobs).map(drop));
            match blocking(all_stored).await {
                Err(fault) if fault.code == INVALID_ZIP => {
                    // A bundle may just have been replaced and deleted.
                    if self.function(function_ref)?.parts() != function.parts() {
                        continue;
                    }
                    configuration["State"] = json!("Failed");
                    configuration["StateReasonCode"] = json!(INVALID_ZIP);
                    configuration["StateReason"] = json!(fault.message);
                }
                stored => stored?,
            }
            return Ok((function, configuration));
        }
    }
}

pub fn no_images() -> Fault {
    invalid(
        "the sandbox does not support container images; deploy a zip (PackageType Zip) with a \
         program called `bootstrap`",
    )
}

fn not_fetched(bucket: &str, key: &str, fault: Fault) -> Fault {
    if fault.is_client_error() {
        invalid(format!(
            "Error occurred while GetObject. S3 Error Code: {}. S3 Error Message: {} \
             (s3://{bucket}/{key})",
            fault.code, fault.message
        ))
    } else {
        fault
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    spawn_blocking(work)
        .await
        .map_err(|error| Fault::internal(error.to_string()))?
}
