//! What a pool's passwords must have.

use serde::{Deserialize, Serialize};

use super::fault::{constraint, invalid};
use crate::fault::Fault;

/// In characters. Source: `Password` in the documentation of SignUp.
const LONGEST: usize = 256;
/// Source: "Adding user pool password requirements" in Cognito's developer guide. A space counts within a
/// password.
const SYMBOLS: &str = "^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+- ";

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct PasswordPolicy {
    minimum_length: usize,
    require_uppercase: bool,
    require_lowercase: bool,
    require_numbers: bool,
    require_symbols: bool,
    temporary_password_validity_days: i64,
}

/// Of a policy in which only some things are given.
impl Default for PasswordPolicy {
    fn default() -> Self {
        Self {
            minimum_length: 8,
            require_uppercase: false,
            require_lowercase: false,
            require_numbers: false,
            require_symbols: false,
            temporary_password_validity_days: 7,
        }
    }
}

impl PasswordPolicy {
    /// Of a pool that is created without a policy.
    pub fn strict() -> Self {
        Self {
            require_uppercase: true,
            require_lowercase: true,
            require_numbers: true,
            require_symbols: true,
            ..Self::default()
        }
    }

    /// Refuses a policy that a pool cannot have.
    pub fn check(&self) -> Result<(), Fault> {
        let between = |parameter: &str, value: i64, (least, most): (i64, i64)| {
            let bound = match value {
                value if value < least => format!("greater than or equal to {least}"),
                value if value > most => format!("less than or equal to {most}"),
                _ => return Ok(()),
            };
            let parameter = format!("policies.passwordPolicy.{parameter}");
            Err(constraint(
                &parameter,
                format!("Member must have value {bound}"),
            ))
        };
        let length = i64::try_from(self.minimum_length).unwrap_or(i64::MAX);
        between("minimumLength", length, (6, 99))?;
        let days = self.temporary_password_validity_days;
        between("temporaryPasswordValidityDays", days, (0, 365))
    }

    /// How long a temporary password is valid, in milliseconds. Zero days are the default of a week.
    pub fn temporary_validity(&self) -> i64 {
        let days = match self.temporary_password_validity_days {
            0 => Self::default().temporary_password_validity_days,
            days => days,
        };
        days * 24 * 60 * 60 * 1000
    }

    /// Refuses a password that the pool cannot take.
    pub fn check_password(&self, password: &str) -> Result<(), Fault> {
        if password.chars().count() > LONGEST {
            return Err(constraint(
                "password",
                format!("Member must have length less than or equal to {LONGEST}"),
            ));
        }
        let ends = |c: Option<char>| c.is_some_and(char::is_whitespace);
        if ends(password.chars().next()) || ends(password.chars().next_back()) {
            return Err(constraint(
                "password",
                "Member must satisfy regular expression pattern: ^[\\S]+.*[\\S]+$",
            ));
        }
        let has = |is: fn(&char) -> bool| password.chars().any(|c| is(&c));
        let reason = if password.chars().count() < self.minimum_length {
            "Password not long enough"
        } else if self.require_uppercase && !has(char::is_ascii_uppercase) {
            "Password must have uppercase characters"
        } else if self.require_lowercase && !has(char::is_ascii_lowercase) {
            "Password must have lowercase characters"
        } else if self.require_numbers && !has(char::is_ascii_digit) {
            "Password must have numeric characters"
        } else if self.require_symbols && !password.contains(|c| SYMBOLS.contains(c)) {
            "Password must have symbol characters"
        } else {
            return Ok(());
        };
        Err(Fault::invalid(
            "InvalidPasswordException",
            format!("Password did not conform with policy: {reason}"),
        ))
    }
}

/// The password that a request must have.
pub fn given(password: Option<&str>) -> Result<&str, Fault> {
    let password = password.filter(|password| !password.is_empty());
    password.ok_or_else(|| invalid("Password is required"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_has_what_the_policy_asks_for() {
        let policy = PasswordPolicy::strict();
        for (password, reason) in [
            ("Aa1!", "Password not long enough"),
            ("aaaaaa1!", "Password must have uppercase characters"),
            ("AAAAAA1!", "Password must have lowercase characters"),
            ("Aaaaaaa!", "Password must have numeric characters"),
            ("Aaaaaaa1", "Password must have symbol characters"),
        ] {
            let fault = policy.check_password(password).expect_err(password);
            assert_eq!(fault.code, "InvalidPasswordException");
            let expected = format!("Password did not conform with policy: {reason}");
            assert_eq!(fault.message, expected);
        }
        for password in ["Aaaaaa1!", "Aa1 aaaa", "Aa1-éééé"] {
            assert_eq!(policy.check_password(password), Ok(()), "{password}");
        }
        assert_eq!(PasswordPolicy::default().check_password("aaaaaaaa"), Ok(()));
        for password in [" Aaaaaa1!", "Aaaaaa1! ", &"Aa1!".repeat(65)] {
            let fault = policy.check_password(password).expect_err(password);
            assert_eq!(fault.code, "InvalidParameterException");
            assert!(!fault.message.contains("Aa"), "{fault}");
        }
    }

    #[test]
    fn a_policy_has_bounds() {
        let policy = |minimum_length, temporary_password_validity_days| PasswordPolicy {
            minimum_length,
            temporary_password_validity_days,
            ..PasswordPolicy::default()
        };
        assert!(policy(6, 0).check().is_ok() && policy(99, 365).check().is_ok());
        for wrong in [policy(5, 7), policy(100, 7), policy(8, 366), policy(8, -1)] {
            assert!(wrong.check().is_err(), "{wrong:?}");
        }
        assert_eq!(policy(8, 0).temporary_validity(), 604_800_000);
    }
}
