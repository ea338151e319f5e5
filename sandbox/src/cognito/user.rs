//! A user of a pool as it is recorded, and as AWS shows it.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use super::code::Code;
use super::fault::{constraint, invalid, no_pool, no_user, wrong_password};
use super::names::short_id;
use super::pool::{Pool, seconds};
use super::schema::{Attributes, Giver, is_email};
use super::srp::{Identity, Verifier};
use super::{Cognito, within};
use crate::fault::Fault;
use crate::store::{Index, Record};

/// In characters. Source: `Username` in the documentation of SignUp.
const LONGEST_NAME: usize = 128;
/// Wrong passwords in a row, after which a user has to wait.
///
/// Source: "Lockout behavior for failed sign-in attempts" in Cognito's developer guide.
const FREE_FAILURES: u32 = 5;
/// In milliseconds.
const LONGEST_WAIT: i64 = 15 * 60 * 1000;

#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct User {
    pub pool: String,
    /// What the user signs in with, folded. It is the key in the pool.
    pub login: String,
    pub name: String,
    pub sub: String,
    pub attributes: Attributes,
    pub status: Status,
    pub is_enabled: bool,
    pub password: Option<Verifier>,
    /// When a temporary password expires, in milliseconds since 1970, as all times.
    pub expires: Option<i64>,
    pub code: Option<Code>,
    /// How often all sessions were ended: tokens of earlier ones are revoked.
    pub sign_outs: u64,
    failures: u32,
    failed: i64,
    pub created: i64,
    pub modified: i64,
}

pub const BY_POOL: Index<User> = Index::new("pool", |user| vec![user.pool.clone()]);
pub const BY_SUB: Index<User> = Index::new("sub", |user| vec![within(&user.pool, &user.sub)]);

impl Record for User {
    const KIND: &'static str = "cognito.user";
    const INDEXES: &'static [Index<Self>] = &[BY_POOL, BY_SUB];
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Status {
    Unconfirmed,
    Confirmed,
    /// The password is temporary.
    ForceChangePassword,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Attribute {
    name: String,
    #[serde(default)]
    value: String,
}

/// Later ones of the same name win.
pub fn attributes(given: Vec<Attribute>) -> Attributes {
    let pairs = given.into_iter().map(|it| (it.name, it.value));
    pairs.collect()
}

impl User {
    pub fn new(
        pool: &Pool,
        name: &str,
        mut attributes: Attributes,
        giver: Giver,
        now: i64,
    ) -> Result<Self, Fault> {
        checked_name(name)?;
        let sub = Uuid::new_v4().to_string();
        let mut username = name.to_owned();
        if pool.has_emails_as_names() {
            if !is_email(name) {
                return Err(invalid("Username should be an email."));
            }
            attributes.insert("email".to_owned(), username);
            username = sub.clone();
        }
        pool.schema.check(&attributes, giver)?;
        pool.schema.check_required(&attributes)?;
        Ok(Self {
            pool: pool.id.clone(),
            login: pool.folded(name),
            name: username,
            sub,
            attributes,
            status: Status::Unconfirmed,
            is_enabled: true,
            password: None,
            expires: None,
            code: None,
            sign_outs: 0,
            failures: 0,
            failed: 0,
            created: now,
            modified: now,
        })
    }

    pub fn key(&self) -> String {
        within(&self.pool, &self.login)
    }

    pub fn identity(&self) -> Identity<'_> {
        Identity {
            pool: short_id(&self.pool),
            user: &self.name,
        }
    }

    pub fn set_password(&mut self, password: &str, now: i64) {
        self.password = Some(Verifier::new(self.identity(), password));
        self.expires = None;
        self.failures = 0;
        self.modified = now;
    }

    pub fn has_password(&self, password: &str) -> bool {
        let verifier = self.password.as_ref();
        verifier.is_some_and(|it| it.is_of(self.identity(), password))
    }

    /// Counts what a proof of the password came to. After some that failed in a row, all fail for a while.
    pub fn count_proof(&mut self, is_right: bool, now: i64) -> Result<(), Fault> {
        if let Some(doublings) = self.failures.checked_sub(FREE_FAILURES) {
            let wait = 1000_i64
                .checked_shl(doublings.min(20))
                .unwrap_or(LONGEST_WAIT);
            if now < self.failed + wait.min(LONGEST_WAIT) {
                return Err(super::fault::not_authorized("Password attempts exceeded"));
            }
        }
        if is_right {
            self.failures = 0;
            return Ok(());
        }
        self.failures += 1;
        self.failed = now;
        Err(wrong_password())
    }

    /// With `sub`, as lists of attributes have it.
    pub fn shown_attributes(&self) -> Vec<Value> {
        let sub = ("sub".to_owned(), self.sub.clone());
        let all = self.attributes.clone().into_iter().chain([sub]);
        let shown = all.map(|(name, value)| json!({ "Name": name, "Value": value }));
        shown.collect()
    }

    /// The members that all descriptions of users have but the attributes.
    pub fn shown(&self) -> Value {
        json!({
            "Username": self.name,
            "UserCreateDate": seconds(self.created),
            "UserLastModifiedDate": seconds(self.modified),
            "Enabled": self.is_enabled,
            "UserStatus": self.status,
        })
    }
}

fn checked_name(name: &str) -> Result<(), Fault> {
    const PATTERN: &str = "[\\p{L}\\p{M}\\p{S}\\p{N}\\p{P}]+";
    let is_outside = |c: char| c.is_whitespace() || c.is_control();
    if name.is_empty() || name.contains(is_outside) {
        let pattern = format!("Member must satisfy regular expression pattern: {PATTERN}");
        return Err(constraint("username", pattern));
    }
    if name.chars().count() > LONGEST_NAME {
        let most = format!("Member must have length less than or equal to {LONGEST_NAME}");
        return Err(constraint("username", most));
    }
    Ok(())
}

impl Cognito {
    /// The user whom a request names.
    pub fn find_user(&self, pool: &Pool, name: &str) -> Result<Option<User>, Fault> {
        let found = self.users.get(&within(&pool.id, &pool.folded(name)))?;
        if found.is_some() || !pool.has_emails_as_names() {
            return Ok(found);
        }
        let by_sub = self.users.with(&BY_SUB, &within(&pool.id, name))?;
        Ok(by_sub.into_iter().next().map(|(_, user)| user))
    }

    pub fn user(&self, pool: &Pool, name: &str) -> Result<User, Fault> {
        self.find_user(pool, name)?.ok_or_else(no_user)
    }

    /// Changes a user that there is. When `change` fails, nothing is changed.
    pub fn change_user<T>(
        &self,
        key: &str,
        change: impl FnOnce(&mut User) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.users.change(key, |user| match user {
            Some(user) => change(user),
            None => Err(no_user()),
        })
    }

    /// Adds a user whose name is free.
    pub fn add_user(&self, pool: &Pool, user: &User) -> Result<(), Fault> {
        let key = user.key();
        self.store.write(|transaction| {
            // The pool may have been deleted since.
            if self.pools.get_in(transaction, &pool.id)?.is_none() {
                return Err(no_pool(&pool.id));
            }
            if self.users.get_in(transaction, &key)?.is_some() {
                let message = match pool.has_emails_as_names() {
                    true => "An account with the given email already exists.",
                    false => "User already exists",
                };
                return Err(Fault::invalid("UsernameExistsException", message));
            }
            Ok(self.users.put_in(transaction, &key, user)?)
        })
    }
}
