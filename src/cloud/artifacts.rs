//! S3: the artifact bucket and its objects.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};

use super::{Cloud, CloudError};

impl Cloud {
    pub async fn object_exists(&self, bucket: &str, key: &str) -> Result<bool, CloudError> {
        let answer = self
            .objects
            .head_object()
            .bucket(bucket)
            .key(key)
            .send()
            .await
            .map_err(self.failed("HeadObject"));
        match answer {
            Ok(_) => Ok(true),
            Err(error) if error.is_not_found() => Ok(false),
            Err(error) => Err(error),
        }
    }

    pub async fn put_object(
        &self,
        bucket: &str,
        key: &str,
        body: Vec<u8>,
    ) -> Result<(), CloudError> {
        self.objects
            .put_object()
            .bucket(bucket)
            .key(key)
            .body(ByteStream::from(body))
            .send()
            .await
            .map_err(self.failed("PutObject"))?;
        Ok(())
    }

    /// The number of objects in the bucket; `None` when it does not exist.
    pub async fn count_objects(&self, bucket: &str) -> Result<Option<usize>, CloudError> {
        match self.keys(bucket).await {
            Ok(keys) => Ok(Some(keys.len())),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Deletes every object in the bucket. A bucket that does not exist is empty.
    pub async fn empty_bucket(&self, bucket: &str) -> Result<(), CloudError> {
        let keys = match self.keys(bucket).await {
            Err(error) if error.is_not_found() => return Ok(()),
            keys => keys?,
        };
        for keys in keys.chunks(1000) {
            let objects = keys
                .iter()
                .map(|key| ObjectIdentifier::builder().key(key).build())
                .collect::<Result<Vec<_>, _>>()
                .and_then(|objects| {
                    Delete::builder()
                        .set_objects(Some(objects))
                        .quiet(true)
                        .build()
                })
                .expect("all required fields are set");
            let answer = self
                .objects
                .delete_objects()
                .bucket(bucket)
                .delete(objects)
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

    async fn keys(&self, bucket: &str) -> Result<Vec<String>, CloudError> {
        let mut keys = Vec::new();
        let mut pages = self
            .objects
            .list_objects_v2()
            .bucket(bucket)
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(self.failed("ListObjectsV2"))?;
            keys.extend(
                page.contents()
                    .iter()
                    .filter_map(|object| object.key().map(str::to_owned)),
            );
        }
        Ok(keys)
    }
}
