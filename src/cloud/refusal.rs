//! What the refusal of a service means: by its error code, whatever service it is.

/// What stands in the way of a request that a service refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// What it is about does not exist.
    NotFound,
    /// It exists already. This also happens when an answer was lost and the request repeated.
    AlreadyExists,
    /// The identity is known, and lacks a permission.
    NotAllowed,
    /// The session of temporary keys is over.
    SessionOver,
    /// AWS, or AWS in this region, does not know the access key.
    UnknownKeys,
    /// The secret key is wrong, or something on the way changed the request.
    WrongSignature,
    /// This machine's clock differs too much from the service's.
    WrongClock,
    /// The account has not enabled the region.
    RegionDisabled,
    /// The bucket is in another region.
    OtherRegion,
    /// The account is new, suspended, or without a subscription to the service.
    AccountNotReady,
    /// Too many requests in a short time.
    Throttled,
    /// The account has as much of something as it may have.
    QuotaReached,
    /// Something else is happening to it at the moment.
    Busy,
    /// Somebody has protected the stack from being deleted.
    Protected,
    /// The function's reserved concurrency is used up, or 0.
    Reserved,
    /// The role does not exist, or does not trust the service that is to assume it.
    RoleUnusable,
    /// Lambda cannot use the key that the function's variables are encrypted with.
    KeyUnusable,
    /// Lambda cannot connect the function to its network or file system.
    ConnectionUnusable,
    /// Lambda cannot start the function's code.
    CodeUnusable,
    /// The service itself failed.
    ServiceFailed,
    /// The request itself is wrong.
    Other,
}

use Refusal::*;

/// The error codes that mean the same at every service.
///
/// Sources: the API references of CloudFormation, CloudWatch Logs, Lambda and STS, "Common errors" and
/// the errors of each operation; the API reference of S3, "Error responses"; the SDK reference guide,
/// "Retry behavior".
pub(super) const CODES: [(Refusal, &[&str]); 16] = [
    (
        NotFound,
        &[
            "NoSuchBucket",
            "NoSuchKey",
            "NotFound",
            "ResourceNotFoundException",
        ],
    ),
    (
        AlreadyExists,
        &[
            "AlreadyExists",
            "AlreadyExistsException",
            "BucketAlreadyOwnedByYou",
        ],
    ),
    (
        NotAllowed,
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
        SessionOver,
        &[
            "ExpiredToken",
            "ExpiredTokenException",
            "TokenRefreshRequired",
        ],
    ),
    (
        UnknownKeys,
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
        WrongSignature,
        &[
            "IncompleteSignature",
            "IncompleteSignatureException",
            "InvalidSignature",
            "InvalidSignatureException",
            "SignatureDoesNotMatch",
        ],
    ),
    (
        WrongClock,
        &[
            "RequestExpired",
            "RequestInTheFuture",
            "RequestTimeTooSkewed",
        ],
    ),
    (RegionDisabled, &["RegionDisabledException"]),
    (
        OtherRegion,
        &[
            "AuthorizationHeaderMalformed",
            "PermanentRedirect",
            "TemporaryRedirect",
        ],
    ),
    (
        AccountNotReady,
        &[
            "AccountProblem",
            "NotSignedUp",
            "OptInRequired",
            "PendingVerification",
            "SubscriptionRequiredException",
        ],
    ),
    (
        Throttled,
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
        QuotaReached,
        &[
            "CodeStorageExceededException",
            "LimitExceeded",
            "LimitExceededException",
            "ServiceQuotaExceededException",
            "TooManyBuckets",
        ],
    ),
    (
        Busy,
        &[
            "OperationAborted",
            "OperationInProgressException",
            "ResourceConflictException",
            "ResourceNotReadyException",
        ],
    ),
    (
        KeyUnusable,
        &[
            "KMSAccessDeniedException",
            "KMSDisabledException",
            "KMSInvalidStateException",
            "KMSNotFoundException",
        ],
    ),
    (
        ConnectionUnusable,
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
        CodeUnusable,
        &[
            "CodeArtifactUserDeletedException",
            "CodeArtifactUserFailedException",
            "InvalidRuntimeException",
            "InvalidZipFileException",
        ],
    ),
];

impl Refusal {
    /// What a refusal with this code, message and HTTP status means.
    pub(super) fn of(code: &str, message: &str, status: u16) -> Self {
        let known = CODES.iter().find(|(_, codes)| codes.contains(&code));
        match known {
            Some((WrongSignature, _)) if is_about_time(message) => WrongClock,
            // The reason that Lambda gives beside its message.
            Some((Throttled, _)) if message.contains("ReservedFunction") => Reserved,
            Some((Busy, _)) if message.contains("state: Failed") => CodeUnusable,
            // Lambda's and CloudFormation's words for a role that they are to act in.
            Some((NotAllowed, _)) | None if message.contains("cannot be assumed") => RoleUnusable,
            Some((refusal, _)) => *refusal,
            None => Self::of_unknown_code(code, message, status),
        }
    }

    fn of_unknown_code(code: &str, message: &str, status: u16) -> Self {
        match (code, status) {
            // CloudFormation has one code for many things.
            ("ValidationError", _) if message.contains("_IN_PROGRESS state") => Busy,
            ("ValidationError", _) if message.contains("TerminationProtection") => Protected,
            (_, 404) => NotFound,
            (_, 401 | 403) => NotAllowed,
            (_, 429) => Throttled,
            (_, 301 | 307) => OtherRegion,
            (_, 500..) => ServiceFailed,
            _ => Other,
        }
    }

    /// Whether the same request may succeed a little later, without anybody doing anything.
    pub fn passes(self) -> bool {
        matches!(self, Throttled | ServiceFailed)
    }

    /// Whether every call of the function is refused, until somebody changes what it is set up with.
    pub fn is_of_function(self) -> bool {
        matches!(
            self,
            Reserved | RoleUnusable | KeyUnusable | ConnectionUnusable | CodeUnusable
        )
    }

    /// Whether any other request with the same keys is refused as well.
    pub fn is_about_keys(self) -> bool {
        matches!(
            self,
            SessionOver | UnknownKeys | WrongSignature | WrongClock | AccountNotReady
        )
    }
}

/// `Signature expired: … is now earlier than …`, `Signature not yet current: …`
fn is_about_time(message: &str) -> bool {
    message.contains("Signature expired") || message.contains("Signature not yet current")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_means_one_thing() {
        let mut codes: Vec<&str> = CODES
            .iter()
            .flat_map(|(_, codes)| *codes)
            .copied()
            .collect();
        let number = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), number);
    }

    #[test]
    fn a_message_or_a_status_tells_where_a_code_does_not() {
        for (code, message, status, meaning) in [
            (
                "SignatureDoesNotMatch",
                "Signature expired: 1 is now earlier than 2",
                403,
                WrongClock,
            ),
            (
                "InvalidSignatureException",
                "Signature not yet current: 2",
                403,
                WrongClock,
            ),
            (
                "SignatureDoesNotMatch",
                "The request signature we calculated",
                403,
                WrongSignature,
            ),
            (
                "ValidationError",
                "Stack:a is in UPDATE_IN_PROGRESS state and can not be updated",
                400,
                Busy,
            ),
            (
                "ValidationError",
                "Stack [a] cannot be deleted while TerminationProtection is enabled",
                400,
                Protected,
            ),
            ("ValidationError", "Template format error", 400, Other),
            (
                "ValidationError",
                "Role arn:aws:iam::1:role/r is invalid or cannot be assumed",
                400,
                RoleUnusable,
            ),
            (
                "InvalidParameterValueException",
                "The role defined for the function cannot be assumed by Lambda.",
                400,
                RoleUnusable,
            ),
            (
                "AccessDeniedException",
                "The role defined for the function cannot be assumed by Lambda.",
                403,
                RoleUnusable,
            ),
            (
                "TooManyRequestsException",
                "Rate Exceeded. (ReservedFunctionConcurrentInvocationLimitExceeded)",
                429,
                Reserved,
            ),
            (
                "TooManyRequestsException",
                "Rate Exceeded. (ConcurrentInvocationLimitExceeded)",
                429,
                Throttled,
            ),
            (
                "ResourceConflictException",
                "The function is currently in the following state: Failed",
                409,
                CodeUnusable,
            ),
            (
                "ResourceConflictException",
                "The function is currently in the following state: Pending",
                409,
                Busy,
            ),
            ("Unheard", "", 404, NotFound),
            ("Unheard", "", 403, NotAllowed),
            ("Unheard", "", 429, Throttled),
            ("Unheard", "", 301, OtherRegion),
            ("Unheard", "", 500, ServiceFailed),
            ("Unheard", "", 503, ServiceFailed),
            ("Unheard", "", 400, Other),
            ("SlowDown", "", 503, Throttled),
        ] {
            assert_eq!(
                Refusal::of(code, message, status),
                meaning,
                "{code} {message} {status}"
            );
        }
    }

    #[test]
    fn only_what_passes_by_itself_is_worth_another_try() {
        let passing: Vec<_> = CODES
            .iter()
            .filter(|(refusal, _)| refusal.passes())
            .collect();
        assert_eq!(passing.len(), 1, "{passing:?}");
        assert!(ServiceFailed.passes() && !Other.passes() && !Reserved.passes());
        for (refusal, _) in CODES {
            assert!(
                !(refusal.passes() && refusal.is_of_function()),
                "{refusal:?}"
            );
        }
    }
}
