//! Cognito user pools: users who sign up and sign in, and the tokens that they get.
//!
//! A sign-in begins a session and answers with tokens, which the pool's keys sign. Passwords are kept only as
//! the verifiers of SRP. There is no mail: codes that AWS would send are in the sandbox's own log.
//!
//! There are no groups, no second factors, no triggers, no hosted pages and no identity providers.

mod access;
mod account;
mod authorizer;
mod challenge;
mod client;
mod clients;
mod code;
mod fault;
mod keys;
mod names;
mod pages;
mod password_policy;
mod pool;
mod pools;
mod public;
mod respond;
mod schema;
mod session;
mod sign_in;
mod sign_up;
mod srp;
mod tags;
mod token;
mod user;
mod users;

use std::sync::Arc;

use serde_json::Value;

use super::clock::Clock;
use super::fault::{Answer, Fault};
use super::journal::Journal;
use super::service::{Service, service};
use super::store::{Records, Store, StoreError};
use super::wire::{self, Protocol};
use challenge::Challenge;
use client::Client;
use keys::{KnownKeys, StoredKeys};
use pool::Pool;
use session::Session;
use user::User;

pub use authorizer::NotAuthorized;
pub use names::{pool_arn, provider};
pub use public::PublicApi;

#[derive(Debug)]
pub struct Cognito {
    store: Arc<Store>,
    pools: Records<Pool>,
    clients: Records<Client>,
    /// [`within`] their pool, as the next.
    users: Records<User>,
    sessions: Records<Session>,
    challenges: Records<Challenge>,
    /// By pool.
    keys: Records<StoredKeys>,
    known_keys: KnownKeys,
    clock: Arc<dyn Clock>,
    journal: Arc<Journal>,
}

service! { Cognito {
    name: "Cognito user pools",
    signing_name: "cognito-idp",
    protocol: Protocol::Json { version: "1.1", target: "AWSCognitoIdentityProviderService" },
    invalid: "InvalidParameterException",
    longest_body: 256 << 10,
    members: include_str!("members.txt"),
    operations: {
        AdminConfirmSignUp on access::pool => sign_up::confirm_as_administrator,
        AdminCreateUser on access::pool => users::create,
        AdminDeleteUser on access::pool => users::delete,
        AdminDisableUser on access::pool => users::disable,
        AdminEnableUser on access::pool => users::enable,
        AdminGetUser on access::pool => users::get,
        AdminInitiateAuth on access::pool => sign_in::initiate_as_administrator,
        AdminRespondToAuthChallenge on access::pool => respond::respond_as_administrator,
        AdminSetUserPassword on access::pool => users::set_password,
        AdminUserGlobalSignOut on access::pool => users::sign_out,
        CreateUserPool on access::any => pools::create,
        CreateUserPoolClient on access::pool => clients::create,
        DeleteUserPool on access::pool => pools::delete,
        DeleteUserPoolClient on access::pool => clients::delete,
        DescribeUserPool on access::pool => pools::describe,
        DescribeUserPoolClient on access::pool => clients::describe,
        ListTagsForResource on access::resource => tags::list,
        ListUserPoolClients on access::pool => clients::list,
        ListUserPools on access::any => pools::list,
        ListUsers on access::pool => users::list,
        TagResource on access::resource => tags::tag,
        UntagResource on access::resource => tags::untag,
        UpdateUserPool on access::pool => pools::update,
        UpdateUserPoolClient on access::pool => clients::update,
    },
    public: {
        ChangePassword => account::change_password,
        ConfirmForgotPassword => account::confirm_forgot_password,
        ConfirmSignUp => sign_up::confirm,
        ForgotPassword => account::forgot_password,
        GetUser => account::get,
        GlobalSignOut => account::sign_out,
        InitiateAuth => sign_in::initiate,
        ResendConfirmationCode => sign_up::resend_code,
        RespondToAuthChallenge => respond::respond,
        RevokeToken => account::revoke_token,
        SignUp => sign_up::sign_up,
    },
} }

/// The key of what is in a pool.
fn within(pool: &str, name: &str) -> String {
    format!("{pool}/{name}")
}

impl Cognito {
    /// Does a `Create` operation of which the service usually chooses the id.
    pub fn create_as(&self, operation: &'static str, id: &str, parameters: Value) -> Answer {
        self.check_members(operation, &parameters)?;
        let protocol = Self::DESCRIPTION.protocol;
        match operation {
            "CreateUserPool" => pools::create_as(self, id, wire::read(parameters, protocol)?),
            "CreateUserPoolClient" => {
                clients::create_as(self, id, wire::read(parameters, protocol)?)
            }
            other => Err(Self::DESCRIPTION.unknown_operation(other)),
        }
    }

    /// Refuses members that the operation does not take.
    fn check_members(&self, operation: &'static str, parameters: &Value) -> Result<(), Fault> {
        let known = self.members().check(operation, parameters);
        known.map_err(|refusal| Self::DESCRIPTION.refused(&refusal))
    }

    pub fn open(
        store: &Arc<Store>,
        clock: Arc<dyn Clock>,
        journal: &Arc<Journal>,
    ) -> Result<Self, StoreError> {
        Ok(Self {
            store: store.clone(),
            pools: Records::new(store),
            clients: Records::open(store)?,
            users: Records::open(store)?,
            sessions: Records::open(store)?,
            challenges: Records::new(store),
            keys: Records::new(store),
            known_keys: KnownKeys::default(),
            clock,
            journal: journal.clone(),
        })
    }
}

#[cfg(test)]
mod tests;
