//! What a sign-in waits for: the proof of a password, or a new one.

use serde::{Deserialize, Serialize};

use super::Cognito;
use super::client::Client;
use super::fault::not_authorized;
use super::srp::{Exchange, Verifier};
use crate::fault::Fault;
use crate::store::{Record, hex};

#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Challenge {
    pub client: String,
    /// The key of the user; none for one that does not exist, which the client may not learn.
    pub user: Option<String>,
    pub asked: Asked,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub enum Asked {
    Password {
        exchange: Exchange,
        verifier: Verifier,
    },
    NewPassword,
}

/// By when it ends and something random, so that the first ones are those that have expired.
impl Record for Challenge {
    const KIND: &'static str = "cognito.challenge";
}

/// Of those that have expired, so many are removed with each that is kept.
const SWEPT: usize = 8;

impl Cognito {
    /// Keeps a challenge, and says what the client sends back with the answer.
    pub fn ask(&self, client: &Client, challenge: &Challenge) -> Result<String, Fault> {
        let now = self.clock.now();
        let expires = now + client.settings.session_millis();
        let key = format!("{expires:015}-{}", hex(&rand::random::<[u8; 32]>()));
        self.store.write(|transaction| {
            let end = format!("{now:015}");
            for (old, _) in self.challenges.range_in(transaction, ""..&end, SWEPT)? {
                self.challenges.remove_in(transaction, &old)?;
            }
            self.challenges.put_in(transaction, &key, challenge)?;
            Ok(key)
        })
    }

    /// Takes a challenge away: each can be answered once.
    pub fn asked(&self, client: &Client, key: &str) -> Result<Challenge, Fault> {
        let invalid = || not_authorized("Invalid session for the user.");
        let challenge = self
            .challenges
            .change(key, |challenge| match challenge.take() {
                Some(challenge) if challenge.client == client.id => Ok(challenge),
                _ => Err(invalid()),
            })?;
        let expires = key.split('-').next().and_then(|at| at.parse::<i64>().ok());
        match expires.is_some_and(|expires| self.clock.now() < expires) {
            true => Ok(challenge),
            false => Err(not_authorized(
                "Invalid session for the user, session is expired.",
            )),
        }
    }
}
