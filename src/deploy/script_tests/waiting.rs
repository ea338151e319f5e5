//! Whoever waits for an operation of CloudFormation.

use super::*;

#[tokio::test]
async fn the_status_from_before_an_operation_is_not_its_end() {
    let looks = AtomicUsize::new(0);
    let (cloud, _) = Cloud::scripted(move |request| {
        let look = looks.load(Ordering::SeqCst);
        if request.contains("Action=DescribeStacks&") {
            looks.fetch_add(1, Ordering::SeqCst);
            return described(match look {
                0 | 1 => "UPDATE_COMPLETE",
                2 => "UPDATE_IN_PROGRESS",
                _ => "UPDATE_ROLLBACK_COMPLETE",
            });
        }
        let events = match look {
            0..=2 => event("old", "UPDATE_COMPLETE"),
            _ => event("new", "UPDATE_IN_PROGRESS") + &event("old", "UPDATE_COMPLETE"),
        };
        xml(
            "DescribeStackEvents",
            &format!("<StackEvents>{events}</StackEvents>"),
        )
    });
    let waiter = StackWaiter::before_operation(&cloud, &game("UPDATE_COMPLETE")).await;
    let ended = waiter.expect("a waiter").wait(&cloud, report()).await;
    let stack = ended.expect("an end").stack.expect("a stack");
    assert_eq!(stack.status.0, "UPDATE_ROLLBACK_COMPLETE");
}

#[tokio::test]
async fn polls_may_fail_often_but_not_ten_times_in_a_row() {
    let polls = AtomicUsize::new(0);
    let (cloud, _) = Cloud::scripted(move |request| {
        if !request.contains("Action=DescribeStacks&") {
            return xml("DescribeStackEvents", "<StackEvents/>");
        }
        match polls.fetch_add(1, Ordering::SeqCst) {
            // Eighteen failures, nine at a time.
            9 | 19 => described("CREATE_IN_PROGRESS"),
            20.. => described("CREATE_COMPLETE"),
            _ => throttled(),
        }
    });
    let waiter = StackWaiter::for_new_stack(ID.to_owned());
    let ended = waiter.wait(&cloud, report()).await.expect("an end");
    assert_eq!(ended.stack.expect("a stack").status.0, "CREATE_COMPLETE");

    let (cloud, sent) = Cloud::scripted(|_| throttled());
    let waiter = StackWaiter::for_new_stack(ID.to_owned());
    let failed = waiter.wait(&cloud, report()).await;
    assert!(matches!(failed, Err(DeployError::Unseen { .. })));
    assert_eq!(sent.lock().expect("sent").len(), 11);
}
