//! Which environment gets an invocation, and which one has to go.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

use bytes::Bytes;
use tokio::sync::mpsc::error::TryRecvError;

use super::*;
use crate::lambda::bundle_cache::UnpackedBundle;

fn revision(function: &str, id: &str) -> Revision {
    Revision {
        id: id.to_owned(),
        function: function.to_owned(),
        arn: String::new(),
        version: "$LATEST".to_owned(),
        layers: Vec::new(),
        code: Arc::new(UnpackedBundle::of(tempfile::tempdir().expect("a folder"))),
        handler: String::new(),
        runtime: String::new(),
        variables: BTreeMap::new(),
        memory_mb: 128,
        timeout: Duration::from_secs(1),
        role: String::new(),
        role_id: String::new(),
        log_group: String::new(),
        reserved_concurrency: None,
        is_outdated: AtomicBool::default(),
    }
}

fn pool(max_environments: usize) -> Arc<Pool> {
    Arc::new(Pool::new(max_environments, Duration::ZERO))
}

async fn dispatch(pool: &Arc<Pool>, revision: &Revision) -> Dispatch {
    let request = InvocationRequest {
        id: "1".to_owned(),
        payload: Bytes::new(),
        client_context: None,
    };
    Dispatch {
        request,
        permit: pool.acquire(revision).await.expect("there is room"),
        reply: oneshot::channel().0,
    }
}

/// A new environment, which is busy; its invocation does not count any more.
async fn cold(pool: &Arc<Pool>, revision: &Revision) -> Registered {
    let dispatch = dispatch(pool, revision).await;
    match pool.assign(revision, dispatch) {
        Assignment::Cold(registered, _) => registered,
        other => panic!("{other:?}"),
    }
}

fn is_gone(environment: &mut Registered) -> bool {
    matches!(
        environment.dispatches.try_recv(),
        Err(TryRecvError::Disconnected)
    )
}

#[tokio::test]
async fn the_environment_that_became_idle_last_gets_the_next_invocation() {
    let pool = pool(9);
    let f = revision("f", "1");
    let (mut first, mut second) = (cold(&pool, &f).await, cold(&pool, &f).await);
    let other = cold(&pool, &revision("g", "1")).await;
    for id in [second.id, first.id, other.id] {
        assert!(pool.set_idle(id));
    }
    for last in [&mut first, &mut second] {
        let next = dispatch(&pool, &f).await;
        assert!(matches!(pool.assign(&f, next), Assignment::Warm));
        assert!(last.dispatches.try_recv().is_ok());
    }
    // One that is not ready gets none.
    assert!(pool.set_not_ready(first.id));
    let third = cold(&pool, &f).await;
    assert!(third.id > second.id && !is_gone(&mut first));
}

#[tokio::test]
async fn the_one_that_was_idle_the_longest_goes_and_before_it_none_that_is_busy() {
    let pool = pool(3);
    let mut all = Vec::new();
    for function in ["a", "b", "c"] {
        all.push(cold(&pool, &revision(function, "1")).await);
    }
    // The first is busy, the second not ready for a longer time than the third is idle.
    assert!(pool.set_not_ready(all[1].id) && pool.set_idle(all[2].id));
    for (function, goes) in [("d", 2), ("e", 1)] {
        let new = cold(&pool, &revision(function, "1")).await;
        let gone: Vec<bool> = all.iter_mut().map(is_gone).collect();
        assert!(gone[goes] && !gone[0], "{function}: {gone:?}");
        all.push(new);
    }
    // All that are left are busy.
    let mut last = cold(&pool, &revision("f", "1")).await;
    assert!(!is_gone(&mut all[0]) && !is_gone(&mut last));
    assert!(pool.set_idle(all[3].id) && pool.set_idle(all[4].id));
    cold(&pool, &revision("g", "1")).await;
    assert!(is_gone(&mut all[3]) && !is_gone(&mut all[4]));
}

#[tokio::test]
async fn a_change_ends_what_is_idle_and_lets_what_is_busy_end() {
    let pool = pool(9);
    let (old, new) = (revision("f", "1"), revision("f", "2"));
    let (mut idle, mut busy) = (cold(&pool, &old).await, cold(&pool, &old).await);
    assert!(pool.set_idle(idle.id));
    let mut other = cold(&pool, &revision("g", "1")).await;
    assert!(pool.set_idle(other.id));
    old.outdate();
    assert!(pool.retire("f"));
    assert!(is_gone(&mut idle) && !is_gone(&mut busy) && !is_gone(&mut other));

    let mut changed = cold(&pool, &new).await;
    assert!(pool.set_idle(changed.id));
    // An invocation that has waited since before the change.
    let mut late = cold(&pool, &old).await;
    for retired in [&mut busy, &mut late] {
        assert!(!is_gone(retired) && !pool.set_idle(retired.id));
        assert!(is_gone(retired));
    }
    assert!(pool.register_idle(&old).is_none());
    assert!(!is_gone(&mut changed) && !is_gone(&mut other));
}

#[tokio::test]
async fn what_is_busy_is_not_removed_as_idle_and_nothing_is_assigned_at_the_end() {
    let pool = pool(9);
    let f = revision("f", "1");
    let mut environment = cold(&pool, &f).await;
    assert!(!pool.remove_idle(environment.id) && !is_gone(&mut environment));
    assert!(pool.set_idle(environment.id));
    assert!(pool.remove_idle(environment.id) && is_gone(&mut environment));

    let waiting = dispatch(&pool, &f).await;
    assert!(pool.is_busy());
    pool.close();
    assert!(matches!(pool.assign(&f, waiting), Assignment::Closed));
    assert!(!pool.is_busy());
}

#[tokio::test]
async fn a_function_has_the_concurrency_that_is_reserved_and_no_more() {
    let pool = pool(2);
    let mut f = revision("f", "1");
    f.reserved_concurrency = Some(1);
    let reason = |fault: Fault| fault.members["Reason"].clone();
    let first = pool.acquire(&f).await.expect("one");
    let refused = pool.acquire(&f).await.expect_err("it has one");
    assert_eq!(
        reason(refused),
        "ReservedFunctionConcurrentInvocationLimitExceeded"
    );
    let g = revision("g", "1");
    let second = pool.acquire(&g).await.expect("another");
    let refused = pool.acquire(&g).await.expect_err("there are two in all");
    assert_eq!(reason(refused), "ConcurrentInvocationLimitExceeded");
    drop(first);
    let first = pool.acquire(&f).await.expect("it has ended");
    drop((first, second));
    assert!(!pool.is_busy());
}

#[tokio::test]
async fn an_environment_ahead_of_its_invocation_takes_nobodys_place() {
    let pool = pool(1);
    let function = revision("f", "1");
    let ahead = pool.register_idle(&function).expect("there is room");
    assert!(pool.register_idle(&revision("g", "1")).is_none());
    let invocation = dispatch(&pool, &function).await;
    assert!(matches!(
        pool.assign(&function, invocation),
        Assignment::Warm
    ));
    drop(ahead);
    pool.close();
    assert!(pool.register_idle(&function).is_none());
}
