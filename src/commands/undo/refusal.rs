//! Why there is nothing to bring back.

use crate::error::Error;

pub(super) fn nothing_to_undo(stack: &str, named: &[String]) -> Error {
    let code = match named {
        [] => "code".to_owned(),
        named => named.join(", "),
    };
    Error::failed(format!(
        "nothing to undo: no change of {code} by this folder is deployed to {stack}"
    ))
    .hint("edit a function and run `mafia deploy`; then `mafia undo` brings the earlier code back")
}

/// Files of a web site are not kept.
pub(super) fn no_code(stack: &str) -> Error {
    Error::failed(format!("nothing to undo: {stack} has no functions"))
        .hint("bring its files back in your folder, and run `mafia deploy`")
}

pub(super) fn deployed_elsewhere(stack: &str, functions: &[String]) -> Error {
    Error::failed(format!(
        "cannot undo: a deployment that this folder does not know has changed {} of {stack}",
        functions.join(", ")
    ))
    .hint("nothing was restored; run `mafia deploy` to deploy the code of this folder")
}
