//! RSA keys that services sign with: how they are made, recorded and used.

mod crt;

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use crypto_bigint::{ConcatenatingMul, NonZero, Resize};
use rsa::traits::{PrivateKeyParts, PublicKeyParts};
use rsa::{BoxedUint, Pkcs1v15Sign, PrivateKey};
use serde::{Deserialize, Serialize};
use sha1::Sha1;
use sha2::{Digest, Sha256};

use super::fault::Fault;
use crt::Crt;

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

pub struct SigningKey {
    key: PrivateKey,
    crt: Crt,
}

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

    /// As [`generate`](Self::generate), a key of four primes, which nobody can tell by its public numbers or its
    /// signatures. These take a third of the time ([`SigningKey::sign_digest`]), and so does the key.
    pub async fn generate_of_four() -> Result<Self, Fault> {
        let made = tokio::task::spawn_blocking(|| {
            loop {
                // The product of four primes of 512 bits can be a bit too short.
                if let Some(key) = Self::of_four(&new(BITS / 2)?, &new(BITS / 2)?) {
                    return Ok(key);
                }
            }
        });
        made.await
            .map_err(|error| Fault::internal(error.to_string()))?
    }

    /// With the primes of both keys.
    fn of_four(one: &PrivateKey, other: &PrivateKey) -> Option<Self> {
        let primes = one.primes().iter().chain(other.primes());
        let primes: Vec<&BoxedUint> = primes.map(AsRef::as_ref).collect();
        let n = one.n().as_ref().concatenating_mul(other.n().as_ref());
        let less_one = primes
            .iter()
            .map(|prime| prime.wrapping_sub(BoxedUint::one()));
        let totient = less_one.fold(BoxedUint::one(), |product, it| {
            product.concatenating_mul(&it)
        });
        let e = one.e().resize_unchecked(totient.bits_precision());
        let d = e.invert_mod(&NonZero::new(totient).into_option()?);
        let key = Self {
            n: encoded(&n),
            e: encoded(one.e()),
            d: encoded(&d.into_option()?),
            primes: primes.into_iter().map(encoded).collect(),
        };
        (n.bit_width_vartime() as usize == BITS).then_some(key)
    }

    fn generated() -> Result<Self, Fault> {
        let key = new(BITS)?;
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
        let primes = key.primes().iter().map(AsRef::as_ref);
        let crt = Crt::new(key.n(), key.e(), key.d(), primes)?;
        Some(SigningKey { key, crt })
    }
}

impl SigningKey {
    /// PKCS #1 1.5.
    pub fn sign(&self, message: &[u8], hash: Hash) -> Result<Vec<u8>, Fault> {
        let (scheme, digest) = (hash.scheme(), hash.of(message));
        // With random numbers, so that the time it takes says nothing of the key.
        let signed = self.key.sign_with_rng(&mut rand::rng(), scheme, &digest);
        signed.map_err(|error| Fault::internal(format!("nothing can be signed: {error}")))
    }

    /// As [`sign`](Self::sign), of a message with this digest, and in less time: without random numbers. That its
    /// time says nothing of the key is left to the library's constant-time arithmetic alone, so this is for keys that
    /// nobody gets any rights by.
    pub fn sign_digest(&self, digest: &[u8], hash: Hash) -> Result<Box<[u8]>, Fault> {
        let padded = padded(&hash.scheme().prefix, digest);
        let power = self.crt.power(&padded);
        power.ok_or_else(|| Fault::internal("the key that signs is damaged"))
    }

    pub fn is_signature_of(&self, message: &[u8], signature: &[u8], hash: Hash) -> bool {
        let (key, digest) = (self.key.as_public_key(), hash.of(message));
        let verified = key.verify(hash.scheme(), &digest, signature);
        verified.is_ok()
    }

    /// The numbers `n` and `e` of the public key, as bytes.
    pub fn public(&self) -> (Vec<u8>, Vec<u8>) {
        let bytes = |number: &BoxedUint| number.to_be_bytes_trimmed_vartime().to_vec();
        (bytes(self.key.n().as_ref()), bytes(self.key.e()))
    }
}

fn new(bits: usize) -> Result<PrivateKey, Fault> {
    let key = PrivateKey::new(&mut rand::rng(), bits);
    key.map_err(|error| Fault::internal(format!("no RSA key: {error}")))
}

/// What is signed of a digest.
///
/// Source: RFC 8017, 9.2.
fn padded(prefix: &[u8], digest: &[u8]) -> Vec<u8> {
    let padding = BITS / 8 - 3 - prefix.len() - digest.len();
    [&[0, 1], &vec![0xff; padding][..], &[0], prefix, digest].concat()
}

fn encoded(number: &BoxedUint) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(number.to_be_bytes_trimmed_vartime())
}

fn decoded(text: &str) -> Option<BoxedUint> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
    Some(BoxedUint::from_be_slice_vartime(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One of two primes is what sandboxes have recorded before.
    #[test]
    fn signatures_are_those_of_the_library_however_many_primes_a_key_has() {
        let of_two = StoredKey::generated().expect("made");
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let of_four = StoredKey::generate_of_four();
        let of_four = runtime.expect("it starts").block_on(of_four).expect("made");
        for (stored, primes) in [(of_two, 2), (of_four, 4)] {
            assert_eq!(stored.primes.len(), primes);
            let key = stored.read().expect("a key");
            for hash in [Hash::Sha1, Hash::Sha256] {
                for message in ["", "good night"] {
                    let message = message.as_bytes();
                    let signed = key.sign_digest(&hash.of(message), hash).expect("signed");
                    assert_eq!(signed.to_vec(), key.sign(message, hash).expect("signed"));
                    assert!(key.is_signature_of(message, &signed, hash));
                    assert!(!key.is_signature_of(b"bad night", &signed, hash));
                }
            }
        }
    }
}
