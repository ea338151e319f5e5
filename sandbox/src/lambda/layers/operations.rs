//! The operations on layers.
//!
//! Source: <https://docs.aws.amazon.com/lambda/latest/api/API_PublishLayerVersion.html> and its neighbours.

use std::sync::PoisonError;

use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Layer, LayerVersion, LayerVersionRef, layer_arn, layer_name, prefix};
use crate::fault::{Answer, Fault};
use crate::lambda::Lambda;
use crate::lambda::bundle::{Bundle, CodeSource};
use crate::lambda::fault::{constraint, invalid};
use crate::lambda::function::now;
use crate::page::Cursor;
use crate::wire::lenient;

/// Of both lists.
const MAX_PAGE: usize = 50;
const LAYERS: &str = "Layers";
const VERSIONS: &str = "LayerVersions";

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PublishLayerVersionRequest {
    layer_name: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    content: CodeSource,
    compatible_runtimes: Option<Vec<String>>,
    compatible_architectures: Option<Vec<String>>,
    license_info: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LayerVersionRequest {
    layer_name: String,
    #[serde(deserialize_with = "lenient")]
    version_number: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LayerVersionByArnRequest {
    arn: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListRequest {
    #[serde(default)]
    layer_name: String,
    compatible_runtime: Option<String>,
    compatible_architecture: Option<String>,
    marker: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    max_items: Option<usize>,
}

impl LayerVersionRequest {
    fn version_ref(&self) -> Result<LayerVersionRef, Fault> {
        let number = self
            .version_number
            .ok_or_else(|| constraint("versionNumber", "null", "a number"))?;
        LayerVersionRef::new(&self.layer_name, number)
    }
}

impl ListRequest {
    fn size(&self) -> Result<usize, Fault> {
        let size = self.max_items.unwrap_or(MAX_PAGE);
        match (1..=MAX_PAGE).contains(&size) {
            true => Ok(size),
            false => Err(constraint("maxItems", size, "1 to 50")),
        }
    }

    fn after(&self, list: &str) -> Result<Option<Cursor>, Fault> {
        let marker = self.marker.as_deref();
        let after = marker.map(|marker| Cursor::from_token(list, marker));
        after
            .transpose()
            .map_err(|_| invalid("The provided Marker is invalid."))
    }

    fn takes(&self, version: &LayerVersion) -> bool {
        let runtime = self.compatible_runtime.as_deref();
        version.is_for(runtime, self.compatible_architecture.as_deref())
    }
}

pub async fn publish(lambda: &Lambda, request: PublishLayerVersionRequest) -> Answer {
    publish_as(lambda, request, None).await
}

/// Publishes the version with this number, or else the next one.
async fn publish_as(
    lambda: &Lambda,
    request: PublishLayerVersionRequest,
    number: Option<u64>,
) -> Answer {
    let layer = layer_name(&request.layer_name)?;
    for (member, text, most) in [
        ("description", Some(&request.description), 256),
        ("licenseInfo", request.license_info.as_ref(), 512),
    ] {
        if text.is_some_and(|text| text.chars().count() > most) {
            let expected = format!("at most {most} characters long");
            return Err(constraint(member, "…", &expected));
        }
    }
    let architectures = request.compatible_architectures.iter().flatten();
    for architecture in architectures {
        if !["x86_64", "arm64"].contains(&architecture.as_str()) {
            let expected = "one of x86_64 and arm64";
            return Err(constraint(
                "compatibleArchitectures",
                architecture,
                expected,
            ));
        }
    }
    let bundle = lambda.bundle(request.content).await?;
    let version = lambda.store.write::<_, Fault>(|transaction| {
        let known = lambda.layers.get_in(transaction, &layer)?;
        let last = known.unwrap_or_default().last_version;
        let number = number.unwrap_or(last + 1);
        let last_version = last.max(number);
        lambda
            .layers
            .put_in(transaction, &layer, &Layer { last_version })?;
        let version = LayerVersion {
            layer,
            number,
            description: request.description,
            license: request.license_info,
            runtimes: request.compatible_runtimes,
            architectures: request.compatible_architectures,
            created: now(),
            code: bundle.code.clone(),
            is_deleted: false,
        };
        let key = version.version_ref().key();
        lambda.layer_versions.put_in(transaction, &key, &version)?;
        Ok(version)
    })?;
    lambda.keep_unpacked(Some(bundle));
    Ok(version.described(&lambda.code_links))
}

pub async fn get(lambda: &Lambda, request: LayerVersionRequest) -> Answer {
    lambda.described_layer(&request.version_ref()?)
}

pub async fn get_by_arn(lambda: &Lambda, request: LayerVersionByArnRequest) -> Answer {
    lambda.described_layer(&LayerVersionRef::parse(&request.arn)?)
}

/// The newest version of each layer that has one.
pub async fn list(lambda: &Lambda, request: ListRequest) -> Answer {
    let size = request.size()?;
    let after = request.after(LAYERS)?;
    let newest = |layer: &str| -> Result<Option<LayerVersion>, Fault> {
        let versions = lambda.layer_versions.under(&prefix(layer))?;
        let versions = versions.into_iter().rev().map(|(_, version)| version);
        Ok(versions.into_iter().find(|version| request.takes(version)))
    };
    let mut listed: Vec<(String, Value)> = Vec::new();
    let mut next = None;
    for (layer, _) in lambda.layers.under("")? {
        if after.as_ref().is_some_and(|it| *layer <= *it.position()) {
            continue;
        }
        let Some(newest) = newest(&layer)? else {
            continue;
        };
        if listed.len() == size {
            next = listed.last().map(|(last, _)| Cursor::after(last.as_str()));
            break;
        }
        let described = json!({
            "LayerName": layer,
            "LayerArn": layer_arn(&layer),
            "LatestMatchingVersion": newest.listed(),
        });
        listed.push((layer, described));
    }
    let listed: Vec<_> = listed.into_iter().map(|(_, described)| described).collect();
    let mut answer = json!({ "Layers": listed });
    if let Some(next) = next {
        answer["NextMarker"] = json!(next.token(LAYERS));
    }
    Ok(answer)
}

/// The versions of a layer, the newest first; none of a layer that there is not.
pub async fn list_versions(lambda: &Lambda, request: ListRequest) -> Answer {
    let layer = layer_name(&request.layer_name)?;
    let size = request.size()?;
    let after = request.after(VERSIONS)?;
    let versions = lambda.layer_versions.under(&prefix(&layer))?;
    let is_left = |key: &String| after.as_ref().is_none_or(|it| **key < *it.position());
    let mut left = versions
        .into_iter()
        .rev()
        .filter(|(key, version)| is_left(key) && request.takes(version));
    let page: Vec<_> = left.by_ref().take(size).collect();
    let listed: Vec<_> = page.iter().map(|(_, version)| version.listed()).collect();
    let mut answer = json!({ "LayerVersions": listed });
    if let (Some((key, _)), Some(_)) = (page.last(), left.next()) {
        answer["NextMarker"] = json!(Cursor::after(key.as_str()).token(VERSIONS));
    }
    Ok(answer)
}

/// Succeeds also where there is no such version, as on AWS.
pub async fn delete(lambda: &Lambda, request: LayerVersionRequest) -> Answer {
    let key = request.version_ref()?.key();
    let _attaching = lambda.attaching_layers();
    lambda.layer_versions.change::<_, Fault>(&key, |version| {
        if let Some(version) = version {
            version.is_deleted = true;
        }
        Ok(())
    })?;
    lambda.keep_unpacked(None);
    lambda.release_layers([key])?;
    Ok(json!({}))
}

impl Lambda {
    /// What the next version of the layer will be, unless somebody else publishes one.
    pub fn next_layer_version(&self, layer: &str) -> Result<LayerVersionRef, Fault> {
        let known = self.layers.get(layer)?.unwrap_or_default();
        LayerVersionRef::new(layer, known.last_version + 1)
    }

    /// Publishes the version with this ARN, for CloudFormation. That may have been done already.
    pub async fn publish_layer_version(&self, arn: &str, parameters: Value) -> Result<(), Fault> {
        let version_ref = LayerVersionRef::parse(arn)?;
        if self.layer_versions.get(&version_ref.key())?.is_some() {
            return Ok(());
        }
        let request = serde_json::from_value(parameters)
            .map_err(|error| Fault::invalid("SerializationException", error.to_string()))?;
        let published = publish_as(self, request, Some(version_ref.number)).await;
        published.map(drop)
    }

    /// Of the layer that has just been published: it is likely to be attached at once. Without one, that of
    /// the last may go.
    pub(super) fn keep_unpacked(&self, layer: Option<Bundle>) {
        let kept = self.published_layer.lock();
        *kept.unwrap_or_else(PoisonError::into_inner) = layer;
    }

    fn described_layer(&self, version_ref: &LayerVersionRef) -> Answer {
        let version = self.layer_versions.get(&version_ref.key())?;
        let version = version.filter(|version| !version.is_deleted);
        let version = version.ok_or_else(|| {
            Fault::new(
                StatusCode::NOT_FOUND,
                "ResourceNotFoundException",
                "The resource you requested does not exist.",
            )
        })?;
        Ok(version.described(&self.code_links))
    }
}
