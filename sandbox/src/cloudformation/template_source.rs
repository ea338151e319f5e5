//! Where a template comes from: the request itself, or an object in a bucket.

use std::sync::Arc;

use serde::Deserialize;

use super::fault::invalid;
use crate::fault::Fault;
use crate::s3::S3;

/// In bytes: of a template in a request, and of one in a bucket.
///
/// Source: "CloudFormation quotas".
const MAX_BODY: usize = 51_200;
const MAX_OBJECT: usize = 1 << 20;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TemplateSource {
    template_body: Option<String>,
    #[serde(rename = "TemplateURL")]
    template_url: Option<String>,
}

impl TemplateSource {
    pub fn is_given(&self) -> bool {
        self.template_body.is_some() || self.template_url.is_some()
    }

    pub fn read(&self, s3: &Arc<S3>) -> Result<String, Fault> {
        match (&self.template_body, &self.template_url) {
            (Some(body), None) if body.len() > MAX_BODY => Err(invalid(format!(
                "1 validation error detected: Value at 'templateBody' failed to satisfy \
                 constraint: Member must have length less than or equal to {MAX_BODY}"
            ))),
            (Some(body), None) => Ok(body.clone()),
            (None, Some(url)) => fetched(s3, url),
            _ => Err(invalid(
                "Either Template URL or Template Body must be specified.",
            )),
        }
    }
}

fn fetched(s3: &Arc<S3>, url: &str) -> Result<String, Fault> {
    let Some((bucket, key)) = object_of(url) else {
        return Err(invalid("TemplateURL must be a supported URL."));
    };
    let object = s3.object(&bucket, &key, None).map_err(|fault| {
        let Fault { message, code, .. } = &fault;
        if fault.is_client_error() {
            invalid(format!("S3 error: {message} ({code}) of {bucket}/{key}"))
        } else {
            fault
        }
    })?;
    let bytes = object.read()?;
    if bytes.len() > MAX_OBJECT {
        return Err(invalid(format!(
            "Template may not exceed {MAX_OBJECT} bytes in size."
        )));
    }
    String::from_utf8(bytes).map_err(|_| {
        invalid(format!(
            "Template format error: {bucket}/{key} is not UTF-8"
        ))
    })
}

/// The bucket and the key in the URL of an object, in path or in virtual style.
fn object_of(url: &str) -> Option<(String, String)> {
    let uri: http::Uri = url.parse().ok()?;
    let host = uri.host()?;
    let path = uri.path().strip_prefix('/')?;
    let virtual_host = [".s3.", ".s3-", ".localhost"];
    let in_host = virtual_host
        .iter()
        .filter_map(|mark| host.split_once(mark))
        .map(|(bucket, _)| bucket)
        .find(|bucket| !bucket.is_empty());
    let (bucket, key) = match in_host {
        Some(bucket) => (bucket, path),
        None => path.split_once('/')?,
    };
    let key = percent_encoding::percent_decode_str(key)
        .decode_utf8()
        .ok()?;
    let is_whole = !bucket.is_empty() && !key.is_empty();
    is_whole.then(|| (bucket.to_owned(), key.into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_found_in_both_styles_of_urls() {
        let found = |url| object_of(url).map(|(bucket, key)| format!("{bucket} {key}"));
        for url in [
            "https://s3.amazonaws.com/b/a/t.yaml",
            "https://s3.us-east-1.amazonaws.com/b/a/t.yaml?versionId=1",
            "http://127.0.0.1:4566/b/a%2Ft.yaml",
            "https://b.s3.amazonaws.com/a/t.yaml",
            "https://b.s3-us-west-2.amazonaws.com/a/t.yaml",
            "http://b.localhost:4566/a/t.yaml",
        ] {
            assert_eq!(found(url).as_deref(), Some("b a/t.yaml"), "{url}");
        }
        assert_eq!(found("https://s3.amazonaws.com/b"), None);
        assert_eq!(found("no url"), None);
    }
}
