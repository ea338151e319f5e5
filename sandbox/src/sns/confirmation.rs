//! How web servers confirm their subscriptions, and what happens when they do not.

use rand::RngExt;
use serde::{Deserialize, Serialize};

use super::{Sns, TIMED};
use crate::fault::Fault;
use crate::store::{self, StoreError};
use crate::timer::{Firing, Timed};

/// In milliseconds. Source: the documentation of Subscribe: "Confirmation tokens are valid for two days".
const VALID_FOR: i64 = 2 * 24 * 60 * 60 * 1000;
/// In bytes, of which each is two digits.
const TOKEN: usize = 112;

/// Of a subscription.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub enum State {
    /// Nothing comes before somebody confirms it.
    Pending,
    #[default]
    Confirmed,
    /// It can be confirmed again for a while.
    Ended,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Confirmation {
    /// Whoever has it can confirm the subscription.
    pub token: String,
    /// In milliseconds since 1970.
    pub expires_at: i64,
    /// Whether the request that confirmed it was signed.
    pub was_authenticated: bool,
    /// Whether a request that ends it has to be signed.
    pub unsubscribe_authenticated: bool,
}

impl Confirmation {
    pub fn new(now: i64) -> Self {
        Self {
            token: store::hex(&rand::rng().random::<[u8; TOKEN]>()),
            expires_at: now + VALID_FOR,
            was_authenticated: false,
            unsubscribe_authenticated: false,
        }
    }
}

impl Timed for Sns {
    /// Forgets a subscription that nobody has confirmed in time.
    fn fire(&self, key: &str, now: i64) -> Result<Firing, Fault> {
        self.subscriptions.change(key, |found| {
            let waiting = found.as_ref().filter(|it| it.state != State::Confirmed);
            let expires_at = waiting.and_then(|it| Some(it.confirmation.as_ref()?.expires_at));
            let Some(expires_at) = expires_at else {
                return Ok(Firing::default());
            };
            if expires_at > now {
                return Ok(Firing {
                    happened: false,
                    next: Some(expires_at),
                });
            }
            *found = None;
            Ok(Firing {
                happened: true,
                next: None,
            })
        })
    }

    fn title(&self, key: &str) -> String {
        let topic = key.split(':').next().unwrap_or_default();
        format!("end of a subscription to {topic} without a confirmation")
    }
}

impl Sns {
    /// Tells the timer which subscriptions wait for a confirmation, and how long.
    pub fn resume_confirmations(&self) -> Result<(), StoreError> {
        for subscription in self.subscriptions.all()? {
            if let (State::Pending | State::Ended, Some(confirmation)) =
                (subscription.state, &subscription.confirmation)
            {
                let expires_at = Some(confirmation.expires_at);
                self.timer.set(TIMED, &subscription.key(), expires_at);
            }
        }
        Ok(())
    }
}
