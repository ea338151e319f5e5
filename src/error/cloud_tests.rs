use super::*;

/// Every code that means the same at every service: its exit code, and words of its hints.
const TABLE: [(u8, &str, &[&str]); 16] = [
    (
        1,
        "",
        &[
            "NoSuchBucket",
            "NoSuchKey",
            "NotFound",
            "ResourceNotFoundException",
        ],
    ),
    (
        1,
        "",
        &[
            "AlreadyExists",
            "AlreadyExistsException",
            "BucketAlreadyOwnedByYou",
        ],
    ),
    (
        3,
        "permission is missing",
        &[
            "AccessDenied",
            "AccessDeniedException",
            "AuthorizationError",
            "Forbidden",
            "NotAuthorized",
            "UnauthorizedOperation",
        ],
    ),
    (
        3,
        "session is over",
        &[
            "ExpiredToken",
            "ExpiredTokenException",
            "TokenRefreshRequired",
        ],
    ),
    (
        3,
        "check the access key",
        &[
            "AuthFailure",
            "InvalidAccessKeyId",
            "InvalidClientTokenId",
            "InvalidSecurity",
            "InvalidToken",
            "MissingAuthenticationToken",
            "MissingAuthenticationTokenException",
            "UnrecognizedClientException",
        ],
    ),
    (
        3,
        "check the secret access key",
        &[
            "IncompleteSignature",
            "IncompleteSignatureException",
            "InvalidSignature",
            "InvalidSignatureException",
            "SignatureDoesNotMatch",
        ],
    ),
    (
        3,
        "set the clock",
        &[
            "RequestExpired",
            "RequestInTheFuture",
            "RequestTimeTooSkewed",
        ],
    ),
    (3, "choose another region", &["RegionDisabledException"]),
    (
        2,
        "region of the bucket",
        &[
            "AuthorizationHeaderMalformed",
            "PermanentRedirect",
            "TemporaryRedirect",
        ],
    ),
    (
        3,
        "checks new accounts",
        &[
            "AccountProblem",
            "NotSignedUp",
            "OptInRequired",
            "PendingVerification",
            "SubscriptionRequiredException",
        ],
    ),
    (
        3,
        "request limit",
        &[
            "BandwidthLimitExceeded",
            "EC2ThrottledException",
            "RequestLimitExceeded",
            "RequestThrottled",
            "RequestThrottledException",
            "SlowDown",
            "ThrottledException",
            "Throttling",
            "ThrottlingException",
            "TooManyRequestsException",
        ],
    ),
    (
        3,
        "quota",
        &[
            "CodeStorageExceededException",
            "LimitExceeded",
            "LimitExceededException",
            "ServiceQuotaExceededException",
            "TooManyBuckets",
        ],
    ),
    (
        3,
        "something else is changing it",
        &[
            "OperationAborted",
            "OperationInProgressException",
            "ResourceConflictException",
            "ResourceNotReadyException",
        ],
    ),
    (
        3,
        "--kms-key-arn ''",
        &[
            "KMSAccessDeniedException",
            "KMSDisabledException",
            "KMSInvalidStateException",
            "KMSNotFoundException",
        ],
    ),
    (
        3,
        "--vpc-config",
        &[
            "EC2AccessDeniedException",
            "EC2UnexpectedException",
            "EFSIOException",
            "EFSMountConnectivityException",
            "EFSMountFailureException",
            "EFSMountTimeoutException",
            "ENILimitReachedException",
            "InvalidSecurityGroupIDException",
            "InvalidSubnetIDException",
            "S3FilesMountConnectivityException",
            "S3FilesMountFailureException",
            "S3FilesMountTimeoutException",
            "SubnetIPAddressLimitReachedException",
        ],
    ),
    (
        1,
        "run `mafia deploy`",
        &[
            "CodeArtifactUserDeletedException",
            "CodeArtifactUserFailedException",
            "InvalidRuntimeException",
            "InvalidZipFileException",
        ],
    ),
];

fn told(code: &str, message: &str, status: u16) -> Error {
    Error::from(CloudError::Refused {
        operation: "DeleteStack",
        code: code.to_owned(),
        message: message.to_owned(),
        status,
    })
}

#[test]
fn each_error_code_has_its_exit_code_and_its_hints() {
    for (exit, words, codes) in TABLE {
        for code in codes {
            let error = told(code, "the service's reason", 400);
            assert_eq!(error.kind.exit_code(), exit, "{code}");
            assert!(error.hints.join("; ").contains(words), "{code}: {error:?}");
            assert_eq!(error.hints.is_empty(), words.is_empty(), "{code}");
            assert_eq!(error.detail.as_deref(), Some("the service's reason"));
        }
    }
}

#[test]
fn codes_with_several_meanings_are_told_by_their_message_or_status() {
    for (code, message, status, exit, words) in [
        (
            "ValidationError",
            "cannot be deleted while TerminationProtection is enabled",
            400,
            3,
            "update-termination-protection",
        ),
        (
            "ValidationError",
            "Stack:a is in UPDATE_IN_PROGRESS state",
            400,
            3,
            "at the moment",
        ),
        ("ValidationError", "Template format error", 400, 1, ""),
        (
            "TooManyRequestsException",
            "Rate Exceeded. (ReservedFunctionConcurrentInvocationLimitExceeded)",
            429,
            3,
            "delete-function-concurrency",
        ),
        (
            "InvalidParameterValueException",
            "The role defined for the function cannot be assumed by Lambda.",
            400,
            3,
            "trust policy",
        ),
        (
            "SignatureDoesNotMatch",
            "Signature expired: 1 is now earlier than 2",
            403,
            3,
            "clock",
        ),
        ("ServiceException", "", 500, 3, "failed several times"),
        ("Unheard", "", 403, 3, "permission"),
        ("Unheard", "", 400, 1, ""),
    ] {
        let error = told(code, message, status);
        assert_eq!(error.kind.exit_code(), exit, "{code} {message}");
        assert!(
            error.hints.join("; ").contains(words),
            "{code} {message}: {error:?}"
        );
    }
}

#[test]
fn a_missing_permission_is_not_told_as_an_expired_session() {
    let hints = told("AccessDenied", "", 403).hints.join("; ");
    assert!(
        !hints.contains("log in") && !hints.contains("session"),
        "{hints}"
    );
    let hints = told("LimitExceededException", "", 400).hints.join("; ");
    assert!(!hints.contains("wait"), "{hints}");
}
