//! S3's names for what stands against a request, and faults in the shape that the s3s library takes.

use s3s::{S3Error, S3ErrorCode};

use crate::sandbox::fault::Fault;

pub fn no_such_bucket(name: &str) -> Fault {
    Fault::not_found("NoSuchBucket", format!("there is no bucket {name}"))
}

pub fn no_such_key(key: &str) -> Fault {
    Fault::not_found("NoSuchKey", format!("the bucket has no object {key}"))
}

pub fn no_such_upload(id: &str) -> Fault {
    let message = format!(
        "there is no multipart upload {id} of this key: it may have been completed or aborted"
    );
    Fault::not_found("NoSuchUpload", message)
}

pub fn invalid_argument(message: impl Into<String>) -> Fault {
    Fault::invalid("InvalidArgument", message)
}

pub fn invalid_request(message: impl Into<String>) -> Fault {
    Fault::invalid("InvalidRequest", message)
}

pub fn precondition_failed() -> Fault {
    Fault::new(
        http::StatusCode::PRECONDITION_FAILED,
        "PreconditionFailed",
        "At least one of the pre-conditions you specified did not hold",
    )
}

pub fn not_implemented(message: impl Into<String>) -> Fault {
    Fault::new(http::StatusCode::NOT_IMPLEMENTED, "NotImplemented", message)
}

pub fn error(fault: Fault) -> S3Error {
    let code = match fault.code.as_str() {
        // Of the sandbox's other services.
        "InternalFailure" => S3ErrorCode::InternalError,
        code => S3ErrorCode::from_bytes(code.as_bytes()).unwrap_or(S3ErrorCode::InternalError),
    };
    let mut error = S3Error::with_message(code, fault.message);
    error.set_status_code(fault.status);
    error
}
