//! The sandbox's own service: its clock, which can be set forward, so that what happens at night can be seen in a
//! second.
//!
//! On the way to the new time, the clock stops at each time at which a rule or a schedule is due. What waits in
//! queues, and deliveries that are tried again, follow the same clock. Signatures, sessions, logs and the times in
//! descriptions of other services stay those of the system.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::adjustable_clock::AdjustableClock;
use super::authorise::Access;
use super::clock::{self, Clock};
use super::fault::{Answer, Fault};
use super::service::{Background, service};
use super::timer::Timer;
use super::wire::Protocol;

/// How far it is set at once: a year. What is further away than a schedule knows nobody tries.
const FARTHEST: i64 = 366 * 24 * 60 * 60 * 1000;
/// How often something may happen on the way.
const MOST_FIRINGS: usize = 1_000;
/// How long what runs may take before the clock goes on, in all.
const PATIENCE: Duration = Duration::from_secs(20);
const GLANCE: Duration = Duration::from_millis(2);

pub struct ClockService {
    clock: Arc<AdjustableClock>,
    timer: Arc<Timer>,
    /// What is waited for, so that work ends in the time in which it began.
    work: Vec<Arc<dyn Background>>,
    /// One at a time.
    advancing: tokio::sync::Mutex<()>,
}

service! { ClockService {
    name: "the sandbox's clock",
    signing_name: "clock",
    protocol: Protocol::Json { version: "1.1", target: "SandboxClock" },
    invalid: "ValidationException",
    longest_body: 1 << 10,
    members: include_str!("clock_members.txt"),
    operations: {
        AdvanceClock on any => advance,
    },
} }

impl ClockService {
    pub fn new(
        clock: &Arc<AdjustableClock>,
        timer: &Arc<Timer>,
        work: Vec<Arc<dyn Background>>,
    ) -> Self {
        Self {
            clock: clock.clone(),
            timer: timer.clone(),
            work,
            advancing: tokio::sync::Mutex::default(),
        }
    }

    /// Returns when nothing is under way, or there is no more time to wait for it.
    async fn quiet(&self, until: Instant) {
        while self.work.iter().any(|work| work.is_working()) && Instant::now() < until {
            sleep(GLANCE).await;
        }
    }
}

fn any(_: &ClockService, action: &'static str, _: &Value) -> Vec<Access> {
    vec![Access::any(action)]
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AdvanceRequest {
    /// How far, in milliseconds.
    by: i64,
    /// Whether only the time is asked, at once.
    #[serde(default)]
    only_look: bool,
}

/// Sets the clock forward, and says what happened on the way: `Fired` has each with its time, in the order of
/// the times. It goes only so far that not too much happens. By zero, it only says what time it is.
async fn advance(service: &ClockService, request: AdvanceRequest) -> Answer {
    if !(0..=FARTHEST).contains(&request.by) {
        let message = format!("By must be 0 to {FARTHEST} milliseconds");
        return Err(Fault::invalid("ValidationException", message));
    }
    if request.only_look {
        return Ok(answered(service, &[], true));
    }
    let _advancing = service.advancing.lock().await;
    let patience = Instant::now() + PATIENCE;
    service.quiet(patience).await;
    let ahead = service.clock.ahead() + request.by;
    let wanted = clock::now() + ahead;
    let mut fired = Vec::new();
    let is_whole = loop {
        let next = service.timer.first().filter(|at| *at <= wanted);
        let Some(at) = next else {
            break true;
        };
        if fired.len() >= MOST_FIRINGS {
            break false;
        }
        let at = at.max(service.clock.now());
        let titles = service.timer.step(&service.clock, at)?.into_iter();
        fired.extend(titles.map(|what| json!({ "What": what, "At": at })));
        service.quiet(patience).await;
    };
    if is_whole {
        // Not to the time that was wanted: what happened on the way has taken some.
        service.clock.set_ahead(ahead)?;
    }
    Ok(answered(service, &fired, is_whole))
}

/// With the time now, and how far it is ahead of the system's, in milliseconds.
fn answered(service: &ClockService, fired: &[Value], is_whole: bool) -> Value {
    let ahead = service.clock.ahead();
    json!({
        "Now": clock::now() + ahead,
        "Ahead": ahead,
        "Fired": fired,
        "IsWhole": is_whole,
    })
}
