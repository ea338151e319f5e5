//! The page in a browser: somebody signs up, plays, and is asked to sign in again.

use serde_json::{Value, json};

use super::{PASSWORD, USER};
use crate::browser::Browser;
use crate::endpoint::Endpoint;
use crate::student::Student;
use crate::workspace::Workspace;

const STAGE: &str = "document.getElementById('stage').innerText";
const FORM: &str = "document.getElementById('sign-in')";

/// The page of a deployed lab.
struct Page(Browser);

impl Page {
    fn fills(&mut self, id: &str, text: &str) {
        let set = format!("document.getElementById('{id}').value = {}", json!(text));
        self.0.see(&set);
    }

    fn clicks(&mut self, id: &str) {
        self.0
            .see(&format!("document.getElementById('{id}').click()"));
        self.rests();
    }

    /// Waits until nothing is going on.
    fn rests(&mut self) {
        self.0
            .wait("document.querySelector('[aria-busy=\"true\"]') === null");
    }

    fn sees(&mut self, script: &str) -> String {
        let seen = self.0.see(script);
        seen.as_str().unwrap_or_default().to_owned()
    }

    fn is_asked_to_sign_in(&mut self) -> bool {
        self.0.see(&format!("!{FORM}.hidden")) == true
    }

    fn says(&mut self) -> String {
        self.sees("document.getElementById('sign-in-said').textContent")
    }

    fn pictures(&mut self, name: &str) {
        for (size, width, height) in [
            ("wide", 1280, 900),
            ("phone", 390, 844),
            ("small", 320, 568),
        ] {
            for scheme in ["light", "dark"] {
                self.0.looks(width, height, scheme);
                self.0.picture(&format!("web-{name}-{size}-{scheme}"));
            }
            let overflows = "document.documentElement.scrollWidth > innerWidth";
            assert_eq!(self.0.see(overflows), false, "{name} {size}");
        }
    }
}

#[test]
#[ignore = "needs Python and Chromium: run .ci/run, or pass --include-ignored"]
fn somebody_signs_up_and_plays_in_the_browser() {
    let endpoint = &Endpoint::sandbox();
    let workspace = Workspace::copy();
    let ella = Student::new(endpoint, "mafia-ella", &workspace);
    ella.deploys(&["-p", "Players=8", "-p", "Mafia=2"]);
    let deployed = ella.asks(&["deploy", "--lab", "web"]);
    let address = deployed["site"]["address"].as_str().expect("an address");
    let mut page = Page(Browser::open(address));
    assert_eq!(page.0.status, 200);
    page.rests();

    // Who has not signed in is told so, and nothing else is there to click.
    page.0.wait(&format!("!{FORM}.hidden"));
    assert!(
        page.sees(&format!("{FORM}.innerText"))
            .contains("Only those")
    );
    let turns = "document.getElementById('turns').checkVisibility()";
    assert_eq!(page.0.see(turns), false);
    assert_eq!(page.sees("document.activeElement.id"), "email");
    page.pictures("in");
    page.fills("email", USER);
    page.fills("password", PASSWORD);
    page.clicks("sign-in-go");
    assert_eq!(page.says(), "The email address or the password is wrong.");

    page.clicks("to-up");
    page.fills("password", "short");
    page.clicks("sign-in-go");
    assert!(page.says().contains("Password did not conform"));
    page.pictures("up");
    page.fills("password", PASSWORD);
    page.clicks("sign-in-go");
    assert!(page.says().contains("mafia sandbox logs shows the code"));
    assert_eq!(page.sees("document.activeElement.id"), "code");
    page.pictures("code");
    page.fills("code", "000000");
    page.clicks("sign-in-go");
    assert!(page.says().starts_with("This is not the code"));
    let code = endpoint.code_for(USER).expect("the sandbox notes it");
    // As mails and telephones show it.
    let (one, other) = code.split_at(code.len() / 2);
    page.fills("code", &format!(" {one} {other}"));
    page.clicks("sign-in-go");
    page.0.wait(&format!("{FORM}.hidden"));
    page.rests();
    assert_eq!(page.sees("document.getElementById('user').innerText"), USER);
    assert_eq!(page.sees("document.getElementById('password').value"), "");
    assert!(page.sees(STAGE).contains("No game yet"));

    page.clicks("new-game");
    page.clicks("night-turn");
    assert!(page.sees(STAGE).contains("Mafia kills"));
    page.pictures("night");
    let state = ella.asks(&["play", "state"]);
    assert_eq!(state["players"].as_array().map(Vec::len), Some(8));
    let heard = page.0.step(&json!(["tree"]));
    for (role, name) in [("button", "Sign out"), ("button", "Night")] {
        let mut heard = heard.as_array().expect("a list").iter();
        assert!(heard.any(|it| it[0] == role && it[1] == name), "{name}");
    }

    // A reload keeps the sign-in, an hour does not. The browser's clock is not the sandbox's: the API says so.
    page.0.go(address);
    page.rests();
    assert!(!page.is_asked_to_sign_in());
    endpoint.advance("61m").expect("a sandbox's clock");
    page.clicks("night-turn");
    page.0.wait(&format!("!{FORM}.hidden"));
    assert!(page.sees(&format!("{FORM}.innerText")).contains("expired"));
    page.pictures("expired");
    page.fills("email", USER);
    page.fills("password", PASSWORD);
    page.clicks("sign-in-go");
    page.0.wait(&format!("{FORM}.hidden"));
    page.rests();
    assert!(page.sees(STAGE).contains("The game is on"));
    page.clicks("sign-out");
    assert!(page.is_asked_to_sign_in());
    assert_eq!(page.0.see("sessionStorage.length + localStorage.length"), 0);
    let complaints = page.0.step(&json!(["said"]));
    let complaints = complaints.as_array().expect("a list").iter();
    // The browser itself notes each answer that refuses.
    let others = complaints.filter(|it| !it.to_string().contains("Failed to load resource"));
    assert_eq!(others.collect::<Vec<_>>(), [] as [&Value; 0]);
}
