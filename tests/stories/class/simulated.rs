//! What the simulation of `mafia class plan` foresees, and what a class does behind a server with the same limit.

use std::io::Write;

use serde_json::Value;

use super::classroom::{Classroom, Ends};
use super::shaken::is_control_plane;
use crate::endpoint::Endpoint;
use crate::proxy::Proxy;

const STUDENTS: usize = 30;
/// Lambda quotas: requests a second to its control plane.
const PER_SECOND: u32 = 15;

/// New code for all is what sends requests to Lambda itself. The numbers of requests are asserted; the times are
/// told, for whoever measures on a quiet machine.
#[test]
#[ignore = "measures: run .ci/run, or pass --include-ignored"]
fn new_code_for_a_class_takes_what_the_simulation_foresees() {
    let endpoint = Endpoint::sandbox();
    let class = Classroom::of(&endpoint, STUDENTS);
    class.asks(&["class", "up"]).all("ready", "created");
    let plan = ["class", "plan", "--students", "30", "--json"];
    let foreseen = class.run(&plan).succeeds().json()["deploy"].clone();

    class.workspace.write("names.txt", "Ann\nBen\nCem\n");
    let proxy = Proxy::in_front_of(&endpoint);
    proxy.limit(PER_SECOND, is_control_plane);
    let deployed = class.run_through(&proxy, &["class", "deploy", "--json"]);
    let deployed = deployed.succeeds();
    Ends::of(&deployed).all("ready", "patched");

    let answered = |service: &str, counts: &dyn Fn(&str) -> bool| {
        let requests = proxy.requests().into_iter();
        let requests = requests.filter(|it| it.status != Some(429));
        let names = requests.map(|it| it.operation.to_string());
        names
            .filter(|name| name.starts_with(service) && counts(name))
            .count()
    };
    let is_look = |name: &str| name == "lambda:GetFunction";
    for (family, sent) in [
        ("LambdaControl", answered("lambda:", &|name| !is_look(name))),
        ("LambdaGetFunction", answered("lambda:", &is_look)),
        ("CloudFormation", answered("cloudformation:", &|_| true)),
    ] {
        let simulated = requests(&foreseen, family);
        let ratio = sent as f64 / simulated;
        assert!(
            (0.8..=1.2).contains(&ratio),
            "{family}: {sent} sent, {simulated} foreseen\n{}",
            proxy.transcript()
        );
    }
    let took = deployed.json()["milliseconds"].as_f64().unwrap_or_default() / 1000.0;
    let simulated = foreseen["simulated_seconds"].as_f64().unwrap_or_default();
    let figures = format!(
        "{STUDENTS} students: {took:.1} s at {PER_SECOND} requests a second, {simulated:.1} s simulated, ratio {:.2}",
        took / simulated
    );
    writeln!(std::io::stderr(), "{figures}").expect("somebody measures");
}

fn requests(foreseen: &Value, family: &str) -> f64 {
    let requests = foreseen["requests"].as_object().into_iter().flatten();
    let is_it = |(name, _): &(&String, &Value)| name.replace('-', "").eq_ignore_ascii_case(family);
    let mut found = requests.filter(is_it);
    let found = found.next().and_then(|(_, number)| number.as_f64());
    found.unwrap_or_else(|| panic!("no {family} in {foreseen:#}"))
}
