//! Whether the caller may do what a deployment needs, as the policies in `templates/policies` have it.
//!
//! IAM's simulator says it for each statement. A caller who may not ask the simulator tries requests
//! that change nothing.

use std::collections::BTreeSet;
use std::fmt;

use futures_util::{StreamExt, TryStreamExt, stream};

use super::policies::{Policy, Scope, Statement};
use crate::cloud::{Caller, Cloud, CloudError, Refusal};
use crate::error::Error;

/// How many questions IAM gets at the same time.
const MAX_CONCURRENT_QUESTIONS: usize = 4;

/// More statements than this are not written out: the whole policy is missing.
const MOST_WRITTEN: usize = 3;

/// What the check is about.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    pub caller: &'a Caller,
    pub stack: &'a str,
    pub workshop: &'a str,
    /// The artifact bucket, if there is one.
    pub bucket: Option<&'a str>,
    /// Whether the first deployment of the class is still to come.
    pub is_first: bool,
    /// The role that the functions have instead of one of their own.
    pub function_role: Option<&'a str>,
}

/// A statement that the caller lacks, and those of its actions that are denied.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Missing<'a> {
    statement: &'a Statement,
    denied: Vec<String>,
}

/// What the caller may do, or why that is not known.
pub async fn permissions(cloud: &Cloud, subject: Subject<'_>) -> Result<String, Error> {
    let policy = if subject.is_first {
        Policy::Instructor
    } else {
        Policy::Student
    };
    let needed = needed(policy, cloud, subject);
    let reason = match principal(&subject.caller.arn) {
        Principal::Root => return Ok("the root user of the account may do everything".to_owned()),
        Principal::Arn(principal) => match simulated(cloud, &principal, &needed).await {
            Ok(missing) => return verdict(policy, &missing, "you may do all that it allows"),
            Err(error) => error
                .code()
                .map_or_else(|| error.to_string(), str::to_owned),
        },
        Principal::Unknown => "it knows users and roles only".to_owned(),
    };
    let (tried, missing) = tried(cloud, subject, &needed).await;
    let known = format!(
        "IAM does not say what you may do ({reason}); {tried} requests tried, none refused"
    );
    verdict(policy, &missing, &known)
}

fn verdict(policy: Policy, missing: &[Missing<'_>], otherwise: &str) -> Result<String, Error> {
    if missing.is_empty() {
        return Ok(format!("{}: {otherwise}", policy.file()));
    }
    let names: Vec<String> = missing.iter().map(ToString::to_string).collect();
    let error = Error::blocked(format!(
        "you lack statements of {}: {}",
        policy.file(),
        names.join("; ")
    ));
    let error = error.hint(match policy {
        Policy::Student => "ask your instructor for them; docs/permissions.md says how",
        Policy::Instructor => {
            "the first deployment of a class needs them; let your instructor deploy first, or see \
             docs/permissions.md"
        }
    });
    let statements = missing.iter().map(|it| {
        let statement = it.statement.allowing(&it.denied);
        format!("{}: {statement}", it.statement.name)
    });
    let error = match missing.len() {
        ..=MOST_WRITTEN => error.hints(statements),
        _ => error,
    };
    let by_cloudformation = |it: &Missing<'_>| it.statement.is_for_cloudformation();
    Err(if missing.iter().all(by_cloudformation) {
        error.hint("or let CloudFormation work with a role that has them: --role-arn ARN")
    } else {
        error
    })
}

impl fmt::Display for Missing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.statement.name)?;
        if self.denied.len() < self.statement.actions.len() {
            write!(f, " ({})", self.denied.join(", "))?;
        }
        Ok(())
    }
}

/// The statements that the caller needs for this stack.
fn needed(policy: Policy, cloud: &Cloud, subject: Subject<'_>) -> Vec<Statement> {
    let scope = Scope {
        account: &subject.caller.account,
        region: &cloud.target().region,
        stack: subject.stack,
        workshop: subject.workshop,
    };
    let mut statements = policy.statements(scope);
    if let Some(role) = cloud.stack_role() {
        statements.retain(|statement| !statement.is_for_cloudformation());
        statements.push(Statement::passing_to_cloudformation(role));
    }
    if let Some(role) = subject.function_role {
        statements.retain(|statement| {
            !statement
                .actions
                .iter()
                .any(|action| action.starts_with("iam:"))
                || statement.actions == ["iam:PassRole"]
        });
        for statement in &mut statements {
            if statement.actions == ["iam:PassRole"] {
                role.clone_into(&mut statement.resource);
            }
        }
    }
    statements
}

#[derive(Debug, PartialEq, Eq)]
enum Principal {
    Root,
    /// Of a user or a role.
    Arn(String),
    Unknown,
}

/// Whose policies count for the caller with this ARN.
fn principal(arn: &str) -> Principal {
    let Some((account, resource)) = arn.rsplit_once(':') else {
        return Principal::Unknown;
    };
    match resource.split('/').collect::<Vec<_>>()[..] {
        ["root"] => Principal::Root,
        ["user", ..] => Principal::Arn(arn.to_owned()),
        ["assumed-role", role, _] => {
            let account = account.replace(":sts:", ":iam:");
            Principal::Arn(format!("{account}:role/{role}"))
        }
        _ => Principal::Unknown,
    }
}

/// What is missing, as IAM's simulator says. Statements about the same resource need one question.
async fn simulated<'a>(
    cloud: &Cloud,
    principal: &str,
    statements: &'a [Statement],
) -> Result<Vec<Missing<'a>>, CloudError> {
    let ask = |question: Vec<&'a Statement>| async move {
        let mut context = question[0].context();
        context.extend(user_name(principal));
        let actions: BTreeSet<&String> = question.iter().flat_map(|it| &it.actions).collect();
        let actions: Vec<String> = actions.into_iter().cloned().collect();
        let resource = &question[0].resource;
        let denied = cloud.denied_actions(principal, &actions, resource, &context);
        let denied = denied.await?;
        let of_statement = |it: &'a Statement| missing(it, intersection(&it.actions, &denied));
        Ok::<Vec<_>, CloudError>(question.into_iter().filter_map(of_statement).collect())
    };
    let mut questions = questions(statements).into_iter();
    let Some(first) = questions.next() else {
        return Ok(Vec::new());
    };
    // A caller who may not ask hears it once.
    let mut found = ask(first).await?;
    let others: Vec<_> = stream::iter(questions.map(ask))
        .buffered(MAX_CONCURRENT_QUESTIONS)
        .try_collect()
        .await?;
    found.extend(others.into_iter().flatten());
    let place = |it: &Missing<'_>| statements.iter().position(|one| one == it.statement);
    found.sort_by_key(place);
    Ok(found)
}

/// The statements, together where one answer of IAM's serves them.
fn questions(statements: &[Statement]) -> Vec<Vec<&Statement>> {
    let mut questions: Vec<Vec<&Statement>> = Vec::new();
    for statement in statements {
        let same = questions.iter_mut().find(|question| {
            question[0].resource == statement.resource
                && question[0].context() == statement.context()
        });
        match same {
            Some(question) => question.push(statement),
            None => questions.push(vec![statement]),
        }
    }
    questions
}

/// Those of `actions` that are denied.
fn intersection(actions: &[String], denied: &[String]) -> Vec<String> {
    let denied = actions.iter().filter(|action| denied.contains(action));
    denied.cloned().collect()
}

/// The variable for a user's name in policies: the simulator does not know it by itself.
///
/// Source: IAM's API reference, GetContextKeysForPrincipalPolicy.
fn user_name(principal: &str) -> Option<(String, String)> {
    let (kind, path_and_name) = principal.rsplit(':').next()?.split_once('/')?;
    let name = path_and_name.rsplit('/').next()?;
    (kind == "user").then(|| ("aws:username".to_owned(), name.to_owned()))
}

fn missing(statement: &Statement, denied: Vec<String>) -> Option<Missing<'_>> {
    (!denied.is_empty()).then_some(Missing { statement, denied })
}

fn is_denied(error: &CloudError) -> bool {
    error.refusal() == Some(Refusal::NotAllowed)
}

/// How many requests were tried, and what is missing by their answers.
async fn tried<'a>(
    cloud: &Cloud,
    subject: Subject<'_>,
    statements: &'a [Statement],
) -> (usize, Vec<Missing<'a>>) {
    let answers = cloud.tries(subject.stack, subject.bucket).await;
    let denied: Vec<String> = answers
        .iter()
        .filter(|(_, answer)| answer.as_ref().is_err_and(is_denied))
        .map(|(action, _)| (*action).to_owned())
        .collect();
    let missing = statements
        .iter()
        .filter_map(|it| missing(it, intersection(&it.actions, &denied)));
    (answers.len(), missing.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_belong_to_users_and_roles() {
        let user = "arn:aws:iam::123456789012:user/class/ann";
        for (arn, expected) in [
            (user, Principal::Arn(user.to_owned())),
            ("arn:aws:iam::123456789012:root", Principal::Root),
            (
                "arn:aws:sts::123456789012:assumed-role/Student/ann",
                Principal::Arn("arn:aws:iam::123456789012:role/Student".to_owned()),
            ),
            (
                "arn:aws:sts::123456789012:federated-user/ann",
                Principal::Unknown,
            ),
            ("", Principal::Unknown),
        ] {
            assert_eq!(principal(arn), expected, "{arn}");
        }
    }

    #[test]
    fn the_simulator_is_told_the_name_of_a_user() {
        let named = |name: &str| Some(("aws:username".to_owned(), name.to_owned()));
        assert_eq!(
            user_name("arn:aws:iam::123456789012:user/ann"),
            named("ann")
        );
        let user = "arn:aws:iam::123456789012:user/class/ann";
        assert_eq!(user_name(user), named("ann"));
        assert_eq!(user_name("arn:aws:iam::123456789012:role/ann"), None);
    }

    #[test]
    fn one_answer_serves_all_statements_about_a_resource() {
        let scope = Scope {
            account: "123456789012",
            region: "eu-west-1",
            stack: "game",
            workshop: "class",
        };
        let statements = Policy::Student.statements(scope);
        let questions = questions(&statements);
        let names = |question: &Vec<&Statement>| {
            let names: Vec<&str> = question.iter().map(|it| it.name.as_str()).collect();
            names.join(" ")
        };
        let together: Vec<String> = questions
            .iter()
            .filter(|it| it.len() > 1)
            .map(names)
            .collect();
        assert_eq!(
            together,
            [
                "Account CloudFormationLogsList",
                "Bundles CloudFormationBundles",
                "Functions CloudFormationFunctions",
                "Table CloudFormationTable",
                "Logs CloudFormationLogs",
            ]
        );
        assert_eq!(questions.iter().flatten().count(), statements.len());
    }

    #[test]
    fn a_missing_statement_is_named_with_what_is_missing_of_it() {
        let scope = Scope {
            account: "123456789012",
            region: "eu-west-1",
            stack: "game",
            workshop: "class",
        };
        let statements = Policy::Student.statements(scope);
        let functions = statements.iter().find(|it| it.name == "Functions");
        let functions = functions.expect("it is there");
        assert_eq!(missing(functions, Vec::new()), None);
        let one = missing(functions, vec!["lambda:InvokeFunction".to_owned()]);
        let all = missing(functions, functions.actions.clone());
        let missing = [one, all].map(|missing| missing.expect("something is missing"));
        let error = verdict(Policy::Student, &missing, "").expect_err("it is missing");
        assert_eq!(
            error.message,
            "you lack statements of templates/policies/student.json: Functions \
             (lambda:InvokeFunction); Functions"
        );
        assert_eq!(error.hints.len(), 3, "{error:?}");
        assert_eq!(
            error.hints[1],
            r#"Functions: {"Action":["lambda:InvokeFunction"],"Effect":"Allow","Resource":"arn:aws:lambda:*:123456789012:function:mafia-${aws:username}-0*","Sid":"Functions"}"#
        );
    }
}
