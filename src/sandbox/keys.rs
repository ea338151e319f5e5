//! Who may send requests: the owner of the sandbox, with keys made for its folder, and the functions
//! that run now, each with keys of its own.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::{ACCOUNT, Caller};

/// The name and the id of the owner as a user.
pub const OWNER: &str = "sandbox";
pub const OWNER_ID: &str = "AIDASANDBOXOWNER22222";

/// A pair of keys, in the form that AWS's clients take.
#[derive(Clone, Deserialize, PartialEq, Eq, Serialize)]
pub struct Keys {
    pub access_key_id: String,
    pub secret_access_key: String,
    /// Temporary keys have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_token: Option<String>,
}

impl Keys {
    /// Keys that last, for the owner.
    pub fn lasting() -> Self {
        Self {
            access_key_id: format!("AKIA{}", letters_and_digits(16)),
            secret_access_key: secret(),
            session_token: None,
        }
    }

    fn temporary() -> Self {
        Self {
            access_key_id: format!("ASIA{}", letters_and_digits(16)),
            secret_access_key: secret(),
            session_token: Some(secret()),
        }
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Keys")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

/// All keys that are good now.
#[derive(Debug)]
pub struct Keyring {
    owner: Keys,
    issued: Mutex<HashMap<String, (Keys, Caller)>>,
}

impl Keyring {
    pub fn new(owner: Keys) -> Self {
        Self {
            owner,
            issued: Mutex::default(),
        }
    }

    /// The keys with this id, and whose they are.
    pub fn find(&self, access_key_id: &str) -> Option<(Keys, Caller)> {
        if self.owner.access_key_id == access_key_id {
            let owner = Caller {
                id: OWNER_ID.to_owned(),
                arn: format!("arn:aws:iam::{ACCOUNT}:user/{OWNER}"),
            };
            return Some((self.owner.clone(), owner));
        }
        self.issued().get(access_key_id).cloned()
    }

    /// New keys for somebody who acts in the role with this name, until they are revoked.
    pub fn issue(&self, role: &str, session: &str) -> Keys {
        let keys = Keys::temporary();
        let caller = Caller {
            id: format!("AROA{}:{session}", letters_and_digits(16)),
            arn: format!("arn:aws:sts::{ACCOUNT}:assumed-role/{role}/{session}"),
        };
        self.issued()
            .insert(keys.access_key_id.clone(), (keys.clone(), caller));
        keys
    }

    pub fn revoke(&self, access_key_id: &str) {
        self.issued().remove(access_key_id);
    }

    fn issued(&self) -> std::sync::MutexGuard<'_, HashMap<String, (Keys, Caller)>> {
        self.issued.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// 256 bits that nobody can guess, in 64 characters.
pub fn secret() -> String {
    super::store::hex(&rand::random::<[u8; 32]>())
}

pub fn letters_and_digits(count: usize) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    (0..count)
        .map(|_| char::from(ALPHABET[usize::from(rand::random::<u8>() % 32)]))
        .collect()
}
