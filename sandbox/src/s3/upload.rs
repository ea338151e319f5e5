//! Writes the contents of a request into a blob, hashes them on the way, and compares the result
//! with the digests and the length that the request gives.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
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

use super::byte_range::ByteRange;
use super::checksum::{self, Algorithm, Checksum};
use super::errors::{invalid_argument, invalid_request};
use crate::fault::Fault;
use crate::store::{Blobs, Draft, Pin, hex};

/// 5 GiB. Source: S3's quotas for one PUT and for one part.
const MAX_SIZE: u64 = 5 << 30;
/// How much is buffered before a blocking thread hashes and writes it, in bytes.
const BUFFER: usize = 1 << 18;

/// The length and the digests that a request gives for its contents.
#[derive(Debug, Default)]
pub struct ExpectedContents {
    pub length: Option<u64>,
    md5: Option<Vec<u8>>,
    /// In Base64.
    checksum: Option<(Algorithm, String)>,
    /// A checksum whose value follows the contents.
    trailing: Option<(Algorithm, TrailingHeaders)>,
    /// From `x-amz-sdk-checksum-algorithm`, which has no value.
    named: Option<Algorithm>,
}

impl ExpectedContents {
    pub fn new(
        headers: &HeaderMap,
        trailing: Option<TrailingHeaders>,
        checksums: Vec<(Algorithm, String)>,
        length: Option<i64>,
    ) -> Result<Self, Fault> {
        let header = |name| {
            headers
                .get(name)
                .and_then(|value: &http::HeaderValue| value.to_str().ok())
        };
        let md5 = header("content-md5").map(parse_md5).transpose()?;
        let announced = header("x-amz-trailer")
            .into_iter()
            .flat_map(|names| names.split(','))
            .find_map(Algorithm::of_header);
        let named = header("x-amz-sdk-checksum-algorithm")
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

    /// The algorithm that the client chose, if any.
    pub fn algorithm(&self) -> Option<Algorithm> {
        let given = self.checksum.as_ref().map(|(algorithm, _)| *algorithm);
        let announced = self.trailing.as_ref().map(|(algorithm, _)| *algorithm);
        given.or(announced).or(self.named)
    }

    /// Compares with what has been received.
    fn check(&self, size: u64, md5: &[u8], sums: &dto::Checksum) -> Result<(), Fault> {
        if self.length.is_some_and(|length| length != size) {
            return Err(incomplete("its length differs from the declared length"));
        }
        if self.md5.as_ref().is_some_and(|expected| expected != md5) {
            return Err(Fault::invalid(
                "BadDigest",
                "The Content-MD5 you specified did not match what we received.",
            ));
        }
        let trailing = self.trailing.as_ref().map(|(algorithm, headers)| {
            let name = format!("x-amz-checksum-{}", algorithm.name().to_ascii_lowercase());
            let value = headers.read(|headers| {
                let value = headers.get(&name)?.to_str().ok()?;
                Some(value.to_owned())
            });
            (*algorithm, value.flatten())
        });
        let expected = match (&self.checksum, trailing) {
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
        let Some((algorithm, value)) = expected else {
            return Ok(());
        };
        let computed = checksum::computed(sums, algorithm);
        if computed.is_some_and(|computed| computed.value == value) {
            Ok(())
        } else {
            Err(checksum::mismatch(algorithm))
        }
    }
}

/// Contents while they are received.
pub struct Upload {
    draft: Draft,
    md5: Md5,
    checksums: ChecksumHasher,
}

/// Contents that were received.
#[derive(Debug)]
pub struct Uploaded {
    pub pin: Pin,
    pub size: u64,
    md5: [u8; 16],
    checksums: dto::Checksum,
}

impl Uploaded {
    /// The ETag of an object that was not uploaded in parts: the MD5 of its contents.
    pub fn etag(&self) -> String {
        hex(&self.md5)
    }

    pub fn checksum(&self, algorithm: Algorithm) -> Option<Checksum> {
        checksum::computed(&self.checksums, algorithm)
    }
}

impl Upload {
    pub fn new(blobs: &Arc<Blobs>, algorithms: &[Algorithm]) -> Result<Self, Fault> {
        Ok(Self {
            draft: blobs.draft()?,
            md5: Md5::new(),
            checksums: checksum::hasher(algorithms),
        })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.md5.update(bytes);
        self.checksums.update(bytes);
        Ok(self.draft.write(bytes)?)
    }

    /// The contents, if they are as expected.
    fn finish(self, expected: &ExpectedContents) -> Result<Uploaded, Fault> {
        let size = self.draft.size();
        let md5 = self.md5.finalize();
        let checksums = self.checksums.finalize();
        expected.check(size, &md5, &checksums)?;
        Ok(Uploaded {
            pin: self.draft.keep()?,
            size,
            md5,
            checksums,
        })
    }

    /// Receives the body of a request.
    pub async fn receive(
        self,
        body: Option<StreamingBlob>,
        expected: &ExpectedContents,
    ) -> Result<Uploaded, Fault> {
        if expected.length.is_some_and(|length| length > MAX_SIZE) {
            return Err(too_large());
        }
        let mut upload = self;
        let mut buffer = Vec::new();
        let mut buffered = 0;
        if let Some(mut body) = body {
            while let Some(bytes) = body.next().await {
                let bytes = bytes.map_err(|error| body_error(&error))?;
                buffered += bytes.len();
                buffer.push(bytes);
                if buffered >= BUFFER {
                    upload = upload.write_all(std::mem::take(&mut buffer)).await?;
                    buffered = 0;
                }
                if upload.draft.size() > MAX_SIZE {
                    return Err(too_large());
                }
            }
        }
        upload.write_all(buffer).await?.finish(expected)
    }

    /// Copies parts of files, one after the other. The caller keeps the files in place until then.
    pub async fn copy_files(mut self, files: Vec<(PathBuf, ByteRange)>) -> Result<Uploaded, Fault> {
        let copied = spawn_blocking(move || {
            for (path, range) in files {
                self.copy_file(&path, range)?;
            }
            self.finish(&ExpectedContents::default())
        });
        copied
            .await
            .map_err(|error| Fault::internal(error.to_string()))?
    }

    fn copy_file(&mut self, path: &Path, range: ByteRange) -> Result<(), Fault> {
        let unreadable =
            |error: std::io::Error| Fault::internal(format!("{}: {error}", path.display()));
        let mut file = File::open(path).map_err(unreadable)?;
        file.seek(SeekFrom::Start(range.start))
            .map_err(unreadable)?;
        let mut rest = file.take(range.length);
        let mut buffer = vec![0; BUFFER];
        loop {
            match rest.read(&mut buffer).map_err(unreadable)? {
                0 => return Ok(()),
                read => self.write(&buffer[..read])?,
            }
        }
    }

    async fn write_all(mut self, buffer: Vec<Bytes>) -> Result<Self, Fault> {
        let written = spawn_blocking(move || {
            for bytes in buffer {
                self.write(&bytes)?;
            }
            Ok(self)
        });
        written
            .await
            .map_err(|error| Fault::internal(error.to_string()))?
    }
}

fn parse_md5(text: &str) -> Result<Vec<u8>, Fault> {
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

/// The fault for an error of the s3s library, which checks bodies as they are read and tells their
/// errors apart by text only.
fn body_error(error: &StdError) -> Fault {
    let text = error.to_string();
    let is = |kind| text.contains(kind);
    if is("Sha256Mismatch") {
        return Fault::invalid(
            "XAmzContentSHA256Mismatch",
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        );
    }
    if is("SignatureMismatch") {
        let message = "the signature of a chunk of the body does not match";
        return Fault::denied("SignatureDoesNotMatch", message);
    }
    if is("FormatError") || is("TooLarge") || is("TooMany") {
        invalid_argument("the body is not in the declared aws-chunked encoding")
    } else {
        incomplete(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected(headers: &[(&'static str, &str)]) -> Result<ExpectedContents, String> {
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
        ExpectedContents::new(&map, None, given, Some(4)).map_err(|fault| fault.code)
    }

    fn receive(contents: &[u8], expected: &ExpectedContents) -> Result<String, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let store = crate::store::Store::open(&folder.path().join("state"));
        let store = Arc::new(store.expect("it opens"));
        let blobs = Blobs::open(&folder.path().join("blobs"), &store).expect("it opens");
        let algorithms: Vec<Algorithm> = expected.algorithm().into_iter().collect();
        let mut upload = Upload::new(&blobs, &algorithms).expect("it begins");
        for half in contents.chunks(2) {
            upload.write(half).expect("written");
        }
        let uploaded = upload.finish(expected).map_err(|fault| fault.code)?;
        assert_eq!(uploaded.pin.read().expect("it is kept"), contents);
        Ok(uploaded.etag())
    }

    #[test]
    fn contents_are_stored_if_they_are_as_expected() {
        let none = expected(&[]).expect("it is fine");
        assert_eq!(
            receive(b"1234", &none).as_deref(),
            Ok("81dc9bdb52d04dc20036dbd8313ed055")
        );
        assert_eq!(receive(b"123", &none), Err("IncompleteBody".to_owned()));
        let md5 = expected(&[("content-md5", "gdyb21LQTcIANtvYMT7QVQ==")]).expect("it is fine");
        assert!(receive(b"1234", &md5).is_ok());
        assert_eq!(receive(b"1235", &md5), Err("BadDigest".to_owned()));
        let crc = expected(&[("x-amz-checksum-crc32", "m+OgIQ==")]).expect("it is fine");
        assert_eq!(crc.algorithm(), Some(Algorithm::Crc32));
        assert_eq!(receive(b"1235", &crc), Err("BadDigest".to_owned()));
    }

    #[test]
    fn unclear_digests_are_refused() {
        let refused = |headers: &[(&'static str, &str)]| expected(headers).err();
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
