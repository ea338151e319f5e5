//! The digest of a zip, which Lambda computes in the same way.

use std::fmt;
use std::io::{self, Read};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sha2::Digest as _;

/// How much of a file is read at once: enough to be fast, and small enough for the processor's cache.
const CHUNK: usize = 256 * 1024;

/// SHA-256 in base64, the form of Lambda's `CodeSha256`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(String);

impl Digest {
    pub fn of(bytes: &[u8]) -> Self {
        Self(STANDARD.encode(sha2::Sha256::digest(bytes)))
    }

    /// The digest of all bytes of `reader`, and their number.
    pub fn of_reader(mut reader: impl Read) -> io::Result<(Self, u64)> {
        let mut hasher = sha2::Sha256::new();
        let mut chunk = vec![0; CHUNK];
        let mut length = 0;
        loop {
            match reader.read(&mut chunk) {
                Ok(0) => return Ok((Self(STANDARD.encode(hasher.finalize())), length)),
                Ok(read) => {
                    hasher.update(&chunk[..read]);
                    length += read as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_code_sha256_of_lambda() {
        // As `printf abc | openssl dgst -sha256 -binary | base64` prints it.
        let known = "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=";
        assert_eq!(Digest::of(b"abc").as_str(), known);
    }

    #[test]
    fn of_a_reader_is_that_of_its_bytes() -> io::Result<()> {
        let bytes: Vec<u8> = (0..=255).cycle().take(2 * CHUNK + 7).collect();
        let (digest, length) = Digest::of_reader(bytes.as_slice())?;
        assert_eq!(digest, Digest::of(&bytes));
        assert_eq!(length, bytes.len() as u64);
        Ok(())
    }
}
