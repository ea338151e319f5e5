//! Checksums of contents: their algorithms, how they are computed, and which of a multipart
//! upload's objects have them.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum as _, Crc32, Crc32c, Crc64Nvme, Sha1, Sha256};
use s3s::dto::{self, ChecksumType};
use serde::{Deserialize, Serialize};

use crate::fault::Fault;

/// Serialized by AWS's names.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Algorithm {
    Crc32,
    Crc32c,
    Crc64Nvme,
    Sha1,
    Sha256,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Checksum {
    pub algorithm: Algorithm,
    /// In Base64.
    pub value: String,
    /// Computed from the parts' checksums instead of the contents.
    #[serde(default)]
    pub composite: bool,
}

/// Which checksum the object of a multipart upload will have.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct ChecksumPlan {
    pub algorithm: Algorithm,
    pub composite: bool,
    /// Whether the client chose the algorithm.
    pub chosen: bool,
}

impl Algorithm {
    const ALL: [Self; 5] = [
        Self::Crc32,
        Self::Crc32c,
        Self::Crc64Nvme,
        Self::Sha1,
        Self::Sha256,
    ];
    /// S3's choice where the client makes none. Source: "Checking object integrity" in S3's user
    /// guide.
    pub const DEFAULT: Self = Self::Crc64Nvme;

    pub fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    /// Names are case-insensitive.
    pub fn named(name: &str) -> Result<Self, Fault> {
        let named = |algorithm: &Self| algorithm.name().eq_ignore_ascii_case(name);
        Self::ALL.into_iter().find(named).ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            Fault::invalid(
                "InvalidRequest",
                format!("there is no checksum algorithm {name:?}; the algorithms are {names}"),
            )
        })
    }

    /// The algorithm of a header `x-amz-checksum-…`.
    pub fn of_header(name: &str) -> Option<Self> {
        let name = name.trim().to_ascii_lowercase();
        Self::named(name.strip_prefix("x-amz-checksum-")?).ok()
    }
}

impl Checksum {
    pub fn checksum_type(&self) -> ChecksumType {
        checksum_type(self.composite)
    }
}

impl ChecksumPlan {
    /// From the members of CreateMultipartUpload.
    pub fn new(algorithm: Option<&str>, kind: Option<&str>) -> Result<Self, Fault> {
        let chosen = algorithm.map(Algorithm::named).transpose()?;
        let composite = match (chosen, kind) {
            (None, None) | (Some(Algorithm::Crc64Nvme), None) => false,
            (Some(_), None) => true,
            (Some(_), Some(ChecksumType::COMPOSITE)) => true,
            (Some(_), Some(ChecksumType::FULL_OBJECT)) => false,
            (None, Some(ChecksumType::COMPOSITE | ChecksumType::FULL_OBJECT)) => {
                let message = "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.";
                return Err(Fault::invalid("InvalidRequest", message));
            }
            (_, Some(kind)) => {
                let message =
                    format!("the checksum type must be COMPOSITE or FULL_OBJECT, not {kind:?}");
                return Err(Fault::invalid("InvalidRequest", message));
            }
        };
        let algorithm = chosen.unwrap_or(Algorithm::DEFAULT);
        let linear = !matches!(algorithm, Algorithm::Sha1 | Algorithm::Sha256);
        if (composite && algorithm == Algorithm::Crc64Nvme) || (!composite && !linear) {
            let kind = if composite {
                "COMPOSITE"
            } else {
                "FULL_OBJECT"
            };
            let message = format!(
                "The {kind} checksum type cannot be used with the {} checksum algorithm.",
                algorithm.name().to_ascii_lowercase()
            );
            return Err(Fault::invalid("InvalidRequest", message));
        }
        Ok(Self {
            algorithm,
            composite,
            chosen: chosen.is_some(),
        })
    }

    pub fn checksum_type(self) -> ChecksumType {
        checksum_type(self.composite)
    }
}

fn checksum_type(composite: bool) -> ChecksumType {
    ChecksumType::from_static(if composite {
        ChecksumType::COMPOSITE
    } else {
        ChecksumType::FULL_OBJECT
    })
}

/// Computes checksums by all `algorithms` at once.
pub fn hasher(algorithms: &[Algorithm]) -> ChecksumHasher {
    let mut hasher = ChecksumHasher::default();
    for algorithm in algorithms {
        match algorithm {
            Algorithm::Crc32 => hasher.crc32 = Some(Crc32::new()),
            Algorithm::Crc32c => hasher.crc32c = Some(Crc32c::new()),
            Algorithm::Crc64Nvme => hasher.crc64nvme = Some(Crc64Nvme::new()),
            Algorithm::Sha1 => hasher.sha1 = Some(Sha1::new()),
            Algorithm::Sha256 => hasher.sha256 = Some(Sha256::new()),
        }
    }
    hasher
}

/// The checksum that a [`hasher`] computed by one of its algorithms.
pub fn computed(checksums: &dto::Checksum, algorithm: Algorithm) -> Option<Checksum> {
    let value = match algorithm {
        Algorithm::Crc32 => &checksums.checksum_crc32,
        Algorithm::Crc32c => &checksums.checksum_crc32c,
        Algorithm::Crc64Nvme => &checksums.checksum_crc64nvme,
        Algorithm::Sha1 => &checksums.checksum_sha1,
        Algorithm::Sha256 => &checksums.checksum_sha256,
    };
    Some(Checksum {
        algorithm,
        value: value.clone()?,
        composite: false,
    })
}

/// The checksum of the parts' checksums, followed by their number: `…-3`.
pub fn composite(algorithm: Algorithm, parts: &[Checksum]) -> Option<Checksum> {
    let mut hasher = hasher(&[algorithm]);
    for part in parts {
        hasher.update(&BASE64_STANDARD.decode(&part.value).ok()?);
    }
    let checksum = computed(&hasher.finalize(), algorithm)?;
    Some(Checksum {
        value: format!("{}-{}", checksum.value, parts.len()),
        composite: true,
        ..checksum
    })
}

pub fn mismatch(algorithm: Algorithm) -> Fault {
    let message = format!(
        "The {} you specified did not match the calculated checksum.",
        algorithm.name()
    );
    Fault::invalid("BadDigest", message)
}

/// The checksums in a request, which has a member for each algorithm.
macro_rules! checksums_in {
    ($input:expr) => {{
        use $crate::s3::checksum::Algorithm;
        [
            (Algorithm::Crc32, $input.checksum_crc32.clone()),
            (Algorithm::Crc32c, $input.checksum_crc32c.clone()),
            (Algorithm::Crc64Nvme, $input.checksum_crc64nvme.clone()),
            (Algorithm::Sha1, $input.checksum_sha1.clone()),
            (Algorithm::Sha256, $input.checksum_sha256.clone()),
        ]
        .into_iter()
        .filter_map(|(algorithm, value)| Some((algorithm, value?)))
        .collect::<Vec<_>>()
    }};
}
pub(super) use checksums_in;

/// Sets the member of a response that is for the checksum's algorithm.
macro_rules! set_checksum {
    ($output:expr, $checksum:expr) => {{
        use $crate::s3::checksum::Algorithm;
        let value = Some($checksum.value.clone());
        match $checksum.algorithm {
            Algorithm::Crc32 => $output.checksum_crc32 = value,
            Algorithm::Crc32c => $output.checksum_crc32c = value,
            Algorithm::Crc64Nvme => $output.checksum_crc64nvme = value,
            Algorithm::Sha1 => $output.checksum_sha1 = value,
            Algorithm::Sha256 => $output.checksum_sha256 = value,
        }
    }};
}
pub(super) use set_checksum;

#[cfg(test)]
mod tests {
    use super::*;

    fn of(algorithm: Algorithm, contents: &[u8]) -> Checksum {
        let mut hasher = hasher(&[algorithm]);
        hasher.update(contents);
        computed(&hasher.finalize(), algorithm).expect("it was asked for")
    }

    #[test]
    fn each_algorithm_gives_its_published_check_value() {
        // The check values of "123456789", as their specifications list them.
        for (algorithm, value) in [
            (Algorithm::Crc32, "y/Q5Jg=="),
            (Algorithm::Crc32c, "4waSgw=="),
            (Algorithm::Crc64Nvme, "rosUhgp5mIg="),
        ] {
            let bytes = BASE64_STANDARD.decode(of(algorithm, b"123456789").value);
            assert_eq!(bytes, BASE64_STANDARD.decode(value), "{}", algorithm.name());
        }
    }

    #[test]
    fn parts_make_a_checksum_of_checksums() {
        let parts = [of(Algorithm::Sha256, b"a"), of(Algorithm::Sha256, b"b")];
        let whole = composite(Algorithm::Sha256, &parts).expect("they are Base64");
        assert!(whole.value.ends_with("-2") && whole.composite);
        assert_ne!(
            whole.value,
            composite(Algorithm::Sha256, &parts[..1]).expect("it").value
        );
    }

    #[test]
    fn each_algorithm_allows_some_checksum_types() {
        let plan = |algorithm, kind| ChecksumPlan::new(algorithm, kind).map(|plan| plan.composite);
        assert_eq!(plan(None, None), Ok(false));
        assert_eq!(plan(Some("CRC32"), None), Ok(true));
        assert_eq!(plan(Some("CRC32"), Some("FULL_OBJECT")), Ok(false));
        assert_eq!(plan(Some("CRC64NVME"), None), Ok(false));
        assert!(plan(Some("CRC64NVME"), Some("COMPOSITE")).is_err());
        assert!(plan(Some("SHA1"), Some("FULL_OBJECT")).is_err());
        assert!(plan(Some("MD5"), None).is_err());
        assert!(plan(Some("CRC32"), Some("HALF")).is_err());
        assert!(plan(None, Some("FULL_OBJECT")).is_err());
        assert!(plan(None, Some("COMPOSITE")).is_err());
    }

    #[test]
    fn headers_name_their_algorithm() {
        assert_eq!(
            Algorithm::of_header(" X-Amz-Checksum-Crc32c"),
            Some(Algorithm::Crc32c)
        );
        assert_eq!(Algorithm::of_header("x-amz-checksum-type"), None);
        assert_eq!(Algorithm::of_header("x-amz-meta-a"), None);
    }
}
