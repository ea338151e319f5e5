//! The desired stack for CloudFormation: template, parameters and tags.

use super::bundle_key::ARTIFACT_BUCKET;
use super::deployer::Deployer;
use super::library::{LIBRARY, library_value};
use super::parameters::settable;
use super::{ARCHITECTURE, DeployError, NewDefault, ownership};
use crate::cloud::{NamedValues, ParameterValue, Stack, StackRequest, TemplateSource};
use crate::names::code_parameter;

impl Deployer<'_> {
    /// The desired stack. Uploads the bundles first, unless it is a dry run.
    pub(super) async fn stack_request(
        &self,
        existing: Option<&Stack>,
        defaults: &[NewDefault],
    ) -> Result<StackRequest, DeployError> {
        let read = self.prepared.template(self.stack()).await?;
        let (template, parameters) = (read.source.clone(), &read.summary.parameters);
        let given = &self.destination.parameters;
        if let Some(unknown) = given.keys().find(|name| !parameters.contains(name)) {
            return Err(DeployError::UnknownParameter {
                parameter: unknown.clone(),
                known: settable(parameters.clone(), &self.release().functions()),
            });
        }
        self.check_fit(existing)?;
        let mut values = given.clone();
        if existing.is_none() && parameters.iter().any(|p| p == ARCHITECTURE) {
            let built_for = self.release().architecture.to_string();
            values.entry(ARCHITECTURE.to_owned()).or_insert(built_for);
        }
        for new in defaults.iter().filter(|new| new.applies) {
            values.insert(new.parameter.clone(), new.default.clone());
        }
        if self.release().dry_run {
            // A dry run creates no artifact bucket: the parameters of the code stay as they are.
            return Ok(self.request_with(template, parameters, values, existing));
        }
        if self.release().code.is_empty() {
            return Ok(self.request_with(template, parameters, values, existing));
        }
        let (bucket, keys) = {
            let game = Some(self.stack());
            self.prepared.store(game, self.report).await?
        };
        if parameters.iter().any(|parameter| parameter == LIBRARY) {
            let library = library_value(self.release().library.as_ref());
            values.insert(LIBRARY.to_owned(), library);
        }
        values.insert(ARTIFACT_BUCKET.to_owned(), bucket);
        values.extend(
            keys.into_iter()
                .map(|(function, key)| (code_parameter(&function), key)),
        );
        Ok(self.request_with(template, parameters, values, existing))
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
            tags: ownership::game_tags(
                existing,
                &self.release().workshop.name,
                self.release().lab(),
                &self.destination.claim,
            ),
            template,
        }
    }
}
