//! A class that patches at the same time: Lambda's control plane takes 15 requests a second for the
//! whole account, and each student patches five functions.

use std::io::Write;

use crate::endpoint::Endpoint;
use crate::mafia::Running;
use crate::operation::Operation;
use crate::proxy::Proxy;
use crate::student::{Deployed, FUNCTIONS, Student};
use crate::workspace::Workspace;

const PATCH: &str = "lambda:UpdateFunctionCode";
const UPLOAD: &str = "s3:PutObject";
/// Students for each request a second that Lambda takes: 30 for 15.
const STUDENTS_PER_REQUEST: u32 = 2;
/// A small class; `MAFIA_CLASS=30` is a real one.
const STUDENTS: u32 = 4;
/// Any other request than one with a bundle in it is shorter.
const SHORTEST_BUNDLE: usize = 10_000;

/// Source: Lambda quotas, "Function configuration, deployment, and execution": `GetFunction` and
/// invocations have limits of their own.
fn is_control_plane(operation: &Operation) -> bool {
    let name = operation.to_string();
    name.starts_with("lambda:") && !["lambda:GetFunction", "lambda:Invoke"].contains(&name.as_str())
}

#[test]
fn all_patches_of_a_class_succeed_and_upload_each_bundle_once() {
    let students = std::env::var("MAFIA_CLASS").ok();
    let students = students.map_or(STUDENTS, |number| number.parse().expect("a number"));
    let endpoint = Endpoint::sandbox();
    let class: Vec<(Workspace, Student)> = (0..students)
        .map(|number| {
            let workspace = Workspace::light();
            let student = Student::new(&endpoint, &format!("mafia-s{number}"), &workspace);
            student.deploys(&[]);
            workspace.write("names.txt", &format!("Ann\nBen\nCem\nDora{number}\n"));
            (workspace, student)
        })
        .collect();
    let proxy = Proxy::in_front_of(&endpoint);
    proxy.limit(students.div_ceil(STUDENTS_PER_REQUEST), is_control_plane);

    let patches: Vec<Running> = class
        .iter()
        .map(|(_, student)| student.through(&proxy).start(&["deploy", "--json"]))
        .collect();
    let mut longest = 0.0_f64;
    for patch in patches {
        let patched = patch.finish().succeeds();
        longest = longest.max(patched.took.as_secs_f64());
        assert_eq!(
            Deployed::read(&patched.json()).functions("patched"),
            FUNCTIONS
        );
    }

    let patches = proxy.requests_of(PATCH);
    let uploads = proxy.requests_of(UPLOAD);
    let functions = class.len() * FUNCTIONS.len();
    let with_bundle = |requests: &[crate::proxy::Recorded]| -> Vec<usize> {
        let sizes = requests.iter().map(|request| request.body.len());
        sizes.filter(|size| *size > SHORTEST_BUNDLE).collect()
    };
    let (sent, stored) = (with_bundle(&patches), with_bundle(&uploads));
    let refused = patches
        .iter()
        .filter(|patch| patch.status == Some(429))
        .count();
    let figures = format!(
        "{functions} patches: {} requests, {refused} refused; {} bundles of {} bytes to Lambda, {} of \
         {} bytes to the bucket; the longest deployment took {longest:.1} s",
        patches.len(),
        sent.len(),
        sent.iter().sum::<usize>(),
        stored.len(),
        stored.iter().sum::<usize>(),
    );
    writeln!(std::io::stderr(), "{figures}").expect("somebody measures");
    assert!(refused > 0, "{}", proxy.transcript());
    assert_eq!(sent.len(), functions, "{}", proxy.transcript());
    assert!(stored.len() <= functions, "{}", proxy.transcript());
}
