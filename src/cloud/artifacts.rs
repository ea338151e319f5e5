//! S3: the artifact bucket and its objects.

use aws_sdk_s3::operation::head_object::HeadObjectOutput;
use aws_sdk_s3::operation::put_object::builders::PutObjectFluentBuilder;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{ChecksumMode, Delete, ObjectIdentifier};

use super::{Cloud, CloudError, TargetKind};

impl Cloud {
    pub async fn object_exists(&self, bucket: &str, key: &str) -> Result<bool, CloudError> {
        Ok(self.head_object(bucket, key).await?.is_some())
    }

    /// Whether there is an object with this SHA-256, in base64, as [`Self::put_object_of`] writes it. S3 has checked that
    /// when the object was written. So whoever may write there cannot pass off other contents.
    pub async fn has_object_of(
        &self,
        bucket: &str,
        key: &str,
        digest: &str,
    ) -> Result<bool, CloudError> {
        let found = self.head_object(bucket, key).await?;
        let checksum = found.as_ref().and_then(HeadObjectOutput::checksum_sha256);
        Ok(checksum == Some(digest))
    }

    async fn head_object(
        &self,
        bucket: &str,
        key: &str,
    ) -> Result<Option<HeadObjectOutput>, CloudError> {
        let head = self.objects.head_object().bucket(bucket).key(key);
        let head = head.checksum_mode(ChecksumMode::Enabled).send();
        match head.await.map_err(self.failed("HeadObject")) {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.is_not_found() || error.is_lost() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What is in an object; `None` when it does not exist.
    pub async fn object(&self, bucket: &str, key: &str) -> Result<Option<Vec<u8>>, CloudError> {
        let read = self.objects.get_object().bucket(bucket).key(key).send();
        let object = match read.await.map_err(self.failed("GetObject")) {
            Err(error) if error.is_not_found() => return Ok(None),
            object => object?,
        };
        let body = object.body.collect().await;
        let body = body.map_err(|error| CloudError::Unreachable {
            target: Box::new(self.target.clone()),
            reason: error.to_string(),
            sent: true,
            way: None,
        })?;
        Ok(Some(body.into_bytes().into()))
    }

    pub async fn put_object(
        &self,
        bucket: &str,
        key: &str,
        body: Vec<u8>,
    ) -> Result<(), CloudError> {
        self.put(bucket, key, body, |put| put).await
    }

    /// The same, with the SHA-256 of the contents in base64, which S3 checks and keeps.
    pub async fn put_object_of(
        &self,
        bucket: &str,
        key: &str,
        body: Vec<u8>,
        digest: &str,
    ) -> Result<(), CloudError> {
        let with_digest = |put: PutObjectFluentBuilder| put.checksum_sha256(digest);
        self.put(bucket, key, body, with_digest).await
    }

    /// `with` adds what else is said of the object.
    pub(super) async fn put(
        &self,
        bucket: &str,
        key: &str,
        body: Vec<u8>,
        with: impl FnOnce(PutObjectFluentBuilder) -> PutObjectFluentBuilder,
    ) -> Result<(), CloudError> {
        let put = self.objects.put_object().bucket(bucket).key(key);
        let sent = with(put.body(ByteStream::from(body))).send().await;
        sent.map(drop).map_err(self.failed("PutObject"))
    }

    /// Where CloudFormation finds an object.
    ///
    /// Source: CloudFormation API reference, `CreateStack`, `TemplateURL`.
    pub fn object_url(&self, bucket: &str, key: &str) -> String {
        let region = &self.target.region;
        match &self.target.kind {
            TargetKind::Aws => {
                let suffix = if region.starts_with("cn-") { ".cn" } else { "" };
                format!("https://{bucket}.s3.{region}.amazonaws.com{suffix}/{key}")
            }
            TargetKind::Sandbox { url } | TargetKind::Endpoint { url } => {
                format!("{}/{bucket}/{key}", url.trim_end_matches('/'))
            }
        }
    }

    /// Deletes an object; one that does not exist is fine, also with its bucket.
    pub async fn delete_object(&self, bucket: &str, key: &str) -> Result<(), CloudError> {
        let answer = self
            .objects
            .delete_object()
            .bucket(bucket)
            .key(key)
            .send()
            .await
            .map_err(self.failed("DeleteObject"));
        match answer {
            Err(error) if !error.is_not_found() => Err(error),
            _ => Ok(()),
        }
    }

    /// The keys of the objects that begin with `prefix`; `None` when the bucket does not exist.
    pub async fn keys(
        &self,
        bucket: &str,
        prefix: &str,
    ) -> Result<Option<Vec<String>>, CloudError> {
        let mut keys = Vec::new();
        let mut pages = self
            .objects
            .list_objects_v2()
            .bucket(bucket)
            .prefix(prefix)
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            let page = match page.map_err(self.failed("ListObjectsV2")) {
                Err(error) if error.is_not_found() => return Ok(None),
                page => page?,
            };
            let objects = page.contents.unwrap_or_default().into_iter();
            keys.extend(objects.filter_map(|object| object.key));
        }
        Ok(Some(keys))
    }

    /// The number of objects in the bucket, with all their versions; `None` when it does not exist.
    pub async fn count_objects(&self, bucket: &str) -> Result<Option<usize>, CloudError> {
        match self.versions(bucket).await {
            Ok(versions) => Ok(Some(versions.len())),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Deletes every version of every object in the bucket, and the markers of deleted ones. A bucket
    /// that does not exist is empty.
    pub async fn empty_bucket(&self, bucket: &str) -> Result<(), CloudError> {
        let versions = match self.versions(bucket).await {
            Err(error) if error.is_not_found() => return Ok(()),
            versions => versions?,
        };
        for versions in versions.chunks(1000) {
            let delete = Delete::builder()
                .set_objects(Some(versions.to_vec()))
                .quiet(true)
                .build()
                .expect("all required fields are set");
            let answer = self
                .objects
                .delete_objects()
                .bucket(bucket)
                .delete(delete)
                .send()
                .await
                .map_err(self.failed("DeleteObjects"));
            let answer = match answer {
                Err(error) if error.is_not_found() => return Ok(()),
                answer => answer?,
            };
            if let Some(error) = answer.errors().first() {
                return Err(CloudError::Refused {
                    operation: "DeleteObjects",
                    code: error.code().unwrap_or("unknown").to_owned(),
                    message: error.message().unwrap_or("no reason given").to_owned(),
                    status: 200,
                });
            }
        }
        Ok(())
    }

    /// Every version of every object, and the markers of deleted ones. A bucket without versioning has
    /// one version of each.
    async fn versions(&self, bucket: &str) -> Result<Vec<ObjectIdentifier>, CloudError> {
        let mut found = Vec::new();
        let (mut key_marker, mut version_marker) = (None, None);
        loop {
            let page = self
                .objects
                .list_object_versions()
                .bucket(bucket)
                .set_key_marker(key_marker)
                .set_version_id_marker(version_marker)
                .send()
                .await
                .map_err(self.failed("ListObjectVersions"))?;
            let versions = page.versions.unwrap_or_default().into_iter();
            let versions = versions.map(|version| (version.key, version.version_id));
            let markers = page.delete_markers.unwrap_or_default().into_iter();
            let markers = markers.map(|marker| (marker.key, marker.version_id));
            found.extend(versions.chain(markers).filter_map(|(key, version)| {
                let identifier = ObjectIdentifier::builder().key(key?);
                identifier.set_version_id(version).build().ok()
            }));
            if !page.is_truncated.unwrap_or_default() {
                return Ok(found);
            }
            (key_marker, version_marker) = (page.next_key_marker, page.next_version_id_marker);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_objects_url_is_at_its_bucket_on_aws_and_under_the_endpoint_elsewhere() {
        let (mut cloud, _) = Cloud::scripted(|_| (200, String::new()));
        assert_eq!(cloud.object_url("b", "k/l"), "http://script/b/k/l");
        cloud.target.kind = TargetKind::Aws;
        for (region, url) in [
            ("eu-west-1", "https://b.s3.eu-west-1.amazonaws.com/k/l"),
            ("cn-north-1", "https://b.s3.cn-north-1.amazonaws.com.cn/k/l"),
        ] {
            region.clone_into(&mut cloud.target.region);
            assert_eq!(cloud.object_url("b", "k/l"), url);
        }
    }
}
