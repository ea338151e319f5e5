//! Stopping an operation on a class: nothing new is started, and what has been started is waited for.

use std::time::Duration;

use tokio::sync::watch;

use crate::clock;

/// How long what has been started is waited for. CloudFormation goes on all the same.
const PATIENCE: Duration = Duration::from_secs(300);

/// Whether somebody has asked to stop.
#[derive(Debug)]
pub struct Stop(watch::Sender<bool>);

impl Default for Stop {
    fn default() -> Self {
        Self(watch::Sender::new(false))
    }
}

impl Stop {
    pub fn ask(&self) {
        self.0.send_replace(true);
    }

    pub fn is_asked(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until somebody asks.
    pub async fn asked(&self) {
        // The sender is here, so the channel is not closed.
        let _ = self.0.subscribe().wait_for(|asked| *asked).await;
    }

    /// Waits until what has been started has had its time.
    pub async fn ran_out(&self) {
        self.asked().await;
        clock::sleep(PATIENCE).await;
    }
}
