//! The RSA keys of a pool, which sign its tokens. They are made once, when they are needed for the first time.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rsa::traits::{PrivateKeyParts, PublicKeyParts};
use rsa::{BoxedUint, Pkcs1v15Sign, PrivateKey};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::Cognito;
use super::fault::no_pool;
use crate::fault::Fault;
use crate::store::Record;

const BITS: usize = 2048;
/// Of the pools whose keys are at hand.
const MOST: usize = 32;

/// As it is recorded: the numbers of an RSA key, in base64url as in a JSON Web Key (RFC 7518, 6.3).
#[derive(Clone, Deserialize, Serialize)]
pub struct StoredKey {
    n: String,
    e: String,
    d: String,
    primes: Vec<String>,
}

/// As AWS has them: one for each of the two kinds of tokens.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct StoredKeys {
    id: StoredKey,
    access: StoredKey,
}

impl Record for StoredKeys {
    const KIND: &'static str = "cognito.keys";
}

/// Without the numbers.
impl fmt::Debug for StoredKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("StoredKey")
    }
}

pub struct Key {
    /// What the headers of its tokens name it.
    pub id: String,
    private: PrivateKey,
}

impl fmt::Debug for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Key").field(&self.id).finish()
    }
}

#[derive(Debug)]
pub struct Keys {
    pub id: Key,
    pub access: Key,
}

/// The keys that have been used, by pool.
#[derive(Debug, Default)]
pub struct KnownKeys(Mutex<HashMap<String, Arc<Keys>>>);

impl StoredKey {
    fn generate() -> Result<Self, Fault> {
        let key = PrivateKey::new(&mut rand::rng(), BITS);
        let key = key.map_err(|error| Fault::internal(format!("no RSA key: {error}")))?;
        Ok(Self {
            n: encoded(key.n().as_ref()),
            e: encoded(key.e()),
            d: encoded(key.d()),
            primes: key.primes().iter().map(|prime| encoded(prime)).collect(),
        })
    }

    fn read(&self) -> Option<Key> {
        let primes: Option<Vec<_>> = self.primes.iter().map(|prime| decoded(prime)).collect();
        let (n, e, d) = (decoded(&self.n)?, decoded(&self.e)?, decoded(&self.d)?);
        Some(Key {
            id: BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(&self.n)),
            private: PrivateKey::from_components(n, e, d, primes?).ok()?,
        })
    }
}

impl Key {
    /// RS256: PKCS #1 1.5 with SHA-256.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Fault> {
        let scheme = Pkcs1v15Sign::new::<Sha256>();
        let digest = Sha256::digest(message);
        // With random numbers, so that the time it takes says nothing of the key.
        let signed = self
            .private
            .sign_with_rng(&mut rand::rng(), scheme, &digest);
        signed.map_err(|error| Fault::internal(format!("a token cannot be signed: {error}")))
    }

    pub fn is_signature_of(&self, message: &[u8], signature: &[u8]) -> bool {
        let scheme = Pkcs1v15Sign::new::<Sha256>();
        let public = self.private.as_public_key();
        let verified = public.verify(scheme, &Sha256::digest(message), signature);
        verified.is_ok()
    }

    fn public(&self) -> Value {
        json!({
            "alg": "RS256",
            "e": encoded(self.private.e()),
            "kid": self.id,
            "kty": "RSA",
            "n": encoded(self.private.n().as_ref()),
            "use": "sig",
        })
    }
}

impl Keys {
    pub fn find(&self, id: &str) -> Option<&Key> {
        [&self.id, &self.access]
            .into_iter()
            .find(|key| key.id == id)
    }

    /// As `jwks.json` has them.
    pub fn public(&self) -> Value {
        json!({ "keys": [self.id.public(), self.access.public()] })
    }
}

fn encoded(number: &BoxedUint) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(number.to_be_bytes_trimmed_vartime())
}

fn decoded(text: &str) -> Option<BoxedUint> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
    Some(BoxedUint::from_be_slice_vartime(&bytes))
}

impl Cognito {
    /// The keys of a pool. To make them takes a second or so, in which others are answered.
    pub async fn keys_of(&self, pool: &str) -> Result<Arc<Keys>, Fault> {
        let at_hand = || {
            self.known_keys
                .0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        };
        if let Some(keys) = at_hand().get(pool) {
            return Ok(keys.clone());
        }
        let stored = match self.keys.get(pool)? {
            Some(stored) => stored,
            None => self.keep_keys(pool, generated().await?)?,
        };
        let (id, access) = (stored.id.read(), stored.access.read());
        let (Some(id), Some(access)) = (id, access) else {
            return Err(Fault::internal(format!("the keys of {pool} are damaged")));
        };
        let keys = Arc::new(Keys { id, access });
        let mut known = at_hand();
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(pool.to_owned(), keys.clone());
        Ok(keys)
    }

    /// Keeps the keys, unless others have been kept since.
    fn keep_keys(&self, pool: &str, new: StoredKeys) -> Result<StoredKeys, Fault> {
        self.store.write(|transaction| {
            if self.pools.get_in(transaction, pool)?.is_none() {
                return Err(no_pool(pool));
            }
            if let Some(kept) = self.keys.get_in(transaction, pool)? {
                return Ok(kept);
            }
            self.keys.put_in(transaction, pool, &new)?;
            Ok(new)
        })
    }
}

async fn generated() -> Result<StoredKeys, Fault> {
    let one = || tokio::task::spawn_blocking(StoredKey::generate);
    let (id, access) = tokio::join!(one(), one());
    let whole = |made: Result<Result<StoredKey, Fault>, tokio::task::JoinError>| {
        made.map_err(|error| Fault::internal(error.to_string()))?
    };
    Ok(StoredKeys {
        id: whole(id)?,
        access: whole(access)?,
    })
}
