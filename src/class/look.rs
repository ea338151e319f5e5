//! Reads how a class stands in an account: a listing of the stacks and one of the functions, and for each
//! student the table of players. A function is asked for by itself only where its code is not the class's, and
//! a stack's events only where it failed.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use futures_util::future::{join, join_all};
use futures_util::{StreamExt, stream};

use super::code::ClassCode;
use super::member::{Member, other_values};
use super::progress::{self, StudentProgress};
use super::standing::{ClassStanding, StudentStanding};
use crate::cloud::{Cloud, CloudError, ListedFunction, NamedValues, Stack, UpdateStatus};
use crate::deploy::{self, Membership, seconds_since_1970};
use crate::functions::{self, Calls, Entry};
use crate::game::Winner;
use crate::names::{function_name, name_in_stack};
use crate::status::{self, GameStatus, Side};

/// How many students are looked at at the same time.
const MAX_CONCURRENT_STUDENTS: usize = 32;
/// The output of a game's stack, and the variable of its functions, with the name of the table.
const TABLE_OUTPUT: &str = "TableName";
const TABLE_VARIABLE: &str = "DYNAMO_TABLE";
/// Failed calls are counted so far back.
const ERRORS_SINCE: Duration = Duration::from_secs(3600);

/// Which class is looked at, and what.
#[derive(Clone, Debug)]
pub struct Look<'a> {
    pub class: &'a str,
    /// The students that should have a stack in this account.
    pub expected: &'a [&'a Member],
    /// Whether failed calls are counted, which costs a request for each function.
    pub errors: bool,
}

/// How the class stands in the account of `cloud`.
pub async fn look(cloud: &Cloud, look: &Look<'_>) -> Result<ClassStanding, CloudError> {
    let (stacks, functions) = join(cloud.stacks(), cloud.list_functions()).await;
    let stacks = stacks?;
    let functions = match functions {
        Err(error) if error.concerns_one_request() => None,
        functions => Some(of_each(&stacks, functions?)),
    };
    let ours =
        |stack: &&Stack| Membership::of(stack).is_some_and(|place| place.class == look.class);
    let ours: Vec<&Stack> = stacks.iter().filter(ours).collect();
    let shared = ours.iter().find(|stack| deploy::is_workshop(stack));
    let (kept, progress) = join(kept_code(cloud, look.class, &ours), async {
        match shared {
            Some(shared) => progress::read(cloud, shared).await,
            None => Ok(BTreeMap::new()),
        }
    })
    .await;
    let (kept, progress) = (kept?, progress?);
    let code = match (&kept, &functions) {
        (Some(code), _) => Some(code.digests()),
        (None, Some(functions)) => Some(most_common(&ours, functions)),
        (None, None) => None,
    };
    let students = students(look.expected, &ours);
    let looking = students.iter().map(|(student, stack)| {
        let found = ours.iter().find(|it| it.name == *stack).copied();
        let foreign = stacks
            .iter()
            .find(|it| it.name == *stack)
            .filter(|_| found.is_none());
        let functions = functions
            .as_ref()
            .map(|all| all.get(stack).map_or(&[][..], Vec::as_slice));
        let member = look.expected.iter().find(|it| it.stack == *stack);
        let student = Student {
            cloud,
            student,
            stack,
            found,
            parameters: member.map(|it| &it.parameters),
            functions,
            code: code.as_ref(),
            progress: progress.get(stack),
        };
        async move {
            match foreign {
                Some(_) => Ok(student.foreign()),
                None => student.standing(look.errors).await,
            }
        }
    });
    let looked = stream::iter(looking).buffered(MAX_CONCURRENT_STUDENTS);
    let looked: Vec<Result<StudentStanding, CloudError>> = looked.collect().await;
    let mut standing = ClassStanding {
        class: look.class.to_owned(),
        students: looked.into_iter().collect::<Result<_, _>>()?,
    };
    standing.sort();
    Ok(standing)
}

/// The code that the bucket says; `None` if it says none, or may not be read.
async fn kept_code(
    cloud: &Cloud,
    class: &str,
    stacks: &[&Stack],
) -> Result<Option<ClassCode>, CloudError> {
    let shared = stacks.iter().find(|stack| deploy::is_workshop(stack));
    let Some(name) = shared.and_then(|shared| deploy::bucket_of(shared).ok()) else {
        return Ok(None);
    };
    let bucket = super::code::ClassBucket { cloud, name, class };
    match bucket.code().await {
        Ok(code) => Ok(code),
        Err(super::code::CodeError::Cloud(error)) if !error.concerns_one_request() => Err(error),
        Err(_) => Ok(None),
    }
}

/// Student and stack of everybody who has one or should have one, in the order of their names.
fn students(expected: &[&Member], stacks: &[&Stack]) -> Vec<(String, String)> {
    let there = stacks.iter().filter_map(|stack| {
        let student = Membership::of(stack)?.student?;
        Some((student, stack.name.clone()))
    });
    let expected = expected
        .iter()
        .map(|it| (it.student.clone(), it.stack.clone()));
    let all: BTreeSet<(String, String)> = expected.chain(there).collect();
    all.into_iter().collect()
}

/// The functions of each stack. Of several stacks whose names a function's begins with, it is the one
/// with the longest.
fn of_each(stacks: &[Stack], all: Vec<ListedFunction>) -> BTreeMap<String, Vec<ListedFunction>> {
    let names: BTreeSet<&str> = stacks.iter().map(|stack| &*stack.name).collect();
    let mut of_each: BTreeMap<String, Vec<ListedFunction>> = BTreeMap::new();
    for function in all {
        let ends = function.name.match_indices('-').map(|(end, _)| end).rev();
        let mut prefixes = ends.map(|end| &function.name[..end]);
        if let Some(stack) = prefixes.find(|prefix| names.contains(prefix)) {
            of_each
                .entry(stack.to_owned())
                .or_default()
                .push(function.clone());
        }
    }
    of_each
}

/// The code of each function that most students have.
fn most_common(
    stacks: &[&Stack],
    functions: &BTreeMap<String, Vec<ListedFunction>>,
) -> BTreeMap<String, String> {
    let mut votes: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    for stack in stacks {
        for function in functions.get(&stack.name).into_iter().flatten() {
            let of_function = votes
                .entry(name_in_stack(&stack.name, &function.name))
                .or_default();
            *of_function.entry(&function.code_sha256).or_default() += 1;
        }
    }
    let winner = |(function, votes): (&str, BTreeMap<&str, usize>)| {
        let all: usize = votes.values().sum();
        let (digest, _) = votes.into_iter().find(|(_, votes)| votes * 2 > all)?;
        Some((function.to_owned(), digest.to_owned()))
    };
    votes.into_iter().filter_map(winner).collect()
}

/// One student, with what the listings say.
struct Student<'a> {
    cloud: &'a Cloud,
    student: &'a str,
    stack: &'a str,
    found: Option<&'a Stack>,
    /// Those that the roster sets; `None` if it does not name the student.
    parameters: Option<&'a NamedValues>,
    /// `None` if they may not be listed.
    functions: Option<&'a [ListedFunction]>,
    /// The class's code: the digests by the functions' names in the workshop.
    code: Option<&'a BTreeMap<String, String>>,
    progress: Option<&'a StudentProgress>,
}

impl Student<'_> {
    fn unknown(&self) -> StudentStanding {
        StudentStanding {
            student: self.student.to_owned(),
            stack: self.stack.to_owned(),
            status: None,
            differing: None,
            parameters: None,
            last_deploy: None,
            game: None,
            progress: None,
            errors: None,
            stuck: None,
        }
    }

    /// Another stack has the name.
    fn foreign(&self) -> StudentStanding {
        StudentStanding {
            stuck: Some(format!("stack {} is not one of the class", self.stack)),
            ..self.unknown()
        }
    }

    async fn standing(&self, errors: bool) -> Result<StudentStanding, CloudError> {
        let Some(stack) = self.found else {
            return Ok(self.unknown());
        };
        let differing = self.differing();
        let (game, stuck) = join(self.game(stack), self.stuck(stack, differing.as_deref())).await;
        let changed = self
            .functions
            .into_iter()
            .flatten()
            .filter_map(|it| it.changed);
        Ok(StudentStanding {
            status: Some(stack.status.to_string()),
            parameters: self
                .parameters
                .map(|wanted| other_values(wanted, &stack.parameters)),
            last_deploy: changed.chain(stack.changed.map(seconds_since_1970)).max(),
            game: game.as_ref().and_then(in_words),
            errors: match errors {
                true => self.errors().await,
                false => None,
            },
            stuck: stuck?,
            progress: self.progress.cloned(),
            differing,
            ..self.unknown()
        })
    }

    /// The functions that have other code than the class, by their names in the workshop.
    fn differing(&self) -> Option<Vec<String>> {
        let (functions, code) = (self.functions?, self.code.filter(|code| !code.is_empty())?);
        let differs = functions.iter().filter_map(|function| {
            let name = name_in_stack(self.stack, &function.name);
            let differs = code
                .get(name)
                .is_some_and(|digest| *digest != function.code_sha256);
            differs.then(|| name.to_owned())
        });
        Some(differs.collect())
    }

    /// What only informs does not end the command: a table that cannot be read tells nothing.
    async fn game(&self, stack: &Stack) -> Option<GameStatus> {
        let variable =
            |function: &ListedFunction| function.environment.get(TABLE_VARIABLE).cloned();
        let of_functions = || self.functions?.iter().find_map(variable);
        let table = stack
            .outputs
            .get(TABLE_OUTPUT)
            .cloned()
            .or_else(of_functions);
        status::game_in(self.cloud, &table?).await
    }

    /// Why the student cannot go on.
    async fn stuck(
        &self,
        stack: &Stack,
        differing: Option<&[String]>,
    ) -> Result<Option<String>, CloudError> {
        let status = &stack.status;
        let is_lost = status.is_failure() || status.0 == "ROLLBACK_COMPLETE";
        if is_lost {
            let cause = match deploy::cause_of(self.cloud, stack).await {
                Err(error) if !error.concerns_one_request() => return Err(error),
                cause => cause.ok().flatten(),
            };
            let cause = cause.map(|cause| cause.described());
            let cause = cause.or_else(|| stack.reason.clone());
            let cause = cause.map(|cause| format!(": {cause}")).unwrap_or_default();
            return Ok(Some(format!("{status}{cause}")));
        }
        if status.0.ends_with("_IN_PROGRESS") {
            return Ok(None);
        }
        let (Some(functions), Some(code)) = (self.functions, self.code) else {
            return Ok(None);
        };
        let is_there = |name: &&String| {
            let full = function_name(self.stack, name);
            functions.iter().any(|function| function.name == full)
        };
        if let Some(missing) = code.keys().find(|name| !is_there(name)) {
            return Ok(Some(format!("function {missing} does not exist")));
        }
        let asked = differing.unwrap_or_default().iter().map(|name| async move {
            let found = self
                .cloud
                .function(&function_name(self.stack, name))
                .await?;
            Ok::<_, CloudError>((name, found))
        });
        for asked in join_all(asked).await {
            match asked {
                Ok((name, Some(found))) => {
                    if let UpdateStatus::Failed(reason) = found.update {
                        return Ok(Some(format!("the last update of {name} failed: {reason}")));
                    }
                }
                Err(error) if !error.concerns_one_request() => return Err(error),
                _ => {}
            }
        }
        Ok(None)
    }

    /// The failed calls of the last hour; `None` if the logs cannot be read.
    async fn errors(&self) -> Option<usize> {
        let names: Vec<String> = self.functions?.iter().map(|it| it.name.clone()).collect();
        let since: SystemTime = self.cloud.now() - ERRORS_SINCE;
        let mut lines = functions::lines(self.cloud, &names, since).await.ok()?;
        let mut calls = Calls::default();
        let mut entries = calls.read(&mut lines);
        entries.extend(calls.rest());
        let failed = |entry: &&Entry| matches!(entry, Entry::Call(call) if call.status == functions::Status::Failed);
        Some(entries.iter().filter(failed).count())
    }
}

/// `night, 5 of 7 alive`; `None` without a game.
fn in_words(game: &GameStatus) -> Option<String> {
    let alive = format!("{} of {} alive", game.alive, game.players);
    match (game.turn, game.winner) {
        (_, Some(Winner::Mafia)) => Some(format!("the mafia has won, {alive}")),
        (_, Some(Winner::Innocents)) => Some(format!("the innocents have won, {alive}")),
        (Some(Side::Mafia), None) => Some(format!("night, {alive}")),
        (Some(Side::Judge), None) => Some(format!("day, {alive}")),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stack(name: &str) -> Stack {
        Stack::example(name, name, "CREATE_COMPLETE")
    }

    fn function(name: &str, code: &str) -> ListedFunction {
        ListedFunction {
            name: name.to_owned(),
            code_sha256: code.to_owned(),
            changed: None,
            environment: NamedValues::new(),
        }
    }

    #[test]
    fn a_function_is_of_the_stack_with_the_longest_name() {
        let stacks = ["m-ann", "m-ann-lee"].map(stack);
        let names = [
            "m-ann-01-dawn",
            "m-ann-lee-01-dawn",
            "m-ben-01-dawn",
            "other",
        ];
        let all = names.map(|name| function(name, ""));
        let of_each = of_each(&stacks, all.into());
        let names = |stack: &str| -> Vec<&str> {
            let functions = of_each.get(stack).into_iter().flatten();
            functions.map(|it| &*it.name).collect()
        };
        assert_eq!(names("m-ann"), ["m-ann-01-dawn"]);
        assert_eq!(names("m-ann-lee"), ["m-ann-lee-01-dawn"]);
        assert_eq!(of_each.len(), 2);
    }

    #[test]
    fn the_class_has_the_code_that_more_than_half_have() {
        let stacks = ["m-a", "m-b", "m-c"].map(stack);
        let all = [("m-a", "x", "1"), ("m-b", "x", "2"), ("m-c", "y", "3")];
        let all = all.iter().flat_map(|(stack, dawn, dusk)| {
            [
                function(&format!("{stack}-01-dawn"), dawn),
                function(&format!("{stack}-02-dusk"), dusk),
            ]
        });
        let functions = of_each(&stacks, all.collect());
        let stacks: Vec<&Stack> = stacks.iter().collect();
        let expected = BTreeMap::from([("01-dawn".to_owned(), "x".to_owned())]);
        assert_eq!(most_common(&stacks, &functions), expected);
    }

    #[test]
    fn a_game_is_told_in_a_few_words() {
        let game = |turn, winner| GameStatus {
            players: 7,
            alive: 5,
            turn,
            winner,
        };
        for (turn, winner, words) in [
            (Some(Side::Mafia), None, Some("night, 5 of 7 alive")),
            (Some(Side::Judge), None, Some("day, 5 of 7 alive")),
            (
                None,
                Some(Winner::Mafia),
                Some("the mafia has won, 5 of 7 alive"),
            ),
            (
                None,
                Some(Winner::Innocents),
                Some("the innocents have won, 5 of 7 alive"),
            ),
            (None, None, None),
        ] {
            assert_eq!(in_words(&game(turn, winner)).as_deref(), words);
        }
    }
}
