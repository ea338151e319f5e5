//! Where a story's requests go, and as whom.
//!
//! An [`Endpoint`] is a URL and keys; what answers there is nobody's business above this module. A
//! story is a function that takes one. [`on_each_endpoint!`] makes it a test for each kind of server,
//! so that a further kind is one more row here and none in the stories.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value;

use crate::ministack;
use crate::sandbox::Sandbox;

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
    access_key_id: String,
    secret_access_key: String,
    /// What has to live as long as the endpoint is used.
    sandbox: Option<Arc<Sandbox>>,
}

impl Endpoint {
    /// A new account on the ministack that all stories share.
    pub fn ministack() -> Self {
        Self::on(ministack::shared().url())
    }

    /// A new sandbox, ended when nobody uses the endpoint any more.
    #[track_caller]
    pub fn sandbox() -> Self {
        Self::of(Sandbox::new())
    }

    /// This sandbox, ended when nobody uses the endpoint any more.
    #[track_caller]
    pub fn of(sandbox: Sandbox) -> Self {
        let variables = sandbox.variables();
        let variable = |name: &str| {
            let value = variables.get(name).and_then(Value::as_str);
            value
                .unwrap_or_else(|| panic!("no {name} in {variables}"))
                .to_owned()
        };
        Self {
            url: variable("AWS_ENDPOINT_URL"),
            account: "000000000000".to_owned(),
            access_key_id: variable("AWS_ACCESS_KEY_ID"),
            secret_access_key: variable("AWS_SECRET_ACCESS_KEY"),
            sandbox: Some(Arc::new(sandbox)),
        }
    }

    /// A new account on the server at `url`, without a slash at the end.
    pub fn on(url: &str) -> Self {
        static ACCOUNTS: AtomicU64 = AtomicU64::new(100_000_000_001);
        let account = ACCOUNTS.fetch_add(1, Ordering::Relaxed).to_string();
        Self {
            url: url.to_owned(),
            access_key_id: account.clone(),
            account,
            secret_access_key: "test".to_owned(),
            sandbox: None,
        }
    }

    /// For what the servers do differently, and nothing else.
    pub fn is_a_sandbox(&self) -> bool {
        self.sandbox.is_some()
    }

    /// Sets a sandbox's clock forward; what happened on the way, as `mafia sandbox advance` says it. The clocks of
    /// other servers cannot be set.
    pub fn advance(&self, by: &str) -> Option<Value> {
        let sandbox = self.sandbox.as_ref()?;
        Some(sandbox.advance(by))
    }

    /// The newest code that a sandbox would have sent to this address. Other servers send nothing.
    pub fn code_for(&self, address: &str) -> Option<String> {
        self.sandbox.as_ref()?.code_for(address)
    }

    /// What the server is called, for what the servers say differently.
    pub fn server(&self) -> &'static str {
        if self.is_a_sandbox() {
            "sandbox"
        } else {
            "ministack"
        }
    }

    /// Another account of the same kind, in which there is nothing.
    pub fn elsewhere(&self) -> Self {
        if self.is_a_sandbox() {
            Self::sandbox()
        } else {
            Self::on(&self.url)
        }
    }

    /// The same server in the account that answers requests that nobody signed: ministack keeps accounts apart by
    /// the keys of requests. Other stories may be in it too.
    pub fn for_the_public(&self) -> Self {
        Self {
            account: "000000000000".to_owned(),
            access_key_id: match self.is_a_sandbox() {
                true => self.access_key_id.clone(),
                false => "test".to_owned(),
            },
            ..self.clone()
        }
    }

    /// The same account, reached through something that listens at `url`.
    pub fn through(&self, url: &str) -> Self {
        Self {
            url: url.to_owned(),
            ..self.clone()
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
            ("AWS_ACCESS_KEY_ID", self.access_key_id.clone()),
            ("AWS_SECRET_ACCESS_KEY", self.secret_access_key.clone()),
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
/// on_each_endpoint! { plays_a_game; on ministack alone: reads_a_parameter }
/// on_each_endpoint! { with nothing installed: plays_a_game }
///
/// fn plays_a_game(endpoint: &Endpoint) { … }
/// ```
///
/// Stories in the sandbox need no server that somebody else made, and those that are declared
/// `with nothing installed` no client either: plain `cargo test` runs them. `on ministack alone` are
/// stories with services that the sandbox does not have.
macro_rules! on_each_endpoint {
    (with nothing installed: $($story:ident),+ $(,)?) => {
        crate::endpoint::tests_on! { ministack, { $($story),+ },
            #[ignore = "needs ministack: run .ci/run, or pass --include-ignored"] }
        crate::endpoint::tests_on! { sandbox, { $($story),+ }, }
    };
    ($($story:ident),+ $(,)? $(; on ministack alone: $($alone:ident),+ $(,)?)?) => {
        crate::endpoint::tests_on! { ministack, { $($story),+ $(, $($alone),+)? },
            #[ignore = "needs ministack: run .ci/run, or pass --include-ignored"] }
        crate::endpoint::tests_on! { sandbox, { $($story),+ },
            #[ignore = "needs Python: run .ci/run, or pass --include-ignored"] }
    };
}
pub(crate) use on_each_endpoint;

macro_rules! tests_on {
    ($server:ident, { $($story:ident),+ }, $(#[$attribute:meta])?) => {
        mod $server {
            crate::endpoint::tests_on! { @each $server, ($(#[$attribute])?), $($story)+ }
        }
    };
    (@each $server:ident, $attribute:tt, $($story:ident)+) => {
        $( crate::endpoint::tests_on! { @one $server, $attribute, $story } )+
    };
    (@one $server:ident, ($(#[$attribute:meta])?), $story:ident) => {
        #[test]
        $(#[$attribute])?
        fn $story() {
            super::$story(&crate::endpoint::Endpoint::$server());
        }
    };
}
pub(crate) use tests_on;
