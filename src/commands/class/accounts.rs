//! Connects to each account of a class.

use crate::class::{Account, Accounts, Member, Place};
use crate::cloud::{Cloud, Configured, Given, TargetKind};
use crate::commands::adoption::owner;
use crate::context::Context;
use crate::error::Error;
use crate::target::{self, Choice};

/// Where the values of a roster come from, for messages.
const ROSTER: &str = "the roster";

/// The accounts of these members, each announced with `what` is worked on. On the sandbox and on other
/// servers than AWS there is one.
pub async fn accounts(
    context: &Context,
    members: &[Member],
    what: &str,
) -> Result<Accounts, Error> {
    let base = match target::choice(&context.options)? {
        Choice::Configured(configured) => Some(configured),
        Choice::Sandbox(_) => None,
    };
    let own = context.cloud().await?;
    let base = base.filter(|_| own.target().kind == TargetKind::Aws);
    let mut accounts: Vec<Account> = members.iter().map(|it| it.account.clone()).collect();
    accounts.sort_unstable();
    accounts.dedup();
    let mut places = Vec::new();
    match base {
        None => places.push(place(context, None, own, what).await?),
        Some(base) => {
            for account in accounts {
                let cloud = match account == Account::default() {
                    true => own.clone(),
                    false => context.cloud_of(configured(&base, &account)).await?,
                };
                places.push(place(context, Some(account), cloud, what).await?);
            }
        }
    }
    Ok(Accounts::new(places))
}

async fn place(
    context: &Context,
    account: Option<Account>,
    cloud: Cloud,
    what: &str,
) -> Result<Place, Error> {
    let caller = context.announce(&cloud, what).await?;
    Ok(Place {
        account,
        number: caller.as_ref().map(|caller| caller.account.clone()),
        cloud: cloud.polling_together(),
        owner: owner(context, caller.as_ref())?,
    })
}

/// What an account changes of where the class works.
fn configured(base: &Configured, account: &Account) -> Configured {
    let given = |value: &Option<String>| value.as_ref().map(|value| Given::new(value, ROSTER));
    Configured {
        endpoint_url: base.endpoint_url.clone(),
        profile: given(&account.profile).or_else(|| base.profile.clone()),
        region: given(&account.region).or_else(|| base.region.clone()),
        role: given(&account.role),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_changes_only_what_it_says() {
        let base = Configured {
            profile: Some(Given::new("class", "--profile")),
            region: Some(Given::new("eu-west-1", "--region")),
            ..Configured::default()
        };
        let account = Account {
            role: Some("arn:aws:iam::1:role/Student".to_owned()),
            region: Some("eu-central-1".to_owned()),
            ..Account::default()
        };
        let found = configured(&base, &account);
        let value = |given: Option<Given>| given.map(|given| given.value);
        assert_eq!(value(found.profile).as_deref(), Some("class"));
        assert_eq!(value(found.region).as_deref(), Some("eu-central-1"));
        assert_eq!(value(found.role), account.role);
    }
}
