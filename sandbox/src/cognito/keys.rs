//! The RSA keys of a pool, which sign its tokens. They are made once, when they are needed for the first time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::Cognito;
use super::fault::no_pool;
use crate::fault::Fault;
use crate::signing_key::{Hash, SigningKey, StoredKey};
use crate::store::Record;

/// Of the pools whose keys are at hand.
const MOST: usize = 32;

/// As AWS has them: one for each of the two kinds of tokens.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct StoredKeys {
    id: StoredKey,
    access: StoredKey,
}

impl Record for StoredKeys {
    const KIND: &'static str = "cognito.keys";
}

#[derive(Debug)]
pub struct Key {
    /// What the headers of its tokens name it.
    pub id: String,
    private: SigningKey,
}

#[derive(Debug)]
pub struct Keys {
    pub id: Key,
    pub access: Key,
}

/// The keys that have been used, by pool.
#[derive(Debug, Default)]
pub struct KnownKeys(Mutex<HashMap<String, Arc<Keys>>>);

impl Key {
    fn read(stored: &StoredKey) -> Option<Self> {
        let private = stored.read()?;
        let n = BASE64_URL_SAFE_NO_PAD.encode(private.public().0);
        Some(Self {
            id: BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(n)),
            private,
        })
    }

    /// RS256: PKCS #1 1.5 with SHA-256.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Fault> {
        self.private.sign(message, Hash::Sha256)
    }

    pub fn is_signature_of(&self, message: &[u8], signature: &[u8]) -> bool {
        self.private
            .is_signature_of(message, signature, Hash::Sha256)
    }

    fn public(&self) -> Value {
        let (n, e) = self.private.public();
        json!({
            "alg": "RS256",
            "e": BASE64_URL_SAFE_NO_PAD.encode(e),
            "kid": self.id,
            "kty": "RSA",
            "n": BASE64_URL_SAFE_NO_PAD.encode(n),
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

impl Cognito {
    /// The keys of a pool. To make them takes a while, in which others are answered.
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
        let (id, access) = (Key::read(&stored.id), Key::read(&stored.access));
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
    let (id, access) = tokio::join!(StoredKey::generate(), StoredKey::generate());
    Ok(StoredKeys {
        id: id?,
        access: access?,
    })
}
