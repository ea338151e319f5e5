//! The artifact buckets of a class, and the code that is kept in them.

use crate::class::code::{ClassBucket, ClassCode, CodeError};
use crate::class::{Accounts, Member, Place, name};
use crate::deploy::{self, Release, seconds_since_1970};
use crate::error::Error;

/// The name of the bucket in an account; `None` if the class has none there.
pub async fn bucket_name(place: &Place, class: &str) -> Result<Option<String>, Error> {
    let shared = place.cloud.stack(&name::workshop(class)).await?;
    let bucket = shared.as_ref().and_then(|it| deploy::bucket_of(it).ok());
    Ok(bucket.map(str::to_owned))
}

/// What is kept in each account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep<'a> {
    /// The code that all students got, and the first checkpoint.
    ForAll,
    /// The same, unless there is such code.
    First,
    Checkpoint(&'a str),
}

/// Keeps what was released in the bucket of each account.
pub async fn keep(
    accounts: &Accounts,
    class: &str,
    release: &Release,
    members: &[Member],
    what: Keep<'_>,
) -> Result<(), Error> {
    for place in accounts.places() {
        let Some(name) = bucket_name(place, class).await? else {
            continue;
        };
        let cloud = &place.cloud;
        let code = ClassCode::of(release, members, seconds_since_1970(cloud.now()));
        let bucket = ClassBucket {
            cloud,
            name: &name,
            class,
        };
        match what {
            Keep::Checkpoint(name) => bucket.keep_checkpoint(name, &code).await?,
            Keep::First if bucket.code().await.is_ok_and(|it| it.is_some()) => {}
            Keep::First | Keep::ForAll => {
                // In this order: where the code is kept, the checkpoint is too, whatever happens in between.
                bucket.keep_start(&code).await?;
                bucket.keep_code(&code).await?;
            }
        }
    }
    Ok(())
}

/// The checkpoint of that name, from the first account that has it.
pub async fn checkpoint(accounts: &Accounts, class: &str, name: &str) -> Result<ClassCode, Error> {
    let mut missing = None;
    for place in accounts.places() {
        let Some(bucket) = bucket_name(place, class).await? else {
            continue;
        };
        let bucket = ClassBucket {
            cloud: &place.cloud,
            name: &bucket,
            class,
        };
        match bucket.checkpoint(name).await {
            Err(error @ CodeError::Unknown { .. }) => missing = Some(error),
            found => return Ok(found?),
        }
    }
    match missing {
        Some(error) => Err(error.into()),
        None => Err(
            Error::failed(format!("class {class} has no checkpoint {name} here"))
                .hint("run `mafia class up`: it makes the checkpoint `start`"),
        ),
    }
}
