//! Methods of `AWS_IAM`: who has signed a request, and whether policies let them call the method.
//!
//! Sources: "Control access to a REST API with IAM permissions" in API Gateway's guide, and for the texts
//! "Troubleshoot Signature Version 4" in IAM's user guide.

use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::header;
use http::request::Parts;
use sha2::{Digest, Sha256};
use time::macros::format_description;

use super::answer::Failure;
use super::call::{Call, Who};
use super::request::decoded;
use crate::apigateway::ApiGateway;
use crate::apigateway::definition::Integration;
use crate::authorise::{Access, ResourcePolicyOf, authorise};
use crate::caller::Caller;
use crate::keys::Keyring;
use crate::service::Service;
use crate::signature::{ALGORITHM, Link, Signature, SignatureError, time_of};
use crate::wire::Protocol;
use crate::{ACCOUNT, REGION, arn};

const SERVICE: &str = "execute-api";
/// How far a client's clock may be off, in minutes.
const SKEW: u64 = 5;
/// How long a link may be good, in seconds.
const LONGEST_LINK: u64 = 604_800;
/// The credentials of an integration that is called as the caller of the method.
const AS_CALLER: &str = "arn:aws:iam::*:user/*";
const WRONG: &str = "InvalidSignatureException";
const INCOMPLETE: &str = "IncompleteSignatureException";

/// Who has signed a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signer {
    pub caller: Caller,
    pub access_key_id: String,
}

/// Who calls the method, and may.
pub fn check(gateway: &ApiGateway, call: &Call<'_>, sent: &Parts) -> Result<Signer, Failure> {
    let signer = signer(
        &gateway.keyring,
        sent,
        &call.request.body,
        SystemTime::now(),
    )?;
    let access = Access::new("execute-api:Invoke", called(call));
    allowed(gateway, &signer.caller, access, &|_| Ok(None))?;
    Ok(signer)
}

/// Whether the integration may be called, if that is done as the caller.
pub fn check_integration(
    gateway: &ApiGateway,
    call: &Call<'_>,
    integration: &Integration,
    function: &str,
) -> Result<(), Failure> {
    if integration.credentials.as_deref() != Some(AS_CALLER) || call.is_test() {
        return Ok(());
    }
    let Who::Signer(signer) = &call.who else {
        let why = "an integration with the credentials of the caller needs a method of AWS_IAM";
        return Err(Failure::Configuration(why.to_owned()));
    };
    let arn = match function.starts_with("arn:") {
        true => function.to_owned(),
        false => arn::regional("lambda", format_args!("function:{function}")),
    };
    let access = Access::new("lambda:InvokeFunction", arn);
    let policy_of = |access: &Access| gateway.lambda.policy_of(access);
    allowed(gateway, &signer.caller, access, &policy_of)
}

fn allowed(
    gateway: &ApiGateway,
    caller: &Caller,
    access: Access,
    policy_of: ResourcePolicyOf<'_>,
) -> Result<(), Failure> {
    let protocol = Protocol::RestJson { routes: &[] };
    let accesses = [access];
    let decided = authorise(&*gateway.authority, caller, &accesses, policy_of, protocol);
    decided.map_err(|fault| match fault.is_client_error() {
        true => {
            // API Gateway does not tell the account of an API.
            let hidden = format!(":{SERVICE}:{REGION}:********{}:", &ACCOUNT[8..]);
            let shown = format!(":{SERVICE}:{REGION}:{ACCOUNT}:");
            Failure::AccessDenied(fault.message.replace(&shown, &hidden))
        }
        false => Failure::Authorizer,
    })
}

/// The ARN of what is called: each segment of the path in plain, without a slash at the end, so that no
/// other way to write the path is another resource to a policy.
fn called(call: &Call<'_>) -> String {
    let path = call.request.raw_path.trim_end_matches('/');
    let segments = path.trim_start_matches('/').split('/');
    let segments: Vec<String> = segments
        .map(|segment| decoded(segment).replace('/', "%2F"))
        .collect();
    arn::regional(
        SERVICE,
        format_args!(
            "{}/{}/{}/{}",
            call.api,
            call.stage,
            call.request.method,
            segments.join("/")
        ),
    )
}

/// Who has signed the request, as it is and not long ago.
fn signer(
    keyring: &Keyring,
    sent: &Parts,
    body: &[u8],
    now: SystemTime,
) -> Result<Signer, Failure> {
    let signature = Signature::read(sent).map_err(|error| unreadable(sent, &error))?;
    let date = signature.date(&sent.headers);
    let signed_at = date.and_then(|date| Some((date, time_of(date)?)));
    let (date, signed_at) = signed_at.ok_or_else(|| incomplete(sent, &[DATE]))?;
    check_scope(&signature, date)?;
    check_time(signature.link.as_ref(), date, signed_at, now)?;
    if !signature.covers(header::HOST.as_str()) {
        let why = "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.";
        return Err(wrong(why));
    }
    let id = &signature.access_key_id;
    let found = keyring.find(id);
    let (keys, caller) = found.ok_or_else(|| match keyring.is_expired(id) {
        true => Failure::ExpiredKeys,
        false => unknown(),
    })?;
    if !signature.has_token_of(sent, &keys) {
        return Err(unknown());
    }
    let verified = signature.verify(sent, body, &keys, signed_at);
    if verified.is_err() || has_dots(sent.uri.path()) {
        return Err(wrong(
            "The request signature we calculated does not match the signature you provided. Check your AWS \
             Secret Access Key and signing method. Consult the service documentation for details.",
        ));
    }
    Ok(Signer {
        caller,
        access_key_id: id.clone(),
    })
}

/// A signature is of the path without `.` and `..`, which is not the path that is called.
fn has_dots(path: &str) -> bool {
    path.split('/')
        .any(|segment| [".", ".."].contains(&segment))
}

fn check_scope(signature: &Signature, date: &str) -> Result<(), Failure> {
    let Signature {
        day,
        region,
        service,
        ..
    } = signature;
    let mut faults = Vec::new();
    if region != REGION {
        faults.push(format!(
            "Credential should be scoped to a valid region, not '{region}'."
        ));
    }
    if service != SERVICE {
        faults.push(format!(
            "Credential should be scoped to correct service: '{SERVICE}'."
        ));
    }
    if !date.starts_with(day.as_str()) || day.len() != 8 {
        faults.push(format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{day}' \
             != '{}', from '{date}'.",
            date.get(..8).unwrap_or_default()
        ));
    }
    match faults.is_empty() {
        true => Ok(()),
        false => Err(wrong(&faults.join(" "))),
    }
}

/// A signature is good for some minutes, and one in a link as long as the link says.
fn check_time(
    link: Option<&Link>,
    date: &str,
    signed_at: SystemTime,
    now: SystemTime,
) -> Result<(), Failure> {
    let skew = Duration::from_secs(SKEW * 60);
    let good = match link.map(|link| link.expires) {
        None => skew,
        Some(0) => {
            return Err(Failure::InvalidSignature(
                INCOMPLETE,
                "X-Amz-Expires should be a number".to_owned(),
            ));
        }
        Some(seconds) if seconds > LONGEST_LINK => {
            return Err(Failure::InvalidSignature(
                INCOMPLETE,
                "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be \
                 less than 604800 seconds"
                    .to_owned(),
            ));
        }
        Some(seconds) => Duration::from_secs(seconds),
    };
    let minutes = good.as_secs().div_ceil(60);
    if signed_at + good < now {
        return Err(wrong(&format!(
            "Signature expired: {date} is now earlier than {} ({} - {minutes} min.)",
            written(now - good),
            written(now)
        )));
    }
    if signed_at > now + skew {
        return Err(wrong(&format!(
            "Signature not yet current: {date} is still later than {} ({} + {SKEW} min.)",
            written(now + skew),
            written(now)
        )));
    }
    Ok(())
}

/// As in `20261122T120000Z`.
fn written(time: SystemTime) -> String {
    let format = format_description!("[year][month][day]T[hour][minute][second]Z");
    let time = time::OffsetDateTime::from(time);
    time.format(&format).unwrap_or_default()
}

fn wrong(why: &str) -> Failure {
    Failure::InvalidSignature(WRONG, why.to_owned())
}

fn unknown() -> Failure {
    let why = "The security token included in the request is invalid.";
    Failure::InvalidSignature("UnrecognizedClientException", why.to_owned())
}

const DATE: &str = "existence of either a 'X-Amz-Date' or a 'Date' header";

/// Why a signature cannot be read. A token of another kind is one too.
fn unreadable(sent: &Parts, error: &SignatureError) -> Failure {
    if *error == SignatureError::Unsigned {
        return Failure::MissingAuthenticationToken;
    }
    let Some(authorization) = authorization(sent) else {
        return Failure::InvalidSignature(
            INCOMPLETE,
            format!("{error}. Re-examine the query-string parameters."),
        );
    };
    let fields = authorization.trim().strip_prefix(ALGORITHM);
    let fields = fields.unwrap_or(authorization);
    let mut given = fields.split(',').map(str::trim);
    if given.any(|field| !field.contains('=')) {
        return Failure::InvalidSignature(
            INCOMPLETE,
            format!(
                "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and \
                 encoded with Base64): '{}'.",
                digest(authorization)
            ),
        );
    }
    let is_given = |name: &str| {
        let mut given = fields
            .split(',')
            .filter_map(|field| field.trim().split_once('='));
        given.any(|(known, value)| known == name && !value.is_empty())
    };
    let names = ["Credential", "Signature", "SignedHeaders"];
    let missing = names.into_iter().filter(|name| !is_given(name));
    let mut missing: Vec<String> = missing.map(|name| format!("'{name}' parameter")).collect();
    if !sent.headers.contains_key("x-amz-date") {
        missing.push(DATE.to_owned());
    }
    if missing.is_empty() {
        missing.push("a 'Credential' of the form KEY/DATE/REGION/SERVICE/aws4_request".to_owned());
    }
    let missing: Vec<&str> = missing.iter().map(String::as_str).collect();
    incomplete(sent, &missing)
}

fn incomplete(sent: &Parts, missing: &[&str]) -> Failure {
    let Some(authorization) = authorization(sent) else {
        let why = "AWS query-string parameters must include 'X-Amz-Date'. Re-examine the query-string parameters.";
        return Failure::InvalidSignature(INCOMPLETE, why.to_owned());
    };
    let missing = missing.iter();
    let missing: String = missing
        .map(|it| format!("Authorization header requires {it}. "))
        .collect();
    let digest = digest(authorization);
    let why =
        format!("{missing}(Hashed with SHA-256 and encoded with Base64) Authorization={digest}");
    Failure::InvalidSignature(INCOMPLETE, why)
}

fn authorization(sent: &Parts) -> Option<&str> {
    sent.headers.get(header::AUTHORIZATION)?.to_str().ok()
}

/// A header is not told as it came: it may be a secret.
fn digest(text: &str) -> String {
    BASE64_STANDARD.encode(Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
#[path = "iam_tests.rs"]
mod tests;
