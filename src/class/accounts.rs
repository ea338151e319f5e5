//! The accounts of a class, each with its services.

use super::member::{Account, Member};
use crate::cloud::Cloud;
use crate::deploy::Owner;

/// The accounts that the students' stacks are in.
pub struct Accounts(Vec<Place>);

/// An account of a class.
pub struct Place {
    /// `None` where one account is everybody's, whatever the roster says: on the sandbox, and on other
    /// servers than AWS.
    pub account: Option<Account>,
    /// Its number, where it is known.
    pub number: Option<String>,
    pub cloud: Cloud,
    /// Who works there.
    pub owner: Owner,
}

impl Accounts {
    /// Two profiles or roles can be of one account: they share its limits.
    pub fn new(places: Vec<Place>) -> Self {
        for (at, place) in places.iter().enumerate() {
            let is_same = |it: &&Place| place.number.is_some() && it.number == place.number;
            for earlier in places[..at].iter().filter(is_same) {
                place.cloud.share_limits_of(&earlier.cloud);
            }
        }
        Self(places)
    }

    pub fn places(&self) -> &[Place] {
        &self.0
    }

    /// The place of a student; `None` if the account was not among those of this class.
    pub fn place(&self, member: &Member) -> Option<&Place> {
        let is_theirs = |place: &&Place| place.is_of(member);
        self.0.iter().find(is_theirs)
    }
}

impl Place {
    pub fn is_of(&self, member: &Member) -> bool {
        self.account
            .as_ref()
            .is_none_or(|account| *account == member.account)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn profiles_of_one_account_share_its_limits_and_accounts_do_not() {
        let (first, _) = Cloud::scripted(|_| (200, String::new()));
        let clouds = [0, 1, 2, 3].map(|_| Cloud::scripted(|_| (200, String::new())).0);
        let place = |number: Option<&str>, cloud: &Cloud| Place {
            account: None,
            number: number.map(str::to_owned),
            cloud: cloud.clone(),
            owner: Owner::new(None, None),
        };
        let accounts = Accounts::new(vec![
            place(Some("1"), &first),
            place(Some("1"), &clouds[0]),
            place(Some("2"), &clouds[1]),
            place(None, &clouds[2]),
            place(None, &clouds[3]),
        ]);
        let shares = |at: usize| accounts.places()[at].cloud.shares_limits_with(&first);
        assert_eq!(
            [0, 1, 2, 3, 4].map(shares),
            [true, true, false, false, false]
        );
        assert!(!clouds[2].shares_limits_with(&clouds[3]));
    }
}
