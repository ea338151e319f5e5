//! What `mafia deploy --quickbuild` works with.

use crate::bundle::{Function, KeptCode};
use crate::deploy::{Observed, QuickBuild};
use crate::names::{QUICKBUILD_LAB, function_name};

/// The student's function for it, and the deployed code of `functions` that is kept in this folder. `lab` is that of
/// `stack`.
pub fn quickbuild(
    stack: &str,
    lab: Option<&str>,
    kept: &KeptCode,
    observed: &Observed,
    functions: &[Function],
    explains: bool,
) -> QuickBuild {
    let own = lab.and_then(|lab| stack.strip_suffix(lab)?.strip_suffix('-'));
    let patcher = format!("{}-{QUICKBUILD_LAB}", own.unwrap_or(stack));
    let deployed = functions.iter().filter_map(|function| {
        let full = function_name(stack, &function.name);
        let found = observed.functions.get(&full)?.as_ref()?;
        kept.bundle(function, &found.code_sha256)
    });
    QuickBuild::new(patcher, deployed.collect(), explains)
}
