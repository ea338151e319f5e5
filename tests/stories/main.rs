//! Stories: what a user does with the real `mafia` binary, judged by servers and clients that this
//! project did not write.
//!
//! One integration binary, so that one server serves every story and the tests link once. The
//! parts, from the outside in:
//!
//! | module | holds |
//! |---|---|
//! | [`endpoint`] | where requests go and with which keys; [`on_each_endpoint!`] turns a function into one test per kind of server |
//! | [`browser`] | a page in headless Chromium |
//! | [`sandbox`] | a sandbox of a story's own, ended with it |
//! | [`ministack`] | starts ministack on a free loopback port and ends it with the test process |
//! | [`proxy`] | stands between a client and an endpoint: records requests as AWS operations, injects faults, holds a request while the client is killed |
//! | [`operation`], [`fault`] | the names of recorded requests, and the shapes of injected answers |
//! | [`mafia`] | runs the binary in a clean environment, bounded in time, and asserts on what it did |
//! | [`workspace`] | a copy of the project that a story may edit, compiling only what it edits |
//! | [`listing`] | everything that exists on an endpoint, and the bystander whose things must survive |
//! | [`outside`] | Python and boto3: where they are, and a call through boto3 |
//! | [`stub`], [`scripted`] | a server that knows its answers by heart, and a game on it: for stories that need nothing to run |
//! | [`signals`] | signals to other processes |
//! | [`tiny`] | a workspace that compiles in a moment |
//! | [`faces`] | how everything looks, by snapshots; [`sitting`] the game at the terminal |
//! | [`network`] | proxies, authorities, sources of keys, endpoints of single services |
//! | [`refusals`] | each kind of bad input, with its message and exit code |
//! | [`doctor`] | what the doctor finds about a target, and which permission is missing |
//! | [`documents`] | that `docs/json.md` says what `--json` prints |
//! | [`ground`] | the first stories: that the parts above tell the truth |
//! | [`student`] | who deploys a stack from a workspace, and what a deployed game looks like from outside |
//! | [`init`], [`settings`], [`added`] | a workshop folder from nothing, its `mafia.toml`, and a function of one's own |
//! | [`operations`] | the lab of operations: queues, jobs, users apart, a file of prices |
//! | [`installed`] | the finished game ready built, for somebody without Rust |
//! | [`command_channel`] | the lab of a command channel: a SAM template, and a stream that a function reads |
//! | [`word_count`] | the lab that counts words: a topic with two subscribers |
//! | [`quickbuild`] | only what changed in the code travels |
//! | [`whole`] | a student's whole story, from the first deployment to the last look around |
//! | [`sparing`] | what a deployment sends, counted |
//! | [`requests`] | every operation that the tool asks for, recorded and held against botocore's models |
//! | [`budget`] | what each command sends, counted by operation |
//! | [`orientation`], [`next_steps`] | where one is, and what to do next |
//! | [`watch`] | each save becomes live |
//! | [`undo`], [`losses`] | the code before the last deployment, and changes that lose data |
//! | [`class`] | many students' stacks at once |
//! | [`crowd`] | a hundred night turns at once |
//! | [`broken`], [`obstacle`] | stacks that failed, and what they meet |
//! | [`api`] | the API in front of the game, and why it does not answer |
//! | [`by_hand`] | what others changed, put right or named |
//! | [`damaged`] | files of the sandbox that were changed, and what brings them back |
//! | [`cleaned`], [`owners`] | what a clean-up leaves, and whose a stack is |
//! | [`lives`] | a game's life in chapters, in peace and disturbed |
//! | [`labs`] | the checks of the labs, on right work and on each mistake; and the game that was there before |
//! | [`lessons`] | what a student sees of the labs; [`authors`] whether the labs do what they promise |
//! | [`large`] | bundles that do not fit into a request |
//! | [`meanings`] | what of a template changes a stack |
//! | [`mismatches`] | functions that only some of package, metadata and template have |
//! | [`faults`], [`killed`] | disturbed by a fault, or by a kill, at any request |
//! | [`shaken`] | disturbed all the time |
//! | [`interrupted`], [`together`] | Ctrl-C, and two terminals at the same stack |
//! | [`permissions`] | accounts with rules on roles |
//! | [`survived`] | clients that go on while the sandbox is killed |
//! | [`queues`], [`topics`], [`streams`] | messages in queues and topics and changes in streams, whole after kills |
//! | [`schedules`] | rules and schedules, when the sandbox's clock is set forward |
//! | [`reproducible`] | the same sources, the same bundles |
//! | [`cognito`] | a user pool, used by the client that pages use |
//! | [`demo`], [`picture`] | the newcomer's first command, and the README's picture |
//! | [`lifecycle`] | the sandbox started, found, stopped and killed |
//! | [`crashes`] | the sandbox killed at any moment, and whole again |
//! | [`events`] | events that were accepted before the sandbox was killed or stopped, run after it |
//! | [`left_behind`] | what a killed sandbox leaves running, ended |
//! | [`clients`] | AWS's own clients at the sandbox: the checks of `tests/outside` |
//! | [`layers`] | no story: which parts of the tool and the sandbox may use which |
//!
//! Stories that need ministack or Python are ignored by default, so that `cargo test` passes with nothing but
//! Rust and a C compiler. `.ci/run` installs what `tests/outside.txt` names and runs them all; after
//! that `cargo test --test stories -- --include-ignored` finds the tools by itself.
//!
//! A new story is a module here with functions that take `&Endpoint`, named in an
//! [`on_each_endpoint!`] block. Each call gets an account of its own, so stories run in parallel.

mod added;
mod api;
mod authors;
mod broken;
mod browser;
mod budget;
mod by_hand;
mod class;
mod cleaned;
mod clients;
mod cognito;
mod command_channel;
mod crashes;
mod crowd;
mod damaged;
mod demo;
mod doctor;
mod documents;
mod endpoint;
mod events;
mod faces;
mod fault;
mod faults;
mod ground;
mod hints;
mod init;
mod installed;
mod interrupted;
mod judged;
mod killed;
mod labs;
mod large;
mod layers;
mod left_behind;
mod lessons;
mod lifecycle;
mod listing;
mod lives;
mod losses;
mod mafia;
mod meanings;
mod ministack;
mod misconfigured;
mod mismatches;
mod mistakes;
mod network;
mod next_steps;
mod obstacle;
mod operation;
mod operations;
mod orientation;
mod outside;
mod owners;
mod permissions;
mod picture;
mod proxy;
mod put_back;
mod queues;
mod quickbuild;
mod refusals;
mod reproducible;
mod requests;
mod sandbox;
mod schedules;
mod scripted;
mod settings;
mod shaken;
mod shared_library;
mod shells;
mod signals;
mod sitting;
mod sparing;
mod streams;
mod stub;
mod student;
mod survived;
mod templates;
mod tiny;
mod together;
mod topics;
mod undo;
mod undo_with_library;
mod watch;
mod web;
mod whole;
mod word_count;
mod workspace;
