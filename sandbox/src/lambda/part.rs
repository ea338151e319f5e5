//! The parts of a function that are stored as zips, each of which may be damaged.

use std::sync::Arc;

use http::StatusCode;

use crate::fault::Fault;
use crate::store::{Blobs, Pin, StoreError};

/// Source: Lambda API reference, the errors of `Invoke`, and `StateReasonCode`.
pub const INVALID_ZIP: &str = "InvalidZipFileException";

/// What a function consists of: its code, or a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    digest: String,
    /// Of a layer.
    arn: Option<String>,
}

impl Part {
    pub fn code(digest: &str) -> Self {
        Self {
            digest: digest.to_owned(),
            arn: None,
        }
    }

    pub fn layer(arn: &str, digest: &str) -> Self {
        Self {
            digest: digest.to_owned(),
            arn: Some(arn.to_owned()),
        }
    }

    /// Its zip. One that is not as it was stored is the same as one that cannot be unpacked.
    pub fn stored(&self, blobs: &Arc<Blobs>) -> Result<Pin, Fault> {
        let lost = match blobs.pin(&self.digest) {
            Ok(Some(zip)) => return Ok(zip),
            Ok(None) => {
                let path = blobs.path(&self.digest);
                StoreError::Missing { path }
            }
            Err(error) if error.is_of_lost_file() => error,
            Err(error) => return Err(error.into()),
        };
        let (what, repair) = match &self.arn {
            None => (
                "deployment package".to_owned(),
                "update the function's code",
            ),
            Some(arn) => (format!("layer {arn}"), "publish a layer with the same code"),
        };
        let message =
            format!("Lambda could not unzip the {what}: {lost}; {repair} to store it again");
        Err(Fault::new(StatusCode::BAD_GATEWAY, INVALID_ZIP, message))
    }
}
