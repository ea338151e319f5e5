//! What deployments of one release to one account share: the artifact bucket with the code in it, and
//! the template as CloudFormation has read it. Each part is found or made when it is first needed, once.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::{try_join, try_join_all};
use tokio::sync::{Mutex, OnceCell};

use super::artifacts::{self, ArtifactBucket, artifact_bucket, store_template};
use super::bundle_key::bundle_key;
use super::event::{Emit, EventKind, Reporter};
use super::library::library_key;
use super::quickbuild::QuickBuild;
use super::release::{FunctionCode, Release};
use super::template::Template;
use super::waiter::wait_for_running_operation;
use super::{DeployError, shared_stack, stack};
use crate::cloud::limits::{Family, Work};
use crate::cloud::{
    Cloud, LONGEST_TEMPLATE_IN_A_REQUEST, NamedValues, Stack, TemplateSource, TemplateSummary,
};

pub struct Prepared<'a> {
    pub(super) cloud: &'a Cloud,
    pub(super) release: &'a Release,
    pub(super) quickbuild: Option<&'a QuickBuild>,
    emit: Emit<'a>,
    bucket: Mutex<Option<Arc<Bucket>>>,
    template: OnceCell<ReadTemplate>,
}

/// The artifact bucket.
struct Bucket {
    name: String,
    /// For the code of each function of the release: whether it is there.
    has: Vec<OnceCell<()>>,
    has_library: OnceCell<()>,
}

/// The template, as CloudFormation gets it and what it found in it.
pub(super) struct ReadTemplate {
    pub source: TemplateSource,
    pub summary: TemplateSummary,
}

impl<'a> Prepared<'a> {
    /// Sends no request yet.
    pub fn new(cloud: &'a Cloud, release: &'a Release, emit: Emit<'a>) -> Self {
        Self {
            cloud,
            release,
            quickbuild: None,
            emit,
            bucket: Mutex::default(),
            template: OnceCell::new(),
        }
    }

    /// The same, with code that QuickBuild makes where it can.
    pub fn with_quickbuild(self, quickbuild: Option<&'a QuickBuild>) -> Self {
        Self { quickbuild, ..self }
    }

    /// Does now what is the same for all stacks, so that a failure of it is told once: reads the template,
    /// and stores the code. A dry run stores nothing.
    pub async fn prepare(&self) -> Result<(), DeployError> {
        let workshop = &self.release.workshop.name;
        if self.release.template.is_some() {
            self.template(workshop).await?;
        }
        if !self.release.dry_run {
            self.store(None, self.report(workshop)).await?;
        }
        Ok(())
    }

    /// The template, stored in the artifact bucket if it is too long for a request. A refusal names `stack`.
    pub(super) async fn template(&self, stack: &str) -> Result<&ReadTemplate, DeployError> {
        let read = async || {
            let source = self.template_source().await?;
            let validated = self.cloud.validate_template(&source).await;
            let summary = validated.map_err(|error| stack::refusal(error, stack))?;
            Ok(ReadTemplate { source, summary })
        };
        self.template.get_or_try_init(read).await
    }

    async fn template_source(&self) -> Result<TemplateSource, DeployError> {
        let template = self.release.template.as_ref();
        let text = template.map(Template::text).unwrap_or_default();
        if text.len() <= LONGEST_TEMPLATE_IN_A_REQUEST {
            return Ok(TemplateSource::Text(text.to_owned()));
        }
        let cloud = self.cloud;
        if self.release.dry_run {
            // It creates no bucket.
            let bucket = artifact_bucket(cloud, &self.release.workshop.name).await?;
            let ArtifactBucket::There { name, .. } = bucket else {
                return Err(DeployError::NoPlaceForTemplate { bytes: text.len() });
            };
            let url = store_template(cloud, &name, text).await?;
            return Ok(TemplateSource::Url(url));
        }
        let bucket = self.bucket().await?;
        let url = match store_template(cloud, &bucket.name, text).await {
            Err(DeployError::Cloud(error)) if error.is_missing_bucket() => {
                let bucket = self.bucket_again(&bucket).await?;
                store_template(cloud, &bucket.name, text).await?
            }
            url => url?,
        };
        Ok(TemplateSource::Url(url))
    }

    /// How many requests CloudFormation makes to other services to create a stack with these parameters, or
    /// to delete it.
    pub fn load(&self, work: Work, parameters: &NamedValues) -> BTreeMap<Family, u32> {
        let template = self.release.template.as_ref();
        template.map_or_else(BTreeMap::new, |it| it.load(work, parameters))
    }

    /// Waits for the operation that is running on the stack.
    pub async fn wait_until_idle(&self, stack: &Stack) -> Result<(), DeployError> {
        wait_for_running_operation(self.cloud, stack, self.report(&stack.name)).await
    }

    /// Stores all code, and notes that `game` uses the bucket. Returns the bucket's name, and the key of
    /// each function's code.
    pub(super) async fn store(
        &self,
        game: Option<&str>,
        report: Reporter<'_>,
    ) -> Result<(String, BTreeMap<String, String>), DeployError> {
        let bucket = self.bucket().await?;
        match self.store_in(&bucket, game, report).await {
            Err(DeployError::Cloud(error)) if error.is_missing_bucket() => {
                let bucket = self.bucket_again(&bucket).await?;
                self.store_in(&bucket, game, report).await
            }
            stored => stored,
        }
    }

    async fn store_in(
        &self,
        bucket: &Bucket,
        game: Option<&str>,
        report: Reporter<'_>,
    ) -> Result<(String, BTreeMap<String, String>), DeployError> {
        // Before the code, so that no clean-up takes the bucket for unused.
        if let Some(game) = game {
            artifacts::note_game(self.cloud, &bucket.name, game).await?;
        }
        let code = self.release.code.iter().zip(&bucket.has);
        let keys = code.map(|(code, has)| async move {
            let key = self.store_one(&bucket.name, code, has, report).await?;
            Ok::<_, DeployError>((code.function.clone(), key))
        });
        let stored = try_join_all(keys);
        let (keys, ()) = try_join(stored, self.store_library(bucket, report)).await?;
        Ok((bucket.name.clone(), keys.into_iter().collect()))
    }

    /// Stores the functions' library again, if they share one and it is not as it was: so Lambda has it again too.
    pub(super) async fn restore_library(&self, report: Reporter<'_>) -> Result<(), DeployError> {
        if self.release.library.is_none() {
            return Ok(());
        }
        let bucket = self.bucket().await?;
        self.store_library(&bucket, report).await
    }

    /// Stores the functions' library, if they share one and it is not there yet.
    async fn store_library(
        &self,
        bucket: &Bucket,
        report: Reporter<'_>,
    ) -> Result<(), DeployError> {
        let Some(library) = &self.release.library else {
            return Ok(());
        };
        let store = async || {
            let key = library_key(&library.digest);
            let digest = library.digest.as_str();
            if self.cloud.has_object_of(&bucket.name, &key, digest).await? {
                return Ok(());
            }
            let function = "the functions' library".to_owned();
            let Some(zip) = library.zip()? else {
                let bucket = bucket.name.clone();
                return Err(DeployError::NoCode { function, bucket });
            };
            report.emit(EventKind::Uploading {
                function,
                bytes: zip.len(),
            });
            let put = self.cloud.put_object_of(&bucket.name, &key, zip, digest);
            Ok(put.await?)
        };
        bucket.has_library.get_or_try_init(store).await.copied()
    }

    /// The bucket and the key of the code of one function, which is stored if it is not there yet.
    pub(super) async fn object(
        &self,
        code: &FunctionCode,
        report: Reporter<'_>,
    ) -> Result<(String, String), DeployError> {
        let bucket = self.bucket().await?;
        let unknown = OnceCell::new();
        let mut all = self.release.code.iter().zip(&bucket.has);
        let has = all.find(|(of, _)| of.function == code.function);
        let has = has.map_or(&unknown, |(_, has)| has);
        let key = self.store_one(&bucket.name, code, has, report).await?;
        Ok((bucket.name.clone(), key))
    }

    async fn store_one(
        &self,
        bucket: &str,
        code: &FunctionCode,
        has: &OnceCell<()>,
        report: Reporter<'_>,
    ) -> Result<String, DeployError> {
        let key = bundle_key(&code.function, &code.digest);
        let store = async || {
            let digest = code.digest.as_str();
            if self.cloud.has_object_of(bucket, &key, digest).await? {
                return Ok(());
            }
            let Some(zip) = &code.zip else {
                return Err(DeployError::NoCode {
                    function: code.function.clone(),
                    bucket: bucket.to_owned(),
                });
            };
            if let Some(quickbuild) = self.quickbuild
                && quickbuild
                    .makes(self.cloud, bucket, code, zip, report)
                    .await
            {
                return Ok(());
            }
            report.emit(EventKind::Uploading {
                function: code.function.clone(),
                bytes: zip.len(),
            });
            let zip = zip.to_vec();
            let put = self.cloud.put_object_of(bucket, &key, zip, digest);
            Ok(put.await?)
        };
        has.get_or_try_init(store).await?;
        Ok(key)
    }

    /// The artifact bucket; creates the shared stack if there is none.
    async fn bucket(&self) -> Result<Arc<Bucket>, DeployError> {
        let mut known = self.bucket.lock().await;
        if let Some(bucket) = &*known {
            return Ok(bucket.clone());
        }
        self.look_for_bucket(&mut known).await
    }

    /// Creates the artifact bucket again, which somebody has deleted.
    async fn bucket_again(&self, gone: &Bucket) -> Result<Arc<Bucket>, DeployError> {
        let mut known = self.bucket.lock().await;
        match &*known {
            // Another stack's deployment has done it.
            Some(bucket) if bucket.name != gone.name => return Ok(bucket.clone()),
            _ => {}
        }
        let workshop = &self.release.workshop.name;
        shared_stack::delete(self.cloud, workshop, &gone.name, self.emit).await?;
        self.look_for_bucket(&mut known).await
    }

    async fn look_for_bucket(
        &self,
        known: &mut Option<Arc<Bucket>>,
    ) -> Result<Arc<Bucket>, DeployError> {
        let name = shared_stack::bucket(self.cloud, &self.release.workshop, self.emit).await?;
        let has = self.release.code.iter().map(|_| OnceCell::new()).collect();
        let bucket = Arc::new(Bucket {
            name,
            has,
            has_library: OnceCell::new(),
        });
        *known = Some(bucket.clone());
        Ok(bucket)
    }

    pub(super) fn report<'s>(&'s self, stack: &'s str) -> Reporter<'s> {
        let emit = self.emit;
        Reporter { stack, emit }
    }
}
