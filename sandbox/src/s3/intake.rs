//! Contents on their way from a request into a blob: hashed as they pass, compared at the end with
//! what was promised.

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use futures_util::StreamExt;
use http::HeaderMap;
use s3s::StdError;
use s3s::TrailingHeaders;
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum as _, Md5};
use s3s::dto::{self, StreamingBlob};
use tokio::task::spawn_blocking;

use super::checksum::{self, Algorithm, Checksum};
use super::refusal::{invalid_argument, invalid_request};
use crate::fault::Fault;
use crate::store::{Blobs, Draft, Pin, hex};

/// 5 GiB. Source: Amazon S3's quotas for one PUT and for one part.
const LONGEST: u64 = 5 << 30;
/// How much is gathered before it is hashed and written on a thread that may wait.
const PORTION: usize = 1 << 18;

/// What a request says that its contents are.
#[derive(Debug, Default)]
pub struct Promise {
    pub length: Option<u64>,
    md5: Option<Vec<u8>>,
    /// By name and value; at most one.
    checksum: Option<(Algorithm, String)>,
    /// Whose value comes behind the contents.
    trailing: Option<(Algorithm, TrailingHeaders)>,
    /// Named without a value.
    named: Option<Algorithm>,
}

impl Promise {
    pub fn new(
        headers: &HeaderMap,
        trailing: Option<TrailingHeaders>,
        checksums: Vec<(Algorithm, String)>,
        length: Option<i64>,
    ) -> Result<Self, Fault> {
        let text = |name| {
            headers
                .get(name)
                .and_then(|value: &http::HeaderValue| value.to_str().ok())
        };
        let md5 = text("content-md5").map(md5_of).transpose()?;
        let announced = text("x-amz-trailer")
            .into_iter()
            .flat_map(|names| names.split(','))
            .find_map(Algorithm::of_header);
        let named = text("x-amz-sdk-checksum-algorithm")
            .map(Algorithm::named)
            .transpose()?;
        if checksums.len() + usize::from(announced.is_some()) > 1 {
            return Err(invalid_request(
                "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
            ));
        }
        Ok(Self {
            length: length.and_then(|length| u64::try_from(length).ok()),
            md5,
            checksum: checksums.into_iter().next(),
            trailing: announced.zip(trailing),
            named,
        })
    }

    /// The algorithm that the client chose, if it did.
    pub fn algorithm(&self) -> Option<Algorithm> {
        let given = self.checksum.as_ref().map(|(algorithm, _)| *algorithm);
        let announced = self.trailing.as_ref().map(|(algorithm, _)| *algorithm);
        given.or(announced).or(self.named)
    }

    /// Compares contents that have all come.
    fn check(&self, size: u64, md5: &[u8], sums: &dto::Checksum) -> Result<(), Fault> {
        if self.length.is_some_and(|length| length != size) {
            return Err(incomplete("its length differs from the declared length"));
        }
        if self.md5.as_ref().is_some_and(|promised| promised != md5) {
            return Err(Fault::invalid(
                "BadDigest",
                "The Content-MD5 you specified did not match what we received.",
            ));
        }
        let behind = self.trailing.as_ref().map(|(algorithm, headers)| {
            let name = format!("x-amz-checksum-{}", algorithm.name().to_ascii_lowercase());
            let value = headers.read(|headers| {
                let value = headers.get(&name)?.to_str().ok()?;
                Some(value.to_owned())
            });
            (*algorithm, value.flatten())
        });
        let promised = match (&self.checksum, behind) {
            (Some((algorithm, value)), _) => Some((*algorithm, value.clone())),
            (None, Some((algorithm, Some(value)))) => Some((algorithm, value)),
            (None, Some((algorithm, None))) => {
                let name = algorithm.name();
                return Err(invalid_request(format!(
                    "the {name} checksum declared in the x-amz-trailer header is missing"
                )));
            }
            (None, None) => None,
        };
        match promised {
            Some((algorithm, value)) => {
                let found = checksum::found(sums, algorithm);
                if found.is_some_and(|found| found.value == value) {
                    Ok(())
                } else {
                    Err(checksum::mismatch(algorithm))
                }
            }
            None => Ok(()),
        }
    }
}

/// Contents that are coming in.
pub struct Intake {
    draft: Draft,
    md5: Md5,
    sums: ChecksumHasher,
}

/// Contents that have come in.
#[derive(Debug)]
pub struct Taken {
    pub pin: Pin,
    pub size: u64,
    pub md5: [u8; 16],
    sums: dto::Checksum,
}

impl Taken {
    /// The entity tag of contents that came in one piece: their MD5.
    pub fn etag(&self) -> String {
        hex(&self.md5)
    }

    pub fn checksum(&self, algorithm: Algorithm) -> Option<Checksum> {
        checksum::found(&self.sums, algorithm)
    }
}

impl Intake {
    pub fn new(blobs: &Arc<Blobs>, algorithms: &[Algorithm]) -> Result<Self, Fault> {
        Ok(Self {
            draft: blobs.draft()?,
            md5: Md5::new(),
            sums: checksum::hasher(algorithms),
        })
    }

    pub fn write(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.md5.update(bytes);
        self.sums.update(bytes);
        Ok(self.draft.write(bytes)?)
    }

    pub fn finish(self, promise: &Promise) -> Result<Taken, Fault> {
        let size = self.draft.size();
        let md5 = self.md5.finalize();
        let sums = self.sums.finalize();
        promise.check(size, &md5, &sums)?;
        Ok(Taken {
            pin: self.draft.keep()?,
            size,
            md5,
            sums,
        })
    }

    /// Takes in the body of a request.
    pub async fn take(
        self,
        body: Option<StreamingBlob>,
        promise: &Promise,
    ) -> Result<Taken, Fault> {
        if promise.length.is_some_and(|length| length > LONGEST) {
            return Err(too_large());
        }
        let mut intake = self;
        let mut portion = Vec::new();
        let mut gathered = 0;
        if let Some(mut body) = body {
            while let Some(bytes) = body.next().await {
                let bytes = bytes.map_err(|error| broken(&error))?;
                gathered += bytes.len();
                portion.push(bytes);
                if gathered >= PORTION {
                    intake = intake.written(std::mem::take(&mut portion)).await?;
                    gathered = 0;
                }
                if intake.draft.size() > LONGEST {
                    return Err(too_large());
                }
            }
        }
        intake.written(portion).await?.finish(promise)
    }

    async fn written(mut self, portion: Vec<Bytes>) -> Result<Self, Fault> {
        let written = spawn_blocking(move || {
            for bytes in portion {
                self.write(&bytes)?;
            }
            Ok(self)
        });
        written
            .await
            .map_err(|error| Fault::internal(error.to_string()))?
    }
}

fn md5_of(text: &str) -> Result<Vec<u8>, Fault> {
    match BASE64_STANDARD.decode(text) {
        Ok(digest) if digest.len() == 16 => Ok(digest),
        _ => Err(Fault::invalid(
            "InvalidDigest",
            "The Content-MD5 you specified is not valid.",
        )),
    }
}

fn too_large() -> Fault {
    Fault::invalid(
        "EntityTooLarge",
        "one request can have at most 5 GiB; upload larger objects in parts",
    )
}

fn incomplete(reason: &str) -> Fault {
    Fault::invalid(
        "IncompleteBody",
        format!("the body is incomplete: {reason}"),
    )
}

/// The s3s library checks bodies as they are read, and says what is wrong with them by text only.
fn broken(error: &StdError) -> Fault {
    let text = error.to_string();
    let says = |word| text.contains(word);
    if says("Sha256Mismatch") {
        return Fault::invalid(
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        );
    }
    if says("SignatureMismatch") {
        let message = "the signature of a chunk of the body does not match";
        return Fault::denied("SignatureDoesNotMatch", message);
    }
    if says("FormatError") || says("TooLarge") || says("TooMany") {
        invalid_argument("the body is not in the declared aws-chunked encoding")
    } else {
        incomplete(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn promise(headers: &[(&'static str, &str)]) -> Result<Promise, String> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, value.parse().expect("it is a value"));
        }
        let given = map
            .iter()
            .filter_map(|(name, value)| {
                let value = value.to_str().expect("it is text").to_owned();
                Some((Algorithm::of_header(name.as_str())?, value))
            })
            .collect();
        Promise::new(&map, None, given, Some(4)).map_err(|fault| fault.code)
    }

    fn taken(contents: &[u8], promise: &Promise) -> Result<String, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let store = crate::store::Store::open(&folder.path().join("state"));
        let store = Arc::new(store.expect("it opens"));
        let blobs = Blobs::open(&folder.path().join("blobs"), &store).expect("it opens");
        let algorithms: Vec<Algorithm> = promise.algorithm().into_iter().collect();
        let mut intake = Intake::new(&blobs, &algorithms).expect("it begins");
        for half in contents.chunks(2) {
            intake.write(half).expect("written");
        }
        let taken = intake.finish(promise).map_err(|fault| fault.code)?;
        assert_eq!(taken.pin.read().expect("it is kept"), contents);
        Ok(taken.etag())
    }

    #[test]
    fn contents_are_taken_as_they_were_promised() {
        let none = promise(&[]).expect("it is fine");
        assert_eq!(
            taken(b"1234", &none).as_deref(),
            Ok("81dc9bdb52d04dc20036dbd8313ed055")
        );
        assert_eq!(taken(b"123", &none), Err("IncompleteBody".to_owned()));
        let md5 = promise(&[("content-md5", "gdyb21LQTcIANtvYMT7QVQ==")]).expect("it is fine");
        assert!(taken(b"1234", &md5).is_ok());
        assert_eq!(taken(b"1235", &md5), Err("BadDigest".to_owned()));
        let crc = promise(&[("x-amz-checksum-crc32", "m+OgIQ==")]).expect("it is fine");
        assert_eq!(crc.algorithm(), Some(Algorithm::Crc32));
        assert_eq!(taken(b"1235", &crc), Err("BadDigest".to_owned()));
    }

    #[test]
    fn promises_that_say_nothing_clear_are_refused() {
        let refused = |headers: &[(&'static str, &str)]| promise(headers).err();
        let code = |code: &str| Some(code.to_owned());
        assert_eq!(refused(&[("content-md5", "AAAA")]), code("InvalidDigest"));
        assert_eq!(
            refused(&[("x-amz-sdk-checksum-algorithm", "MD5")]),
            code("InvalidRequest")
        );
        let two = [("x-amz-checksum-crc32", "a"), ("x-amz-checksum-sha1", "b")];
        assert_eq!(refused(&two), code("InvalidRequest"));
    }
}
