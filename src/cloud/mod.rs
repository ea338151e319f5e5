//! AWS through its own SDK. No other module uses the SDK.
//!
//! Everything here takes and returns types of this crate. Requests go to AWS or to any server that
//! speaks its protocols; [`settings`] decides which, and the rest of the crate does not depend on it.

mod apis;
mod artifacts;
#[cfg(test)]
mod by_hand;
mod change;
mod change_sets;
mod credentials;
mod denial;
mod drift;
mod endpoints;
mod error;
mod events;
mod failure;
mod functions;
mod given;
mod guarded;
mod identity;
pub mod limits;
mod listings;
mod login;
mod logs;
mod misconfigured;
mod network;
pub mod own_times;
mod patience;
mod permissions;
mod profile_files;
mod profiles;
mod proxy;
mod queues;
mod quotas;
mod rates;
mod refusal;
#[cfg(test)]
pub mod scripted;
mod server_clock;
mod service;
mod settings;
mod shared_poll;
pub mod simulated;
mod site_files;
mod stacks;
mod status;
mod stored_items;
mod tables;
mod target;
#[cfg(test)]
mod tests;
mod users;
mod web;
mod web_signature;

use std::sync::Arc;
use std::time::SystemTime;

use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::client::http::SharedHttpConnector;
use guarded::GuardedRoles;
use patience::OnlyWhatPasses;
use rates::{InTurn, SharedRates};
use server_clock::ServerClock;
use service::Service;
use shared_poll::SharedPoll;

pub use apis::{ApiMethod, MethodTest};
pub use change::{Change, PropertyChange, TAGS, holds_data};
pub use change_sets::{ChangeSet, ChangeSetState};
pub use denial::{Because, Denial, PolicyKind};
pub use drift::Drift;
pub use endpoints::Elsewhere;
pub use error::{CloudError, Way};
pub use events::{Resource, StackEvent};
pub use functions::{
    Code, DeployedFunction, FunctionError, Invocation, LARGEST_ZIP_IN_A_REQUEST, Repetition,
    UpdateStatus,
};
pub use given::Given;
pub use identity::Caller;
pub use listings::ListedFunction;
pub use logs::{LogLine, LogPage};
pub use misconfigured::Misconfigured;
pub use permissions::Tried;
pub use proxy::Proxy;
pub use queues::QueueMessage;
pub use quotas::Quotas;
pub use refusal::Refusal;
pub use settings::{Configured, SandboxServer, Settings, endpoint_url_of_environment};
pub use site_files::entity_tag;
pub use stacks::{
    Against, DeletedStack, LONGEST_TEMPLATE, LONGEST_TEMPLATE_IN_A_REQUEST, NamedValues,
    ParameterValue, Stack, StackRequest, TemplateSource, TemplateStage, TemplateSummary,
};
pub use status::{Phase, Status};
pub use stored_items::{StoredItem, StoredValue};
pub use tables::{Index, Item, Items, Table};
pub use target::{Places, Target, TargetKind};
pub use web::{WebAnswer, WebRequest};

/// The services of one target.
///
/// Cloning is cheap and shares connections.
#[derive(Clone, Debug)]
pub struct Cloud {
    target: Target,
    /// The ARN of the role that CloudFormation works with; `None` for the caller's permissions, or
    /// the role that the stack was last worked on with.
    stack_role: Option<String>,
    stacks: Service<aws_sdk_cloudformation::Client>,
    functions: Service<aws_sdk_lambda::Client>,
    logs: Service<aws_sdk_cloudwatchlogs::Client>,
    objects: Service<aws_sdk_s3::Client>,
    tables: Service<aws_sdk_dynamodb::Client>,
    identity: Service<aws_sdk_sts::Client>,
    permissions: Service<aws_sdk_iam::Client>,
    apis: Service<aws_sdk_apigateway::Client>,
    queues: Service<aws_sdk_sqs::Client>,
    users: Service<aws_sdk_cognitoidentityprovider::Client>,
    /// For plain requests.
    web: Service<SharedHttpConnector>,
    credentials: SharedCredentialsProvider,
    guarded: Option<Arc<GuardedRoles>>,
    clock: Arc<ServerClock>,
    rates: Arc<SharedRates>,
    /// That of all who wait for stacks together.
    shared_poll: Option<Arc<SharedPoll>>,
}

impl Cloud {
    /// Resolves the target and its credentials' sources; sends no request.
    pub async fn connect(settings: &Settings) -> Result<Self, CloudError> {
        let resolved = settings::resolve(settings).await?;
        let (config, clock) = (&resolved.config, resolved.clock);
        let cloud = Self::of(resolved.target, config, clock, resolved.web);
        let guarded = resolved.guarded;
        Ok(Self { guarded, ..cloud })
    }

    /// The MFA device of which a code has to be entered before the first request.
    pub fn mfa_device(&self) -> Option<&str> {
        self.guarded.as_ref()?.device()
    }

    pub fn enter_mfa_code(&self, code: &str) {
        if let Some(guarded) = &self.guarded {
            guarded.enter_code(code);
        }
    }

    fn of(
        target: Target,
        config: &aws_config::SdkConfig,
        clock: Arc<ServerClock>,
        web: Service<SharedHttpConnector>,
    ) -> Self {
        let partition = patience::partition();
        let rates = Arc::new(SharedRates::of(&target));
        macro_rules! client {
            ($sdk:ident, $service:literal $(, $setting:ident($value:expr))*) => {{
                let config = $sdk::config::Builder::from(config)
                    .retry_partition(partition.clone())
                    .stalled_stream_protection(patience::may_stall())
                    .retry_classifier(OnlyWhatPasses)
                    .interceptor(InTurn { service: $service, rates: rates.clone() })
                    $(.$setting($value))*;
                Service::new(move || $sdk::Client::from_conf(config.build()))
            }};
        }
        Self {
            stacks: client!(aws_sdk_cloudformation, "cloudformation"),
            functions: client!(aws_sdk_lambda, "lambda"),
            logs: client!(aws_sdk_cloudwatchlogs, "logs"),
            // Other servers have no host name for each bucket.
            objects: client!(
                aws_sdk_s3,
                "s3",
                force_path_style(!target.has_bucket_hosts()),
                stalled_stream_protection(patience::may_not_stall())
            ),
            tables: client!(aws_sdk_dynamodb, "dynamodb"),
            identity: client!(aws_sdk_sts, "sts"),
            permissions: client!(aws_sdk_iam, "iam"),
            apis: client!(aws_sdk_apigateway, "apigateway"),
            queues: client!(aws_sdk_sqs, "sqs"),
            users: client!(aws_sdk_cognitoidentityprovider, "cognito-idp"),
            web,
            credentials: config.credentials_provider().expect("set for each target"),
            guarded: None,
            clock,
            target,
            stack_role: None,
            rates,
            shared_poll: None,
        }
    }

    /// Lets CloudFormation work with the role of this ARN.
    pub fn with_stack_role(self, stack_role: Option<String>) -> Self {
        Self { stack_role, ..self }
    }

    /// The ARN of the role that CloudFormation was told to work with.
    pub fn stack_role(&self) -> Option<&str> {
        self.stack_role.as_deref()
    }

    /// Lets all who wait for stacks with this or a clone of it ask together.
    pub fn polling_together(self) -> Self {
        let shared_poll = Some(Arc::default());
        Self {
            shared_poll,
            ..self
        }
    }

    pub fn shared_poll(&self) -> Option<&SharedPoll> {
        self.shared_poll.as_deref()
    }

    pub fn target(&self) -> &Target {
        &self.target
    }

    /// The time by the clock of the server that answered last: what it writes is dated by its clock,
    /// and this machine's may differ.
    pub fn now(&self) -> SystemTime {
        self.clock.now()
    }

    /// Turns an SDK error of `operation` into ours, with this target in it.
    fn failed<E>(
        &self,
        operation: &'static str,
    ) -> impl FnOnce(
        aws_sdk_lambda::error::SdkError<E, aws_sdk_lambda::config::http::HttpResponse>,
    ) -> CloudError
    where
        E: aws_sdk_lambda::error::ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    {
        let target = &self.target;
        move |error| failure::failed(target, operation, error)
    }
}
