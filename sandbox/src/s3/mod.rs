//! S3: buckets and objects, for clients through S3's own protocol and for the other services in
//! Rust.
//!
//! The s3s library parses requests, checks their signatures and writes responses. [`signature`],
//! [`subresource`] and [`authorise`] check what it does not. [`api`] maps operations to functions,
//! which work on [`storage`].

mod api;
mod authorise;
mod bucket;
mod byte_range;
mod checksum;
mod errors;
mod key_listing;
mod library;
mod multipart;
mod notification;
mod object;
mod operations;
mod preconditions;
mod public_access;
mod query;
mod records;
mod request_body;
mod signature;
mod storage;
mod subresource;
mod tag_set;
mod unsupported;
mod upload;
mod website;

use std::sync::{Arc, Weak};

use async_trait::async_trait;
use http::request::Parts;
use http::{Request, Response};
use http_body_util::{BodyExt, Collected, Limited};
use s3s::dto::{BucketVersioningStatus, NotificationConfiguration, VersioningConfiguration};
use s3s::service::S3Service;
use serde_json::{Value, json};
use uuid::Uuid;

use super::authorise::Authority;
use super::delivery::DeliveryQueue;
use super::fault::Fault;
use super::keys::Keyring;
use super::service::{Description, OwnWire};
use super::store::{Blobs, Pin, Store};
use super::wire::{self, Body, Protocol};
use bucket::configuration::{Configuration, check_property};
use errors::FaultSlot;
use library::Change;
use notification::RequestId;
use operations::unknown_operation;
use request_body::drained_on_drop;
use storage::{Storage, Versioning};

pub use notification::{Kind as ReceiverKind, Notice, Receivers, Refusal};
pub use website::Website;

/// What the library says of a request that it does not know.
const UNKNOWN_OPERATION: &str = "Unknown operation";
/// In bytes. The library's errors are shorter.
const MAX_ERROR: usize = 1 << 16;

#[derive(Debug)]
pub struct S3 {
    storage: Storage,
    service: S3Service,
}

impl S3 {
    pub fn new(
        store: &Arc<Store>,
        blobs: &Arc<Blobs>,
        keyring: &Arc<Keyring>,
        authority: &Arc<dyn Authority>,
        deliveries: &Arc<DeliveryQueue>,
    ) -> Self {
        let storage = Storage::new(store, blobs, deliveries);
        Self {
            service: api::service(&storage, keyring, authority),
            storage,
        }
    }

    async fn answer_with_body(&self, request: Request<s3s::Body>) -> Result<Response<Body>, Fault> {
        let (mut parts, body) = request.into_parts();
        unsupported::check_form(&parts)?;
        unsupported::check_key(&parts)?;
        signature::check(&parts)?;
        subresource::check(&parts)?;
        library::prepare(&mut parts);
        let body = library::take_bucket_tags(&mut parts, body).await?;
        let change = Change::of(&parts);
        let asked = format!("{} {}", parts.method, parts.uri);
        let fault = FaultSlot::default();
        parts.extensions.insert(fault.clone());
        let request_id = Uuid::new_v4().to_string();
        parts.extensions.insert(RequestId(request_id.clone()));
        let request = Request::from_parts(parts, body);
        let answered = self.service.call(request).await;
        let response = answered.map_err(|error| Fault::internal(format!("{error:?}")))?;
        let status = response.status();
        if status.is_client_error() || status.is_server_error() {
            if let Some(fault) = fault.take() {
                return Err(fault);
            }
            let text = Limited::new(response.into_body(), MAX_ERROR)
                .collect()
                .await;
            let text = text.map(Collected::to_bytes).unwrap_or_default();
            let fault = errors::from_response(status, &text);
            return Err(if fault.message == UNKNOWN_OPERATION {
                unknown_operation(&asked)
            } else {
                fault
            });
        }
        let mut response = library::finish(response, change).await?;
        wire::set(response.headers_mut(), "x-amz-request-id", &request_id);
        Ok(response)
    }

    /// The contents of an object or of a version of it, for other services.
    pub fn object(&self, bucket: &str, key: &str, version: Option<&str>) -> Result<Pin, Fault> {
        let (_, pin) = self.storage.object_with_contents(bucket, key, version)?;
        Ok(pin)
    }

    /// Fails with `BucketAlreadyOwnedByYou` if it exists.
    pub fn create_bucket(&self, name: &str) -> Result<(), Fault> {
        self.storage.create_bucket(name, None)
    }

    pub fn bucket_exists(&self, name: &str) -> Result<bool, Fault> {
        Ok(self.storage.buckets.get(name)?.is_some())
    }

    /// Fails with `BucketNotEmpty` or `NoSuchBucket`.
    pub fn delete_bucket(&self, name: &str) -> Result<(), Fault> {
        self.storage.delete_bucket(name)
    }

    /// Sets a property of `AWS::S3::Bucket`, or deletes it with `None`. `Policy` is the bucket
    /// policy.
    pub fn configure_bucket(
        &self,
        name: &str,
        property: &str,
        value: Option<Value>,
    ) -> Result<(), Fault> {
        check_property(property, value.as_ref())?;
        let has_versions = self.storage.bucket(name)?.versioning()? != Versioning::Off;
        let value = match value {
            // Versioning cannot be turned off again.
            None if property == VersioningConfiguration::PROPERTY && has_versions => {
                Some(json!({ "Status": BucketVersioningStatus::SUSPENDED }))
            }
            value => value,
        };
        if property == NotificationConfiguration::PROPERTY {
            return notification::configure(&self.storage, name, value);
        }
        self.storage.configure(name, property, value)
    }

    /// Has `receivers` asked who gets events of buckets.
    pub fn ask_receivers(&self, receivers: Weak<dyn Receivers>) {
        self.storage.notifier.ask(receivers);
    }

    pub fn bucket_configuration(&self, name: &str, property: &str) -> Result<Option<Value>, Fault> {
        check_property(property, None)?;
        self.storage.configuration(name, property)
    }
}

#[async_trait]
impl OwnWire for S3 {
    fn description(&self) -> &'static Description {
        const {
            &Description {
                name: "S3",
                signing_name: "s3",
                protocol: Protocol::RestXml,
                invalid: "InvalidArgument",
                // Objects have any size; the library limits what it reads as XML.
                longest_body: usize::MAX,
                operations: operations::OPERATIONS,
            }
        }
    }

    /// Forms are signed within their body.
    fn unsupported_unsigned(&self, parts: &Parts) -> Option<Fault> {
        unsupported::check_form(parts).err()
    }

    /// Answers a request. Its signature has not been checked yet.
    async fn answer(&self, request: Request<Body>) -> Result<Response<Body>, Fault> {
        let (parts, body) = request.into_parts();
        let body = drained_on_drop(&parts.headers, body);
        self.answer_with_body(Request::from_parts(parts, body))
            .await
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use aws_credential_types::Credentials;
    use aws_sigv4::http_request::{
        PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
        SigningSettings, UriPathNormalizationMode, sign,
    };
    use aws_sigv4::sign::v4;

    use super::super::authorise::AllowAll;
    use super::super::caller::Caller;
    use super::super::keys::Keys;
    use super::*;

    const HOST: &str = "127.0.0.1:4000";

    struct Opened {
        _folder: tempfile::TempDir,
        keyring: Arc<Keyring>,
        s3: S3,
    }

    fn opened() -> Opened {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Arc::new(Store::open(&folder.path().join("state")).expect("it opens"));
        let blobs = Blobs::open(&folder.path().join("blobs"), &store).expect("it opens");
        let keyring = Arc::new(Keyring::new(Keys::long_term()));
        let authority: Arc<dyn Authority> = Arc::new(AllowAll);
        let deliveries = DeliveryQueue::in_folder(folder.path(), &store);
        Opened {
            s3: S3::new(&store, &blobs, &keyring, &authority, &deliveries),
            keyring,
            _folder: folder,
        }
    }

    /// The request, signed with `keys` in a header or, if it is a link, in its query.
    fn signed(method: &str, path: &str, body: &str, keys: &Keys, link: bool) -> Request<s3s::Body> {
        let mut settings = SigningSettings::default();
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        let mut payload = SignableBody::Bytes(body.as_bytes());
        if link {
            settings.signature_location = SignatureLocation::QueryParams;
            settings.payload_checksum_kind = PayloadChecksumKind::NoHeader;
            settings.expires_in = Some(std::time::Duration::from_secs(60));
            payload = SignableBody::UnsignedPayload;
        }
        let token = keys.session_token.clone();
        let (id, secret) = (&keys.access_key_id, &keys.secret_access_key);
        let identity = Credentials::new(id, secret, token, None, "test").into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(crate::REGION)
            .name("s3")
            .time(SystemTime::now())
            .settings(settings)
            .build()
            .expect("it is all there")
            .into();
        let uri = format!("http://{HOST}{path}");
        let headers = [("host", HOST)].into_iter();
        let request = SignableRequest::new(method, &uri, headers, payload).expect("a request");
        let (instructions, _) = sign(request, &params).expect("it is signed").into_parts();
        let mut request = Request::builder()
            .method(method)
            .uri(&uri)
            .header("host", HOST)
            .header("content-length", body.len())
            .body(())
            .expect("a request");
        instructions.apply_to_request_http1x(&mut request);
        request.map(|()| s3s::Body::from(body.to_owned()))
    }

    async fn answered(opened: &Opened, request: Request<s3s::Body>) -> (u16, String) {
        let response = match opened.s3.answer_with_body(request).await {
            Ok(response) => response,
            Err(fault) => return (fault.status.as_u16(), fault.code),
        };
        let (head, body) = response.into_parts();
        let body = body.collect().await.expect("it ends").to_bytes();
        (
            head.status.as_u16(),
            String::from_utf8_lossy(&body).into_owned(),
        )
    }

    #[tokio::test]
    async fn temporary_keys_go_with_their_token_until_they_are_revoked() {
        let opened = opened();
        opened.s3.create_bucket("bucket").expect("made");
        let keys = opened
            .keyring
            .issue(Caller::in_role("AROA", "role", "session"));
        for link in [false, true] {
            let request = |keys: &Keys| signed("PUT", "/bucket/a%20b", "contents", keys, link);
            assert_eq!(answered(&opened, request(&keys)).await.0, 200);
            for token in [None, Some("another".to_owned())] {
                let other = Keys {
                    session_token: token,
                    ..keys.clone()
                };
                let (status, body) = answered(&opened, request(&other)).await;
                assert!(status == 400 && body.contains("InvalidToken"), "{body}");
            }
        }
        opened.keyring.revoke(&keys.access_key_id);
        let late = signed("GET", "/bucket/a%20b", "", &keys, false);
        let (status, body) = answered(&opened, late).await;
        assert!(
            status == 403 && body.contains("InvalidAccessKeyId"),
            "{body}"
        );
    }

    #[tokio::test]
    async fn a_request_without_a_signature_is_refused_here_too() {
        let opened = opened();
        opened.s3.create_bucket("bucket").expect("made");
        // Past the check of what a signature covers, as if it covered all.
        let request = Request::get("/bucket?X-Amz-SignedHeaders=host&X-Amz-Expires=1")
            .header("host", HOST)
            .body(s3s::Body::empty())
            .expect("a request");
        let (status, body) = answered(&opened, request).await;
        assert!(status == 403 && body.contains("AccessDenied"), "{body}");
    }

    #[tokio::test]
    async fn an_unknown_operation_is_named_with_a_list_of_those_that_there_are() {
        let opened = opened();
        let keys = opened
            .keyring
            .issue(Caller::in_role("AROA", "role", "session"));
        let request = signed("PATCH", "/bucket/key", "", &keys, false);
        let fault = opened.s3.answer_with_body(request).await.expect_err("none");
        assert_eq!(
            (fault.status.as_u16(), &*fault.code),
            (501, "NotImplemented")
        );
        let words = ["PATCH", "/bucket/key", "it supports AbortMultipartUpload, "];
        assert!(
            words.iter().all(|word| fault.message.contains(word)),
            "{fault}"
        );
    }

    #[tokio::test]
    async fn other_services_and_clients_see_the_same() {
        let opened = opened();
        let s3 = &opened.s3;
        assert!(!s3.bucket_exists("bucket").expect("read"));
        s3.create_bucket("bucket").expect("made");
        assert!(s3.bucket_exists("bucket").expect("read"));
        let again = s3.create_bucket("bucket").expect_err("it is there");
        assert_eq!(again.code, "BucketAlreadyOwnedByYou");
        let refused = s3.create_bucket("No_Bucket").expect_err("no name");
        assert_eq!(refused.code, "InvalidBucketName");

        let keys = opened
            .keyring
            .issue(Caller::in_role("AROA", "role", "session"));
        let put = signed("PUT", "/bucket/key", "contents", &keys, false);
        assert_eq!(answered(&opened, put).await.0, 200);
        let pin = s3.object("bucket", "key", None).expect("it is there");
        assert_eq!(pin.read().expect("read"), b"contents");
        let missing = s3
            .object("bucket", "other", None)
            .expect_err("there is none");
        assert_eq!(missing.code, "NoSuchKey");

        let tags = json!([{ "Key": "a", "Value": "1" }]);
        let configured = s3.configure_bucket("bucket", "Tags", Some(tags.clone()));
        configured.expect("it is a setting");
        let get = signed("GET", "/bucket?tagging=", "", &keys, false);
        let (_, body) = answered(&opened, get).await;
        assert!(
            body.contains("<Tag><Key>a</Key><Value>1</Value></Tag>"),
            "{body}"
        );
        let found = s3.bucket_configuration("bucket", "Tags").expect("read");
        assert_eq!(found, Some(tags));
        s3.configure_bucket("bucket", "Tags", None).expect("gone");
        let unknown = s3.configure_bucket("bucket", "LoggingConfiguration", None);
        assert_eq!(unknown.expect_err("no such").code, "NotImplemented");

        let full = s3.delete_bucket("bucket").expect_err("it has an object");
        assert_eq!(full.code, "BucketNotEmpty");
        let delete = signed("DELETE", "/bucket/key", "", &keys, false);
        assert_eq!(answered(&opened, delete).await.0, 204);
        s3.delete_bucket("bucket").expect("it is empty");
        let gone = s3.delete_bucket("bucket").expect_err("it is gone");
        assert_eq!(gone.code, "NoSuchBucket");
    }
}
