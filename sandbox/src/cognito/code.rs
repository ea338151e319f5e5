//! Codes that AWS mails to users. The sandbox sends no mail: it notes them in its log, which
//! `mafia sandbox logs` shows.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Cognito;
use super::fault::{code_expired, code_mismatch, too_many_attempts};
use super::user::User;
use crate::fault::Fault;

/// What a code is for.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub enum Purpose {
    SignUp,
    Password,
}

/// 6 digits, as AWS's. They stay in the record of the user until they are used.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Code {
    purpose: Purpose,
    digits: String,
    /// In milliseconds since 1970.
    expires: i64,
    failures: u32,
}

const HOUR: i64 = 60 * 60 * 1000;
const MOST_FAILURES: u32 = 5;

impl Purpose {
    /// In milliseconds. Source: "Quotas on codes" in Cognito's developer guide.
    fn validity(self) -> i64 {
        match self {
            Self::SignUp => 24 * HOUR,
            Self::Password => HOUR,
        }
    }

    fn wording(self) -> &'static str {
        match self {
            Self::SignUp => "confirms the sign-up",
            Self::Password => "sets a new password",
        }
    }
}

impl Code {
    fn new(purpose: Purpose, now: i64) -> Self {
        Self {
            purpose,
            digits: format!("{:06}", rand::random_range(0..1_000_000)),
            expires: now + purpose.validity(),
            failures: 0,
        }
    }
}

impl User {
    /// Uses up the code. A wrong one is counted, so that nobody can try all.
    pub fn use_code(&mut self, purpose: Purpose, digits: &str, now: i64) -> Result<(), Fault> {
        let code = self.code.as_mut().filter(|code| code.purpose == purpose);
        let code = code.ok_or_else(code_expired)?;
        if code.failures >= MOST_FAILURES {
            return Err(too_many_attempts());
        }
        if now >= code.expires {
            return Err(code_expired());
        }
        if code.digits != digits {
            code.failures += 1;
            return Err(code_mismatch());
        }
        self.code = None;
        Ok(())
    }

    /// A new code, in place of one that there may be.
    pub fn make_code(&mut self, purpose: Purpose, now: i64) {
        self.code = Some(Code::new(purpose, now));
    }
}

impl Cognito {
    /// Notes the user's code where its owner finds it, and says where AWS would have sent it.
    pub fn send_code(&self, user: &User) -> Option<Value> {
        let (code, email) = (user.code.as_ref()?, user.attributes.get("email")?);
        self.journal.note(&format!(
            "Cognito user pool {}: mail to {email}: the code {} {} of {}",
            user.pool,
            code.digits,
            code.purpose.wording(),
            user.name,
        ));
        Some(delivery(email))
    }
}

/// What a client learns that hides which users there are.
pub fn pretended_delivery(name: &str) -> Value {
    delivery(name)
}

fn delivery(email: &str) -> Value {
    json!({
        "Destination": masked(email),
        "DeliveryMedium": "EMAIL",
        "AttributeName": "email",
    })
}

/// `a***@e***`, as AWS shows an address to somebody who may not know it.
fn masked(email: &str) -> String {
    let first = |text: &str| text.chars().take(1).collect::<String>();
    let (person, host) = email.split_once('@').unwrap_or((email, ""));
    format!("{}***@{}***", first(person), first(host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_masked() {
        assert_eq!(masked("ann@example.org"), "a***@e***");
        assert_eq!(masked(""), "***@***");
    }

    #[test]
    fn codes_have_six_digits_and_differ() {
        let codes: std::collections::BTreeSet<String> = (0..50)
            .map(|_| Code::new(Purpose::SignUp, 0).digits)
            .collect();
        assert!(codes.len() > 40);
        assert!(
            codes
                .iter()
                .all(|code| code.len() == 6 && code.parse::<u32>().is_ok())
        );
    }
}
