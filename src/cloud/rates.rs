//! Rate limiters: one for each limit of an account in its region, for all requests of the process there.
//!
//! They are below the SDK's retries: each attempt waits for its turn. What CloudFormation asks of other
//! services counts too, where a caller says how much that is: see [`Cloud::pace`].
//!
//! On AWS, the limits are those that it publishes. Another server has none that are known; the first time
//! that it refuses a request for coming too soon, AWS's are taken for its own. After each refusal of that
//! kind, requests come more slowly, and with each that is accepted a little faster again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use aws_sdk_lambda::config::interceptors::{
    BeforeTransmitInterceptorContextMut, FinalizerInterceptorContextRef,
};
use aws_sdk_lambda::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_lambda::error::BoxError;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, Metadata};
use tokio::time::Instant;

use super::limits::{Family, Limit, families, limits};
use super::{Cloud, Target, TargetKind};
use crate::clock;

/// By how much requests slow down after a refusal.
const SLOWER: f64 = 0.7;
/// By how much of the published rate they get faster after one that is accepted.
const FASTER: f64 = 0.05;
/// The slowest rate, as a part of the published one.
const SLOWEST: f64 = 0.2;
/// Refusals within this time are one: the requests were sent at the same rate.
const ONE_REFUSAL: Duration = Duration::from_secs(1);

/// When tokens are used that were taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Used {
    AtOnce,
    /// After something else, which does not take equally long each time: within [`SOON`].
    Soon,
}

const SOON: Duration = Duration::from_millis(700);

/// The limiters of one account in one region.
#[derive(Debug, Default)]
pub(super) struct Rates(BTreeMap<Family, Mutex<Limiter>>);

/// The limiters that the services of a target use. Two targets can turn out to be the same account, under two
/// profiles: then they share its limiters.
#[derive(Debug)]
pub(super) struct SharedRates(RwLock<Arc<Rates>>);

impl SharedRates {
    pub fn of(target: &Target) -> Self {
        Self(RwLock::new(Arc::new(Rates::of(target))))
    }

    fn get(&self) -> Arc<Rates> {
        let rates = self.0.read().unwrap_or_else(PoisonError::into_inner);
        rates.clone()
    }

    fn set(&self, rates: Arc<Rates>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = rates;
    }
}

/// A bucket of tokens, of which each request takes one. It is known by the time when it would be full
/// again; requests that have to wait take tokens of the future, each its own.
#[derive(Debug)]
struct Limiter {
    limit: Limit,
    /// Tokens in a second; `None` while no limit is known.
    rate: Option<f64>,
    full: Instant,
    slowed: Option<Instant>,
}

impl Rates {
    /// Those of a target. The sandbox has no limits.
    pub fn of(target: &Target) -> Self {
        let known = match target.kind {
            TargetKind::Sandbox { .. } => return Self::default(),
            TargetKind::Aws => true,
            TargetKind::Endpoint { .. } => false,
        };
        let limiter = |limit: Limit| (limit.family, Mutex::new(Limiter::new(limit, known)));
        Self(limits(&target.region).map(limiter).collect())
    }

    /// Waits for so many tokens of each family, to be used at once or `soon`.
    async fn take(&self, load: impl IntoIterator<Item = (Family, u32)>, used: Used) {
        let now = clock::now();
        let turns = load.into_iter().filter_map(|(family, tokens)| {
            let mut limiter = self.limiter(family)?;
            Some(limiter.take(tokens, used, now))
        });
        // Taken all at once, so that those who wait for several do not wait for each in turn.
        if let Some(turn) = turns.max().filter(|turn| *turn > now) {
            clock::sleep_until(turn).await;
        }
    }

    fn answered(&self, families: &[Family], refused: bool) {
        let now = clock::now();
        for family in families {
            if let Some(mut limiter) = self.limiter(*family) {
                if refused {
                    limiter.slow_down(now);
                } else {
                    limiter.speed_up();
                }
            }
        }
    }

    fn limiter(&self, family: Family) -> Option<MutexGuard<'_, Limiter>> {
        let limiter = self.0.get(&family)?.lock();
        Some(limiter.unwrap_or_else(PoisonError::into_inner))
    }
}

impl Limiter {
    fn new(limit: Limit, is_known: bool) -> Self {
        Self {
            limit,
            rate: is_known.then_some(limit.per_second),
            full: clock::now(),
            slowed: None,
        }
    }

    /// Takes tokens; returns when the request may be sent.
    fn take(&mut self, tokens: u32, used: Used, now: Instant) -> Instant {
        let Some(rate) = self.rate else { return now };
        let time_of = |tokens: u32| Duration::from_secs_f64(f64::from(tokens) / rate);
        let is_full = self.full <= now;
        let earliest = match used {
            Used::AtOnce => now,
            Used::Soon => now + SOON,
        };
        self.full = self.full.max(earliest) + time_of(tokens);
        let burst = time_of(self.limit.burst.max(tokens));
        match self.full.checked_sub(burst) {
            Some(turn) if !is_full => turn.max(now),
            _ => now,
        }
    }

    /// Another client takes of the same limit, or the limit is lower: our bucket is as empty as theirs.
    fn slow_down(&mut self, now: Instant) {
        if self.slowed.is_some_and(|last| now < last + ONE_REFUSAL) {
            return;
        }
        self.slowed = Some(now);
        let published = self.limit.per_second;
        let slower = self.rate.map_or(published, |rate| rate * SLOWER);
        let rate = slower.max(published * SLOWEST);
        self.rate = Some(rate);
        let burst = Duration::from_secs_f64(f64::from(self.limit.burst) / rate);
        self.full = self.full.max(now + burst);
    }

    fn speed_up(&mut self) {
        let published = self.limit.per_second;
        self.rate = self
            .rate
            .map(|rate| (rate + published * FASTER).min(published));
    }
}

/// What a request has to wait for, put on it for the connector.
#[derive(Clone, Debug)]
struct Turn {
    rates: Arc<Rates>,
    families: &'static [Family],
}

/// Waits for the request's turn.
pub(super) async fn wait_for_turn(request: &HttpRequest) {
    if let Some(Turn { rates, families }) = request.extension::<Turn>().cloned() {
        let load = families.iter().map(|family| (*family, 1));
        rates.take(load, Used::AtOnce).await;
    }
}

/// Puts on each attempt what it has to wait for, and reads from the answer whether it came too soon.
#[derive(Debug)]
pub(super) struct InTurn {
    /// As in a signature's scope.
    pub service: &'static str,
    pub rates: Arc<SharedRates>,
}

impl InTurn {
    fn families(&self, config: &ConfigBag) -> &'static [Family] {
        let metadata = config.load::<Metadata>();
        metadata.map_or(&[], |it| families(self.service, it.name()))
    }
}

impl Intercept for InTurn {
    fn name(&self) -> &'static str {
        "in turn"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let families = self.families(config);
        if !families.is_empty() {
            let rates = self.rates.get();
            context
                .request_mut()
                .add_extension(Turn { rates, families });
        }
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(response) = context.response() {
            let refused = came_too_soon(response);
            self.rates.get().answered(self.families(config), refused);
        }
        Ok(())
    }
}

/// Whether the answer says that too many requests came. Its body has been read before.
fn came_too_soon(response: &HttpResponse) -> bool {
    const CODES: [&str; 4] = [
        "Throttl",
        "TooManyRequests",
        "RequestLimitExceeded",
        "Rate exceeded",
    ];
    let has_code = |text: &str| CODES.iter().any(|code| text.contains(code));
    let status = response.status().as_u16();
    let body = || {
        let bytes = response.body().bytes().unwrap_or_default();
        has_code(&String::from_utf8_lossy(bytes))
    };
    status == 429 || (status == 400 && body())
}

impl Cloud {
    /// Waits until the account can take what CloudFormation will ask of it for a stack: so many requests
    /// of each family.
    pub async fn pace(&self, load: &BTreeMap<Family, u32>) {
        let load = load.iter().map(|(family, requests)| (*family, *requests));
        self.rates.get().take(load, Used::Soon).await;
    }

    #[cfg(test)]
    pub fn shares_limits_with(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.rates.get(), &other.rates.get())
    }

    /// Shares the limiters of `other`, which is in the same account. Each region has limits of its own.
    pub fn share_limits_of(&self, other: &Self) {
        if self.target.region == other.target.region {
            self.rates.set(other.rates.get());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::limits::LIMITS;

    fn lambda(is_known: bool) -> Limiter {
        let mut limits = LIMITS.into_iter();
        let limit = limits.find(|limit| limit.family == Family::LambdaControl);
        Limiter::new(limit.expect("a limit"), is_known)
    }

    /// When a request for so many tokens may be sent, in milliseconds.
    fn turn(limiter: &mut Limiter, tokens: u32, now: Instant) -> u128 {
        let wait = limiter.take(tokens, Used::AtOnce, now) - now;
        (wait + Duration::from_micros(500)).as_millis()
    }

    /// When each of so many requests at once may be sent, in milliseconds.
    fn turns(limiter: &mut Limiter, requests: u32, now: Instant) -> Vec<u128> {
        (0..requests).map(|_| turn(limiter, 1, now)).collect()
    }

    #[test]
    fn a_burst_goes_at_once_and_the_rest_at_the_rate() {
        let mut limiter = lambda(true);
        let now = limiter.full;
        let first = turns(&mut limiter, 45, now);
        assert_eq!(first[..15], [0; 15]);
        assert_eq!((first[15], first[29], first[44]), (67, 1000, 2000));
        // Unused tokens come back, but no more than the bucket holds.
        let later = now + Duration::from_secs(60);
        assert_eq!(turns(&mut limiter, 16, later)[14..], [0, 67]);
    }

    #[test]
    fn a_whole_stack_takes_all_its_tokens_at_once() {
        let mut limiter = lambda(true);
        let now = limiter.full;
        let turns: Vec<u128> = (0..6).map(|_| turn(&mut limiter, 5, now)).collect();
        assert_eq!(turns, [0, 0, 0, 333, 667, 1000]);
        // What is used soon may be used as late as that: the next ones come later by it.
        let mut limiter = lambda(true);
        let now = limiter.full;
        let mut soon = || (limiter.take(5, Used::Soon, now) - now).as_secs_f64();
        let turns = [soon(), soon(), soon()].map(|seconds| (seconds * 100.0).round());
        assert_eq!(turns, [0.0, 37.0, 70.0]);
        // More than the bucket holds.
        let mut limiter = lambda(true);
        let turns = [0, 1].map(|_| turn(&mut limiter, 30, now));
        assert_eq!(turns, [0, 2000]);
    }

    #[test]
    fn a_refusal_slows_down_and_what_is_accepted_speeds_up_again() {
        let mut limiter = lambda(true);
        let now = limiter.full;
        for refusal in 0..20 {
            limiter.slow_down(now + Duration::from_millis(refusal));
        }
        assert_eq!(limiter.rate, Some(15.0 * SLOWER), "they count as one");
        // The bucket is empty.
        assert!(limiter.take(1, Used::AtOnce, now) > now);
        for second in 1..100 {
            limiter.slow_down(now + Duration::from_secs(second));
        }
        assert_eq!(limiter.rate, Some(15.0 * SLOWEST));
        for _ in 0..100 {
            limiter.speed_up();
        }
        assert_eq!(limiter.rate, Some(15.0));
    }

    #[test]
    fn a_server_without_known_limits_gets_them_with_its_first_refusal() {
        let mut limiter = lambda(false);
        let now = limiter.full;
        limiter.speed_up();
        assert_eq!(turns(&mut limiter, 1000, now), [0; 1000]);
        limiter.slow_down(now);
        assert_eq!(limiter.rate, Some(15.0));
        assert_eq!(turns(&mut limiter, 3, now), [67, 133, 200]);
    }

    /// Through a client: the answer to an attempt decides how the next ones wait.
    #[tokio::test]
    async fn an_answer_is_counted_for_the_limits_of_its_operation() {
        let (cloud, _) = Cloud::scripted(|request| match request.contains("Action=") {
            true => (
                400,
                "<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>".to_owned(),
            ),
            false => (404, "{}".to_owned()),
        });
        let rates = cloud.rates.get();
        let rate = |family| rates.limiter(family).expect("a limiter").rate;
        cloud.stacks().await.expect_err("throttled");
        let _ = cloud.function("a").await;
        assert_eq!(rate(Family::CloudFormation), Some(5.0));
        assert_eq!(rate(Family::LambdaGetFunction), None);
        // The bucket is empty now: the next attempt has to wait.
        let now = Instant::now();
        let limiter = rates.limiter(Family::CloudFormation);
        let turn = limiter.expect("a limiter").take(1, Used::AtOnce, now);
        assert!(turn > now);
    }

    /// Their requests count together, as the account counts them.
    #[tokio::test]
    async fn two_targets_in_one_account_share_its_limiters() {
        let throttled = "<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>";
        let scripted = || Cloud::scripted(move |_| (400, throttled.to_owned())).0;
        let (ann, ben) = (scripted(), scripted());
        let rate = |cloud: &Cloud| {
            let rates = cloud.rates.get();
            rates
                .limiter(Family::CloudFormation)
                .expect("a limiter")
                .rate
        };
        ann.stacks().await.expect_err("throttled");
        assert_eq!((rate(&ann), rate(&ben)), (Some(5.0), None));
        ben.share_limits_of(&ann);
        assert_eq!(rate(&ben), Some(5.0));
        ben.stacks().await.expect_err("throttled");
        assert_eq!(rate(&ann), rate(&ben));
    }

    #[test]
    fn the_sandbox_has_no_limits() {
        let url = "http://127.0.0.1:1".to_owned();
        let rates = |kind| Rates::of(&Target::new(kind, "eu-west-1"));
        assert!(rates(TargetKind::Sandbox { url: url.clone() }).0.is_empty());
        for (kind, known) in [
            (TargetKind::Endpoint { url }, false),
            (TargetKind::Aws, true),
        ] {
            let rates = rates(kind);
            let limiter = rates.limiter(Family::CloudFormation).expect("a limiter");
            assert_eq!(limiter.rate.is_some(), known);
        }
    }

    #[test]
    fn a_refusal_is_known_by_its_status_and_its_code() {
        use aws_sdk_lambda::primitives::SdkBody;
        for (status, body, refused) in [
            (429, "", true),
            (400, "<Code>Throttling</Code>", true),
            (400, r#"{"__type":"ThrottlingException"}"#, true),
            (400, "<Code>ValidationError</Code>", false),
            (500, "<Code>InternalFailure</Code>", false),
            (200, "Throttling", false),
        ] {
            let status = u16::try_into(status).expect("a status");
            let response = HttpResponse::new(status, SdkBody::from(body));
            assert_eq!(came_too_soon(&response), refused, "{body}");
        }
    }
}
