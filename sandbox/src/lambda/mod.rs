//! Lambda: functions, their code and settings, and calls of them.
//!
//! A function is a record; what runs of it ([`runtime`]) is kept in memory beside it. There is one
//! version of each, `$LATEST`: `Publish` is accepted, and publishes none.

mod access;
mod address;
mod bundle;
mod code;
mod concurrency;
mod events;
mod function;
mod functions;
mod invoke;
mod links;
mod policy;
mod programs;
mod routes;
mod runtime;
mod settings;
mod tags;
mod update;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::{Method, Request, Response, StatusCode};

use super::delivery::DeliveryQueue;
use super::error::SandboxError;
use super::fault::Fault;
use super::journal::Journal;
use super::keys::Keyring;
use super::logs::Logs;
use super::paths::RUNTIME;
use super::s3::S3;
use super::service::{Background, Unsigned, service};
use super::store::{Blobs, Records, Store};
use super::wire::{self, Body, Protocol};
use address::{Address, LATEST};
use code::Shelf;
use function::Function;
use links::Links;
use programs::Programs;
use runtime::{Revision, Runtime};

pub use runtime::reap;

/// What Lambda is opened with.
#[derive(Debug)]
pub struct Dependencies {
    /// The folder for unpacked bundles.
    pub code: PathBuf,
    /// Where functions reach the sandbox.
    pub url: String,
    pub store: Arc<Store>,
    pub blobs: Arc<Blobs>,
    pub keyring: Arc<Keyring>,
    pub logs: Arc<Logs>,
    pub s3: Arc<S3>,
    pub deliveries: Arc<DeliveryQueue>,
    pub journal: Arc<Journal>,
}

#[derive(Debug)]
pub struct Lambda {
    functions: Records<Function>,
    blobs: Arc<Blobs>,
    s3: Arc<S3>,
    shelf: Arc<Shelf>,
    programs: Programs,
    runtime: Arc<Runtime>,
    deliveries: Arc<DeliveryQueue>,
    links: Links,
}

service! { Lambda {
    name: "Lambda",
    signing_name: "lambda",
    protocol: Protocol::RestJson { routes: routes::ROUTES },
    // A bundle of 50 MB, in Base64.
    longest_body: 70 << 20,
    operations: {
        AddPermission on access::function => policy::add,
        CreateFunction on access::function_and_role => functions::create,
        DeleteFunction on access::function => functions::delete,
        DeleteFunctionConcurrency on access::function => concurrency::delete,
        GetAccountSettings on access::any => concurrency::account,
        GetFunction on access::function => functions::get,
        GetFunctionConcurrency on access::function => concurrency::get,
        GetFunctionConfiguration on access::function => functions::get_configuration,
        GetPolicy on access::function => policy::get,
        Invoke as InvokeFunction on access::function => invoke::invoke,
        ListFunctions on access::any => functions::list,
        ListTags on access::resource => tags::list,
        ListVersionsByFunction on access::function => functions::list_versions,
        PutFunctionConcurrency on access::function => concurrency::put,
        RemovePermission on access::function => policy::remove,
        TagResource on access::resource => tags::tag,
        UntagResource on access::resource => tags::untag,
        UpdateFunctionCode on access::function => update::code,
        UpdateFunctionConfiguration on access::function_and_role => update::configuration,
    },
} }

impl Lambda {
    pub fn open(dependencies: Dependencies) -> Result<Arc<Self>, SandboxError> {
        let shelf = Shelf::open(&dependencies.code)?;
        let functions = Records::open(&dependencies.store)?;
        let Dependencies {
            url,
            keyring,
            logs,
            journal,
            ..
        } = &dependencies;
        Ok(Arc::new(Self {
            functions,
            blobs: dependencies.blobs.clone(),
            s3: dependencies.s3.clone(),
            shelf,
            programs: Programs::default(),
            runtime: Runtime::new(url, keyring, logs, journal),
            deliveries: dependencies.deliveries.clone(),
            links: Links::new(url),
        }))
    }

    async fn linked(&self, link: &str) -> Response<Body> {
        let bundle = self
            .links
            .read(link)
            .and_then(|digest| self.blobs.pin(digest));
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

    fn function(&self, address: &Address) -> Result<Function, Fault> {
        let found = if address.is_latest() {
            self.functions.get(&address.name)?
        } else {
            None
        };
        found.ok_or_else(|| address.not_found())
    }

    /// Changes a function that is there; when `change` fails, nothing.
    fn change<T>(
        &self,
        address: &Address,
        change: impl FnOnce(&mut Function) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        if !address.is_latest() {
            return Err(address.not_found());
        }
        self.functions
            .change(&address.name, |function| match function {
                Some(function) => change(function),
                None => Err(address.not_found()),
            })
    }

    /// What runs for a function, from its record and its unpacked code.
    async fn program(&self, address: &Address) -> Result<Arc<Revision>, Fault> {
        loop {
            let mark = self.programs.mark();
            let function = self.function(address)?;
            let code = match self.unpacked(&function.code).await {
                // Its bundle may just have been replaced and removed.
                Err(_) if !self.programs.is_current(mark) => continue,
                code => code?,
            };
            let program = Arc::new(Revision {
                arn: function.arn(),
                id: function.revision,
                version: LATEST.to_owned(),
                code,
                function: function.name,
                handler: function.handler,
                runtime: function.runtime,
                variables: function.variables.unwrap_or_default(),
                memory_mb: function.memory_mb,
                timeout: Duration::from_secs(function.timeout_seconds.into()),
                role: function.role,
                log_group: function.log_group,
                reserved_concurrency: function.reserved_concurrency,
            });
            if self.programs.keep(mark, &program) {
                return Ok(program);
            }
        }
    }

    /// To be called when a function's record has changed or is gone, at once: a request that ends
    /// early must not leave what was before.
    fn forget(&self, name: &str) {
        self.programs.forget(name);
        self.runtime.retire(name);
    }

    /// Makes a changed function's program known while its code is still unpacked.
    async fn make_ready(&self, address: &Address) {
        // Where this fails, so will the first call, which tells.
        let _ = self.program(address).await;
    }
}

/// The Runtime API, and links to bundles.
#[async_trait]
impl Unsigned for Lambda {
    fn prefix(&self) -> &'static str {
        RUNTIME
    }

    /// Answers a running function, whose secret `path` begins with, or whoever has a link to a bundle.
    async fn answer(&self, path: &str, request: Request<Body>) -> Response<Body> {
        match path.strip_prefix(links::FOLDER) {
            Some(link) if request.method() == Method::GET => self.linked(link).await,
            _ => self.runtime.answer(path, request).await,
        }
    }
}

#[async_trait]
impl Background for Lambda {
    /// Whether a function is at work.
    fn is_busy(&self) -> bool {
        self.runtime.is_busy()
    }

    /// Ends all functions.
    async fn stop(&self) {
        self.runtime.stop().await;
    }
}

#[cfg(test)]
mod tests;
