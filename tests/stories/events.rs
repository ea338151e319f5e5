//! An event that was accepted runs, also when the sandbox is killed or stopped before it could.

use std::time::{Duration, Instant};

use aws_sdk_lambda::Client;
use aws_sdk_lambda::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_lambda::operation::RequestId;
use aws_sdk_lambda::types::InvocationType;
use serde_json::Value;

use crate::crashes::kill;
use crate::mafia::Mafia;
use crate::workspace::Workspace;

const STACK: &str = "mafia-events";
const FUNCTION: &str = "mafia-events-02-game-state";
const EVENTS: usize = 10;
/// On a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn events_that_were_accepted_run_after_a_kill_and_after_a_stop() {
    let workspace = Workspace::copy();
    let owner = Owner::new(&workspace);
    owner.mafia.run(&["deploy"]).succeeds();
    // Those that wait, and those that may be under way.
    for reserved in [Some(0), None] {
        for end in [Owner::kill, Owner::stop] {
            let accepted = owner.accepted(reserved);
            end(&owner);
            owner.mafia.run(&["sandbox", "start"]).succeeds();
            owner.runs_all(&accepted);
        }
    }
}

struct Owner {
    mafia: Mafia,
    runtime: tokio::runtime::Runtime,
}

impl Owner {
    fn new(workspace: &Workspace) -> Self {
        let mafia = Mafia::alone()
            .in_folder(workspace.path())
            .env("MAFIA_STACK", STACK)
            .env("MAFIA_YES", "true");
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .expect("a runtime");
        Self { mafia, runtime }
    }

    fn client(&self) -> Client {
        let document = self.asks(&["sandbox", "env"]);
        let variable = |name: &str| {
            let value = document["variables"][name].as_str();
            value.expect("it is told").to_owned()
        };
        let (id, secret) = (
            variable("AWS_ACCESS_KEY_ID"),
            variable("AWS_SECRET_ACCESS_KEY"),
        );
        let keys = Credentials::new(id, secret, None, None, "the sandbox's owner");
        let config = aws_sdk_lambda::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .endpoint_url(variable("AWS_ENDPOINT_URL"))
            .region(Region::from_static("us-east-1"))
            .credentials_provider(keys)
            .http_client(aws_smithy_http_client::Builder::new().build_http())
            .build();
        Client::from_conf(config)
    }

    /// The ids of events that were accepted, with so much concurrency reserved for the function.
    fn accepted(&self, reserved: Option<i32>) -> Vec<String> {
        let client = self.client();
        self.runtime.block_on(async {
            if let Some(reserved) = reserved {
                let reserve = client.put_function_concurrency().function_name(FUNCTION);
                let reserve = reserve.reserved_concurrent_executions(reserved);
                reserve.send().await.expect("it is reserved");
            }
            let mut ids = Vec::new();
            for _ in 0..EVENTS {
                let invoke = client.invoke().function_name(FUNCTION);
                let invoke = invoke.invocation_type(InvocationType::Event);
                let accepted = invoke.send().await.expect("it is accepted");
                assert_eq!(accepted.status_code(), 202);
                ids.push(accepted.request_id().expect("it has one").to_owned());
            }
            ids
        })
    }

    fn runs_all(&self, accepted: &[String]) {
        let client = self.client();
        let free = client.delete_function_concurrency().function_name(FUNCTION);
        let freed = self.runtime.block_on(free.send());
        freed.expect("nothing is reserved any more");
        let since = Instant::now();
        loop {
            let log = self.asks(&["logs", "game-state"])["lines"].to_string();
            let has_ended = |id: &&String| log.contains(&format!("END RequestId: {id}"));
            let ended = accepted.iter().filter(has_ended).count();
            if ended == accepted.len() {
                return;
            }
            let patience = since.elapsed() < PATIENCE;
            assert!(patience, "{ended} of {accepted:?} ran:\n{log}");
        }
    }

    /// As `kill -9` does.
    fn kill(&self) {
        let status = self.asks(&["sandbox", "status"]);
        kill(status["pid"].as_u64().expect("it runs"));
    }

    fn stop(&self) {
        self.mafia.run(&["sandbox", "stop"]).succeeds();
    }

    fn asks(&self, command: &[&str]) -> Value {
        let command = [command, &["--json"]].concat();
        self.mafia.run(&command).succeeds().json()
    }
}
