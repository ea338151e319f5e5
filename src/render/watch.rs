//! The rounds of `mafia watch`, a line each.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::logs::clock;
use super::site;
use super::style::{dim, good};
use super::units::elapsed;
use crate::deploy::{Action, Deployment};
use crate::names::without_number;
use crate::wording::{count, in_a_line};

/// What is watched of a package that has such parts.
pub fn watching(functions: bool, site: bool) -> String {
    let what = match (functions, site) {
        (true, false) => "the functions, the template and the files in the bundles",
        (true, true) => "the functions, the page, the template and the files in the bundles",
        (false, _) => "the page and the template",
    };
    format!("watching {what} (times are in UTC); Ctrl-C ends")
}

/// So many files are all named.
const MOST_FILES: usize = 2;

/// What a round has done `now`, after a save of these files, whose build took so long:
/// `✓ 12:03:15 night-turn.rs: built in 400 ms, night-turn live in 47 ms`.
pub fn round(
    deployment: &Deployment,
    built: Duration,
    files: &BTreeSet<PathBuf>,
    now: SystemTime,
) -> String {
    let milliseconds =
        |millis: u128| Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX));
    let live = match deployment.action {
        Action::Unchanged => "nothing to deploy".to_owned(),
        Action::Uploaded => {
            let site = deployment.site.as_ref();
            site.map_or_else(String::new, |it| site::changes(it, "live"))
        }
        Action::Patched => {
            let functions = &deployment.functions;
            let patched = functions.iter().filter(|it| it.action == Action::Patched);
            let took = patched.clone().filter_map(|it| it.milliseconds).max();
            let names: Vec<&str> = patched.map(|it| without_number(&it.function)).collect();
            let what = match names[..] {
                [one] => one.to_owned(),
                _ => count(names.len(), "function"),
            };
            match took {
                Some(took) => format!("{what} live in {}", elapsed(milliseconds(took))),
                None => format!("{what} live"),
            }
        }
        Action::Updated | Action::Created => {
            let done = match deployment.action {
                Action::Created => "created",
                _ => "updated",
            };
            let took = milliseconds(deployment.milliseconds).saturating_sub(built);
            format!("stack {done} in {}", elapsed(took))
        }
    };
    let time = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    let time = dim(clock(time.as_millis()));
    let after = saved(files);
    format!(
        "{} {time} {after}built in {}, {live}",
        good("✓"),
        elapsed(built)
    )
}

/// `night-turn.rs: `, or nothing where the files are not known.
fn saved(files: &BTreeSet<PathBuf>) -> String {
    let names = files.iter().filter_map(|file| file.file_name());
    let names: Vec<_> = names
        .map(|name| in_a_line(&name.to_string_lossy()))
        .collect();
    match names.len() {
        0 => String::new(),
        1..=MOST_FILES => format!("{}: ", names.join(", ")),
        all => format!("{}: ", count(all, "file")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::FunctionOutcome;

    #[test]
    fn a_round_says_when_and_after_which_saves() {
        let function = FunctionOutcome {
            function: "03-night-turn".to_owned(),
            action: Action::Patched,
            bytes: 1,
            digest: String::new(),
            milliseconds: Some(47),
            files: None,
            difference: None,
            ways: None,
        };
        let deployment = Deployment {
            stack: "game".to_owned(),
            dry_run: false,
            action: Action::Patched,
            recovered: None,
            undecided: false,
            functions: vec![function],
            site: None,
            changes: Vec::new(),
            outputs: Vec::new(),
            milliseconds: 500,
        };
        let now = UNIX_EPOCH + Duration::from_secs(12 * 3600 + 3 * 60 + 15);
        let said = |files: &[&str]| {
            let files = files.iter().map(|it| PathBuf::from("/ws/src").join(it));
            let text = round(
                &deployment,
                Duration::from_millis(400),
                &files.collect(),
                now,
            );
            anstream::adapter::strip_str(&text).to_string()
        };
        let rest = "built in 400 ms, night-turn live in 47 ms";
        assert_eq!(said(&[]), format!("✓ 12:03:15 {rest}"));
        assert_eq!(said(&["a.rs"]), format!("✓ 12:03:15 a.rs: {rest}"));
        assert_eq!(
            said(&["a.rs", "b.rs"]),
            format!("✓ 12:03:15 a.rs, b.rs: {rest}")
        );
        assert_eq!(
            said(&["a", "b", "c"]),
            format!("✓ 12:03:15 3 files: {rest}")
        );
    }
}
