//! Ctrl-C while a class goes up: nothing new is started, and the same command continues.

use std::time::Duration;

use super::classroom::{Classroom, Ends};
use crate::endpoint::{Endpoint, on_each_endpoint};
use crate::proxy::{At, Moment, Proxy};

on_each_endpoint! { with nothing installed:
    the_first_ctrl_c_finishes_what_was_started,
    the_second_ctrl_c_leaves_at_once,
    a_ctrl_c_before_the_first_stack_starts_none,
}

const PATIENCE: Duration = Duration::from_secs(60);
const STOPPING: &str = "Stopping: nothing new is started";

fn the_first_ctrl_c_finishes_what_was_started(endpoint: &Endpoint) {
    let class = Classroom::of(endpoint, 4);
    let proxy = Proxy::in_front_of(endpoint);
    // The first is the shared stack's.
    let gate = proxy.hold(
        At::nth(2, "cloudformation:CreateStack"),
        Moment::BeforeForwarding,
    );
    let mut running = class.start_through(&proxy, &["class", "up", "--json"]);
    assert!(gate.reached_within(PATIENCE), "{}", proxy.transcript());
    running.interrupt();
    running.wait_until_it_says(STOPPING);
    gate.open();
    let ended = running.finish().exits_with(130);
    let ends = Ends::of(&ended);
    assert!(!ends.who("ready", "created").is_empty(), "{ends:?}");
    assert_eq!(ends.who("failed", ""), [""; 0]);
    ended.remarks("class up");
    class.asks(&["class", "up"]).all("ready", "");
}

fn the_second_ctrl_c_leaves_at_once(endpoint: &Endpoint) {
    let class = Classroom::of(endpoint, 4);
    let proxy = Proxy::in_front_of(endpoint);
    let gate = proxy.hold(
        At::nth(2, "cloudformation:CreateStack"),
        Moment::BeforeAnswering,
    );
    let mut running = class.start_through(&proxy, &["class", "up"]);
    assert!(gate.reached_within(PATIENCE), "{}", proxy.transcript());
    running.interrupt();
    running.wait_until_it_says(STOPPING);
    running.interrupt();
    running.finish().exits_with(130).prints_nothing();
    class.asks(&["class", "up"]).all("ready", "");
}

fn a_ctrl_c_before_the_first_stack_starts_none(endpoint: &Endpoint) {
    let class = Classroom::of(endpoint, 4);
    let proxy = Proxy::in_front_of(endpoint);
    let gate = proxy.hold(At::nth(3, "s3:PutObject"), Moment::BeforeAnswering);
    let mut running = class.start_through(&proxy, &["class", "up", "--json"]);
    assert!(gate.reached_within(PATIENCE), "{}", proxy.transcript());
    running.interrupt();
    running.wait_until_it_says(STOPPING);
    let ended = running.finish().exits_with(130);
    Ends::of(&ended).all("skipped", "not started");
    class.asks(&["class", "up"]).all("ready", "created");
}
