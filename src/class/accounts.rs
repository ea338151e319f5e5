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
    pub cloud: Cloud,
    /// Who works there.
    pub owner: Owner,
}

impl Accounts {
    pub fn new(places: Vec<Place>) -> Self {
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
