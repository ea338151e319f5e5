//! The clock that is set forward.

use serde_json::json;

use super::{DAY, World};

#[tokio::test]
async fn the_clock_says_what_time_it_has_and_stays_ahead() {
    let world = World::open();
    let now = world
        .call("clock", "AdvanceClock", json!({ "By": 0 }))
        .await;
    assert_eq!((&now["Ahead"], &now["Fired"]), (&json!(0), &json!([])));
    world.advance(DAY).await;
    let world = world.restarted();
    let now = world
        .call("clock", "AdvanceClock", json!({ "By": 0 }))
        .await;
    assert!(now["Ahead"].as_i64().expect("a number") >= DAY);
    for wrong in [-1, 367 * DAY] {
        let refused = world
            .refused("clock", "AdvanceClock", json!({ "By": wrong }))
            .await;
        assert_eq!(refused.code, "ValidationException");
    }
}

#[tokio::test]
async fn it_stops_before_too_much_happens() {
    let world = World::open();
    let rule = json!({ "Name": "r", "ScheduleExpression": "rate(1 minute)" });
    world.call("events", "PutRule", rule).await;
    let answer = world
        .call("clock", "AdvanceClock", json!({ "By": DAY }))
        .await;
    assert_eq!(answer["IsWhole"], false);
    assert_eq!(answer["Fired"].as_array().map(Vec::len), Some(1_000));
}
