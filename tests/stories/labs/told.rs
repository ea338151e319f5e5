//! What a check finds is told to scripts, to the student's next look around, and to the class.

use serde_json::{Value, json};

use super::others::deploys;
use super::{checks, first_failed};
use crate::documents::{assert_documented, assert_nothing_undocumented};
use crate::endpoint::Endpoint;
use crate::mafia::Mafia;
use crate::student::Student;
use crate::workspace::Workspace;

const STACK: &str = "mafia-monday-eve";

#[test]
#[ignore = "needs Python: run .ci/run, or pass --include-ignored"]
fn a_class_sees_how_far_its_students_are() {
    let endpoint = Endpoint::sandbox();
    let workspace = Workspace::light();
    workspace.write(
        "roster.toml",
        "class = \"monday\"\n\n[[student]]\nname = \"eve\"\n\n[[student]]\nname = \"fay\"\n",
    );
    let instructor = Mafia::at(&endpoint).in_folder(workspace.path());
    let class = |arguments: &[&str]| -> Value {
        let arguments = [&["class"], arguments, &["--json", "--yes"]].concat();
        instructor.run(&arguments).succeeds().json()
    };
    class(&["up"]);
    let student = |class: &Value, name: &str| -> Value {
        let students = class["students"].as_array().into_iter().flatten();
        let found = students.into_iter().find(|it| it["student"] == name);
        found
            .unwrap_or_else(|| panic!("{name} in {class:#}"))
            .clone()
    };
    assert_eq!(student(&class(&["status"]), "eve")["progress"], Value::Null);

    let eve = Student::new(&endpoint, STACK, &workspace);
    deploys(&eve, "plain", "leak");
    let as_deployed = ["--as-deployed", "--json"];
    let passed = checks(&eve, "01.1", 1, &as_deployed).succeeds().json();
    let failed = checks(&eve, "01.2", 1, &as_deployed).exits_with(1).json();
    assert_eq!(first_failed(&failed), "identities-stay-hidden");
    assert_nothing_undocumented(&["mafia lab check", "errors"], &[passed, failed]);
    let seen = student(&class(&["status"]), "eve");
    assert_eq!(seen["progress"]["passed"], json!(["01.1"]));
    assert_eq!(seen["progress"]["failed"], "01.2/identities-stay-hidden");
    assert_documented(&["the progress of a student"], &[seen["progress"].clone()]);
    // The same failure again keeps its time.
    checks(&eve, "01.2", 2, &as_deployed).exits_with(1);
    let later = student(&class(&["status"]), "eve");
    assert_eq!(later["progress"], seen["progress"]);
    instructor
        .run(&["class", "status"])
        .succeeds()
        .prints("eve is stuck on 01.2/identities-stay-hidden");
    assert_eq!(student(&class(&["status"]), "fay")["progress"], Value::Null);

    let lab = eve.asks(&["status"])["lab"].take();
    assert_eq!(lab["failed"], "identities-stay-hidden");
    assert_documented(&["the lab in a status"], &[lab]);
    eve.run(&["status"])
        .succeeds()
        .prints("identities-stay-hidden");

    deploys(&eve, "plain", "");
    checks(&eve, "01.2", 1, &as_deployed).succeeds();
    let seen = student(&class(&["status"]), "eve");
    assert_eq!(seen["progress"]["failed"], Value::Null);
    instructor.run(&["class", "clean", "--yes"]).succeeds();
}
