//! Secure Remote Password as Cognito speaks it: a password is kept as a verifier, and shown to be right without
//! being sent.
//!
//! It is SRP 6a (RFC 5054) with SHA-256, the 3,072 bit group of RFC 3526 and the generator 2. The key of a
//! sign-in is made with HKDF (RFC 5869), and a client proves that it has it with a signature.
//!
//! Source: `AuthenticationHelper` of amazon-cognito-identity-js.

use std::sync::LazyLock;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use crypto_bigint::modular::{FixedMontyForm, FixedMontyParams};
use crypto_bigint::{Odd, U256, U512, U3072};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::store::hex;

const BYTES: usize = 3072 / 8;
const INFO: &[u8] = b"Caldera Derived Key\x01";
const PRIME: &str = "\
     FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A0879\
     8E3404DDEF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B\
     0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA4836\
     1C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804\
     F1746C08CA18217C32905E462E36CE3BE39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6\
     955817183995497CEA956AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64\
     ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7ABF5AE8CDB0933D71E8C94E04A25619DCEE3D226\
     1AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200CBBE117577A615D6C770988C0BAD946E2\
     08E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF";

type Residue = FixedMontyForm<{ U3072::LIMBS }>;

static PARAMETERS: LazyLock<FixedMontyParams<{ U3072::LIMBS }>> =
    LazyLock::new(|| FixedMontyParams::new_vartime(Odd::<U3072>::from_be_hex(PRIME)));

/// What is kept of a password.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Verifier {
    /// 16 bytes, in hexadecimal.
    pub salt: String,
    /// In hexadecimal.
    value: String,
}

/// Whose password it is.
#[derive(Clone, Copy, Debug)]
pub struct Identity<'a> {
    /// Of the pool's id, what is after the region.
    pub pool: &'a str,
    pub user: &'a str,
}

/// The server's side of a sign-in, until the client proves its password.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Exchange {
    /// The client's value, in hexadecimal.
    a: String,
    /// The secret of the server, in hexadecimal.
    secret: String,
    /// The server's value, in hexadecimal.
    pub b: String,
}

/// What a client proves with.
#[derive(Clone, Copy, Debug)]
pub struct Proof<'a> {
    pub secret_block: &'a [u8],
    pub timestamp: &'a str,
    /// In Base64.
    pub signature: &'a str,
}

impl Verifier {
    pub fn new(identity: Identity, password: &str) -> Self {
        Self::with_salt(identity, password, &rand::random::<[u8; 16]>())
    }

    fn with_salt(identity: Identity, password: &str, salt: &[u8]) -> Self {
        let Identity { pool, user } = identity;
        let named = Sha256::digest(format!("{pool}{user}:{password}"));
        let x = digest(&[&padded(salt), &named]);
        Self {
            salt: hex(salt),
            value: written(&generator().pow(&U256::from_be_slice(&x))),
        }
    }

    /// Of a user that does not exist: no password is right.
    pub fn impossible(salt: &[u8]) -> Self {
        let any = U512::from_be_slice(&rand::random::<[u8; 64]>());
        Self {
            salt: hex(&salt[..16]),
            value: written(&generator().pow(&any)),
        }
    }

    /// Whether the password is the one that is kept.
    pub fn is_of(&self, identity: Identity, password: &str) -> bool {
        let salt = bytes(&self.salt).unwrap_or_default();
        Self::with_salt(identity, password, &salt) == *self
    }
}

impl Exchange {
    /// `None` if the client's value is none.
    pub fn begin(verifier: &Verifier, a: &str) -> Option<Self> {
        let secret = rand::random::<[u8; 64]>();
        Self::with_secret(verifier, a, &secret)
    }

    fn with_secret(verifier: &Verifier, a: &str, secret: &[u8; 64]) -> Option<Self> {
        let client = residue(a)?;
        if client.retrieve() == U3072::ZERO {
            return None;
        }
        let verifier = residue(&verifier.value)?;
        let b = multiplier() * verifier + generator().pow(&U512::from_be_slice(secret));
        Some(Self {
            a: hex(&bytes(a)?),
            secret: hex(secret),
            b: written(&b),
        })
    }

    /// Whether the client has the password of the verifier.
    pub fn is_proved(&self, verifier: &Verifier, identity: Identity, proof: Proof) -> bool {
        let Some(key) = self.key(verifier) else {
            return false;
        };
        let Ok(signature) = BASE64_STANDARD.decode(proof.signature) else {
            return false;
        };
        let parts = [
            identity.pool.as_bytes(),
            identity.user.as_bytes(),
            proof.secret_block,
            proof.timestamp.as_bytes(),
        ];
        mac(&key, &parts).is_some_and(|signed| signed.verify_slice(&signature).is_ok())
    }

    /// The key that both sides make: 16 bytes.
    fn key(&self, verifier: &Verifier) -> Option<Vec<u8>> {
        let u = digest(&[&padded(&bytes(&self.a)?), &padded(&bytes(&self.b)?)]);
        let secret = U512::from_be_slice(&bytes(&self.secret)?);
        let verifier = residue(&verifier.value)?.pow(&U256::from_be_slice(&u));
        let shared = (residue(&self.a)? * verifier).pow(&secret).retrieve();
        derived(&padded(&shared.to_be_bytes()[..]), &padded(&u))
    }
}

/// HKDF, of which the first 16 bytes are used.
fn derived(shared: &[u8], salt: &[u8]) -> Option<Vec<u8>> {
    let extracted = mac(salt, &[shared])?.finalize().into_bytes();
    let expanded = mac(&extracted, &[INFO])?.finalize().into_bytes();
    Some(expanded[..16].to_vec())
}

fn generator() -> Residue {
    Residue::new(&U3072::from_u8(2), &PARAMETERS)
}

/// The `k` of SRP.
fn multiplier() -> Residue {
    let prime = bytes(PRIME).unwrap_or_default();
    let k = digest(&[&padded(&prime), &[2]]);
    Residue::new(&U256::from_be_slice(&k).resize(), &PARAMETERS)
}

/// The number, modulo the prime; `None` if it is none of its length.
fn residue(text: &str) -> Option<Residue> {
    let number = bytes(text)?;
    let number = significant(&number);
    let mut whole = [0; BYTES];
    let start = BYTES.checked_sub(number.len())?;
    whole[start..].copy_from_slice(number);
    Some(Residue::new(&U3072::from_be_slice(&whole), &PARAMETERS))
}

fn written(number: &Residue) -> String {
    hex(significant(&number.retrieve().to_be_bytes()[..]))
}

/// The bytes of a number in hexadecimal, which may have an odd number of digits.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let is_number = !text.is_empty() && text.bytes().all(|c| c.is_ascii_hexdigit());
    if !is_number || text.len() > 2 * BYTES + 2 {
        return None;
    }
    let even = match text.len() % 2 {
        0 => text.to_owned(),
        _ => format!("0{text}"),
    };
    let pairs = (0..even.len()).step_by(2);
    pairs
        .map(|at| u8::from_str_radix(&even[at..at + 2], 16).ok())
        .collect()
}

fn significant(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    &number[zeros..]
}

/// The number as clients hash it: without leading zeros, but with one before a first bit that would make it
/// negative.
fn padded(number: &[u8]) -> Vec<u8> {
    let number = significant(number);
    let begin = match number.first() {
        Some(first) if *first < 0x80 => None,
        _ => Some(0),
    };
    begin.into_iter().chain(number.iter().copied()).collect()
}

fn digest(parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    parts.iter().for_each(|part| hasher.update(part));
    hasher.finalize().into()
}

/// `None` for no key, as HMAC takes keys of any length.
fn mac(key: &[u8], parts: &[&[u8]]) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    parts.iter().for_each(|part| mac.update(part));
    Some(mac)
}

#[cfg(test)]
pub mod client;
#[cfg(test)]
mod tests;
