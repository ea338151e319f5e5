//! Ids, ARNs and the issuer of user pools, and ids and secrets of their clients.

use super::fault::{constraint, invalid};
use crate::REGION;
use crate::arn::{self, Arn};
use crate::fault::Fault;

/// In characters. Source: `PoolName` and `ClientName` in the documentation of Cognito's API.
const LONGEST_NAME: usize = 128;
const LOWER: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
const MIXED: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

pub fn new_pool_id() -> String {
    format!("{REGION}_{}", random(MIXED, 9))
}

pub fn new_client_id() -> String {
    random(LOWER, 26)
}

/// 52 characters, more than 256 random bits.
pub fn new_client_secret() -> String {
    random(LOWER, 52)
}

fn random(alphabet: &[u8], count: usize) -> String {
    let any = || rand::random_range(..alphabet.len());
    (0..count).map(|_| char::from(alphabet[any()])).collect()
}

pub fn pool_arn(id: &str) -> String {
    arn::regional("cognito-idp", format!("userpool/{id}"))
}

/// The id of the pool with this ARN.
pub fn pool_id(text: &str) -> Result<&str, Fault> {
    let arn = Arn::parse(text).filter(|arn| arn.check_owner("cognito-idp").is_ok());
    let id = arn.and_then(|arn| arn.resource.strip_prefix("userpool/"));
    id.ok_or_else(|| invalid(format!("Invalid ARN: {text}")))
}

/// What SRP and the pool's name in it use of the id.
pub fn short_id(id: &str) -> &str {
    id.split_once('_').map_or(id, |(_, short)| short)
}

/// Without the scheme, as CloudFormation's `ProviderName`.
pub fn provider(id: &str) -> String {
    format!("cognito-idp.{REGION}.amazonaws.com/{id}")
}

/// As the tokens have it: that of AWS, as clients compare it with a name they make of the pool's id.
pub fn issuer(id: &str) -> String {
    format!("https://{}", provider(id))
}

/// The name of a pool or a client, if it can have it.
pub fn checked_name<'a>(parameter: &str, name: &'a str) -> Result<&'a str, Fault> {
    const PATTERN: &str = "Member must satisfy regular expression pattern: [\\w\\s+=,.@-]+";
    let allowed = |c: char| c.is_alphanumeric() || c.is_whitespace() || "_+=,.@-".contains(c);
    match name.chars().count() {
        0 => Err(constraint(
            parameter,
            "Member must have length greater than or equal to 1",
        )),
        length if length > LONGEST_NAME => Err(constraint(
            parameter,
            format!("Member must have length less than or equal to {LONGEST_NAME}"),
        )),
        _ if !name.chars().all(allowed) => Err(constraint(parameter, PATTERN)),
        _ => Ok(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_has_an_id_an_arn_and_an_issuer() {
        let id = new_pool_id();
        assert_eq!(id.len(), "us-east-1_123456789".len());
        assert_eq!(short_id(&id).len(), 9);
        assert_eq!(pool_id(&pool_arn(&id)), Ok(&*id));
        let issuer = issuer("us-east-1_a");
        assert_eq!(
            issuer,
            "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_a"
        );
        for arn in [
            "a",
            "arn:aws:cognito-idp:us-east-1:111111111111:userpool/us-east-1_a",
            "arn:aws:cognito-idp:us-east-1:000000000000:pool/us-east-1_a",
            "arn:aws:sns:us-east-1:000000000000:userpool/us-east-1_a",
        ] {
            assert!(pool_id(arn).is_err(), "{arn}");
        }
    }

    #[test]
    fn names_are_short_and_of_some_characters() {
        assert_eq!(
            checked_name("poolName", "My pool_1+=,.@-é"),
            Ok("My pool_1+=,.@-é")
        );
        for name in ["", "a/b", "a:b", &"x".repeat(129)] {
            assert!(checked_name("poolName", name).is_err(), "{name}");
        }
    }
}
