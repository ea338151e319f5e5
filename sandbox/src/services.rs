//! All services of one sandbox, opened on its folder.

use std::sync::{Arc, Weak};

use super::clock::SystemClock;
use super::cloudformation::CloudFormation;
use super::delivery::{DeliveryQueue, Target};
use super::error::SandboxError;
use super::journal::Journal;
use super::keys::Keyring;
use super::platform::Platform;
use super::state_dir::StateDir;
use super::store::Store;
use super::sts::Sts;

#[derive(Debug)]
pub struct Services {
    pub cloudformation: Arc<CloudFormation>,
    pub platform: Platform,
    pub sts: Sts,
    pub deliveries: Arc<DeliveryQueue>,
}

impl Services {
    /// `url` is where the sandbox can be reached by the functions that run in it.
    pub fn open(
        state_dir: &StateDir,
        keyring: &Arc<Keyring>,
        url: &str,
        journal: &Arc<Journal>,
    ) -> Result<Self, SandboxError> {
        let store = Arc::new(Store::open(&state_dir.path("state.sqlite"))?);
        let deliveries = DeliveryQueue::new(&store, journal, Arc::new(SystemClock));
        let platform = Platform::open(state_dir, &store, &deliveries, keyring, url, journal)?;
        let lambda: Weak<dyn Target> = Arc::downgrade(&platform.lambda) as _;
        deliveries.register("lambda", lambda);
        Ok(Self {
            cloudformation: CloudFormation::open(&store, &platform, journal)?,
            sts: Sts::new(keyring, &platform.iam),
            platform,
            deliveries,
        })
    }
}
