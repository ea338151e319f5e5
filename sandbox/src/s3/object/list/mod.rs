//! The listings of objects, of their versions, and of multipart uploads. They share everything but
//! the shape of their entries and markers.

pub mod objects;
pub mod uploads;
pub mod versions;

use s3s::dto::{ChecksumAlgorithm, EncodingType};

use crate::fault::Fault;
use crate::s3::checksum::Checksum;
use crate::s3::errors::invalid_argument;
use crate::s3::key_listing::{After, Keyed, Page, Query, url_encode};
use crate::s3::storage::{Storage, path};
use crate::store::{Record, Records, end_of_prefix};

/// Entries on a page, by default and at most. Source: S3's documentation of all four listings.
const MAX_KEYS: i32 = 1000;
/// Sorts after the ids of all uploads and versions, which are hexadecimal.
const AFTER_ALL_IDS: &str = "~";

/// The members that all requests for listings have.
struct ListRequest {
    bucket: String,
    prefix: String,
    delimiter: Option<String>,
    url_encoded: bool,
    max: i32,
}

impl ListRequest {
    fn new(
        bucket: String,
        prefix: Option<String>,
        delimiter: Option<String>,
        encoding: Option<&EncodingType>,
        max: Option<i32>,
    ) -> Result<Self, Fault> {
        let url_encoded = match encoding.map(EncodingType::as_str) {
            None | Some("") => false,
            Some(EncodingType::URL) => true,
            Some(_) => {
                return Err(invalid_argument(
                    "Invalid Encoding Method specified in Request",
                ));
            }
        };
        let max = max.unwrap_or(MAX_KEYS);
        if max < 0 {
            return Err(invalid_argument(
                "max-keys must be between 0 and 2147483647",
            ));
        }
        Ok(Self {
            bucket,
            prefix: prefix.unwrap_or_default(),
            // S3 takes an empty one as none.
            delimiter: delimiter.filter(|text| !text.is_empty()),
            url_encoded,
            max: max.min(MAX_KEYS),
        })
    }

    fn query(&self) -> Query<'_> {
        Query {
            prefix: &self.prefix,
            delimiter: self.delimiter.as_deref(),
            max: usize::try_from(self.max).unwrap_or(0),
        }
    }

    /// Where the page begins after a marker. A marker inside a common prefix stands for all of the
    /// prefix.
    fn after_marker(&self, key: &str) -> After {
        match self.query().common_prefix(key) {
            Some(prefix) => After::Prefix(prefix.to_owned()),
            None => After::Item(key.to_owned()),
        }
    }

    /// Where the page begins after `start-after`, or after the key or common prefix in a token.
    /// Unlike a marker, a key inside a common prefix does not hide the prefix.
    fn after(&self, key: &str) -> After {
        if self.query().common_prefix(key) == Some(key) {
            After::Prefix(key.to_owned())
        } else {
            After::Item(key.to_owned())
        }
    }

    /// The page of the records in the bucket.
    fn page<T: Record + Keyed>(
        &self,
        storage: &Storage,
        records: &Records<T>,
        after: Option<&After>,
    ) -> Result<Page<T>, Fault> {
        storage.bucket(&self.bucket)?;
        self.query()
            .page(after, |from, max| self.read(records, from, max))
    }

    /// The first `max` records whose positions are not before `from`.
    fn read<T: Record>(
        &self,
        records: &Records<T>,
        from: &str,
        max: usize,
    ) -> Result<Vec<(String, T)>, Fault> {
        let in_bucket = path(&self.bucket, "");
        // A slash follows the bucket, so there is always one.
        let end = end_of_prefix(&path(&self.bucket, &self.prefix)).unwrap_or_default();
        let found = records.range(&*path(&self.bucket, from)..&*end, max)?;
        let position = |path: String| path[in_bucket.len()..].to_owned();
        Ok(found
            .into_iter()
            .map(|(path, record)| (position(path), record))
            .collect())
    }

    /// A key as the response has it.
    fn encode(&self, text: impl AsRef<str>) -> String {
        if self.url_encoded {
            url_encode(text.as_ref())
        } else {
            text.as_ref().to_owned()
        }
    }

    fn encode_marker(&self, next: Option<&After>) -> Option<String> {
        match next? {
            After::Item(text) | After::Prefix(text) => Some(self.encode(text)),
        }
    }
}

/// The [`ListRequest`] in a request.
macro_rules! list_request {
    ($input:ident, $max:ident) => {
        $crate::s3::object::list::ListRequest::new(
            $input.bucket,
            $input.prefix,
            $input.delimiter,
            $input.encoding_type.as_ref(),
            $input.$max,
        )
    };
}
use list_request;

/// The response of a listing: the members that all have, and `$member`s of its own.
macro_rules! list_response {
    ($output:ident, $list:ident, $page:ident, { $($member:ident: $value:expr,)+ }) => {{
        let prefixes = $page.prefixes.iter().map(|prefix| s3s::dto::CommonPrefix {
            prefix: Some($list.encode(prefix)),
        });
        let prefixes: Vec<_> = prefixes.collect();
        let url = s3s::dto::EncodingType::from_static(s3s::dto::EncodingType::URL);
        Ok(s3s::S3Response::new($output {
            common_prefixes: Some(prefixes).filter(|prefixes| !prefixes.is_empty()),
            delimiter: $list.delimiter.as_ref().map(|text| $list.encode(text)),
            encoding_type: $list.url_encoded.then_some(url),
            is_truncated: Some($page.next.is_some()),
            prefix: Some($list.encode(&$list.prefix)),
            $($member: $value,)+
            ..$output::default()
        }))
    }};
}
use list_response;

fn checksum_algorithms(checksum: &Checksum) -> Vec<ChecksumAlgorithm> {
    vec![ChecksumAlgorithm::from_static(checksum.algorithm.name())]
}
