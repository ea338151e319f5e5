//! `mafia class plan`

use std::collections::BTreeMap;

use clap::Args;
use serde::Serialize;
use serde_json::{Value, json};

use super::accounts::accounts;
use super::provision::check_parameters;
use super::roster_file::RosterFile;
use crate::bundle::Workspace;
use crate::class::forecast::{Detail, Forecast, distributed, forecast};
use crate::class::quotas::{Quota, quotas};
use crate::class::{Member, Place, Roster};
use crate::commands::bundles::template;
use crate::commands::next::Done;
use crate::commands::values::number;
use crate::context::Context;
use crate::deploy::API;
use crate::error::Error;
use crate::preflight::{self, Check, Policy};
use crate::render;
use crate::wording::count;
use crate::workspace::current_folder;

/// The region whose limits count where none is known.
const REGION: &str = "us-east-1";
const MOST_STUDENTS: usize = 100_000;
/// Stands in the policies for what is not known.
const UNKNOWN_CLASS: &str = "CLASS";

/// Show what a class will take, before anything is created
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  mafia class plan
  mafia class plan --students 10000 --accounts 20
  mafia class plan --policies")]
#[command(after_long_help = "\
Creates nothing. With a roster, it tries whether each account can be reached, whether you may do there what \
the class needs, and whether its quotas suffice. With --students, it needs no account.

The least times follow from AWS's published limits. The estimated times are those of the same program that \
deploys, run against a model of an account with these limits, in which each resource takes the time that it \
typically takes on AWS. The costs follow from a table of prices.")]
pub struct Plan {
    /// Plan for this number of students, without a roster
    #[arg(long, value_name = "N", value_parser = positive)]
    students: Option<usize>,
    /// Number of accounts that these students are distributed over [default: 1]
    #[arg(long, value_name = "N", value_parser = positive, requires = "students")]
    accounts: Option<usize>,
    /// Plan for stacks with a REST API each [default: as the roster says]
    #[arg(long)]
    api: bool,
    /// Print what the policies of an instructor and of a student must allow, as JSON
    #[arg(long)]
    policies: bool,
    #[command(flatten)]
    file: RosterFile,
}

/// What the command prints.
#[derive(Serialize)]
pub struct Planned {
    #[serde(flatten)]
    forecast: Forecast,
    /// Of the largest account.
    quotas: Vec<Quota>,
    /// What was tried in each account.
    checks: Vec<Check>,
}

/// Whether the roster asks for an API of the student's game.
fn has_api(member: &Member) -> bool {
    member.parameters.get(API).is_some_and(|it| it == "yes")
}

impl Plan {
    pub async fn run(self, context: &Context) -> Result<(), Error> {
        if self.policies {
            return self.print_policies(context);
        }
        let planned = match self.students {
            Some(students) => {
                let sizes = distributed(students, self.accounts.unwrap_or(1));
                let region = context.options.region.as_deref();
                let forecast = simulated(context, None, sizes, self.api, region).await?;
                Planned {
                    quotas: quotas(forecast.largest, self.api, &Default::default()),
                    forecast,
                    checks: Vec::new(),
                }
            }
            None => self.of_roster(context).await?,
        };
        let to_text = |planned: &Planned| {
            render::class_plan(&planned.forecast, &planned.quotas, &planned.checks)
        };
        match preflight::failure(&planned.checks) {
            None => {
                let choice = self.file.as_typed();
                let next = self.students.is_none().then_some(Done::Planned(&choice));
                let next = next.and_then(|done| done.next(context));
                context.printer.result_and_next(&planned, next, to_text)
            }
            Some(error) => Err(context.printer.result_with_error(&planned, to_text, error)),
        }
    }

    async fn of_roster(&self, context: &Context) -> Result<Planned, Error> {
        let (roster, place) = self.file.read(context)?;
        // Elsewhere than in a workshop folder there is no template.
        if let Ok(project) = Workspace::discover(&current_folder()?).and_then(|it| it.project(None))
        {
            check_parameters(&roster, &project, &template(&project.template)?)?;
        }
        let mut by_account: BTreeMap<_, Vec<Member>> = BTreeMap::new();
        for member in &roster.members {
            let account = by_account.entry(member.account.clone()).or_default();
            account.push(member.clone());
        }
        let mut groups: Vec<Vec<Member>> = by_account.into_values().collect();
        groups.sort_by_key(|members| std::cmp::Reverse(members.len()));
        let (mut checks, mut largest) = (Vec::new(), None);
        let api = self.api || roster.members.iter().any(has_api);
        for members in &groups {
            let (found, quotas) = checked(&place, &roster, members, api).await;
            checks.extend(found);
            largest = largest.or(quotas);
        }
        let sizes = groups.iter().map(Vec::len).collect();
        let class = Some(roster.class.as_str());
        let region = place.options.region.as_deref();
        let forecast = simulated(context, class, sizes, api, region).await?;
        let unknown = || quotas(forecast.largest, api, &Default::default());
        Ok(Planned {
            quotas: largest.unwrap_or_else(unknown),
            forecast,
            checks,
        })
    }

    /// The policies, with the names of the class in place of those in the project's files.
    fn print_policies(&self, context: &Context) -> Result<(), Error> {
        let class = match self.students {
            Some(_) => UNKNOWN_CLASS.to_owned(),
            None => self.file.read(context)?.0.class,
        };
        let document = |policy: Policy| -> Value { policy.of_class(&class) };
        let policies = json!({
            "instructor": document(Policy::Instructor),
            "student": document(Policy::Student),
        });
        let pretty = |policies: &Value| serde_json::to_string_pretty(policies).unwrap_or_default();
        context.printer.result_as_it_is(&policies, None, pretty)
    }
}

/// The forecast, made on a thread that may block.
async fn simulated(
    context: &Context,
    class: Option<&str>,
    sizes: Vec<usize>,
    api: bool,
    region: Option<&str>,
) -> Result<Forecast, Error> {
    let (class, region) = (
        class.map(str::to_owned),
        region.unwrap_or(REGION).to_owned(),
    );
    let detail = match context.printer.json() {
        true => Detail::Whole,
        false => Detail::Estimated,
    };
    let made = tokio::task::spawn_blocking(move || {
        forecast(class.as_deref(), &sizes, api, &region, detail)
    });
    let made = context.printer.wait_for("simulating the class", made).await;
    made.map_err(|error| Error::failed(format!("cannot simulate the class: {error}")))
}

/// What can be found out about the account of these students: whether it can be reached, what the caller
/// may do there, and whether its quotas suffice.
async fn checked(
    place: &Context,
    roster: &Roster,
    members: &[Member],
    api: bool,
) -> (Vec<Check>, Option<Vec<Quota>>) {
    let what = format!("class {}", roster.class);
    let whose = count(members.len(), "student");
    let account = match accounts(place, members, &what).await {
        Ok(account) => account,
        Err(error) => return (vec![Check::new("account", Err(error))], None),
    };
    let Some(Place { cloud, .. }) = account.places().first() else {
        return (Vec::new(), None);
    };
    let caller = match place.caller(cloud).await {
        Ok(caller) => caller,
        Err(error) => return (vec![Check::new("account", Err(error.into()))], None),
    };
    let reached = format!("{} of {whose}, as {}", caller.account, caller.principal());
    let stack = members.first().map(|member| member.stack.as_str());
    let (stack, workshop) = (stack.unwrap_or_default(), roster.workshop());
    let permissions = preflight::class_permissions(cloud, &caller, stack, &workshop);
    let (permissions, found) = tokio::join!(permissions, cloud.quotas());
    let quotas = quotas(members.len(), api, &found);
    let checks = vec![
        Check::new("account", Ok(reached)),
        permissions,
        Check::new("quotas", suffice(&quotas)),
    ];
    (checks, Some(quotas))
}

/// Quotas that the account itself tells are too small: an error. One that is only published may be higher here.
fn suffice(quotas: &[Quota]) -> Result<String, Error> {
    let short = |known: bool| {
        let short = quotas
            .iter()
            .filter(|quota| quota.known == known && !quota.suffices());
        short.map(|quota| quota.what).collect::<Vec<_>>().join(", ")
    };
    let (known, unknown) = (short(true), short(false));
    if !known.is_empty() {
        return Err(
            Error::blocked(format!("the account may not have enough: {known}"))
                .hint("ask AWS for more in the console of Service Quotas")
                .hint(
                    "or distribute the students over more accounts, with `accounts` in the roster",
                ),
        );
    }
    Ok(match unknown.is_empty() {
        true => "as far as they are known, they suffice".to_owned(),
        false => format!("not known, and by default too small: {unknown}"),
    })
}

fn positive(text: &str) -> Result<usize, String> {
    match number(text)? {
        value @ 1..=MOST_STUDENTS => Ok(value),
        _ => Err(format!("expected 1 to {MOST_STUDENTS}")),
    }
}
