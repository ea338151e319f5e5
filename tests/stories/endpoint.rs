//! Where a story's requests go, and as whom.
//!
//! An [`Endpoint`] is a URL and keys; what answers there is nobody's business above this module. A
//! story is a function that takes one. [`on_each_endpoint!`] makes it a test for each kind of server,
//! so that a further kind is one more row here and none in the stories.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::ministack;

pub const REGION: &str = "us-east-1";

/// A server that speaks AWS's protocols, and an account on it that nothing else uses.
///
/// One thing leaks through ministack's accounts: when CloudFormation makes a function, the running
/// ones of the same name are killed in all of them. So a story that calls functions has a stack whose
/// name no other story has.
#[derive(Clone, Debug)]
pub struct Endpoint {
    url: String,
    /// Twelve digits. ministack takes an access key of this form for the account's number and keeps
    /// accounts apart, so every story sees an AWS of its own.
    account: String,
}

impl Endpoint {
    /// A new account on the ministack that all stories share.
    pub fn ministack() -> Self {
        Self::on(ministack::shared().url())
    }

    /// A new account on the server at `url`, without a slash at the end.
    pub fn on(url: &str) -> Self {
        static ACCOUNTS: AtomicU64 = AtomicU64::new(100_000_000_001);
        let account = ACCOUNTS.fetch_add(1, Ordering::Relaxed).to_string();
        Self {
            url: url.to_owned(),
            account,
        }
    }

    /// The same account, reached through something that listens at `url`.
    pub fn through(&self, url: &str) -> Self {
        Self {
            url: url.to_owned(),
            account: self.account.clone(),
        }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn account(&self) -> &str {
        &self.account
    }

    /// The keys and region, in the variables that every AWS client reads.
    pub fn credentials(&self) -> Vec<(&'static str, String)> {
        vec![
            ("AWS_ACCESS_KEY_ID", self.account.clone()),
            ("AWS_SECRET_ACCESS_KEY", "test".to_owned()),
            ("AWS_REGION", REGION.to_owned()),
            ("AWS_DEFAULT_REGION", REGION.to_owned()),
            // Without it a client that finds no keys would ask the machine's metadata service.
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
        ]
    }

    /// The credentials and the URL, in the variables that every AWS client reads.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        let mut variables = self.credentials();
        variables.push(("AWS_ENDPOINT_URL", self.url.clone()));
        variables
    }
}

/// Declares each story, a function that takes `&Endpoint`, as one test for each kind of server.
///
/// ```ignore
/// on_each_endpoint! { plays_a_game, patches_only_what_changed }
///
/// fn plays_a_game(endpoint: &Endpoint) { … }
/// ```
macro_rules! on_each_endpoint {
    ($($story:ident),+ $(,)?) => {
        mod ministack {
            $(
                #[test]
                #[ignore = "needs ministack: run .ci/run, or pass --include-ignored"]
                fn $story() {
                    super::$story(&crate::endpoint::Endpoint::ministack());
                }
            )+
        }
    };
}
pub(crate) use on_each_endpoint;
