//! Limits of requests: a token bucket for each method of each stage that has them.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::apigateway::stages::MethodSettings;

#[derive(Debug, Default)]
pub struct Throttle(Mutex<HashMap<String, Bucket>>);

#[derive(Clone, Copy, Debug)]
struct Bucket {
    tokens: f64,
    /// In milliseconds since 1970.
    at: i64,
}

impl Throttle {
    /// Takes a token, if there is one.
    pub fn take(&self, method: String, settings: &MethodSettings, now: i64) -> bool {
        let (rate, burst) = (
            settings.throttling_rate_limit,
            settings.throttling_burst_limit,
        );
        if rate < 0.0 && burst < 0 {
            return true;
        }
        let rate = if rate < 0.0 { f64::MAX } else { rate };
        let burst = if burst < 0 { f64::MAX } else { burst as f64 };
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let bucket = buckets.entry(method).or_insert(Bucket {
            tokens: burst,
            at: now,
        });
        let seconds = (now - bucket.at).max(0) as f64 / 1000.0;
        bucket.tokens = (bucket.tokens + seconds * rate).min(burst);
        bucket.at = now;
        let has_one = bucket.tokens >= 1.0;
        if has_one {
            bucket.tokens -= 1.0;
        }
        has_one
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_followed_by_the_rate() {
        let throttle = Throttle::default();
        let settings = MethodSettings {
            throttling_burst_limit: 2,
            throttling_rate_limit: 1.0,
            ..MethodSettings::default()
        };
        let take = |method: &str, now| throttle.take(method.to_owned(), &settings, now);
        assert_eq!(
            [take("a", 0), take("a", 0), take("a", 0)],
            [true, true, false]
        );
        assert!(take("b", 0));
        assert_eq!(
            [take("a", 999), take("a", 1000), take("a", 1000)],
            [false, true, false]
        );
        // No more than the burst is saved.
        assert_eq!([0; 3].map(|_| take("a", 60_000)), [true, true, false]);
        let none = MethodSettings::default();
        assert!(throttle.take("c".to_owned(), &none, 0));
        let closed = MethodSettings {
            throttling_rate_limit: 0.0,
            throttling_burst_limit: 0,
            ..none
        };
        assert!(!throttle.take("d".to_owned(), &closed, 0));
    }
}
