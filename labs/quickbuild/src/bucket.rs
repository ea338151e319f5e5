//! Bundles in S3: read whole, and written whole or not at all.

use std::time::Duration;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_sdk_s3::primitives::ByteStream;
use mafia_support::{Environment, Failure, Resources, sdk_config};
use mafia_zip_patch::{Digest, LARGEST_UNCOMPRESSED};

/// A bundle of the largest size takes longer than most requests.
const LONGEST_ATTEMPT: Duration = Duration::from_secs(20);

#[derive(Debug)]
pub struct Buckets {
    client: Client,
}

/// A bundle as it was read.
#[derive(Clone, Debug)]
pub struct Stored {
    pub zip: Vec<u8>,
    /// S3's tag of these contents.
    tag: Option<String>,
}

impl Resources for Buckets {
    fn from_environment(environment: &Environment) -> Result<Self, Failure> {
        let config = sdk_config(environment, "S3")?;
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(1))
            .operation_attempt_timeout(LONGEST_ATTEMPT);
        let config = aws_sdk_s3::config::Builder::from(&config).timeout_config(timeouts.build());
        Ok(Self {
            // The sandbox has no name for each bucket.
            client: Client::from_conf(config.force_path_style(true).build()),
        })
    }
}

impl Buckets {
    pub async fn read(&self, bucket: &str, key: &str) -> Result<Stored, Failure> {
        let place = format!("s3://{bucket}/{key}");
        let object = self.client.get_object().bucket(bucket).key(key).send();
        let object = object
            .await
            .map_err(|error| failed("read", &place, &error))?;
        let length = object.content_length().unwrap_or_default();
        if length.cast_unsigned() > LARGEST_UNCOMPRESSED {
            return Err(Failure::request(format!(
                "{place} is larger than a bundle may be"
            )));
        }
        let tag = object.e_tag;
        let body = object.body.collect().await;
        let body =
            body.map_err(|error| Failure::storage(format!("Can't read {place}: {error}")))?;
        let zip = body.into_bytes().into();
        Ok(Stored { zip, tag })
    }

    /// Writes the object; with `instead_of`, only if it is still that one, so that of two changes at once
    /// none is lost.
    pub async fn write(
        &self,
        bucket: &str,
        key: &str,
        zip: Vec<u8>,
        instead_of: Option<&Stored>,
    ) -> Result<(), Failure> {
        let put = self.client.put_object().bucket(bucket).key(key);
        let tag = instead_of.and_then(|stored| stored.tag.clone());
        // S3 keeps it, so that whoever looks for these contents knows them.
        let digest = Digest::of(&zip);
        let put = put.set_if_match(tag).checksum_sha256(digest.as_str());
        let put = put.body(ByteStream::from(zip)).send();
        let written = put.await.map(drop);
        written.map_err(|error| failed("write", &format!("s3://{bucket}/{key}"), &error))
    }
}

fn failed<E>(verb: &str, place: &str, error: &SdkError<E>) -> Failure
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    Failure::storage(match (error.code(), error.message()) {
        (Some("NoSuchKey"), _) => format!("{place} is not there"),
        (Some("PreconditionFailed"), _) => {
            format!("{place} was changed by somebody else at the same time; send the changes again")
        }
        (Some(code), Some(message)) => format!("Can't {verb} {place}: {code}: {message}"),
        _ => format!("Can't {verb} {place}: {}", DisplayErrorContext(error)),
    })
}
