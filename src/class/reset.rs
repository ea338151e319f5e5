//! Brings students' stacks back to a checkpoint of the class: code, template and parameters by a deployment,
//! then the table, which is emptied.

use futures_util::{StreamExt, TryStreamExt, stream};
use serde::Serialize;

use super::accounts::{Accounts, Place};
use super::code::ClassCode;
use super::event::Emit;
use super::member::{Member, other_values};
use super::outcome::{ClassOutcome, Ended};
use super::stop::Stop;
use super::up::{Order, Reach, bring_up};
use crate::cloud::{Cloud, CloudError, NamedValues, Phase, Stack};
use crate::deploy::{
    self, ARCHITECTURE, DeployError, LIBRARY, Membership, Observed, Release, Workshop,
};
use crate::names::name_in_stack;

/// The output of a game's stack with the name of the table.
const TABLE_OUTPUT: &str = "TableName";
/// More items than a game has players.
const MOST_ITEMS: usize = 1000;
const MAX_CONCURRENT_STUDENTS: usize = 32;

/// A checkpoint, and whom it is for.
pub struct Reset<'a> {
    pub class: &'a str,
    pub expires: Option<&'a str>,
    pub members: &'a [Member],
    /// The name of the checkpoint.
    pub name: &'a str,
    pub checkpoint: &'a ClassCode,
    /// Makes a cause, and what to do about it, of an error.
    pub explain: fn(DeployError) -> (String, Vec<String>),
}

/// What a reset takes from a student's stack.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Losses {
    pub student: String,
    pub stack: String,
    /// CloudFormation's; `None` when there is no stack.
    pub status: Option<String>,
    /// The functions with other code, by their names in the workshop.
    pub functions: Vec<String>,
    /// Whether the stack has another template.
    pub template: bool,
    /// The parameters with other values.
    pub parameters: Vec<String>,
    /// The settings of functions that were changed by hand.
    pub settings: Vec<String>,
    /// The items in the table; `None` when it cannot be read.
    pub items: Option<usize>,
}

impl Losses {
    /// Whether it is known that nothing is lost.
    pub fn is_nothing(&self) -> bool {
        let same = Self {
            student: self.student.clone(),
            stack: self.stack.clone(),
            status: self.status.clone(),
            items: Some(0),
            ..Self::default()
        };
        self.status.is_none() || (*self == same && !self.has_failed())
    }

    /// Whether there is a stack that cannot stay.
    pub fn has_failed(&self) -> bool {
        let status = self.status.as_deref().unwrap_or("CREATE_COMPLETE");
        !status.ends_with("_COMPLETE") || status == "ROLLBACK_COMPLETE"
    }
}

impl Reset<'_> {
    /// What it takes from each student, in the order of the members. Stacks that are not the class's are
    /// left out: they are refused later.
    pub async fn losses(&self, accounts: &Accounts) -> Result<Vec<Losses>, DeployError> {
        let of_members = stream::iter(self.members).map(|member| self.losses_of(accounts, member));
        let of_members = of_members.buffered(MAX_CONCURRENT_STUDENTS);
        let all: Vec<Option<Losses>> = of_members.try_collect().await?;
        Ok(all.into_iter().flatten().collect())
    }

    async fn losses_of(
        &self,
        accounts: &Accounts,
        member: &Member,
    ) -> Result<Option<Losses>, DeployError> {
        let Some(Place { cloud, .. }) = accounts.place(member) else {
            return Ok(None);
        };
        let losses = Losses {
            student: member.student.clone(),
            stack: member.stack.clone(),
            ..Losses::default()
        };
        let Some(stack) = cloud.stack(&member.stack).await? else {
            return Ok(Some(losses));
        };
        if !self.is_of(&stack, member) {
            return Ok(None);
        }
        let items = items(cloud, &stack).await?;
        let status = Some(stack.status.to_string());
        if stack.status.phase() != Phase::Updatable {
            return Ok(Some(Losses {
                status,
                items,
                ..losses
            }));
        }
        let functions: Vec<String> = self.checkpoint.functions.keys().cloned().collect();
        let observed = deploy::observe_known(cloud, &stack, &functions).await?;
        let template = observed.template.clone().unwrap_or_default();
        let settings = deploy::plan::changed(&observed).into_iter();
        Ok(Some(Losses {
            status,
            functions: self.other_code(&observed, &stack.name),
            template: !deploy::asks_for_the_same(&template, &self.checkpoint.template),
            parameters: self.other_parameters(&stack, member),
            settings: settings
                .map(|changed| {
                    let function = name_in_stack(&stack.name, &changed.function);
                    format!("{} of {function}", changed.settings.join(", "))
                })
                .collect(),
            items,
            ..losses
        }))
    }

    fn is_of(&self, stack: &Stack, member: &Member) -> bool {
        let place = Membership::of(stack);
        place.is_some_and(|it| {
            it.class == self.class && it.student.as_ref() == Some(&member.student)
        })
    }

    fn other_code(&self, observed: &Observed, stack: &str) -> Vec<String> {
        let functions = self.checkpoint.functions.iter();
        let differs = functions.filter(|(name, code)| {
            let full = crate::names::function_name(stack, name);
            let found = observed.functions.get(&full).and_then(Option::as_ref);
            found.is_some_and(|found| found.code_sha256 != code.digest.as_str())
        });
        differs.map(|(name, _)| name.clone()).collect()
    }

    fn other_parameters(&self, stack: &Stack, member: &Member) -> Vec<String> {
        other_values(&parameters(self.checkpoint, member), &stack.parameters)
    }

    /// Resets the members' stacks.
    pub async fn run(
        &self,
        accounts: &Accounts,
        stop: &Stop,
        emit: Emit<'_>,
    ) -> Result<ClassOutcome, DeployError> {
        let with_parameters = |member: &Member| Member {
            parameters: parameters(self.checkpoint, member),
            ..member.clone()
        };
        let members: Vec<Member> = self.members.iter().map(with_parameters).collect();
        let release = self.release();
        let order = Order {
            class: self.class,
            expires: self.expires,
            members: &members,
            release: &release,
            reach: Reach::All,
            explain: self.explain,
        };
        let mut outcome = bring_up(accounts, &order, stop, emit).await?;
        for student in &mut outcome.students {
            let member = members.iter().find(|member| member.stack == student.stack);
            let place = member.and_then(|member| accounts.place(member));
            if let (Ended::Ready { .. }, Some(place)) = (&student.ended, place) {
                student.ended = match empty_table(&place.cloud, &student.stack).await {
                    Ok(()) => Ended::Ready {
                        what: format!("reset to {}", self.name),
                    },
                    Err(error) => {
                        let (cause, hints) = (self.explain)(error.into());
                        Ended::Failed { cause, hints }
                    }
                };
            }
        }
        Ok(outcome)
    }

    fn release(&self) -> Release {
        let place = |student: Option<String>| Membership {
            class: self.class.to_owned(),
            student,
            expires: self.expires.map(str::to_owned),
        };
        Release {
            // They were deployed together, so they fit.
            project: None,
            workshop: Workshop {
                name: super::name::workshop(self.class),
                membership: Some(place(None)),
            },
            template: Some(self.checkpoint.template.clone()),
            code: self.checkpoint.code(),
            library: self.checkpoint.library(),
            site: None,
            architecture: self.checkpoint.architecture(),
            // Also what was changed by hand.
            full: true,
            dry_run: false,
            // The table is emptied anyway.
            may_lose_data: true,
            to_many: true,
        }
    }
}

/// The values of all parameters that people may set: those of the checkpoint and of the student, or else
/// the template's defaults.
fn parameters(checkpoint: &ClassCode, member: &Member) -> NamedValues {
    let template = &checkpoint.template;
    let declared = template.parameters().into_iter();
    let declared = declared.filter(|name| *name != LIBRARY);
    let defaults = declared.filter_map(|name| Some((name.to_owned(), template.default(name)?)));
    let mut values: NamedValues = defaults.collect();
    if let Some(architecture) = values.get_mut(ARCHITECTURE) {
        architecture.clone_from(&checkpoint.architecture);
    }
    values.extend(checkpoint.parameters.clone());
    values.extend(member.parameters.clone());
    values
}

/// The items in the stack's table; `None` when it cannot be read.
async fn items(cloud: &Cloud, stack: &Stack) -> Result<Option<usize>, CloudError> {
    let Some(table) = stack.outputs.get(TABLE_OUTPUT) else {
        return Ok(None);
    };
    match cloud.items(table, None, MOST_ITEMS).await {
        Ok(found) => Ok(Some(found.items.len())),
        Err(error) if error.concerns_one_request() => Ok(None),
        Err(error) => Err(error),
    }
}

async fn empty_table(cloud: &Cloud, stack: &str) -> Result<(), CloudError> {
    let found = cloud.stack(stack).await?;
    if let Some(table) = found.as_ref().and_then(|it| it.outputs.get(TABLE_OUTPUT)) {
        cloud.empty_table(table).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::class::Account;
    use crate::deploy::Template;

    #[test]
    fn a_reset_sets_each_parameter_that_has_a_default() {
        let values = |pairs: &[(&str, &str)]| -> NamedValues {
            let pairs = pairs.iter();
            pairs
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect()
        };
        let checkpoint = ClassCode {
            time: 0,
            template: Template::new(
                "Parameters:\n  Players: {Type: Number, Default: 10}\n  Mafia: {Type: Number, \
                 Default: 3}\n  Architecture: {Type: String, Default: x86_64}\n  \
                 NewGameCode: {Type: String}\n",
            ),
            architecture: "arm64".to_owned(),
            parameters: values(&[("Mafia", "2")]),
            functions: BTreeMap::new(),
            library: None,
        };
        let member = |parameters| Member {
            student: "ann".to_owned(),
            stack: "mafia-monday-ann".to_owned(),
            account: Account::default(),
            parameters,
        };
        let all = [("Architecture", "arm64"), ("Mafia", "2"), ("Players", "10")];
        assert_eq!(parameters(&checkpoint, &member(values(&[]))), values(&all));
        let own = member(values(&[("Players", "7")]));
        assert_eq!(parameters(&checkpoint, &own)["Players"], "7");
    }
}
