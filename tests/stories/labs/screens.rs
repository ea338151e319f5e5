//! What a student sees of a check that passes and of one that fails, at 80 and at 40 columns.

use super::others::{deploys, pia};
use crate::faces::screens::{assert_screen, with};
use crate::faces::terminal::see;
use crate::workspace::Workspace;

#[test]
#[ignore = "needs Python: run .ci/run, or pass --include-ignored"]
fn a_check_fits_the_window() {
    let workspace = Workspace::light();
    let pia = pia(&workspace, "mafia-pia-sees");
    for (name, lab, mistake, code) in [
        ("lab-passed", "01.1", "", 0),
        ("lab-failed", "01.2", "leak", 1),
    ] {
        let arguments = ["lab", "check", lab, "--seed", "41", "--as-deployed"];
        deploys(&pia, "plain", mistake);
        for columns in [80, 40] {
            let check = |variables: &[(&str, &str)]| {
                see(&with(pia.mafia(), variables), columns, &[], &arguments)
            };
            assert_screen(name, columns, check, code);
        }
    }
}
