//! A student of the workshop: a stack and a workspace of their own, and what a deployed game has to
//! look like to somebody who did not deploy it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::documents::assert_documented;
use crate::endpoint::Endpoint;
use crate::listing::Listing;
use crate::mafia::{Mafia, Outcome, Running};
use crate::proxy::Proxy;
use crate::workspace::Workspace;

/// The stack that the students of a workshop share, unless they say otherwise.
pub const WORKSHOP: &str = "mafia-workshop";

/// The functions, by the names that they have behind the stack's.
pub const FUNCTIONS: [&str; 5] = [
    "01-new-game",
    "02-game-state",
    "03-night-turn",
    "04-day-turn",
    "05-judgement",
];

/// Somebody who deploys one stack from one folder.
#[derive(Clone, Debug)]
pub struct Student {
    pub endpoint: Endpoint,
    pub stack: String,
    folder: PathBuf,
}

impl Student {
    /// A story that calls functions takes a stack that no other story has: when ministack replaces or
    /// deletes a function, it ends what runs of functions of that name in every account.
    pub fn new(endpoint: &Endpoint, stack: &str, workspace: &Workspace) -> Self {
        Self::in_folder(endpoint, stack, workspace.path())
    }

    /// The same student, in another account.
    pub fn at(&self, endpoint: &Endpoint) -> Self {
        Self::in_folder(endpoint, &self.stack, &self.folder)
    }

    /// The same student, whose requests go through `proxy`.
    pub fn through(&self, proxy: &Proxy) -> Self {
        self.at(proxy.endpoint())
    }

    fn in_folder(endpoint: &Endpoint, stack: &str, folder: &Path) -> Self {
        Self {
            endpoint: endpoint.clone(),
            stack: stack.to_owned(),
            folder: folder.to_owned(),
        }
    }

    /// The student's terminal. There is nobody to answer questions, so the answer is always yes.
    pub fn mafia(&self) -> Mafia {
        Mafia::at(&self.endpoint)
            .in_folder(&self.folder)
            .env("MAFIA_STACK", &self.stack)
            .env("MAFIA_YES", "true")
    }

    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> Outcome {
        self.mafia().run(arguments)
    }

    #[track_caller]
    pub fn start(&self, arguments: &[&str]) -> Running {
        self.mafia().start(arguments)
    }

    /// Runs a command that succeeds, with `--json`.
    #[track_caller]
    pub fn asks(&self, arguments: &[&str]) -> Value {
        let arguments = [arguments, &["--json"]].concat();
        self.run(&arguments).succeeds().json()
    }

    /// What a function answers when it is invoked.
    #[track_caller]
    pub fn invokes(&self, arguments: &[&str]) -> Value {
        self.asks(&[&["invoke"], arguments].concat())["answer"].take()
    }

    /// `mafia deploy`, which succeeds.
    #[track_caller]
    pub fn deploys(&self, arguments: &[&str]) -> Deployed {
        Deployed::read(&self.asks(&[&["deploy"], arguments].concat()))
    }

    /// `mafia lab run`, which finds that the system of the stack's lab works.
    #[track_caller]
    pub fn shows_that_it_works(&self, lab: &str) {
        let report = self.asks(&["lab", "run", lab, "--stack", &self.stack]);
        assert_documented(&["mafia lab run"], std::slice::from_ref(&report));
        assert_eq!(report["passed"], true, "{report:#}");
    }

    /// `mafia clean`, which leaves nothing.
    #[track_caller]
    pub fn cleans(&self) {
        assert_eq!(self.asks(&["clean"])["left"], json!([]));
    }
}

/// What `mafia deploy --json` said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployed {
    /// `unchanged`, `patched`, `updated` or `created`.
    pub action: String,
    /// What was done to each function.
    pub actions: BTreeMap<String, String>,
    /// The digest that each function's code should have.
    pub digests: BTreeMap<String, String>,
}

impl Deployed {
    #[track_caller]
    pub fn read(document: &Value) -> Self {
        let functions = document["functions"].as_array();
        let functions = functions.unwrap_or_else(|| panic!("no functions in {document:#}"));
        let of_each = |key: &str| -> BTreeMap<String, String> {
            let pair = |function: &Value| (text(&function["function"]), text(&function[key]));
            functions.iter().map(pair).collect()
        };
        Self {
            action: text(&document["action"]),
            actions: of_each("action"),
            digests: of_each("digest"),
        }
    }

    /// The functions to which `action` was done.
    pub fn functions(&self, action: &str) -> Vec<&str> {
        let done = self.actions.iter().filter(|(_, done)| *done == action);
        done.map(|(function, _)| function.as_str()).collect()
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

impl Listing {
    /// Asserts that the games of `games` (stack and what was deployed to it) stand whole in here,
    /// with the shared stack of their workshop and with nothing else.
    #[track_caller]
    pub fn assert_holds_games(&self, games: &[(&str, &Deployed)]) {
        let of_each = |format: &dyn Fn(&str, &str) -> String| -> Vec<String> {
            let of_stack = |(stack, _): &(&str, &Deployed)| {
                FUNCTIONS.map(|function| format(stack, function)).to_vec()
            };
            let mut names: Vec<_> = games.iter().flat_map(of_stack).collect();
            names.sort();
            names
        };
        let mut stacks: Vec<_> = games.iter().map(|(stack, _)| *stack).collect();
        stacks.push(WORKSHOP);
        stacks.sort_unstable();
        assert_eq!(self.names("stacks"), stacks);
        for stack in stacks {
            let status = &self.get("stacks", stack)["Status"];
            assert!(
                status == "CREATE_COMPLETE" || status == "UPDATE_COMPLETE",
                "{stack} is in {status}"
            );
        }
        assert_eq!(
            self.names("functions"),
            of_each(&|stack, f| format!("{stack}-{f}"))
        );
        assert_eq!(
            self.names("log_groups"),
            of_each(&|stack, f| format!("/aws/lambda/{stack}-{f}"))
        );
        for kind in ["tables", "roles"] {
            let names = self.names(kind);
            assert_eq!(names.len(), games.len(), "{kind}: {names:?}");
        }
        assert_eq!(self.names("buckets").len(), 1);
        assert_eq!(self.names("policies"), [""; 0]);
        for (stack, deployed) in games {
            for (function, digest) in &deployed.digests {
                let code = &self.get("functions", &format!("{stack}-{function}"))["CodeSha256"];
                assert_eq!(code, digest, "the code of {stack}-{function}");
            }
        }
    }

    /// Asserts that nothing is in here.
    #[track_caller]
    pub fn assert_is_empty(&self) {
        assert_eq!(self.difference(&Self::default()), "");
    }
}
