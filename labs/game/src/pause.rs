//! A pause before something is tried again.

use std::time::Duration;

const SHORTEST: Duration = Duration::from_millis(20);
const LONGEST: Duration = Duration::from_secs(1);

/// Waits before the try number `round`, twice as long each time, up to a second; not at all before
/// the first one, which has the number 0.
///
/// How much of that is left to chance, so that those who met once don't meet again.
pub async fn growing(round: u32) {
    if round > 0 {
        let full = SHORTEST.saturating_mul(1 << round.min(10)).min(LONGEST);
        tokio::time::sleep(full.mul_f64(rand::random_range(0.0..1.0))).await;
    }
}

/// Waits a few milliseconds before the turn that was too late number `round` is decided again.
pub async fn short(round: u32) {
    let most = u64::from(round.min(50)) + 1;
    tokio::time::sleep(Duration::from_millis(rand::random_range(0..=most))).await;
}
