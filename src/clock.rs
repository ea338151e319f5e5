//! The time that waiting follows: the machine's, or in a simulation one of its own.
//!
//! In a simulation the clock stands still while anybody works. When all wait, it goes on at once to the time
//! that the first of them waits for. Tokio's own paused clock is for tests: in a program it would slow down
//! every look at the time.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::time::Instant;

thread_local! {
    /// The clock of the simulation that runs on this thread.
    static SIMULATED: RefCell<Option<Simulated>> = const { RefCell::new(None) };
}

struct Simulated {
    now: Instant,
    /// How many have begun to wait.
    begun: u64,
    waiting: BTreeMap<(Instant, u64), Waker>,
}

pub fn now() -> Instant {
    let simulated = SIMULATED.with_borrow(|clock| clock.as_ref().map(|clock| clock.now));
    simulated.unwrap_or_else(Instant::now)
}

pub async fn sleep(duration: Duration) {
    sleep_until(now() + duration).await;
}

pub async fn sleep_until(deadline: Instant) {
    if SIMULATED.with_borrow(Option::is_some) {
        SimulatedSleep {
            deadline,
            key: None,
        }
        .await;
    } else {
        tokio::time::sleep_until(deadline).await;
    }
}

/// Runs `work` on a simulated clock. Takes the thread for itself: it must not be one of a runtime that works.
pub fn simulate<T>(work: impl Future<Output = T>) -> T {
    let clock = Simulated {
        now: Instant::now(),
        begun: 0,
        waiting: BTreeMap::new(),
    };
    let before = SIMULATED.replace(Some(clock));
    let mut runtime = Builder::new_current_thread();
    // The only thread is about to wait: nothing is left to do at this time.
    let runtime = runtime.enable_time().on_thread_park(go_on).build();
    let result = runtime
        .expect("a runtime without input and output needs nothing")
        .block_on(work);
    SIMULATED.set(before);
    result
}

/// Goes on to the next time that somebody waits for.
fn go_on() {
    let woken = SIMULATED.with_borrow_mut(|clock| {
        let clock = clock.as_mut()?;
        let ((next, _), first) = clock.waiting.pop_first()?;
        clock.now = clock.now.max(next);
        let mut woken = vec![first];
        while let Some(entry) = clock.waiting.first_entry()
            && entry.key().0 <= clock.now
        {
            woken.push(entry.remove());
        }
        Some(woken)
    });
    woken.into_iter().flatten().for_each(Waker::wake);
}

struct SimulatedSleep {
    deadline: Instant,
    /// Its place among those that wait.
    key: Option<(Instant, u64)>,
}

impl Future for SimulatedSleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        SIMULATED.with_borrow_mut(|clock| match clock {
            Some(clock) if clock.now < self.deadline => {
                let key = self.key.unwrap_or_else(|| {
                    clock.begun += 1;
                    (self.deadline, clock.begun)
                });
                self.key = Some(key);
                clock.waiting.insert(key, context.waker().clone());
                Poll::Pending
            }
            _ => Poll::Ready(()),
        })
    }
}

impl Drop for SimulatedSleep {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            SIMULATED.with_borrow_mut(|clock| clock.as_mut().map(|it| it.waiting.remove(&key)));
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::{join_all, select};
    use std::pin::pin;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    #[test]
    fn those_who_wait_go_on_in_the_order_of_their_times() {
        let order = RefCell::new(Vec::new());
        let took = simulate(async {
            let since = now();
            let waits = [3, 1, 2, 1].map(|hours| {
                let order = &order;
                async move {
                    sleep(HOUR * hours).await;
                    order.borrow_mut().push((hours, now() - since));
                }
            });
            join_all(waits).await;
            now() - since
        });
        assert_eq!(took, HOUR * 3);
        let expected = [1, 1, 2, 3].map(|hours| (hours, HOUR * hours));
        assert_eq!(order.into_inner(), expected);
    }

    #[test]
    fn nobody_waits_for_what_was_given_up() {
        let took = simulate(async {
            let since = now();
            select(pin!(sleep(HOUR)), pin!(sleep(HOUR * 9))).await;
            sleep(HOUR).await;
            now() - since
        });
        assert_eq!(took, HOUR * 2);
    }

    #[test]
    fn outside_of_a_simulation_it_is_the_machines_time() {
        simulate(async { sleep(HOUR).await });
        assert!(now() <= Instant::now());
    }
}
