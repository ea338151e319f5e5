//! RSA keys that services sign with: how they are made, recorded and used.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rsa::traits::{PrivateKeyParts, PublicKeyParts};
use rsa::{BoxedUint, Pkcs1v15Sign, PrivateKey};
use serde::{Deserialize, Serialize};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::fault::Fault;

const BITS: usize = 2048;

/// As it is recorded: the numbers of an RSA key, in base64url as in a JSON Web Key (RFC 7518, 6.3).
#[derive(Clone, Deserialize, Serialize)]
pub struct StoredKey {
    n: String,
    e: String,
    d: String,
    primes: Vec<String>,
}

/// Without the numbers.
impl fmt::Debug for StoredKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("StoredKey")
    }
}

pub struct SigningKey(PrivateKey);

impl fmt::Debug for SigningKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("SigningKey")
    }
}

/// What is hashed with before it is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    Sha1,
    Sha256,
}

impl Hash {
    pub fn of(self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => Sha1::digest(message).as_slice().to_vec(),
            Self::Sha256 => Sha256::digest(message).as_slice().to_vec(),
        }
    }

    fn scheme(self) -> Pkcs1v15Sign {
        match self {
            Self::Sha1 => Pkcs1v15Sign::new::<Sha1>(),
            Self::Sha256 => Pkcs1v15Sign::new::<Sha256>(),
        }
    }
}

impl StoredKey {
    /// Takes a while, in which others are answered.
    pub async fn generate() -> Result<Self, Fault> {
        let made = tokio::task::spawn_blocking(Self::generated).await;
        made.map_err(|error| Fault::internal(error.to_string()))?
    }

    fn generated() -> Result<Self, Fault> {
        let key = PrivateKey::new(&mut rand::rng(), BITS);
        let key = key.map_err(|error| Fault::internal(format!("no RSA key: {error}")))?;
        Ok(Self {
            n: encoded(key.n().as_ref()),
            e: encoded(key.e()),
            d: encoded(key.d()),
            primes: key.primes().iter().map(|prime| encoded(prime)).collect(),
        })
    }

    /// The key, if the numbers are those of one.
    pub fn read(&self) -> Option<SigningKey> {
        let primes: Option<Vec<_>> = self.primes.iter().map(|prime| decoded(prime)).collect();
        let (n, e, d) = (decoded(&self.n)?, decoded(&self.e)?, decoded(&self.d)?);
        let key = PrivateKey::from_components(n, e, d, primes?).ok()?;
        Some(SigningKey(key))
    }
}

impl SigningKey {
    /// PKCS #1 1.5.
    pub fn sign(&self, message: &[u8], hash: Hash) -> Result<Vec<u8>, Fault> {
        let (scheme, digest) = (hash.scheme(), hash.of(message));
        // With random numbers, so that the time it takes says nothing of the key.
        let signed = self.0.sign_with_rng(&mut rand::rng(), scheme, &digest);
        signed.map_err(unsigned)
    }

    /// As [`sign`](Self::sign), of a message with this digest, and in half the time: without random numbers. That its
    /// time says nothing of the key is left to the library's constant-time arithmetic alone, so this is for keys that
    /// nobody gets any rights by.
    pub fn sign_digest(&self, digest: &[u8], hash: Hash) -> Result<Vec<u8>, Fault> {
        self.0.sign(hash.scheme(), digest).map_err(unsigned)
    }

    pub fn is_signature_of(&self, message: &[u8], signature: &[u8], hash: Hash) -> bool {
        let (key, digest) = (self.0.as_public_key(), hash.of(message));
        let verified = key.verify(hash.scheme(), &digest, signature);
        verified.is_ok()
    }

    /// The numbers `n` and `e` of the public key, as bytes.
    pub fn public(&self) -> (Vec<u8>, Vec<u8>) {
        let bytes = |number: &BoxedUint| number.to_be_bytes_trimmed_vartime().to_vec();
        (bytes(self.0.n().as_ref()), bytes(self.0.e()))
    }
}

fn unsigned(error: rsa::Error) -> Fault {
    Fault::internal(format!("nothing can be signed: {error}"))
}

fn encoded(number: &BoxedUint) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(number.to_be_bytes_trimmed_vartime())
}

fn decoded(text: &str) -> Option<BoxedUint> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
    Some(BoxedUint::from_be_slice_vartime(&bytes))
}
