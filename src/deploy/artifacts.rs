//! The artifact bucket in the workshop's shared stack, and the bundles in it.

use super::bundle_key::{BUNDLES, template_key};
use super::{DeployError, ownership};
use crate::bundle::Digest;
use crate::cloud::{Cloud, CloudError, Stack};

const BUCKET_OUTPUT: &str = "ArtifactBucket";
/// The bucket has an empty object under this prefix for each game that uses the shared stack.
const GAMES: &str = "games/";

/// The name in the outputs of the shared stack.
pub fn bucket_of(shared: &Stack) -> Result<&str, DeployError> {
    let bucket = shared.outputs.get(BUCKET_OUTPUT).map(String::as_str);
    bucket.ok_or_else(|| DeployError::NoBucket {
        workshop: shared.name.clone(),
    })
}

/// The artifact bucket of a workshop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArtifactBucket {
    /// The shared stack is not there yet.
    NotCreated,
    /// The shared stack has it, but it was deleted.
    Gone { name: String },
    There {
        name: String,
        /// Bundles.
        objects: usize,
    },
}

impl ArtifactBucket {
    /// Its name, if it is there.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::There { name, .. } => Some(name),
            _ => None,
        }
    }
}

/// The artifact bucket of `workshop`. Changes nothing.
pub async fn artifact_bucket(cloud: &Cloud, workshop: &str) -> Result<ArtifactBucket, DeployError> {
    let Some(stack) = cloud.stack(workshop).await? else {
        return Ok(ArtifactBucket::NotCreated);
    };
    ownership::check_workshop(&stack)?;
    let name = bucket_of(&stack)?.to_owned();
    Ok(match cloud.keys(&name, BUNDLES).await? {
        Some(bundles) => ArtifactBucket::There {
            name,
            objects: bundles.len(),
        },
        None => ArtifactBucket::Gone { name },
    })
}

/// The names of the games that have noted that they use the bucket.
pub async fn games_of(cloud: &Cloud, bucket: &str) -> Result<Vec<String>, CloudError> {
    let marks = cloud.keys(bucket, GAMES).await?.unwrap_or_default();
    let games = marks.iter().filter_map(|mark| mark.strip_prefix(GAMES));
    Ok(games.map(str::to_owned).collect())
}

/// The other games that use the shared stack, as long as the first of them exists; empty if none does.
pub(super) async fn other_games(
    cloud: &Cloud,
    bucket: &str,
    cleaned: &[String],
) -> Result<Vec<String>, DeployError> {
    let mut games = games_of(cloud, bucket).await?;
    games.retain(|game| !cleaned.contains(game));
    while let Some(first) = games.first() {
        // When two are deleted at once, one must delete the shared stack too.
        let status = cloud.stack(first).await?.map(|stack| stack.status);
        if status.is_some_and(|status| !status.is_going()) {
            break;
        }
        games.remove(0);
    }
    Ok(games)
}

/// Notes that `game` no longer uses the bucket.
pub(super) async fn forget_game(
    cloud: &Cloud,
    bucket: &str,
    game: &str,
) -> Result<(), DeployError> {
    Ok(cloud
        .delete_object(bucket, &format!("{GAMES}{game}"))
        .await?)
}

/// Notes that `game` uses the bucket, so that no clean-up takes it for unused.
pub(super) async fn note_game(cloud: &Cloud, bucket: &str, game: &str) -> Result<(), DeployError> {
    let mark = format!("{GAMES}{game}");
    if !cloud.object_exists(bucket, &mark).await? {
        cloud.put_object(bucket, &mark, Vec::new()).await?;
    }
    Ok(())
}

/// Stores a template, and returns the URL under which CloudFormation finds it.
pub(super) async fn store_template(
    cloud: &Cloud,
    bucket: &str,
    text: &str,
) -> Result<String, DeployError> {
    let digest = Digest::of(text.as_bytes());
    let key = template_key(&digest);
    if !cloud.has_object_of(bucket, &key, digest.as_str()).await? {
        let put = cloud.put_object_of(bucket, &key, text.into(), digest.as_str());
        put.await?;
    }
    Ok(cloud.object_url(bucket, &key))
}
