//! S3: the files of a web site in its bucket.

use std::collections::BTreeMap;

use aws_sdk_s3::operation::put_object::builders::PutObjectFluentBuilder;
use md5::{Digest, Md5};

use super::{Cloud, CloudError};

/// A browser asks each time whether a file is still the same, so that it shows what was deployed last.
const CACHE: &str = "no-cache";

/// What is in a file, in a few bytes: the entity tag that S3 gives to an object of one part without an encryption
/// of the caller's own.
///
/// Source: S3 API reference, `Object`, `ETag`.
pub fn entity_tag(bytes: &[u8]) -> String {
    let digest = Md5::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Cloud {
    /// The entity tags of all objects in the bucket, by their keys; `None` when it does not exist.
    pub async fn entity_tags(
        &self,
        bucket: &str,
    ) -> Result<Option<BTreeMap<String, String>>, CloudError> {
        let mut tags = BTreeMap::new();
        let mut pages = self
            .objects
            .list_objects_v2()
            .bucket(bucket)
            .into_paginator()
            .send();
        while let Some(page) = pages.next().await {
            let page = match page.map_err(self.failed("ListObjectsV2")) {
                Err(error) if error.is_not_found() => return Ok(None),
                page => page?,
            };
            for object in page.contents.unwrap_or_default() {
                let tag = object.e_tag.unwrap_or_default();
                let tag = tag.trim_matches('"').to_owned();
                tags.extend(object.key.map(|key| (key, tag)));
            }
        }
        Ok(Some(tags))
    }

    pub async fn put_site_file(
        &self,
        bucket: &str,
        key: &str,
        content_type: &str,
        body: Vec<u8>,
    ) -> Result<(), CloudError> {
        let as_page =
            |put: PutObjectFluentBuilder| put.content_type(content_type).cache_control(CACHE);
        self.put(bucket, key, body, as_page).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Source: RFC 1321, appendix A.5.
    #[test]
    fn an_entity_tag_is_the_md5_in_hexadecimal_digits() {
        assert_eq!(entity_tag(b""), "d41d8cd98f00b204e9800998ecf8427e");
        assert_eq!(entity_tag(b"abc"), "900150983cd24fb0d6963f7d28e17f72");
    }
}
