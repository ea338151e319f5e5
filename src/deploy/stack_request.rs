//! The desired stack for CloudFormation: template, parameters and tags.

use std::collections::BTreeMap;

use super::artifacts::{ArtifactBucket, artifact_bucket, store_template};
use super::bundle_key::ARTIFACT_BUCKET;
use super::deployer::Deployer;
use super::{ARCHITECTURE, DeployError, NewDefault, artifacts, ownership, stack};
use crate::cloud::{
    LONGEST_TEMPLATE_IN_A_REQUEST, NamedValues, ParameterValue, Stack, StackRequest, TemplateSource,
};
use crate::names::code_parameter;

impl Deployer<'_> {
    /// The desired stack. Uploads the bundles first, unless it is a dry run.
    pub(super) async fn stack_request(
        &self,
        existing: Option<&Stack>,
        defaults: &[NewDefault],
    ) -> Result<StackRequest, DeployError> {
        let template = self.template_source().await?;
        let summary = self
            .cloud
            .validate_template(&template)
            .await
            .map_err(|error| stack::refusal(error, self.stack()))?;
        if let Some(unknown) = self
            .request
            .parameters
            .keys()
            .find(|p| !summary.parameters.contains(p))
        {
            return Err(DeployError::UnknownParameter {
                parameter: unknown.clone(),
                known: self.settable(summary.parameters),
            });
        }
        self.check_fit(existing)?;
        let mut values = self.request.parameters.clone();
        if existing.is_none() && summary.parameters.iter().any(|p| p == ARCHITECTURE) {
            let built_for = self.request.architecture.to_string();
            values.entry(ARCHITECTURE.to_owned()).or_insert(built_for);
        }
        for new in defaults.iter().filter(|new| new.applies) {
            values.insert(new.parameter.clone(), new.default.clone());
        }
        if self.request.dry_run {
            // A dry run creates no artifact bucket: the parameters of the code stay as they are.
            return Ok(self.request_with(template, &summary.parameters, values, existing));
        }
        let (bucket, keys) = self.store_bundles().await?;
        values.insert(ARTIFACT_BUCKET.to_owned(), bucket);
        values.extend(
            keys.into_iter()
                .map(|(function, key)| (code_parameter(&function), key)),
        );
        Ok(self.request_with(template, &summary.parameters, values, existing))
    }

    /// The template, stored in the artifact bucket if it is too long for a request.
    async fn template_source(&self) -> Result<TemplateSource, DeployError> {
        let text = self.request.template.clone().unwrap_or_default();
        if text.len() <= LONGEST_TEMPLATE_IN_A_REQUEST {
            return Ok(TemplateSource::Text(text));
        }
        let (cloud, workshop) = (self.cloud, &self.request.workshop);
        let bucket = if self.request.dry_run {
            // It creates no bucket.
            match artifact_bucket(cloud, workshop).await? {
                ArtifactBucket::There { name, .. } => name,
                _ => return Err(DeployError::NoPlaceForTemplate { bytes: text.len() }),
            }
        } else {
            artifacts::bucket(cloud, workshop, self.emit).await?
        };
        let url = match store_template(cloud, &bucket, &text).await {
            Err(DeployError::Cloud(error))
                if error.is_missing_bucket() && !self.request.dry_run =>
            {
                let bucket = self.bucket_again(&bucket).await?;
                store_template(cloud, &bucket, &text).await?
            }
            url => url?,
        };
        Ok(TemplateSource::Url(url))
    }

    /// Creates the artifact bucket again, which somebody has deleted.
    async fn bucket_again(&self, gone: &str) -> Result<String, DeployError> {
        let (cloud, workshop) = (self.cloud, &self.request.workshop);
        artifacts::delete(cloud, workshop, gone, self.emit).await?;
        artifacts::bucket(cloud, workshop, self.emit).await
    }

    /// Stores the bundles in the artifact bucket; returns its name, and the key of each by function.
    async fn store_bundles(&self) -> Result<(String, BTreeMap<String, String>), DeployError> {
        let (cloud, workshop) = (self.cloud, &self.request.workshop);
        let bucket = artifacts::bucket(cloud, workshop, self.emit).await?;
        match artifacts::upload(cloud, &bucket, self.bundles, self.report).await {
            Err(DeployError::Cloud(error)) if error.is_missing_bucket() => {
                let bucket = self.bucket_again(&bucket).await?;
                let keys = artifacts::upload(cloud, &bucket, self.bundles, self.report).await?;
                Ok((bucket, keys))
            }
            keys => Ok((bucket, keys?)),
        }
    }

    /// The parameters that people may set.
    fn settable(&self, mut parameters: Vec<String>) -> Vec<String> {
        let functions = self.bundles.iter().map(|b| &b.function.name);
        let code: Vec<String> = functions.map(|name| code_parameter(name)).collect();
        parameters.retain(|name| name != ARTIFACT_BUCKET && !code.contains(name));
        parameters
    }

    fn request_with(
        &self,
        template: TemplateSource,
        parameters: &[String],
        mut values: NamedValues,
        existing: Option<&Stack>,
    ) -> StackRequest {
        let value = |name: &String| match values.remove(name) {
            Some(value) => Some((name.clone(), ParameterValue::Is(value))),
            None if existing.is_some_and(|stack| stack.parameters.contains_key(name)) => {
                Some((name.clone(), ParameterValue::Previous))
            }
            // The template's default. Without one, CloudFormation reports the missing parameter.
            None => None,
        };
        StackRequest {
            name: self.stack().to_owned(),
            parameters: parameters.iter().filter_map(value).collect(),
            tags: ownership::game_tags(existing, &self.request.workshop, &self.request.owner),
            template,
        }
    }
}
