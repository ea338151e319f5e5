//! S3's error codes, and faults in the form that the s3s library takes and returns.

use std::sync::{Arc, Mutex, PoisonError};

use http::{Extensions, StatusCode};
use quick_xml::escape::unescape;
use s3s::{S3Error, S3ErrorCode};

use crate::fault::Fault;
use crate::store::StoreError;

pub fn no_such_bucket(name: &str) -> Fault {
    let message = format!("there is no bucket {name}");
    Fault::not_found("NoSuchBucket", message).with("BucketName", name)
}

pub fn no_such_key(key: &str) -> Fault {
    let message = format!("the bucket has no object {key}");
    Fault::not_found("NoSuchKey", message).with("Key", key)
}

/// What S3 answers for an object that it has lost, which can be stored again.
///
/// Source: Amazon S3 user guide, "Understanding and managing Amazon S3 storage classes", Reduced Redundancy.
pub fn lost(key: &str, why: &StoreError) -> Fault {
    let message = format!("the object {key} is lost: {why}; put the object again");
    Fault::new(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", message).with("Key", key)
}

pub fn no_such_version(key: &str, id: &str) -> Fault {
    let message = format!("the object {key} has no version {id}");
    let fault = Fault::not_found("NoSuchVersion", message);
    fault.with("Key", key).with("VersionId", id)
}

pub fn no_such_upload(id: &str) -> Fault {
    let message = format!(
        "there is no multipart upload {id} of this key: it may have been completed or aborted"
    );
    Fault::not_found("NoSuchUpload", message).with("UploadId", id)
}

pub fn invalid_argument(message: impl Into<String>) -> Fault {
    Fault::invalid("InvalidArgument", message)
}

pub fn invalid_request(message: impl Into<String>) -> Fault {
    Fault::invalid("InvalidRequest", message)
}

/// `header` is the condition that did not hold.
pub fn precondition_failed(header: &str) -> Fault {
    let fault = Fault::new(
        StatusCode::PRECONDITION_FAILED,
        "PreconditionFailed",
        "At least one of the pre-conditions you specified did not hold",
    );
    fault.with("Condition", header)
}

pub fn not_implemented(message: impl Into<String>) -> Fault {
    Fault::new(StatusCode::NOT_IMPLEMENTED, "NotImplemented", message)
}

/// Carries a fault past the library, whose errors have a code and a message only. It is an
/// extension of the request.
#[derive(Clone, Debug, Default)]
pub struct FaultSlot(Arc<Mutex<Option<Fault>>>);

impl FaultSlot {
    pub fn of(extensions: &Extensions) -> Self {
        extensions.get().cloned().unwrap_or_default()
    }

    /// Keeps the fault, and returns it as the library's error.
    pub fn fail(&self, fault: Fault) -> S3Error {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault.clone());
        to_s3_error(fault)
    }

    pub fn take(&self) -> Option<Fault> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

fn to_s3_error(fault: Fault) -> S3Error {
    let code = match fault.code.as_str() {
        // The code that the sandbox's other services use.
        "InternalFailure" => S3ErrorCode::InternalError,
        code => S3ErrorCode::from_bytes(code.as_bytes()).unwrap_or(S3ErrorCode::InternalError),
    };
    let mut error = S3Error::with_message(code, fault.message);
    error.set_status_code(fault.status);
    error
}

/// The fault in a response of the library:
/// `<Error><Code>…</Code><Message>…</Message></Error>`.
pub fn from_response(status: StatusCode, xml: &[u8]) -> Fault {
    let xml = String::from_utf8_lossy(xml);
    let element = |name: &str| {
        let (_, rest) = xml.split_once(&format!("<{name}>"))?;
        let (text, _) = rest.split_once(&format!("</{name}>"))?;
        Some(unescape(text).ok()?.into_owned())
    };
    let code = element("Code").unwrap_or_else(|| "InternalError".to_owned());
    let message = element("Message").unwrap_or_else(|| default_message(&code).to_owned());
    Fault::new(status, code, message)
}

/// For the errors that the library gives no message. Source: S3's list of error codes.
fn default_message(code: &str) -> &'static str {
    match code {
        "InvalidBucketName" => {
            "The specified bucket is not valid: names have 3 to 63 lowercase letters, digits, dots \
             and hyphens"
        }
        "KeyTooLongError" => "Your key is too long: it can have at most 1024 bytes",
        "MaxMessageLengthExceeded" => "Your request was too big.",
        "SignatureDoesNotMatch" => {
            "The request signature we calculated does not match the signature you provided. Check \
             your key and signing method."
        }
        _ => "the request is not valid",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_pass_through_the_library_unchanged() {
        let fault = Fault::conflict("BucketNotEmpty", "it has <objects> & more");
        let written = to_s3_error(fault.clone())
            .to_http_response()
            .expect("it is XML");
        assert_eq!(written.status(), fault.status);
        let xml = written.into_body().bytes().expect("it is at hand");
        assert_eq!(from_response(fault.status, &xml), fault);
        let internal = to_s3_error(Fault::internal("why"));
        assert_eq!(internal.code().as_str(), "InternalError");
    }

    #[test]
    fn errors_of_the_library_get_a_message() {
        let xml = b"<Error><Code>KeyTooLongError</Code></Error>";
        let fault = from_response(StatusCode::BAD_REQUEST, xml);
        assert!(fault.message.contains("1024"), "{fault}");
    }
}
