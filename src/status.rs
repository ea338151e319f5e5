//! How everything stands: the stack, its functions beside the last build, and the game. Changes nothing,
//! builds nothing and calls no function.

use std::collections::BTreeSet;
use std::time::SystemTime;

use futures_util::future::{join, try_join_all};
use serde::Serialize;

use crate::bundle::{KeptCode, Project, last_builds};
use crate::cloud::{Caller, Cloud, DeployedFunction, Phase, Resource, Stack, UpdateStatus};
use crate::deploy::{
    self, API_ADDRESS, DeployError, FileAction, Owner, SITE_ADDRESS, TABLE, WantedSite,
};
use crate::functions;
use crate::game::{self, Player, State, Winner};
use crate::names::{function_name, name_in_stack};

/// More items than a game has players: its template allows 300.
const MOST_PLAYERS: usize = 1000;

/// How everything stands.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    /// In a few words, such as `AWS (eu-west-1)`.
    pub target: String,
    /// Who asks; `None` when the target does not say.
    pub caller: Option<Caller>,
    pub stack: String,
    /// CloudFormation's status of the stack; `None` when there is no stack.
    pub status: Option<String>,
    pub reason: Option<String>,
    /// Whose the stack is, as its tag says.
    pub owner: Option<String>,
    /// Whether it is known to be somebody else's.
    pub strangers: bool,
    /// In the order of their names.
    pub functions: Vec<FunctionStatus>,
    /// `None` when there is no table of players, or when it cannot be read.
    pub game: Option<GameStatus>,
    /// The address of its API; `None` when the template has no such output.
    pub api: Option<String>,
    /// Its web site; `None` when the template has none.
    pub site: Option<SiteStatus>,
    /// The lab that the stack is of; `None` for the game.
    pub stack_lab: Option<String>,
    /// When the stack was changed last.
    #[serde(skip)]
    pub changed: Option<SystemTime>,
    /// What would help, or what there is to do.
    #[serde(skip)]
    pub remedy: Option<Remedy>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SiteStatus {
    /// Where it answers.
    pub address: String,
    /// The files that are otherwise in the bucket than here, or not there; `None` when that is not known.
    pub edited: Option<Vec<String>>,
    /// The files that only the bucket has; `None` when that is not known.
    pub removed: Option<Vec<String>>,
}

impl SiteStatus {
    /// Whether a deployment would change its files.
    fn is_behind(&self) -> bool {
        let files = self.edited.iter().chain(&self.removed);
        files.flatten().next().is_some()
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FunctionStatus {
    /// The name in the workshop, such as `01-new-game`.
    pub function: String,
    pub deployed: bool,
    /// Whether Lambda has applied the last change; `None` when it is not deployed.
    pub state: Option<FunctionState>,
    /// The deployed code beside the last build.
    pub code: CodeStatus,
    /// The files that were edited since the deployed code was built; `None` when that is not known.
    pub edited: Option<Vec<String>>,
}

impl FunctionStatus {
    /// Whether files were edited that are to be deployed, not those of code that was taken back.
    pub fn is_edited(&self) -> bool {
        let edited = self.edited.as_ref().is_some_and(|it| !it.is_empty());
        edited && self.code != CodeStatus::TakenBack
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FunctionState {
    Ready,
    Updating,
    Failed,
    /// Its reserved concurrency is 0: every call is refused.
    Throttled,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum CodeStatus {
    AsBuilt,
    Differs,
    /// An undo brought back earlier code, and the files are those of the newer code.
    TakenBack,
    /// The package does not list the function any more, so it keeps the code that it has.
    Unlisted,
    /// This folder has built nothing yet, or there is no folder.
    NotBuilt,
    /// The template has the function only under a condition that does not hold.
    Conditional,
    NotDeployed,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GameStatus {
    pub players: usize,
    pub alive: usize,
    /// Whose turn it is; `None` when there is no game, or when it is over.
    pub turn: Option<Side>,
    pub winner: Option<Winner>,
}

/// Who acts next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// It is night.
    Mafia,
    /// It is day.
    Judge,
}

/// What there is to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    Deploy,
    /// An operation is running.
    Wait,
    /// A deletion has failed.
    Clean,
    Play,
}

/// How `stack` stands for `owner`; `project_of` is the package of a lab, or of the game, where there is one.
pub async fn status(
    cloud: &Cloud,
    caller: Option<Caller>,
    stack: &str,
    owner: &Owner,
    project_of: impl FnOnce(Option<&str>) -> Option<Project>,
) -> Result<Status, DeployError> {
    let found = deploy::game(cloud, stack, false).await?;
    let lab = found.as_ref().and_then(deploy::lab_of).map(str::to_owned);
    let project = project_of(lab.as_deref());
    let project = project.as_ref();
    let resources = match &found {
        Some(found) => cloud.resources(&found.id).await?,
        None => Vec::new(),
    };
    let names = function_names(stack, &resources, project);
    let deployed = try_join_all(names.iter().map(|name| cloud.function(name)));
    let game = async {
        match lab {
            None => game(cloud, &resources).await,
            Some(_) => None,
        }
    };
    let (deployed, game) = join(deployed, game).await;
    let functions = names.iter().zip(deployed?);
    let mut functions: Vec<FunctionStatus> = functions
        .map(|(name, deployed)| {
            let id = found.as_ref().map(|found| found.id.as_str());
            function_status(name_in_stack(stack, name), deployed, project, id)
        })
        .collect();
    if let Some(found) = &found
        && functions.iter().any(|it| !it.deployed)
    {
        let conditional = deploy::conditional(cloud, found).await?;
        for function in functions.iter_mut().filter(|it| !it.deployed) {
            if conditional.contains_key(&function_name(stack, &function.function)) {
                function.code = CodeStatus::Conditional;
            }
        }
    }
    let site = match &found {
        Some(found) => site(cloud, found, project).await,
        None => None,
    };
    let strangers = found
        .as_ref()
        .is_some_and(|it| deploy::check_owner(it, owner, false).is_err());
    Ok(Status {
        target: cloud.target().to_string(),
        caller,
        stack: stack.to_owned(),
        remedy: remedy(found.as_ref(), strangers, &functions, site.as_ref()),
        site,
        changed: found.as_ref().and_then(|stack| stack.changed),
        strangers,
        stack_lab: lab,
        owner: found.as_ref().and_then(deploy::owner_of).map(str::to_owned),
        status: found.as_ref().map(|stack| stack.status.to_string()),
        api: found.as_ref().and_then(|stack| {
            let address = stack.outputs.get(API_ADDRESS)?;
            Some(cloud.target().address(address))
        }),
        reason: found.and_then(|stack| stack.reason),
        functions,
        game,
    })
}

/// The web site of the stack, beside that of the package. What only informs does not end a command.
async fn site(cloud: &Cloud, stack: &Stack, project: Option<&Project>) -> Option<SiteStatus> {
    let address = stack.outputs.get(SITE_ADDRESS)?;
    let wanted = project.and_then(|project| WantedSite::read(project.site.as_ref()?).ok());
    let compared = match &wanted {
        Some(wanted) => deploy::compared_site(cloud, stack, wanted).await.ok(),
        None => None,
    };
    let files = |action| {
        let site = compared.as_ref()?;
        Some(site.with(action).map(|it| it.file.clone()).collect())
    };
    Some(SiteStatus {
        address: cloud.target().address(address),
        edited: files(FileAction::Uploaded),
        removed: files(FileAction::Removed),
    })
}

/// The full names of the functions that the stack or the package has.
fn function_names(stack: &str, resources: &[Resource], project: Option<&Project>) -> Vec<String> {
    let of_package = project.into_iter().flat_map(|project| &project.functions);
    let of_package = of_package.map(|function| function_name(stack, &function.name));
    let names: BTreeSet<String> = functions::among(resources)
        .into_iter()
        .chain(of_package)
        .collect();
    names.into_iter().collect()
}

fn function_status(
    name: &str,
    found: Option<DeployedFunction>,
    project: Option<&Project>,
    stack_id: Option<&str>,
) -> FunctionStatus {
    let is_listed = |project: &&Project| project.functions.iter().any(|it| it.name == name);
    let is_unlisted = project.is_some_and(|project| !is_listed(&project));
    let project = project.filter(is_listed);
    let kept = project.map(KeptCode::of);
    let is_taken_back = |found: &DeployedFunction| {
        kept.as_ref()
            .zip(stack_id)
            .is_some_and(|(kept, stack)| kept.is_taken_back(stack, name, &found.code_sha256))
    };
    let builds = project.map_or_else(Vec::new, |project| last_builds(project, name));
    let code = match &found {
        None => CodeStatus::NotDeployed,
        Some(_) if is_unlisted => CodeStatus::Unlisted,
        Some(_) if builds.is_empty() => CodeStatus::NotBuilt,
        // Before what was built: code from before another kind of build was built too.
        Some(found) if is_taken_back(found) => CodeStatus::TakenBack,
        Some(found) if builds.contains(&found.code_sha256) => CodeStatus::AsBuilt,
        Some(_) => CodeStatus::Differs,
    };
    let edited = kept.and_then(|kept| kept.edited(name, &found.as_ref()?.code_sha256));
    FunctionStatus {
        function: name.to_owned(),
        deployed: found.is_some(),
        state: found.map(|found| match found.update {
            UpdateStatus::Done if found.is_throttled() => FunctionState::Throttled,
            UpdateStatus::Done => FunctionState::Ready,
            UpdateStatus::InProgress => FunctionState::Updating,
            UpdateStatus::Failed(_) => FunctionState::Failed,
        }),
        code,
        edited,
    }
}

/// The game in the stack's table. What only informs does not end a command: a table that cannot be read
/// tells nothing.
async fn game(cloud: &Cloud, resources: &[Resource]) -> Option<GameStatus> {
    let is_table = |it: &&Resource| it.resource_type == TABLE && !it.physical_id.is_empty();
    let table = resources.iter().find(is_table)?;
    game_in(cloud, &table.physical_id).await
}

/// The game in the table of that name.
pub async fn game_in(cloud: &Cloud, table: &str) -> Option<GameStatus> {
    let items = cloud.items(table, None, MOST_PLAYERS).await;
    let players = items.ok()?.items.into_iter().map(|item| {
        let item = serde_json::Value::Object(item.into_iter().collect());
        serde_json::from_value::<Player>(item)
    });
    Some(standing(players.collect::<Result<_, _>>().ok()?))
}

fn standing(players: Vec<Player>) -> GameStatus {
    let is_mafia = |player: &&Player| player.true_identity.as_deref() == Some("Mafia");
    let mafia = players.iter().filter(is_mafia).count();
    let mut state = State {
        players,
        ..State::default()
    };
    state.assess((mafia > 0).then_some(mafia));
    let players = &state.players;
    let is_on = !players.is_empty() && state.winner.is_none();
    GameStatus {
        players: players.len(),
        alive: players.iter().filter(|player| player.is_alive()).count(),
        turn: is_on.then(|| {
            if game::is_day(players) {
                Side::Judge
            } else {
                Side::Mafia
            }
        }),
        winner: state.winner,
    }
}

fn remedy(
    stack: Option<&Stack>,
    is_strangers: bool,
    functions: &[FunctionStatus],
    site: Option<&SiteStatus>,
) -> Option<Remedy> {
    let is_behind = |function: &FunctionStatus| {
        function.code == CodeStatus::NotDeployed
            || function.code == CodeStatus::Differs
            || function.state == Some(FunctionState::Failed)
            || function.is_edited()
    };
    let is_site_behind = site.is_some_and(SiteStatus::is_behind);
    let is_behind = is_site_behind || functions.iter().any(is_behind);
    if is_strangers {
        return None;
    }
    let Some(stack) = stack else {
        return Some(Remedy::Deploy);
    };
    Some(match stack.status.phase() {
        Phase::InProgress => Remedy::Wait,
        _ if stack.status.has_failed_to_go() => Remedy::Clean,
        Phase::Updatable if !stack.status.is_failure() && !is_behind => Remedy::Play,
        _ => Remedy::Deploy,
    })
}

#[cfg(test)]
#[path = "status_tests.rs"]
mod tests;
