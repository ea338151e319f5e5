//! What a command does until Ctrl-C.

use std::convert::Infallible;

use tokio::signal::ctrl_c;

use crate::error::Error;

/// Ends with Ctrl-C, which counts before `work` begins: what it prints may say that Ctrl-C ends it.
pub async fn until_interrupted(
    work: impl Future<Output = Result<Infallible, Error>>,
) -> Result<(), Error> {
    tokio::select! {
        biased;
        _ = ctrl_c() => Ok(()),
        done = work => match done? {},
    }
}
