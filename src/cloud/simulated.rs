//! A model of an account of AWS behind the SDK: requests get answers, and stacks take the time that the
//! published limits of the APIs beneath CloudFormation say. No request leaves the process.
//!
//! What runs against it is the very code that runs against AWS, on a simulated clock: an hour passes in a
//! moment. Nothing else than limits takes time, apart from a short latency, so a simulated time is close to
//! the least that the limits allow.

mod account;
mod form;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_lambda::config::http::HttpResponse;
use aws_sdk_lambda::primitives::SdkBody;
use aws_smithy_async::rt::sleep::{AsyncSleep, SharedAsyncSleep, Sleep};
use aws_smithy_async::time::{SharedTimeSource, TimeSource};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use tokio::time::Instant;

pub use account::{Account, Contents, Function, OwnTimes};
use form::{Asked, asked};

use super::service::Service;
use super::{Cloud, Target, TargetKind, patience, rates};
use crate::clock;

/// How long each answer takes.
const LATENCY: Duration = Duration::from_millis(50);

/// An account that can be asked, and what was asked of it.
#[derive(Clone, Debug)]
pub struct SimulatedAccount {
    account: Arc<Mutex<Account>>,
    since: Instant,
}

impl SimulatedAccount {
    /// Its time begins now.
    pub fn new(account: Account) -> Self {
        Self {
            account: Arc::new(Mutex::new(account)),
            since: clock::now(),
        }
    }

    pub fn look(&self) -> MutexGuard<'_, Account> {
        self.account.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, asked: &Asked) -> (u16, String) {
        self.look().answer(asked, clock::now() - self.since)
    }
}

impl HttpConnector for SimulatedAccount {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let account = self.clone();
        HttpConnectorFuture::new(async move {
            rates::wait_for_turn(&request).await;
            let (status, body) = account.answer(&asked(&request));
            clock::sleep(LATENCY).await;
            let status = status.try_into().expect("a status of HTTP");
            Ok(HttpResponse::new(status, SdkBody::from(body)))
        })
    }
}

/// The time that the SDK waits by, when it repeats or supervises a request.
#[derive(Clone, Copy, Debug)]
struct SimulatedTime {
    since: Instant,
}

impl AsyncSleep for SimulatedTime {
    fn sleep(&self, duration: Duration) -> Sleep {
        Sleep::new(clock::sleep(duration))
    }
}

impl TimeSource for SimulatedTime {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + (clock::now() - self.since)
    }
}

impl Cloud {
    /// The services of a simulated account, used like those of AWS in this region.
    pub fn simulated(account: &SimulatedAccount, region: &str) -> Self {
        let account = account.clone();
        let time = SimulatedTime {
            since: account.since,
        };
        let connector = SharedHttpConnector::new(account);
        let web = connector.clone();
        let client = http_client_fn(move |_, _| connector.clone());
        let keys = Credentials::new("id", "secret", None, None, "simulation");
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(client)
            .retry_config(patience::retries())
            .sleep_impl(SharedAsyncSleep::new(time))
            .time_source(SharedTimeSource::new(time))
            .region(Region::new(region.to_owned()))
            .endpoint_url("http://simulated")
            .credentials_provider(SharedCredentialsProvider::new(keys))
            .build();
        let target = Target::new(TargetKind::Aws, region);
        Self::of(target, &config, Arc::default(), Service::new(|| web))
    }
}
