//! Where the checks of a lab work: the stack, its functions, its table. Before that, whether anything can be
//! said about it: the stack is there and rests, and what is deployed is what the student has in the folder.

use super::blocked::{Blocked, Stale};
use super::players::NAME;
use crate::bundle::Project;
use crate::cloud::{Caller, Cloud, NamedValues, Phase, Resource, Stack};
use crate::deploy::{self, Owner, TABLE};
use crate::game::NEW_GAME;
use crate::names::function_name;
use crate::status::{self, CodeStatus, FunctionState, FunctionStatus};

/// The variable of the functions with the name of the table.
const TABLE_VARIABLE: &str = "DYNAMO_TABLE";

/// Who asks for a check, and where.
#[derive(Clone, Debug)]
pub struct Student<'a> {
    pub stack: &'a str,
    pub caller: Option<Caller>,
    pub owner: &'a Owner,
    /// The package of the folder, whose build has to be deployed; `None` to check whatever is deployed.
    pub project: Option<&'a Project>,
}

/// What the checks of a lab work on.
#[derive(Clone, Debug)]
pub struct Place {
    pub stack: Stack,
    pub table: TablePlace,
    /// How many players and mafia a new game has.
    pub players: usize,
    pub mafia: usize,
    /// The names that a new game draws from, if they are known.
    pub names: Option<Vec<String>>,
}

#[derive(Clone, Debug)]
pub struct TablePlace {
    /// In DynamoDB.
    pub name: String,
    /// The attributes of its key.
    pub key: Vec<String>,
    pub indexes: Vec<String>,
}

/// Whether these functions, by their names in the workshop, can be checked in the student's stack, and where.
pub async fn place(
    cloud: &Cloud,
    student: &Student<'_>,
    functions: &[&str],
) -> Result<Place, Blocked> {
    let Student { stack, owner, .. } = student;
    let Some(found) = cloud.stack(stack).await? else {
        return Err(Blocked::NoStack {
            stack: (*stack).to_owned(),
            target: cloud.target().to_string(),
        });
    };
    if let Some(lab) = deploy::lab_of(&found) {
        return Err(Blocked::OtherLab {
            lab: lab.to_owned(),
            stack: found.name,
        });
    }
    rests(&found)?;
    let caller = student.caller.clone();
    let asked = status::status(cloud, caller, stack, owner, |_| student.project.cloned());
    let status = asked.await.map_err(Blocked::Deploy)?;
    if status.strangers {
        return Err(Blocked::Strangers {
            stack: found.name,
            owner: status.owner,
        });
    }
    for function in functions {
        let found = status.functions.iter().find(|it| it.function == *function);
        is_current(function, found)?;
    }
    let resources = cloud.resources(&found.id).await?;
    let full = function_name(stack, NEW_GAME);
    let environment = cloud.function_environment(&full).await?.unwrap_or_default();
    Ok(Place {
        table: table(cloud, stack, &resources, &environment).await?,
        stack: found,
        players: number(&environment, "NUMBER_OF_PLAYERS")?,
        mafia: number(&environment, "NUMBER_OF_MAFIA")?,
        names: student.project.and_then(names),
    })
}

/// Whether nothing changes the stack, and nothing is to be repaired.
pub fn rests(found: &Stack) -> Result<(), Blocked> {
    let (stack, status) = (found.name.clone(), found.status.clone());
    match found.status.phase() {
        Phase::InProgress => Err(Blocked::InProgress { stack, status }),
        Phase::Updatable if !found.status.is_failure() => Ok(()),
        _ => Err(Blocked::Broken { stack, status }),
    }
}

/// Whether the function runs, with the code that the student has.
fn is_current(function: &str, found: Option<&FunctionStatus>) -> Result<(), Blocked> {
    let stale = |why| {
        Err(Blocked::Stale {
            function: function.to_owned(),
            why,
        })
    };
    let not_ready = |state| {
        Err(Blocked::NotReady {
            function: function.to_owned(),
            state,
        })
    };
    let Some(found) = found.filter(|it| it.deployed) else {
        return stale(Stale::NotDeployed);
    };
    match found.state {
        Some(FunctionState::Updating) => return not_ready("is still being changed"),
        Some(FunctionState::Failed) => return not_ready("could not be changed"),
        Some(FunctionState::Throttled) => {
            return not_ready("takes no calls: its reserved concurrency is 0");
        }
        Some(FunctionState::Ready) | None => {}
    }
    let edited = found.edited.clone().unwrap_or_default();
    match found.code {
        CodeStatus::TakenBack => stale(Stale::TakenBack),
        _ if !edited.is_empty() => stale(Stale::Edited(edited)),
        CodeStatus::Differs => stale(Stale::Differs),
        _ => Ok(()),
    }
}

/// The stack's table that the functions use. No other table is ever written.
async fn table(
    cloud: &Cloud,
    stack: &str,
    resources: &[Resource],
    environment: &NamedValues,
) -> Result<TablePlace, Blocked> {
    let used = environment.get(TABLE_VARIABLE);
    let mut tables = resources.iter().filter(|it| it.resource_type == TABLE);
    let table = tables.find(|it| Some(&it.physical_id) == used);
    let described = match table {
        Some(table) => cloud.table(&table.physical_id).await?,
        None => None,
    };
    let (Some(table), Some(described)) = (table, described) else {
        return Err(Blocked::NoTable {
            stack: stack.to_owned(),
            function: NEW_GAME.to_owned(),
        });
    };
    if described.keys != [NAME] {
        return Err(Blocked::OtherKey {
            stack: stack.to_owned(),
            key: described.keys,
        });
    }
    Ok(TablePlace {
        name: table.physical_id.clone(),
        key: described.keys,
        indexes: described.indexes.into_iter().map(|it| it.name).collect(),
    })
}

fn number(environment: &NamedValues, variable: &'static str) -> Result<usize, Blocked> {
    let value = environment.get(variable).and_then(|it| it.parse().ok());
    value.ok_or_else(|| Blocked::Setting {
        function: NEW_GAME.to_owned(),
        variable,
    })
}

/// The names in the file that goes into the bundles.
fn names(project: &Project) -> Option<Vec<String>> {
    let is_it = |file: &&std::path::PathBuf| file.ends_with("names.txt");
    let text = std::fs::read_to_string(project.files.iter().find(is_it)?).ok()?;
    let lines = text.trim_start_matches('\u{feff}').lines().map(str::trim);
    let mut names: Vec<String> = lines
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect();
    names.sort();
    names.dedup();
    Some(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_student_has_is_checked() {
        use CodeStatus::{AsBuilt, Differs, NotBuilt, NotDeployed, TakenBack};
        use FunctionState::{Failed, Ready, Throttled, Updating};
        let function = |state, code, edited: &[&str]| FunctionStatus {
            function: "03-night-turn".to_owned(),
            deployed: code != NotDeployed,
            state: Some(state),
            code,
            edited: Some(edited.iter().map(|it| (*it).to_owned()).collect()),
        };
        for (state, code, edited, expected) in [
            (Ready, AsBuilt, &[][..], None),
            (Ready, NotBuilt, &[], None),
            (Ready, Differs, &[], Some("the last build is other code")),
            (
                Ready,
                AsBuilt,
                &["a.rs", "b.rs"],
                Some("edited since: a.rs, b.rs"),
            ),
            (Ready, TakenBack, &["a.rs"], Some("was undone")),
            (Ready, NotDeployed, &[], Some("it is not deployed")),
            (Updating, AsBuilt, &[], Some("is still being changed")),
            (Failed, AsBuilt, &[], Some("could not be changed")),
            (Throttled, AsBuilt, &[], Some("takes no calls")),
        ] {
            let found = function(state.clone(), code, edited);
            let blocked = is_current("03-night-turn", Some(&found)).err();
            let said = blocked.map(|it| it.to_string()).unwrap_or_default();
            match expected {
                None => assert_eq!(said, ""),
                Some(part) => assert!(said.contains(part), "{state:?} {code:?}: {said}"),
            }
        }
        assert!(is_current("03-night-turn", None).is_err());
    }
}
