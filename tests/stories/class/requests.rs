//! What a class sends: so many requests for each student, however many there are.

use std::collections::BTreeMap;

use super::classroom::{Classroom, Ends};
use crate::endpoint::Endpoint;
use crate::proxy::Proxy;

/// What asks for all stacks, once a round.
const POLL: &str = "cloudformation:DescribeStacks";
/// Sizes of classes.
const SIZES: [usize; 3] = [3, 10, 30];

/// The requests of each operation, without the rounds of the shared poll; and the number of those.
fn counts(proxy: &Proxy) -> (BTreeMap<String, usize>, usize) {
    let mut counts = BTreeMap::new();
    let mut polls = 0;
    for request in proxy.requests() {
        let operation = request.operation.to_string();
        let body = String::from_utf8_lossy(&request.body).into_owned();
        if operation == POLL && !body.contains("StackName=") {
            polls += 1;
        } else if operation == POLL && body.contains("workshop") {
            // How long the shared stack takes does not depend on the students.
        } else {
            *counts.entry(operation).or_default() += 1;
        }
    }
    proxy.forget_requests();
    (counts, polls)
}

#[test]
fn each_student_costs_the_same_and_the_polls_are_shared() {
    let of_sizes = SIZES.map(|size| {
        let endpoint = Endpoint::sandbox();
        let class = Classroom::of(&endpoint, size);
        let proxy = Proxy::in_front_of(&endpoint);
        let run = |arguments: &[&str], what: &str| {
            let ended = class.run_through(&proxy, &[arguments, &["--json"]].concat());
            Ends::of(&ended.succeeds()).all("ready", what);
            counts(&proxy)
        };
        let up = run(&["class", "up"], "created");
        let again = run(&["class", "up"], "unchanged");
        class.workspace.write("names.txt", "Ann\nBen\nCem\n");
        let patched = run(&["class", "deploy"], "patched");
        (up, again, patched)
    });
    let [small, middle, large] = &of_sizes;
    // Of these, creations first.
    for (what, few, some, many) in [
        ("up", &small.0.0, &middle.0.0, &large.0.0),
        ("again", &small.1.0, &middle.1.0, &large.1.0),
    ] {
        let operations = few.keys().chain(some.keys()).chain(many.keys());
        for operation in operations {
            let count =
                |counts: &BTreeMap<String, usize>| counts.get(operation).copied().unwrap_or(0);
            let (few, some, many) = (count(few), count(some), count(many));
            let per_student = (some - few) / (SIZES[1] - SIZES[0]);
            assert_eq!(
                some,
                few + per_student * (SIZES[1] - SIZES[0]),
                "{what} {operation}"
            );
            assert_eq!(
                many,
                few + per_student * (SIZES[2] - SIZES[0]),
                "{what} {operation}"
            );
        }
    }
    // How long a patch is waited for differs; each is sent once.
    for (size, counted) in SIZES.iter().zip([&small.2.0, &middle.2.0, &large.2.0]) {
        assert_eq!(counted["lambda:UpdateFunctionCode"], size * 5);
        // Five bundles, and which they are.
        assert_eq!(counted["s3:PutObject"], 6);
        assert_eq!(counted["cloudformation:GetTemplate"], *size);
    }
    let polls = of_sizes.map(|(up, again, patched)| (up.1, again.1, patched.1));
    assert!(polls[2].0 < polls[0].0 * 3, "rounds of the poll: {polls:?}");
    for (_, again, patched) in polls {
        assert_eq!((again, patched), (1, 1), "one list of all stacks");
    }
}
