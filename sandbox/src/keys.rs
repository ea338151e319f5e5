//! Access keys: the owner's, which are kept in the state directory, those of IAM's users, which IAM keeps, and
//! temporary ones in memory, of running functions and of STS.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::arn;
use super::caller::Caller;
use super::random::random_id;

/// The owner's name and id as an IAM user.
pub const OWNER: &str = "sandbox";
pub const OWNER_ID: &str = "AIDASANDBOXOWNER22222";
/// The message for a request signed with other keys.
pub const UNKNOWN_KEYS: &str =
    "the request was not signed with this sandbox's keys; `mafia sandbox env` prints them";

/// How long keys that have expired are told from unknown ones.
const EXPIRED_KNOWN: Duration = Duration::from_secs(3_600);

/// Credentials, in the form that AWS's clients take.
#[derive(Clone, Deserialize, PartialEq, Eq, Serialize)]
pub struct Keys {
    pub access_key_id: String,
    pub secret_access_key: String,
    /// Temporary keys have one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_token: Option<String>,
}

impl Keys {
    /// New long-term keys, as of an IAM user.
    pub fn long_term() -> Self {
        Self {
            access_key_id: format!("AKIA{}", random_id(16)),
            secret_access_key: random_secret(),
            session_token: None,
        }
    }

    fn temporary() -> Self {
        Self {
            access_key_id: format!("ASIA{}", random_id(16)),
            secret_access_key: random_secret(),
            session_token: Some(random_secret()),
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

/// All keys that are valid.
#[derive(Debug)]
pub struct Keyring {
    owner: Keys,
    issued: Mutex<HashMap<String, Issued>>,
}

#[derive(Clone, Debug)]
struct Issued {
    keys: Keys,
    caller: Caller,
    /// `None`: valid until revoked.
    expires: Option<SystemTime>,
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
                arn: arn::global("iam", format!("user/{OWNER}")),
                ..Caller::default()
            };
            return Some((self.owner.clone(), owner));
        }
        let issued = self.issued().get(access_key_id)?.clone();
        issued
            .is_valid_at(SystemTime::now())
            .then_some((issued.keys, issued.caller))
    }

    /// Whether keys with this id were valid, not long ago.
    pub fn is_expired(&self, access_key_id: &str) -> bool {
        let now = SystemTime::now();
        let issued = self.issued();
        let found = issued.get(access_key_id);
        found.is_some_and(|issued| !issued.is_valid_at(now))
    }

    /// New keys for `caller`, valid until they are revoked.
    pub fn issue(&self, caller: Caller) -> Keys {
        self.add(caller, None)
    }

    /// Makes keys that are stored elsewhere valid until they are revoked.
    pub fn accept(&self, keys: Keys, caller: Caller) {
        let issued = Issued {
            keys,
            caller,
            expires: None,
        };
        let id = issued.keys.access_key_id.clone();
        self.issued().insert(id, issued);
    }

    /// New keys for `caller`, valid for `lifetime`.
    pub fn issue_for(&self, caller: Caller, lifetime: Duration) -> Keys {
        let now = SystemTime::now();
        self.issued().retain(|_, issued| issued.is_known_at(now));
        self.add(caller, now.checked_add(lifetime))
    }

    fn add(&self, caller: Caller, expires: Option<SystemTime>) -> Keys {
        let keys = Keys::temporary();
        let issued = Issued {
            keys: keys.clone(),
            caller,
            expires,
        };
        self.issued().insert(keys.access_key_id.clone(), issued);
        keys
    }

    pub fn revoke(&self, access_key_id: &str) {
        self.issued().remove(access_key_id);
    }

    fn issued(&self) -> std::sync::MutexGuard<'_, HashMap<String, Issued>> {
        self.issued.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Issued {
    fn is_valid_at(&self, time: SystemTime) -> bool {
        self.expires.is_none_or(|expires| time < expires)
    }

    fn is_known_at(&self, time: SystemTime) -> bool {
        let expires = self.expires;
        expires.is_none_or(|expires| time < expires + EXPIRED_KNOWN)
    }
}

/// 256 random bits, in 64 hexadecimal digits.
pub fn random_secret() -> String {
    super::store::hex(&rand::random::<[u8; 32]>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_valid_until_they_are_revoked_or_expire() {
        let owner = Keys::long_term();
        let keyring = Keyring::new(owner.clone());
        let known = |keys: &Keys| keyring.find(&keys.access_key_id);
        let (found, caller) = known(&owner).expect("the owner's are valid");
        assert_eq!((found, caller.id.as_str()), (owner, OWNER_ID));

        let issued = keyring.issue(Caller::in_role("AROA", "role", "session"));
        let (found, role) = known(&issued).expect("they are valid");
        assert_eq!(found, issued);
        assert!(role.arn.ends_with(":assumed-role/role/session"));
        let temporary = keyring.issue_for(role.clone(), Duration::from_secs(900));
        let temporary_id = temporary.access_key_id.clone();
        assert_eq!(known(&temporary), Some((temporary, role.clone())));
        keyring.revoke(&issued.access_key_id);
        assert_eq!(known(&issued), None);

        let expired = keyring.issue_for(role, Duration::ZERO);
        assert_eq!(known(&expired), None);
        assert!(keyring.is_expired(&expired.access_key_id));
        assert!(!keyring.is_expired(&temporary_id));
        assert!(!keyring.is_expired("AKIAUNKNOWN"));
    }
}
