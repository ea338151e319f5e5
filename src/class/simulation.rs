//! How long an operation on a class takes: the very code of the operation, run against a model account on a
//! simulated clock.
//!
//! Accounts do not depend on each other, so a class in many accounts takes as long as its largest: only that
//! one is simulated.

use std::collections::BTreeMap;

use super::accounts::{Accounts, Place};
use super::member::{Account, Member};
use super::name;
use super::outcome::{ClassOutcome, Ended};
use super::stop::Stop;
use super::up::{Order, Reach, bring_up};
use crate::bundle::{Architecture, Digest};
use crate::clock;
use crate::cloud::limits::{self, Family, Work};
use crate::cloud::simulated::{Account as Model, SimulatedAccount, StackWork};
use crate::cloud::{Cloud, NamedValues};
use crate::deploy::{DeployError, FunctionCode, Membership, Owner, Release, Template, Workshop};
use crate::game;

const GAME: &str = include_str!("../../templates/game.yaml");
/// Resources of an API in front of the functions, as a lab adds them to the template.
const API: &str = include_str!("simulation/api.yaml");
const CLASS: &str = "class";

/// What is simulated: the students of one account.
#[derive(Clone, Debug)]
pub struct Scenario {
    pub students: usize,
    /// Whether each student has a REST API.
    pub api: bool,
    pub region: String,
}

/// What happened in the simulation.
#[derive(Clone, Debug, PartialEq)]
pub struct Simulated {
    pub seconds: f64,
    /// By the limits that they count for; those that CloudFormation sends for the stacks are among them.
    pub requests: BTreeMap<Family, u64>,
    /// How many requests came too soon for their limit.
    pub exceeded: u64,
    /// Why students were not ready in the end, and requests that the model does not know.
    pub failures: Vec<String>,
}

impl Scenario {
    /// The template of a student's stack.
    fn template(&self) -> Template {
        Template::new(match self.api {
            true => GAME.replacen("\nResources:\n", &format!("\nResources:\n{API}\n"), 1),
            false => GAME.to_owned(),
        })
    }

    /// What CloudFormation asks of services with limits for one stack.
    pub fn load(&self, work: Work) -> BTreeMap<Family, u32> {
        let template = self.template();
        let resources = template.section("Resources");
        limits::load(
            resources.filter_map(|(_, resource)| resource["Type"].as_str()),
            work,
        )
    }

    fn work(&self) -> StackWork {
        let template = self.template();
        let parameters = template.parameters().into_iter();
        StackWork {
            create: self.load(Work::Create),
            delete: self.load(Work::Delete),
            parameters: parameters.map(str::to_owned).collect(),
        }
    }

    fn members(&self) -> Vec<Member> {
        let member = |number: usize| {
            let student = format!("s{number:05}");
            Member {
                stack: name::stack(CLASS, &student),
                student,
                account: Account::default(),
                parameters: NamedValues::new(),
            }
        };
        (1..=self.students).map(member).collect()
    }

    /// A release whose code is in the bucket already: uploads depend on the network, not on limits.
    fn release(&self) -> Release {
        let functions = [
            game::NEW_GAME,
            game::GAME_STATE,
            game::NIGHT_TURN,
            game::DAY_TURN,
            game::JUDGEMENT,
        ];
        let code = functions.map(|function| FunctionCode {
            function: function.to_owned(),
            digest: Digest::of(function.as_bytes()),
            size: 0,
            zip: None,
        });
        Release {
            project: None,
            workshop: Workshop {
                name: name::workshop(CLASS),
                membership: Some(Membership {
                    class: CLASS.to_owned(),
                    student: None,
                    expires: None,
                }),
            },
            template: Some(self.template()),
            code: code.to_vec(),
            architecture: Architecture::X86_64,
            full: false,
            dry_run: false,
            may_lose_data: false,
            to_many: true,
        }
    }

    /// `mafia class up`, on a thread and a clock of its own.
    pub fn up(&self) -> Simulated {
        std::thread::scope(|scope| {
            let simulated = scope.spawn(|| clock::simulate(self.bring_up()));
            simulated.join().expect("the simulation does not panic")
        })
    }

    async fn bring_up(&self) -> Simulated {
        let since = clock::now();
        let model = Model::new(&self.region, &name::workshop(CLASS), self.work());
        let account = SimulatedAccount::new(model);
        let place = Place {
            account: None,
            cloud: Cloud::simulated(&account, &self.region).polling_together(),
            owner: Owner::new(None, None),
        };
        let (members, release) = (self.members(), self.release());
        let order = Order {
            class: CLASS,
            expires: None,
            members: &members,
            release: &release,
            reach: Reach::Missing,
            explain: |error: DeployError| (error.to_string(), Vec::new()),
        };
        let accounts = Accounts::new(vec![place]);
        let ended = bring_up(&accounts, &order, &Stop::default(), &|_| {}).await;
        let seconds = (clock::now() - since).as_secs_f64();
        let mut failures = match ended {
            Ok(outcome) => not_ready(outcome),
            Err(error) => vec![error.to_string()],
        };
        let mut model = account.look();
        failures.append(&mut model.unknown);
        Simulated {
            seconds,
            requests: std::mem::take(&mut model.requests),
            exceeded: model.exceeded,
            failures,
        }
    }
}

fn not_ready(outcome: ClassOutcome) -> Vec<String> {
    let students = outcome.students.into_iter();
    let why = students.filter_map(|student| match student.ended {
        Ended::Ready { .. } | Ended::Deleted => None,
        Ended::Failed { cause, .. } => Some(cause),
        Ended::Skipped { reason } => Some(reason),
    });
    why.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::class::bounds::bounds;

    const REGION: &str = "eu-central-1";

    /// Runs an account of so many students, and holds it against the limits.
    #[track_caller]
    fn assert_within_limits(students: usize, api: bool) {
        let scenario = Scenario {
            students,
            api,
            region: REGION.to_owned(),
        };
        let simulated = scenario.up();
        let bound = bounds(&scenario.load(Work::Create), students, REGION).remove(0);
        let figures = format!(
            "{students} students, API {api}: {:.1} s, at least {:.1} s; {:?}",
            simulated.seconds, bound.seconds, simulated.requests
        );
        assert_eq!(simulated.failures, [""; 0], "{figures}");
        assert_eq!(simulated.exceeded, 0, "{figures}");
        assert!(simulated.seconds <= 1.3 * bound.seconds, "{figures}");
        assert!(simulated.seconds >= bound.seconds, "{figures}");
        let created = simulated.requests[&Family::LambdaControl];
        assert!(created >= 5 * students as u64, "{figures}");
        assert_eq!(simulated.requests.contains_key(&Family::CreateRestApi), api);
    }

    #[test]
    fn a_class_of_thirty_in_one_account_keeps_to_its_limits() {
        assert_within_limits(30, false);
        assert_within_limits(30, true);
    }

    #[test]
    fn a_class_of_three_hundred_in_one_account_keeps_to_its_limits() {
        assert_within_limits(300, false);
        assert_within_limits(300, true);
    }

    /// In 100 accounts each has 100 students, in 20 accounts each has 500.
    #[test]
    fn ten_thousand_students_in_many_accounts_keep_to_their_limits() {
        for accounts in [100, 20] {
            assert_within_limits(10_000 / accounts, false);
            assert_within_limits(10_000 / accounts, true);
        }
    }

    #[test]
    fn the_same_class_takes_the_same_time_each_time() {
        let scenario = Scenario {
            students: 5,
            api: false,
            region: REGION.to_owned(),
        };
        assert_eq!(scenario.up(), scenario.up());
    }
}
