//! The rounds of `mafia watch`, a line each.

use std::time::Duration;

use super::style::good;
use super::units::elapsed;
use crate::deploy::{Action, Deployment};
use crate::names::without_number;
use crate::wording::count;

pub fn watching() -> String {
    "watching the functions, the template and the files in the bundles; Ctrl-C ends".to_owned()
}

/// What a round has done, whose build took so long: `✓ built in 0.4 s, night-turn live in 47 ms`.
pub fn round(deployment: &Deployment, built: Duration) -> String {
    let milliseconds =
        |millis: u128| Duration::from_millis(u64::try_from(millis).unwrap_or(u64::MAX));
    let live = match deployment.action {
        Action::Unchanged => "nothing to deploy".to_owned(),
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
    format!("{} built in {}, {live}", good("✓"), elapsed(built))
}
