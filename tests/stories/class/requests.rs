//! What a class sends: so many requests for each student, however many there are.

use std::collections::BTreeMap;

use super::classroom::{Classroom, Ends};
use crate::endpoint::Endpoint;
use crate::proxy::Proxy;

/// What asks for all stacks, once a round.
const POLL: &str = "cloudformation:DescribeStacks";

/// The requests of each operation, without the rounds of the shared poll; and the number of those.
fn counts(proxy: &Proxy) -> (BTreeMap<String, usize>, usize) {
    let mut counts = BTreeMap::new();
    let mut polls = 0;
    for request in proxy.requests() {
        let operation = request.operation.to_string();
        assert!(request.status.is_some(), "{operation} was cut off");
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
    assert_each_costs_the_same([3, 10, 30]);
}

#[test]
#[ignore = "takes minutes: run .ci/run, or pass --include-ignored"]
fn each_of_three_hundred_students_costs_the_same() {
    assert_each_costs_the_same([3, 30, 300]);
}

/// What a class of that size sends to go up, to go up again, to get new code and to be cleaned.
fn sent_by(size: usize) -> [(BTreeMap<String, usize>, usize); 4] {
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
    class.run_through(&proxy, &["class", "clean"]).succeeds();
    [up, again, patched, counts(&proxy)]
}

/// The first two sizes say what each student costs, and so what the third has to.
fn assert_each_costs_the_same(sizes: [usize; 3]) {
    let [small, middle, large] = sizes.map(sent_by);
    let commands = ["up", "up again", "deploy", "clean"];
    for (at, command) in commands.into_iter().enumerate() {
        let [few, some, many] = [&small[at].0, &middle[at].0, &large[at].0];
        for operation in few.keys().chain(some.keys()).chain(many.keys()) {
            let of = |counts: &BTreeMap<String, usize>| counts.get(operation).copied();
            let [few, some, many] = [few, some, many].map(|counts| of(counts).unwrap_or(0));
            // How long a patch is waited for differs.
            if command == "deploy" && operation == "lambda:GetFunction" {
                continue;
            }
            // A list comes in pages.
            if PAGED.contains(&operation.as_str()) {
                assert!(many <= few * PAGES, "{command} {operation} {few} {many}");
                continue;
            }
            let each = (some - few) / (sizes[1] - sizes[0]);
            let foreseen = [1, 2].map(|at| few + each * (sizes[at] - sizes[0]));
            assert_eq!([some, many], foreseen, "{command} {operation}");
        }
    }
    for (size, [_, _, (patched, _), (cleaned, _)]) in sizes.iter().zip([&small, &middle, &large]) {
        assert_eq!(patched["lambda:UpdateFunctionCode"], size * 5);
        // Five bundles, and which they are.
        assert_eq!(patched["s3:PutObject"], 6);
        assert_eq!(patched["cloudformation:GetTemplate"], *size);
        // And the shared stack.
        assert_eq!(cleaned["cloudformation:DeleteStack"], size + 1);
        assert_eq!(cleaned["cloudformation:ListStackResources"], size + 1);
        assert_eq!(cleaned["cloudformation:GetTemplate"], 2);
    }
    let polls = [small, middle, large].map(|sent| sent.map(|(_, polls)| polls));
    let shown = format!("rounds of the poll: {polls:?}");
    assert!(polls[2][0] < polls[0][0] * POLLS, "{shown}");
    for [_, again, patched, _] in polls {
        assert!(again <= PAGES && patched <= PAGES, "{shown}");
    }
}

/// What lists many things.
const PAGED: [&str; 6] = [
    "cloudformation:ListStacks",
    "dynamodb:ListTables",
    "iam:ListRoles",
    "lambda:ListFunctions",
    "logs:DescribeLogGroups",
    "s3:ListObjectsV2",
];
/// How many pages a list may have, and by how much the polls may grow with the time that they last.
const PAGES: usize = 40;
const POLLS: usize = 10;
