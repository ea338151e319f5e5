//! `mafia api call`

use clap::Args;
use serde::Serialize;

use crate::api::{self, Answer, Api, ApiError, Cause, Tested};
use crate::cloud::Cloud;
use crate::commands::heard::Heard;
use crate::commands::payload;
use crate::commands::values::header;
use crate::context::Context;
use crate::error::Error;
use crate::game::{DAY_TURN, GAME_STATE, GameClient, HARMLESS};
use crate::invocation::quoted;
use crate::names::{name_in_stack, without_number};
use crate::render;
use crate::wording::shortened;

/// Source: API Gateway REST API reference, `PutMethod`, `httpMethod`.
const METHODS: [&str; 7] = ["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"];
/// In bytes. Source: API Gateway developer guide, "Quotas for configuring and running a REST API".
const LONGEST_BODY: usize = 10 * 1024 * 1024;

/// Send a request to the API, and show its answer
#[derive(Args, Debug)]
#[command(
    override_usage = "mafia api call [OPTIONS] <METHOD> <PATH> [BODY]",
    after_help = "\
Examples:
  mafia api call GET /game-state
  mafia api call GET '/judgement?Name=Latifa'
  mafia api call POST /new-game '{}'
  mafia api call GET /night-turn --header 'Authorization: TOKEN'
  mafia api call --test GET /night-turn",
    after_long_help = "\
It is sent over HTTP, as a browser or curl does, and signed where the method wants that (AWS_IAM). What a function answers is a result whatever its status, and the \
exit code is 0. If API Gateway itself refuses the request, the exit code is 1, and the cause is named. To see \
whether the function failed or its answer was malformed, new-game, game-state and day-turn are called once more.

With --test, API Gateway runs the method as it is now, which needs no deployment, and shows its log, as `Test` in \
AWS's console does. It calls the function too."
)]
pub struct Call {
    /// Method, such as GET
    method: String,
    /// Path within the stage, such as /game-state
    path: String,
    /// JSON to send, or @FILE, or - for standard input
    body: Vec<String>,
    /// Header to send too, such as 'Authorization: TOKEN'
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE", value_parser = header)]
    headers: Vec<(String, String)>,
    /// Test the method without a deployment, and show its log
    #[arg(long)]
    test: bool,
}

/// What was answered, and with `--test` how.
#[derive(Serialize)]
struct Called {
    #[serde(flatten)]
    answer: Answer,
    #[serde(skip_serializing_if = "Option::is_none")]
    log: Option<String>,
    /// Why API Gateway itself refused it.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Cause>,
}

impl Call {
    /// What to send.
    pub fn request(&self) -> Result<api::Call, Error> {
        let Self {
            method, path, body, ..
        } = self;
        if !METHODS.contains(&method.to_uppercase().as_str()) {
            let message = format!("an API has no method {}", quoted(&shortened(method)));
            return Err(Error::usage(message)
                .hint("write the method before the path, such as `mafia api call GET /game-state`")
                .hint(format!("methods are {}", METHODS.join(", "))));
        }
        if path.contains("://") {
            return Err(Error::usage(format!("{path} is a whole address"))
                .hint("write only the path within the stage, such as /game-state")
                .hint("choose another stage with --stage NAME"));
        }
        let command = format!("mafia api call {method} {path}");
        let body = match &body[..] {
            [] => None,
            words => Some(payload::read(&command, words)?.json),
        };
        let length = body.as_ref().map_or(0, Vec::len);
        if length > LONGEST_BODY {
            let message = format!("the body has {}", render::size(length));
            return Err(Error::usage(message).hint("API Gateway takes 10 MB at most"));
        }
        // What was read is JSON.
        let body = body.map(|json| String::from_utf8_lossy(&json).into_owned());
        let call = api::Call::new(method, path, body);
        let headers = self.headers.iter();
        Ok(headers.fold(call, |call, (name, value)| call.with_header(name, value)))
    }

    pub async fn run(
        self,
        context: &Context,
        cloud: &Cloud,
        api: &Api,
        request: &api::Call,
    ) -> Result<(), Error> {
        let printer = &context.printer;
        if !changes_no_game(&request.path) {
            Heard::of(context, &GameClient::new(cloud, &api.stack)).forget();
        }
        if self.test {
            let testing = api::test(cloud, api, request);
            let Tested { answer, log } = printer.wait_for("testing the method", testing).await?;
            let called = Called {
                answer,
                log: Some(log),
                problem: None,
            };
            return printer.result_as_it_is(&called, None, text);
        }
        let calling = api::call(cloud, api, request);
        let answer = printer.wait_for("waiting for the API", calling).await?;
        let may_repeat = |function: &str| HARMLESS.contains(&name_in_stack(&api.stack, function));
        let explaining = api::refused(cloud, api, request, &answer, may_repeat);
        let refused = printer.wait_for("looking for the cause", explaining).await;
        let problem = match &refused {
            Some(ApiError::Refused { cause, .. }) => cause.as_deref().cloned(),
            _ => None,
        };
        let called = Called {
            answer,
            log: None,
            problem,
        };
        match refused {
            None => printer.result_as_it_is(&called, None, text),
            Some(refused) => {
                let error = context.with_hints_for_stack(refused.into()).await;
                Err(printer.result_with_error(&called, text, error))
            }
        }
    }
}

/// Whether nobody leaves or enters the game by such a request.
fn changes_no_game(path: &str) -> bool {
    let asked = path.split('?').next().unwrap_or_default();
    let name = asked.trim_matches('/');
    [GAME_STATE, DAY_TURN].map(without_number).contains(&name)
}

fn text(called: &Called) -> String {
    let answer = render::api_answer(&called.answer);
    match &called.log {
        Some(log) => format!("{answer}\n\n{}", log.trim_end()),
        None => answer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(method: &str, path: &str, body: &[&str]) -> Result<api::Call, Error> {
        let body = body.iter().map(|&word| word.to_owned()).collect();
        let (method, path) = (method.to_owned(), path.to_owned());
        Call {
            method,
            path,
            body,
            headers: vec![("a".to_owned(), "b".to_owned())],
            test: false,
        }
        .request()
    }

    #[test]
    fn mistakes_in_a_request_are_said_before_it_is_sent() {
        let sent = call("post", "new-game", &["{\"a\":", "1}"]).expect("sound");
        assert_eq!(
            (sent.method.as_str(), sent.path.as_str()),
            ("POST", "/new-game")
        );
        assert_eq!(sent.body.as_deref(), Some("{\"a\": 1}"));
        for (method, path, body, message) in [
            (
                "/game-state",
                "GET",
                &[][..],
                "an API has no method /game-state",
            ),
            ("", "/x", &[], "an API has no method ''"),
            ("CONNECT", "/x", &[], "an API has no method CONNECT"),
            ("GET", "http://a.example/prod/x", &[], "whole address"),
            ("POST", "/x", &["{a}"], "not JSON"),
        ] {
            let refused = call(method, path, body).expect_err(message);
            assert!(refused.message.contains(message), "{refused:?}");
            assert!(!refused.hints.is_empty());
        }
        let refused = call("POST", "/x", &["a=b"]).expect_err("no JSON");
        assert_eq!(
            refused.hints[0],
            "did you mean `mafia api call POST /x '{\"a\": \"b\"}'`?"
        );
    }

    #[test]
    fn what_was_heard_of_a_game_is_kept_where_the_game_stays() {
        for (path, stays) in [
            ("/game-state", true),
            ("/day-turn?Seed=1", true),
            ("/night-turn", false),
            ("/new-game", false),
        ] {
            assert_eq!(changes_no_game(path), stays, "{path}");
        }
    }
}
