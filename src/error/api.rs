//! What a person sees when an API does not answer as it should.

use super::{Error, OTHER_STACK, Requester, hints_of};
use crate::api::{ApiError, Call, Cause};
use crate::cloud::Denial;
use crate::game_page::NoAddress;
use crate::invocation::quoted;
use crate::names::short_name;
use crate::wording::known_names;

const OWN_ADDRESS: &str = "take the output from the workshop's template";

const OWN_STACK: &str = "choose the stack of a game with --stack NAME (or MAFIA_STACK)";

impl From<NoAddress> for Error {
    fn from(error: NoAddress) -> Self {
        Self::failed(error.to_string()).hint(OWN_ADDRESS)
    }
}

impl From<ApiError> for Error {
    fn from(error: ApiError) -> Self {
        let message = error.to_string();
        match error {
            ApiError::Cloud(error) => error.into(),
            ApiError::Find(error) => error.into(),
            ApiError::NoApi { .. } => Self::failed(message)
                .hint("run `mafia deploy -p Api=yes` to create it")
                .hint(OTHER_STACK),
            ApiError::SharedStack { .. } => Self::failed(message).hint(OWN_STACK),
            ApiError::OtherApi { .. } => Self::failed(message).hint(OWN_ADDRESS).hint(
                "to work with the API of another stack, choose that one with --stack NAME (or MAFIA_STACK)",
            ),
            ApiError::NotAnAddress { .. } => Self::failed(message).hint(OWN_ADDRESS),
            ApiError::NoMethod { cause } => Self::usage(message).hints(hints(&cause, None)),
            ApiError::Refused {
                stack,
                cause,
                again,
                message: said,
                ..
            } => {
                let error = Self::failed(message);
                if let Some(denial) = Denial::read(&said) {
                    return error.hints(hints_of(&denial, Requester::Caller));
                }
                match cause.as_deref() {
                    Some(cause @ Cause::FailedOrNotAResponse { .. }) => error
                        .hints(again.map(|call| test_of(&call)))
                        .hints(hints(cause, Some(&stack))),
                    Some(cause) => error.hints(hints(cause, Some(&stack))),
                    None => error.hint("run `mafia api` to see whether the API is as it should be"),
                }
            }
        }
    }
}

fn test_of(call: &Call) -> String {
    let words = [&call.method, &call.path].into_iter().chain(&call.body);
    let words: Vec<String> = words.map(|word| quoted(word)).collect();
    format!(
        "run `mafia api call --test {}` to see its answer; it is called once more",
        words.join(" ")
    )
}

impl Error {
    /// That the API of the stack has these problems.
    pub fn of_api(problems: &[Cause], stack: &str) -> Self {
        let messages: Vec<String> = problems.iter().map(Cause::to_string).collect();
        Self::failed(messages.join("; "))
            .hints(problems.iter().flat_map(|it| hints(it, Some(stack))))
    }
}

/// The command for the log of a function with this full name, which need not be one of the API's `stack`.
fn logs(function: &str, stack: Option<&str>) -> String {
    let short = short_name(function);
    let other = function
        .strip_suffix(short)
        .and_then(|it| it.strip_suffix('-'));
    match other.filter(|other| Some(*other) != stack) {
        Some(other) => format!("`mafia logs --stack {other} {short}`"),
        None => format!("`mafia logs {short}`"),
    }
}

fn hints(cause: &Cause, stack: Option<&str>) -> Vec<String> {
    match cause {
        Cause::NoPermission { .. } => vec![
            "add an AWS::Lambda::Permission for each function to the template, with Principal \
             apigateway.amazonaws.com, and run `mafia deploy`"
                .to_owned(),
            "if the template has it, it was deleted since: `mafia deploy --full` brings it back".to_owned(),
        ],
        Cause::NotAResponse { .. } => vec![
            "answer with statusCode, headers and body, and with text as the body, such as \
             {\"statusCode\": 200, \"headers\": {}, \"body\": \"[]\"}; then run `mafia deploy`"
                .to_owned(),
        ],
        Cause::FunctionFailed { function, .. } | Cause::FailedOrNotAResponse { function } => {
            vec![format!("run {} to see more", logs(function, stack))]
        }
        Cause::TimedOut { function } => vec![format!(
            "it waits 29 seconds at most; run {} to see what took so long",
            logs(function, stack)
        )],
        Cause::NoStage { known, .. } => {
            let known = match &known[..] {
                [] => "it has none; run `mafia deploy --full` to create it".to_owned(),
                known => format!("its stages are {}; choose one with --stage", known.join(", ")),
            };
            vec![known]
        }
        Cause::NoRoute { methods, .. } if !methods.is_empty() => {
            vec![format!("the path has {}", methods.join(", "))]
        }
        Cause::NoRoute { nearest, known, .. } => known_names("paths", known, nearest.as_deref()),
        Cause::NotDeployed { api, stage, .. } => vec![
            "if the template changed, its deployment needs another logical id: end it with DIGEST, as the \
             workshop's template does, and run `mafia deploy`"
                .to_owned(),
            format!(
                "if it ends so already, or somebody changed the API by hand, deploy it: `aws apigateway \
                 create-deployment --rest-api-id {api} --stage-name {stage}`"
            ),
        ],
        Cause::TooLarge => vec![
            "send less; in the event the body is a text, in which each quotation mark takes two characters"
                .to_owned(),
        ],
        Cause::TooManyRequests => vec!["wait a moment, and try again".to_owned()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_log_of_a_function_is_in_the_stack_that_has_it() {
        let hint = |stack: &str| {
            let problem = Cause::TimedOut {
                function: "mafia-ann-03-night-turn".to_owned(),
            };
            Error::of_api(&[problem], stack).hints.concat()
        };
        assert!(hint("mafia-ann").contains("run `mafia logs 03-night-turn` to"));
        let of_page = hint("mafia-ann-web");
        assert!(of_page.contains("run `mafia logs --stack mafia-ann 03-night-turn` to"));
    }
}
