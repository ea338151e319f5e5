//! Hints for deployments and clean-ups that fail.

use super::{Error, LIST_STACKS, OTHER_STACK};
use crate::cloud::Change;
use crate::deploy::{Cause, DeployError, Operation, StackFailure, StackRole};
use crate::names::LONGEST_FUNCTION_NAME;
use crate::wording::{known_names, nearest, shortened};

impl From<DeployError> for Error {
    fn from(error: DeployError) -> Self {
        let message = error.to_string();
        match error {
            DeployError::Bundle(error) => error.into(),
            DeployError::Cloud(error) | DeployError::Unseen { source: error, .. } => error.into(),
            DeployError::ForeignStack { role, .. } => Self::usage(message)
                .hint(match role {
                    StackRole::Game => "choose another name with --stack NAME (or MAFIA_STACK)",
                    StackRole::Workshop => {
                        "choose another name with --workshop NAME (or MAFIA_WORKSHOP)"
                    }
                })
                .hint("mafia changes only stacks that have its tag mafia:kind"),
            DeployError::NoStack { .. } => Self::usage(message)
                .hint("run `mafia deploy` without a function's name to create it")
                .hint(OTHER_STACK)
                .hint(LIST_STACKS),
            DeployError::LongFunctionName { .. } => Self::usage(message)
                .hint(format!("Lambda allows {LONGEST_FUNCTION_NAME} characters"))
                .hint(
                    "use a shorter stack name (--stack), or a shorter name in \
                     `[package.metadata.mafia.functions]`",
                ),
            DeployError::BucketName { .. } => Self::usage(message)
                .hint("nothing was created; choose another name for the stack with --stack NAME"),
            DeployError::Mismatch(mismatch) => Self::usage(message)
                .detail(&mismatch.snippet)
                .hints(mismatch.hints),
            DeployError::FunctionMissing { .. } => Self::failed(message).hint(
                "it was deleted outside CloudFormation; run `mafia deploy` without a function's name to \
                 restore it",
            ),
            DeployError::ResourcesGone { .. } => Self::failed(message)
                .hint("this target cannot restore them; run `mafia clean`, then `mafia deploy`"),
            DeployError::LostTags { stack } => Self::usage(message)
                .hint(format!(
                    "if {stack} is your game, use --adopt (or MAFIA_ADOPT=true): `mafia deploy \
                     --adopt` gives it its tags again"
                ))
                .hint("choose another name with --stack NAME (or MAFIA_STACK)"),
            DeployError::Strangers { stack, .. } => Self::usage(message)
                .hint(format!(
                    "if {stack} is yours, perhaps from another clone of the workshop, or you may \
                     have it, use --adopt (or MAFIA_ADOPT=true): after the next update it belongs \
                     to this folder"
                ))
                .hint("choose another name with --stack NAME (or MAFIA_STACK)"),
            DeployError::OtherLab { stack, found, .. } => Self::usage(message)
                .hint(match found {
                    Some(lab) => {
                        format!("run `mafia deploy --lab {lab} --stack {stack}` to deploy that lab")
                    }
                    None => format!("run `mafia deploy --lab game --stack {stack}` to deploy the game"),
                })
                .hint("choose another name with --stack NAME (or MAFIA_STACK)"),
            DeployError::OtherClass {
                student: Some(student),
                found: None,
                ..
            } => Self::usage(message)
                .hint(format!(
                    "if the student deleted the stack of the class and deployed again, run `mafia class \
                     exec --only {student} -- clean --adopt --yes`, which deletes this one, and then the \
                     same command again"
                ))
                .hint("or give the student another name in the roster"),
            DeployError::OtherClass { .. } => Self::usage(message)
                .hint("give the student another name in the roster")
                .hint("or delete that stack with the command of whoever it belongs to"),
            DeployError::NoOutput { .. } => Self::usage(message).hint(
                "add the output to the template, or fix the name in `[package.metadata.mafia.site]`",
            ),
            DeployError::NoSiteBucket { .. } => {
                Self::failed(message).hint("run `mafia deploy --full` to create it again")
            }
            DeployError::NoCode { .. } => Self::failed(message)
                .hint("deploy from the folder that has the code, which uploads it again"),
            DeployError::Students { stack, .. } => Self::usage(message)
                .hint(
                    "if you are that student, use the line that your instructor gave you: it sets \
                     MAFIA_STACK to your stack",
                )
                .hint(format!(
                    "to work on {stack} all the same, use --adopt (or MAFIA_ADOPT=true)"
                )),
            DeployError::NoPlaceForTemplate { .. } => {
                Self::failed(message).hint("run `mafia deploy`, which creates the bucket")
            }
            DeployError::OwnParameter { .. } => {
                Self::usage(message).hint("omit it: `mafia deploy` sets it")
            }
            DeployError::Protected { stack } => Self::failed(message).hint(format!(
                "if you may delete it, run `aws cloudformation update-termination-protection \
                 --no-enable-termination-protection --stack-name {stack}` first"
            )),
            DeployError::StackDisappeared { .. }
            | DeployError::FunctionChanged { .. }
            | DeployError::Conflict { .. } => {
                Self::failed(message).hint("run `mafia deploy` again")
            }
            DeployError::TemplateRefused { reason, .. } => Self::failed(message)
                .detail(&shortened(&reason))
                .hint("fix the template and deploy again; the stack is unchanged"),
            DeployError::ParameterRefused { .. } => Self::usage(message)
                .hint("set another value with `mafia deploy --parameter NAME=VALUE`")
                .hint("the stack is unchanged"),
            DeployError::UnknownParameter { parameter, known } => {
                let nearest = nearest(&parameter, known.iter().map(String::as_str));
                Self::usage(message).hints(known_names("parameters", &known, nearest))
            }
            DeployError::ChangeSetFailed { .. } => Self::failed(message)
                .hint("fix the template or the parameters; the stack is unchanged"),
            DeployError::LosesData { changes, .. } => Self::usage(message)
                .hint("use --yes if it may be lost")
                .hints(ways_to_keep(&changes)),
            DeployError::StackFailed(failure) => stack_failed(&failure),
            DeployError::PatchFailed { .. } => Self::failed(message)
                .hint("run `mafia deploy` to try again, or `mafia logs` to see the function's log"),
            DeployError::NoBucket { .. } => Self::failed(message)
                .hint("the stack was changed by hand; run `mafia clean`, then `mafia deploy`"),
        }
    }
}

/// How to keep the data that an update would lose. Of a resource that is not in the template any more, the
/// stack has the policy of the last deployment.
fn ways_to_keep(changes: &[Change]) -> Vec<String> {
    let lost = changes.iter().filter(|change| change.loses_data);
    let (removed, replaced): (Vec<&Change>, Vec<&Change>) =
        lost.partition(|change| change.action == "Remove");
    let policies = "DeletionPolicy and UpdateReplacePolicy";
    let mut ways = Vec::new();
    if !replaced.is_empty() {
        let names = names(&replaced);
        ways.push(format!(
            "to keep {names}, set {policies} to Retain there in the template"
        ));
    }
    if !removed.is_empty() {
        let names = names(&removed);
        ways.push(format!(
            "to keep {names}, put it back into the template with {policies} set to Retain, deploy, \
             then remove it"
        ));
    }
    ways
}

fn names(changes: &[&Change]) -> String {
    let names: Vec<&str> = changes.iter().map(|it| it.logical_id.as_str()).collect();
    names.join(", ")
}

/// What S3 answers Lambda that asks for code, in small letters.
const CODE_GONE: [&str; 2] = ["nosuchkey", "nosuchbucket"];

/// What helps against some frequent causes of failed operations.
fn remedy(cause: &Cause) -> Option<String> {
    let reason = cause.reason.to_lowercase();
    let Cause {
        logical_id,
        resource_type,
        physical_id,
        ..
    } = cause;
    let name = physical_id.as_ref().unwrap_or(logical_id);
    if reason.contains("already exists") && resource_type == "AWS::Logs::LogGroup" {
        Some(format!(
            "another stack may have left the log group; delete it with `aws logs delete-log-group \
             --log-group-name {name}`"
        ))
    } else if reason.contains("already exists") {
        Some(format!(
            "delete {name} if nobody needs it, or give {logical_id} another name"
        ))
    } else if CODE_GONE.iter().any(|code| reason.contains(code)) {
        Some(
            "somebody has deleted the code from the bucket in the meantime, as a clean-up of the same class \
             does; when it has ended, run the same command again, which stores the code again"
                .to_owned(),
        )
    } else if reason.contains("attached to entities") {
        Some(format!(
            "see who has it with `aws iam list-entities-for-policy --policy-arn {name}`, and take it from each, \
             as with `aws iam detach-user-policy --policy-arn {name} --user-name NAME`"
        ))
    } else if reason.contains("deletion protection")
        || reason.contains("protected against deletion")
    {
        Some(format!(
            "if it may go, take its protection away: `aws dynamodb update-table --table-name {name} \
             --no-deletion-protection-enabled`"
        ))
    } else {
        None
    }
}

fn stack_failed(failure: &StackFailure) -> Error {
    const AGAIN: &str = "fix the cause and deploy again; this also recovers the stack";
    let why = failure.explanation().unwrap_or_default();
    let error = Error::failed(failure.summary())
        .detail(&shortened(&why))
        .hints(failure.cause.as_ref().and_then(remedy));
    match failure.operation {
        Operation::Create | Operation::Update => error.hint(AGAIN),
        Operation::Rollback => error.hint(AGAIN).hint(
            "if you cannot fix it, run `mafia clean`, then `mafia deploy`; this deletes the \
             current game",
        ),
        Operation::Delete => error.hint("fix the cause and run the same command again"),
    }
}
