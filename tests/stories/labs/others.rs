//! The same game in Python, in three styles of answers, passes; and each mistake fails at the check that is for
//! it. That it is another language keeps the checks from looking for what only our own functions do.

use super::{LABS, checks, first_failed};
use crate::endpoint::Endpoint;
use crate::outside::python;
use crate::student::Student;
use crate::workspace::Workspace;

const AS_DEPLOYED: [&str; 2] = ["--as-deployed", "--json"];

/// Each mistake, the lab that it is made in, and the check that fails first.
const MISTAKES: [(&str, &str, &str); 41] = [
    ("one-too-few", "01.1", "as-many-players-as-asked"),
    ("same-name", "01.1", "as-many-players-as-asked"),
    ("odd-identity", "01.1", "as-many-players-as-asked"),
    ("mafia-too-many", "01.1", "as-many-mafia-as-asked"),
    ("one-is-dead", "01.1", "everybody-is-uncovered"),
    ("not-cleared", "01.1", "the-old-game-is-gone"),
    ("names-others", "01.1", "the-answer-names-the-players"),
    ("mafia-first", "01.1", "the-order-gives-nothing-away"),
    ("tells-mafia", "01.1", "the-order-gives-nothing-away"),
    ("always-same", "01.1", "every-game-is-another"),
    ("only-living", "01.2", "all-players"),
    ("no-list", "01.2", "all-players"),
    ("leak", "01.2", "identities-stay-hidden"),
    ("extra-field", "01.2", "identities-stay-hidden"),
    ("all-live", "01.2", "everybody-s-identity-is-shown"),
    ("first-page", "01.2", "more-than-a-page"),
    ("nobody-dies", "01.3", "one-dies"),
    ("two-die", "01.3", "one-dies"),
    ("wrong-identity", "01.3", "one-dies"),
    ("drops-attribute", "01.3", "one-dies"),
    ("kills-own", "01.3", "the-mafia-never-kills-its-own"),
    ("kills-dead", "01.3", "the-dead-stay-dead"),
    ("sentences-another", "01.3", "nobody-else-changes"),
    ("names-another", "01.3", "the-answer-names-the-victim"),
    ("always-first", "01.3", "any-innocent-may-die"),
    ("double-kill", "01.3", "two-turns-at-once-kill-two"),
    ("last-is-silent", "01.4", "every-living-player-blames-one"),
    ("dead-blame", "01.4", "the-dead-stay-out-of-it"),
    ("blames-dead", "01.4", "the-dead-stay-out-of-it"),
    ("blames-self", "01.4", "nobody-blames-oneself"),
    ("mafia-blames-any", "01.4", "the-mafia-blames-innocents"),
    ("blames-first", "01.4", "accusations-vary"),
    ("day-kills", "01.4", "nothing-changes"),
    ("wrong-way", "01.5", "mafia-is-sentenced"),
    ("always-guilty", "01.5", "innocents-are-sentenced"),
    ("sentences-two", "01.5", "nobody-else-changes"),
    ("unknown-200", "01.5", "unknown-is-404"),
    ("sentences-dead", "01.5", "dead-is-404"),
    ("john", "01.5", "missing-name-is-refused"),
    ("letters-only", "01.5", "any-name-works"),
    ("twice", "01.5", "two-judgements-at-once-sentence-one"),
];

/// Mistakes at the end of a game, in all functions.
const MISTAKES_AT_THE_END: [(&str, &str); 6] = [
    ("parity", "the-game-goes-on"),
    ("never-ends", "the-mafia-wins"),
    ("dead-count", "the-mafia-wins"),
    ("wrong-winner", "the-mafia-wins"),
    ("only-mafia-wins", "the-innocents-win"),
    ("silent-end", "the-last-turn-tells-the-winner"),
];

/// Somebody with a stack whose functions are in Python.
pub fn pia(workspace: &Workspace, stack: &str) -> Student {
    let pia = Student::new(&Endpoint::sandbox(), stack, workspace);
    pia.deploys(&[]);
    pia
}

pub fn deploys(student: &Student, style: &str, mistake: &str) {
    let arguments = [&student.stack, style, mistake];
    python(&student.endpoint, "other_game.py", &arguments);
}

#[test]
#[ignore = "needs Python: run .ci/run, or pass --include-ignored"]
fn the_game_in_another_language_passes_in_any_style() {
    let workspace = Workspace::light();
    let pia = pia(&workspace, "mafia-pia");
    for style in ["plain", "proxy", "spanish"] {
        deploys(&pia, style, "");
        for lab in LABS {
            for seed in 0..2 {
                let report = checks(&pia, lab, seed, &AS_DEPLOYED).succeeds().json();
                assert_eq!(report["verdict"], "pass", "{style} {report:#}");
            }
        }
    }
}

#[test]
#[ignore = "needs Python: run .ci/run, or pass --include-ignored"]
fn each_mistake_fails_at_the_check_that_is_for_it() {
    let workspace = Workspace::light();
    let pia = pia(&workspace, "mafia-pia-errs");
    let at_the_end = MISTAKES_AT_THE_END.map(|(mistake, check)| (mistake, "01.6", check));
    let mut wrong = Vec::new();
    for (mistake, lab, check) in MISTAKES.into_iter().chain(at_the_end) {
        deploys(&pia, "plain", mistake);
        let outcome = checks(&pia, lab, 3, &AS_DEPLOYED);
        match outcome.code {
            Some(1) => {
                let failed = first_failed(&outcome.json());
                if failed != check {
                    wrong.push(format!("{mistake} fails at {failed}, not {check}"));
                }
            }
            code => wrong.push(format!("{mistake} ends with {code:?}: {}", outcome.stderr)),
        }
    }
    assert_eq!(wrong, [""; 0]);
}
