//! A proxy on loopback between a client and an endpoint.
//!
//! It passes requests on byte for byte (the `Host` header and the path are signed, so neither is
//! touched), records each as a named AWS operation, and does what a story asks for at a chosen
//! request: a [`Fault`], or a [`Gate`] at which the request waits while the story kills the client.
//! Functions that run on the endpoint call it directly, not through here.
//!
//! Requests are numbered from 1 in the order in which their bodies were complete.

mod forward;
mod gate;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread::JoinHandle;
use std::time::Instant;

use hyper::Method;
use hyper::body::Bytes;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::sync::oneshot;

use crate::endpoint::Endpoint;
use crate::fault::Fault;
use crate::operation::{Effect, Operation};

pub use gate::{Gate, Moment};

/// A request that reached the proxy.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// From 1, since the start or the last [`Proxy::clear`].
    pub number: usize,
    pub operation: Operation,
    pub method: Method,
    /// The path and the query, as they were sent.
    pub path: String,
    /// Those that carry parameters: never a signature or a session's token.
    pub headers: BTreeMap<String, String>,
    pub body: Bytes,
    /// The status that the client got; nothing while it waits and when its connection was closed.
    pub status: Option<u16>,
    /// Whether the endpoint was asked to do it.
    pub forwarded: bool,
    /// What the proxy did to it, in words, where it did something.
    pub fault: Option<String>,
}

/// Which request something happens at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct At {
    /// Nothing stands for every operation.
    operation: Option<Cow<'static, str>>,
    /// From 1; nothing stands for every one.
    occurrence: Option<usize>,
}

impl At {
    /// Whether it is about this operation alone.
    pub fn is_of(&self, operation: &str) -> bool {
        self.operation.as_deref() == Some(operation)
    }

    /// The `number`-th request of all, counted from the start or the last [`Proxy::clear`].
    pub const fn request(number: usize) -> Self {
        Self {
            operation: None,
            occurrence: Some(number),
        }
    }

    /// The `number`-th request of an operation such as `lambda:UpdateFunctionCode`.
    pub fn nth(number: usize, operation: impl Into<Cow<'static, str>>) -> Self {
        Self {
            operation: Some(operation.into()),
            occurrence: Some(number),
        }
    }

    /// Every request of an operation.
    pub fn every(operation: impl Into<Cow<'static, str>>) -> Self {
        Self {
            operation: Some(operation.into()),
            occurrence: None,
        }
    }

    /// Every request there is.
    pub const ALL: Self = Self {
        operation: None,
        occurrence: None,
    };

    /// Whether it means the last of `requests`.
    fn means_last_of(&self, requests: &[Recorded]) -> bool {
        let Some(last) = requests.last() else {
            return false;
        };
        let of_its_kind = |request: &&Recorded| {
            self.operation
                .as_ref()
                .is_none_or(|operation| request.operation.to_string() == *operation)
        };
        if !of_its_kind(&last) {
            return false;
        }
        self.occurrence
            .is_none_or(|wanted| requests.iter().filter(of_its_kind).count() == wanted)
    }
}

/// What happens to a request that a rule means.
#[derive(Clone)]
enum Interference {
    Fault(Fault),
    Gate(gate::Keeper),
}

#[derive(Default)]
struct State {
    requests: Vec<Recorded>,
    rules: Vec<(At, Interference)>,
    shaking: Option<(StdRng, Trouble)>,
    limit: Option<Limit>,
}

/// A limit that all requests to some operations share, as AWS has them for an account: a bucket of
/// tokens, one for each request, that fills again.
struct Limit {
    counts: fn(&Operation) -> bool,
    per_second: f64,
    tokens: f64,
    filled: Instant,
}

impl Limit {
    fn allows(&mut self, operation: &Operation) -> bool {
        if !(self.counts)(operation) {
            return true;
        }
        let new = self.filled.elapsed().as_secs_f64() * self.per_second;
        self.filled = Instant::now();
        self.tokens = (self.tokens + new).min(self.per_second);
        let allowed = self.tokens >= 1.0;
        if allowed {
            self.tokens -= 1.0;
        }
        allowed
    }
}

/// Of a hundred requests in a shaken network, how many are throttled, fail in the service, are cut before
/// the server hears of them, are cut after, and are answered late.
#[derive(Clone, Copy, Debug)]
pub struct Trouble {
    throttled: u32,
    failed: u32,
    cut_before: u32,
    cut_after: u32,
    late: u32,
}

impl Trouble {
    pub const GREAT: Self = Self {
        throttled: 30,
        failed: 10,
        cut_before: 2,
        cut_after: 3,
        late: 0,
    };
    pub const OF_A_CLASS: Self = Self {
        throttled: 10,
        failed: 5,
        cut_before: 2,
        cut_after: 3,
        late: 10,
    };

    fn drawn(self, rng: &mut StdRng) -> Option<Fault> {
        let mut number = rng.random_range(0..100);
        let faults = [
            (self.throttled, Fault::Throttle),
            (self.failed, Fault::ServerError(500)),
            (self.cut_before, Fault::DropBefore),
            (self.cut_after, Fault::DropAfter),
            (self.late, Fault::Late),
        ];
        for (share, fault) in faults {
            if number < share {
                return Some(fault);
            }
            number -= share;
        }
        None
    }
}

/// What the proxy's thread and the story share.
#[derive(Clone, Default)]
struct Ledger(Arc<Mutex<State>>);

impl Ledger {
    fn lock(&self) -> MutexGuard<'_, State> {
        // A story that panicked while holding it has failed already; others may still look.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a request down, and says what is to happen to it.
    fn record(&self, mut request: Recorded) -> (usize, Option<Interference>) {
        let mut state = self.lock();
        let number = state.requests.len() + 1;
        request.number = number;
        state.requests.push(request);
        let State {
            requests,
            rules,
            shaking,
            limit,
        } = &mut *state;
        let rule = rules.iter().find(|(at, _)| at.means_last_of(requests));
        let rule = rule.map(|(_, interference)| interference.clone());
        let drawn = || {
            let (rng, trouble) = shaking.as_mut()?;
            trouble.drawn(rng).map(Interference::Fault)
        };
        let over = requests.last().zip(limit.as_mut());
        let over = over.is_some_and(|(last, limit)| !limit.allows(&last.operation));
        let throttled = || over.then_some(Interference::Fault(Fault::Throttle));
        let interference = rule.or_else(drawn).or_else(throttled);
        if let (Some(last), Some(interference)) = (requests.last_mut(), &interference) {
            last.fault = Some(match interference {
                Interference::Fault(fault) => format!("{fault:?}"),
                Interference::Gate(keeper) => format!("held {}", keeper.moment()),
            });
        }
        (number, interference)
    }

    /// Changes what was written down, unless the story has cleared it meanwhile.
    fn amend(&self, number: usize, change: impl FnOnce(&mut Recorded)) {
        if let Some(request) = self.lock().requests.get_mut(number - 1) {
            change(request);
        }
    }
}

/// A running proxy; it stops when dropped.
pub struct Proxy {
    endpoint: Endpoint,
    ledger: Ledger,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Proxy {
    /// Starts a proxy in front of `endpoint`.
    pub fn in_front_of(endpoint: &Endpoint) -> Self {
        let server = endpoint
            .url()
            .strip_prefix("http://")
            .expect("endpoints are plain HTTP");
        let server: SocketAddr = server.parse().expect("endpoints are an address and a port");
        let ledger = Ledger::default();
        let (ready, listening) = mpsc::channel();
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn({
            let ledger = ledger.clone();
            move || forward::serve(server, ledger, &ready, stopped)
        });
        let address = listening.recv().expect("the proxy's thread listens");
        let endpoint = endpoint.through(&format!("http://{address}"));
        Self {
            endpoint,
            ledger,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// The endpoint behind the proxy, with the URL of the proxy.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Lets a fault happen; the first rule that means a request wins.
    pub fn inject(&self, at: At, fault: Fault) {
        self.ledger
            .lock()
            .rules
            .push((at, Interference::Fault(fault)));
    }

    /// Lets what happens to each further request be drawn from `seed`.
    pub fn shake(&self, seed: u64) {
        self.shake_with(seed, Trouble::GREAT);
    }

    /// The same with these shares of faults.
    pub fn shake_with(&self, seed: u64, trouble: Trouble) {
        self.ledger.lock().shaking = Some((StdRng::seed_from_u64(seed), trouble));
    }

    /// Throttles what comes faster than this, of the operations that count.
    pub fn limit(&self, per_second: u32, counts: fn(&Operation) -> bool) {
        let per_second = f64::from(per_second);
        self.ledger.lock().limit = Some(Limit {
            counts,
            per_second,
            tokens: per_second,
            filled: Instant::now(),
        });
    }

    /// Holds a request before it is passed on, or before its answer is.
    pub fn hold(&self, at: At, moment: Moment) -> Gate {
        let (gate, keeper) = gate::gate(moment);
        self.ledger
            .lock()
            .rules
            .push((at, Interference::Gate(keeper)));
        gate
    }

    /// All requests since the start or the last [`Self::clear`].
    pub fn requests(&self) -> Vec<Recorded> {
        self.ledger.lock().requests.clone()
    }

    /// The requests that change what is deployed, whether or not the endpoint was asked.
    pub fn writes(&self) -> Vec<Recorded> {
        self.only(|request| request.operation.effect() == Effect::Write)
    }

    /// The requests of one operation, such as `lambda:UpdateFunctionCode`.
    pub fn requests_of(&self, operation: &str) -> Vec<Recorded> {
        self.only(|request| request.operation.to_string() == operation)
    }

    /// How many requests of one operation there were.
    pub fn count(&self, operation: &str) -> usize {
        self.requests_of(operation).len()
    }

    /// Whether the request that `at` means has come.
    pub fn has_met(&self, at: &At) -> bool {
        let requests = self.requests();
        (1..=requests.len()).any(|number| at.means_last_of(&requests[..number]))
    }

    /// Each request so far as the one of its operation that it was: `At::nth` for another run, in
    /// which parallel requests may come in another order.
    pub fn occurrences(&self) -> Vec<(At, Recorded)> {
        let mut counts = BTreeMap::new();
        let occurrence = |request: Recorded| {
            let name = request.operation.to_string();
            let count = counts.entry(name.clone()).or_insert(0);
            *count += 1;
            (At::nth(*count, name), request)
        };
        self.requests().into_iter().map(occurrence).collect()
    }

    /// The names of all requests, in order: what a failed assertion should show.
    pub fn transcript(&self) -> String {
        let line = |request: &Recorded| {
            let status = request
                .status
                .map_or("-".to_owned(), |status| status.to_string());
            let fault = request.fault.as_deref().unwrap_or_default();
            format!(
                "{:>4} {} {status} {fault}",
                request.number, request.operation
            )
        };
        self.requests()
            .iter()
            .map(line)
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// Forgets all requests, and counts from 1 again.
    pub fn forget_requests(&self) {
        self.ledger.lock().requests.clear();
    }

    /// Forgets all requests and all rules, and counts from 1 again.
    pub fn clear(&self) {
        *self.ledger.lock() = State::default();
    }

    fn only(&self, wanted: impl Fn(&Recorded) -> bool) -> Vec<Recorded> {
        let mut requests = self.requests();
        requests.retain(wanted);
        requests
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic in there has shown itself as failed requests already.
            let _ = thread.join();
        }
    }
}
