//! Lambda: functions, their code and configuration, and invocations.
//!
//! A function is a record, and so is each of its [`versions`]; execution environments ([`runtime`]) are in
//! memory only. There are no aliases.

mod access;
mod bundle;
mod bundle_cache;
mod code_links;
mod concurrency;
mod event_invoke;
mod event_sources;
mod events;
mod fault;
mod function;
mod function_ref;
mod functions;
mod invoke;
mod layers;
mod part;
mod policy;
mod revisions;
mod routes;
mod runtime;
mod service_invocation;
mod settings;
mod tags;
mod turns;
mod update;
mod versions;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, Weak};

use async_trait::async_trait;
use http::{Method, Request, Response, StatusCode};

use super::authorise::Authority;
use super::clock::Clock;
use super::delivery::DeliveryQueue;
use super::dynamodb::Streams;
use super::error::SandboxError;
use super::fault::Fault;
use super::iam::Iam;
use super::journal::Journal;
use super::keys::Keyring;
use super::logs::Logs;
use super::paths::CODE;
use super::s3::S3;
use super::service::{Background, Unsigned, service};
use super::sqs::Sqs;
use super::store::{Blobs, Records, Store};
use super::wire::{self, Body, Protocol};
use bundle::Bundle;
use bundle_cache::BundleCache;
use code_links::CodeLinks;
use event_invoke::EventInvokeConfig;
use event_sources::EventSources;
use function::Function;
use function_ref::FunctionRef;
use layers::{Layer, LayerVersion};
use revisions::RevisionCache;
use runtime::Runtime;
use turns::Turns;
use versions::Version;

#[cfg(test)]
pub use bundle_cache::zipped_program;
#[cfg(test)]
pub use function::this_machines_architecture;
pub use layers::LayerVersionRef;
pub use runtime::{InvocationResponse, reap};
pub use service_invocation::{NotInvoked, ServiceInvocation, Source};

/// What Lambda is opened with.
#[derive(Debug)]
pub struct Dependencies {
    /// The folder for unpacked bundles.
    pub code: PathBuf,
    /// Differs for each sandbox on this machine.
    pub sandbox: u64,
    /// Whether the last one of this number was killed.
    pub was_killed: bool,
    /// Where functions reach the sandbox.
    pub url: String,
    pub store: Arc<Store>,
    pub blobs: Arc<Blobs>,
    pub keyring: Arc<Keyring>,
    pub logs: Arc<Logs>,
    pub iam: Arc<Iam>,
    pub s3: Arc<S3>,
    pub sqs: Arc<Sqs>,
    pub streams: Arc<Streams>,
    pub authority: Arc<dyn Authority>,
    pub clock: Arc<dyn Clock>,
    pub deliveries: Arc<DeliveryQueue>,
    pub journal: Arc<Journal>,
}

#[derive(Debug)]
pub struct Lambda {
    /// For tasks of its own.
    itself: Weak<Self>,
    store: Arc<Store>,
    functions: Records<Function>,
    versions: Records<Version>,
    layers: Records<Layer>,
    layer_versions: Records<LayerVersion>,
    /// Held while a function gets layers, or one is deleted.
    attaching_layers: Mutex<()>,
    /// Of the layer that was published last, unpacked until a function uses a layer.
    published_layer: Mutex<Option<Bundle>>,
    blobs: Arc<Blobs>,
    iam: Arc<Iam>,
    s3: Arc<S3>,
    authority: Arc<dyn Authority>,
    event_sources: EventSources,
    event_invoke_configs: Records<EventInvokeConfig>,
    bundles: Arc<BundleCache>,
    revisions: RevisionCache,
    runtime: Arc<Runtime>,
    deliveries: Arc<DeliveryQueue>,
    turns: Turns,
    code_links: CodeLinks,
}

service! { Lambda {
    name: "Lambda",
    signing_name: "lambda",
    protocol: Protocol::RestJson { routes: routes::ROUTES },
    invalid: "InvalidParameterValueException",
    // A bundle of 50 MB, in Base64.
    longest_body: 70 << 20,
    members: include_str!("members.txt"),
    policy_of: service_invocation::policy_of,
    operations: {
        AddPermission on access::function => policy::add,
        CreateEventSourceMapping on access::function_of_mapping => event_sources::create,
        CreateFunction on access::function_with_others => functions::create,
        DeleteEventSourceMapping on access::mapping => event_sources::delete,
        DeleteFunction on access::function => functions::delete,
        DeleteFunctionConcurrency on access::function => concurrency::delete,
        DeleteFunctionEventInvokeConfig on access::function => event_invoke::delete,
        DeleteLayerVersion on access::layer_version => layers::delete,
        GetAccountSettings on access::any => concurrency::account,
        GetEventSourceMapping on access::mapping => event_sources::get,
        GetFunction on access::function => functions::get,
        GetFunctionConcurrency on access::function => concurrency::get,
        GetFunctionConfiguration on access::function => functions::get_configuration,
        GetFunctionEventInvokeConfig on access::function => event_invoke::get,
        GetLayerVersion on access::layer_version => layers::get,
        GetLayerVersionByArn as GetLayerVersion on access::layer_version_by_arn => layers::get_by_arn,
        GetPolicy on access::function => policy::get,
        Invoke as InvokeFunction on access::function => invoke::invoke,
        ListEventSourceMappings on access::any => event_sources::list,
        ListFunctionEventInvokeConfigs on access::function => event_invoke::list,
        ListFunctions on access::any => functions::list,
        ListLayerVersions on access::any => layers::list_versions,
        ListLayers on access::any => layers::list,
        ListTags on access::resource => tags::list,
        ListVersionsByFunction on access::function => versions::list,
        PublishLayerVersion on access::layer => layers::publish,
        PublishVersion on access::function => versions::publish,
        PutFunctionConcurrency on access::function => concurrency::put,
        PutFunctionEventInvokeConfig on access::function => event_invoke::put,
        RemovePermission on access::function => policy::remove,
        TagResource on access::resource => tags::tag,
        UntagResource on access::resource => tags::untag,
        UpdateEventSourceMapping on access::mapping => event_sources::update,
        UpdateFunctionCode on access::function => update::code,
        UpdateFunctionConfiguration on access::function_with_others => update::configuration,
        UpdateFunctionEventInvokeConfig on access::function => event_invoke::update,
    },
} }

impl Lambda {
    pub fn open(dependencies: Dependencies) -> Result<Arc<Self>, SandboxError> {
        let bundles = BundleCache::open(&dependencies.code)?;
        let functions = Records::open(&dependencies.store)?;
        let versions = Records::open(&dependencies.store)?;
        let event_sources = EventSources::open(
            &dependencies.store,
            &dependencies.sqs,
            &dependencies.streams,
            &dependencies.clock,
        )?;
        let Dependencies {
            sandbox,
            url,
            keyring,
            logs,
            journal,
            ..
        } = &dependencies;
        let runtime = Runtime::new(*sandbox, url, keyring, logs, journal);
        if dependencies.was_killed {
            runtime.kill_left_behind();
        }
        Ok(Arc::new_cyclic(|itself| Self {
            itself: itself.clone(),
            store: dependencies.store.clone(),
            functions,
            versions,
            layers: Records::new(&dependencies.store),
            layer_versions: Records::new(&dependencies.store),
            attaching_layers: Mutex::default(),
            published_layer: Mutex::default(),
            blobs: dependencies.blobs.clone(),
            iam: dependencies.iam.clone(),
            s3: dependencies.s3.clone(),
            authority: dependencies.authority.clone(),
            event_sources,
            event_invoke_configs: Records::new(&dependencies.store),
            bundles,
            revisions: RevisionCache::default(),
            runtime,
            deliveries: dependencies.deliveries.clone(),
            turns: Turns::new(&dependencies.clock),
            code_links: CodeLinks::new(url),
        }))
    }

    /// The bundle that a link is to.
    async fn linked(&self, link: &str) -> Response<Body> {
        let digest = self.code_links.verify(link);
        let bundle = digest.and_then(|digest| self.blobs.pin(digest).ok().flatten());
        let contents = match &bundle {
            Some(bundle) => tokio::fs::read(bundle.path()).await.ok(),
            None => None,
        };
        match contents {
            Some(zip) => wire::response(StatusCode::OK, "application/zip", zip, ""),
            None => wire::response(
                StatusCode::FORBIDDEN,
                "text/plain",
                "the link is not valid or has expired; call GetFunction for a new one\n",
                "",
            ),
        }
    }

    fn function(&self, function_ref: &FunctionRef) -> Result<Function, Fault> {
        let found = if function_ref.is_latest() {
            self.functions.get(&function_ref.name)?
        } else {
            self.version(function_ref)?
        };
        found.ok_or_else(|| function_ref.not_found())
    }

    /// Changes an existing function, which a version is not; when `change` fails, nothing is changed.
    fn change<T>(
        &self,
        function_ref: &FunctionRef,
        change: impl FnOnce(&mut Function) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        if !function_ref.is_latest() {
            self.function(function_ref)?;
            return Err(fault::invalid(format!(
                "the sandbox does not support changes of {}: versions have no code, configuration or \
                 permissions of their own to change",
                function_ref.arn()
            )));
        }
        self.functions
            .change(&function_ref.name, |function| match function {
                Some(function) => change(function),
                None => Err(function_ref.not_found()),
            })
    }
}

/// Links to bundles.
#[async_trait]
impl Unsigned for Lambda {
    fn takes(&self, request: &Request<Body>) -> bool {
        request.uri().path().starts_with(CODE)
    }

    async fn answer(&self, request: Request<Body>, _: &str) -> Response<Body> {
        let link = request.uri().path().strip_prefix(CODE);
        // Of no other method is one valid.
        let link = link.filter(|_| request.method() == Method::GET);
        self.linked(link.unwrap_or_default()).await
    }
}

#[async_trait]
impl Background for Lambda {
    fn resume(self: Arc<Self>) {
        self.runtime.adopt_orphans();
        self.resume_event_sources();
    }

    /// Whether an invocation is running or waiting, or will be soon.
    fn is_busy(&self) -> bool {
        self.runtime.is_busy() || self.event_sources.is_busy()
    }

    fn is_working(&self) -> bool {
        self.runtime.is_busy() || self.event_sources.is_working()
    }

    /// Ends all execution environments.
    async fn stop(&self) {
        self.event_sources.stop();
        self.runtime.stop().await;
    }
}

#[cfg(test)]
mod tests;
