//! How long an operation on a class takes: the very code of the operation, run against a model account on a
//! simulated clock.
//!
//! Accounts do not depend on each other, so a class in many accounts takes as long as its largest: only that
//! one is simulated.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};

use super::accounts::{Accounts, Place};
use super::clean::{self, CleanEnd};
use super::member::{Account, Member};
use super::name;
use super::outcome::{ClassOutcome, Ended};
use super::stop::Stop;
use super::up::{Order, Reach, bring_up};
use crate::bundle::{Architecture, Digest};
use crate::clock;
use crate::cloud::limits::{Family, Work};
use crate::cloud::own_times::own_time;
use crate::cloud::simulated::{Account as Model, Contents, Function, OwnTimes, SimulatedAccount};
use crate::cloud::{Cloud, NamedValues};
use crate::deploy::{
    API, ARCHITECTURE, ARTIFACT_BUCKET, DeployError, FunctionCode, Membership, Owner, Release,
    STACK, Template, Workshop,
};
use crate::game;

const GAME: &str = include_str!("../../templates/game.yaml");
/// The template of the shared stack.
const SHARED: &str = include_str!("../../templates/workshop.yaml");
const FUNCTIONS: [&str; 5] = [
    game::NEW_GAME,
    game::GAME_STATE,
    game::NIGHT_TURN,
    game::DAY_TURN,
    game::JUDGEMENT,
];
const CLASS: &str = "class";

/// What is simulated: the students of one account.
#[derive(Clone, Debug)]
pub struct Scenario {
    pub students: usize,
    /// Whether each student has a REST API.
    pub api: bool,
    pub region: String,
    /// Whether stacks take the time that they typically do on AWS, and not only that of the limits.
    pub own_times: bool,
}

/// What happened in the simulation.
#[derive(Clone, Debug, PartialEq)]
pub struct Simulated {
    pub seconds: f64,
    /// By the limits that they count for; those that CloudFormation sends for the stacks are among them.
    pub requests: BTreeMap<Family, u64>,
    /// How many requests came too soon for their limit.
    pub exceeded: u64,
    /// How many stacks there are in the end.
    pub left: usize,
    /// Why students were not ready in the end, and requests that the model does not know.
    pub failures: Vec<String>,
}

impl Scenario {
    /// The parameter that says whether a student's stack has an API.
    fn api(&self) -> (&'static str, &'static str) {
        (API, if self.api { "yes" } else { "no" })
    }

    fn parameters(&self) -> NamedValues {
        let (name, value) = self.api();
        NamedValues::from([(name.to_owned(), value.to_owned())])
    }

    /// What CloudFormation asks of services with limits for one stack.
    pub fn load(&self, work: Work) -> BTreeMap<Family, u32> {
        Template::new(GAME).load(work, &self.parameters())
    }

    /// What new code for all functions of a stack needs: they are looked at, and then updated.
    pub fn load_of_code(&self) -> BTreeMap<Family, u32> {
        let functions = FUNCTIONS.len() as u32;
        let lambda = [Family::LambdaControl, Family::LambdaGetFunction];
        lambda.map(|family| (family, functions)).into()
    }

    fn contents(&self) -> Contents {
        let template = Template::new(GAME);
        let parameters = template.parameters().into_iter();
        let own_times = |template: &Template| match self.own_times {
            true => own_times(template, &self.parameters()),
            false => OwnTimes::default(),
        };
        Contents {
            parameters: parameters.map(str::to_owned).collect(),
            resources: template.types(&self.parameters()).into_iter().collect(),
            template: template.text().to_owned(),
            functions: Vec::new(),
            own: own_times(&template),
            shared: own_times(&Template::new(SHARED)),
        }
    }

    fn members(&self) -> Vec<Member> {
        let member = |number: usize| {
            let student = format!("s{number:05}");
            Member {
                stack: name::stack(CLASS, &student),
                student,
                account: Account::default(),
                parameters: self.parameters(),
            }
        };
        (1..=self.students).map(member).collect()
    }

    /// A release whose code is empty: how long it travels depends on the network, not on limits.
    fn release(&self) -> Release {
        let code = FUNCTIONS.map(|function| FunctionCode {
            function: function.to_owned(),
            digest: Digest::of(function.as_bytes()),
            size: 0,
            zip: Some([].into()),
        });
        Release {
            project: None,
            workshop: Workshop {
                name: self.workshop(),
                membership: Some(Membership {
                    class: CLASS.to_owned(),
                    student: None,
                    expires: None,
                }),
            },
            template: Some(Template::new(GAME)),
            code: code.to_vec(),
            library: None,
            site: None,
            architecture: Architecture::X86_64,
            full: false,
            dry_run: false,
            may_lose_data: false,
            to_many: true,
        }
    }

    /// `mafia class up`.
    pub fn up(&self) -> Simulated {
        let model = Model::new(&self.region, &self.workshop(), self.contents());
        self.simulate(model, async |cloud| {
            self.bring_up(cloud, Reach::Missing).await
        })
    }

    /// `mafia class deploy` of new code for all functions of a class that is up.
    pub fn deploy(&self) -> Simulated {
        let template = Template::new(GAME);
        let code = self.release().code.into_iter();
        let functions = code.filter_map(|code| {
            let mut resources = template.section("Resources").map(|(_, it)| it);
            let name = |it: &Value| it["Properties"]["FunctionName"]["Fn::Sub"].clone();
            let is_it = |it: &&Value| {
                name(it)
                    .as_str()
                    .is_some_and(|it| it.ends_with(&code.function))
            };
            let resource = resources.find(is_it)?;
            Some(Function {
                configuration: configuration(&template, &resource["Properties"]),
                new_code: code.digest.to_string(),
                end: code.function,
            })
        });
        let contents = Contents {
            functions: functions.collect(),
            ..self.contents()
        };
        self.simulate(self.with_class(contents), async |cloud| {
            self.bring_up(cloud, Reach::All).await
        })
    }

    async fn bring_up(&self, cloud: Cloud, reach: Reach) -> Result<Vec<String>, DeployError> {
        let place = Place {
            account: None,
            number: None,
            cloud,
            owner: Owner::new(None, None),
        };
        let (members, release) = (self.members(), self.release());
        let order = Order {
            class: CLASS,
            expires: None,
            members: &members,
            release: &release,
            reach,
            explain: |error: DeployError| (error.to_string(), Vec::new()),
        };
        let accounts = Accounts::new(vec![place]);
        let ended = bring_up(&accounts, &order, &Stop::default(), &|_| {}).await;
        Ok(not_ready(ended?))
    }

    /// An account where the class is up.
    fn with_class(&self, contents: Contents) -> Model {
        let of_class = ("mafia:class", CLASS);
        let model = Model::new(&self.region, &self.workshop(), contents);
        let shared = [("mafia:kind", "workshop"), of_class];
        let model = model.with_stack(&self.workshop(), &shared, &[]);
        let bucket = (ARTIFACT_BUCKET, "artifacts");
        let parameters = [(ARCHITECTURE, "x86_64"), bucket, self.api()];
        self.members().iter().fold(model, |model, member| {
            let student = ("mafia:student", member.student.as_str());
            let tags = [("mafia:kind", "game"), of_class, student];
            model.with_stack(&member.stack, &tags, &parameters)
        })
    }

    /// `mafia class clean` of a class that is up.
    pub fn clean(&self) -> Simulated {
        let members = self.members();
        self.simulate(self.with_class(self.contents()), async |cloud| {
            let named: Vec<String> = members.iter().map(|it| it.stack.clone()).collect();
            let plan = clean::plan(&cloud, CLASS, &named).await?;
            let cleaned = clean::clean(&cloud, plan, &|_| {}).await?;
            let left = cleaned.left.into_iter().map(|left| left.name);
            let failed = cleaned
                .stacks
                .into_iter()
                .filter_map(|stack| match stack.end {
                    CleanEnd::Failed(error) => Some(error.to_string()),
                    CleanEnd::Protected => Some(stack.stack),
                    CleanEnd::Deleted => None,
                });
            Ok(left.chain(failed).collect())
        })
    }

    fn workshop(&self) -> String {
        name::workshop(CLASS)
    }

    /// Runs an operation on a thread and a clock of its own. It returns what failed.
    fn simulate(
        &self,
        model: Model,
        operation: impl AsyncFnOnce(Cloud) -> Result<Vec<String>, DeployError> + Send,
    ) -> Simulated {
        let work = || {
            clock::simulate(async {
                let since = clock::now();
                let account = SimulatedAccount::new(model);
                let cloud = Cloud::simulated(&account, &self.region).polling_together();
                let ended = operation(cloud).await;
                let mut failures = ended.unwrap_or_else(|error| vec![error.to_string()]);
                let mut model = account.look();
                failures.append(&mut model.unknown);
                Simulated {
                    seconds: (clock::now() - since).as_secs_f64(),
                    requests: std::mem::take(&mut model.requests),
                    exceeded: model.exceeded,
                    left: model.living(),
                    failures,
                }
            })
        };
        std::thread::scope(|scope| scope.spawn(work).join()).expect("the simulation does not panic")
    }
}

/// How long CloudFormation typically takes for a stack of this template with these parameters.
fn own_times(template: &Template, parameters: &NamedValues) -> OwnTimes {
    let time = |work: Work| {
        let chain = template.longest_chain(parameters, |kind| own_time(kind, work));
        Duration::from_secs_f64(own_time(STACK, work) + chain)
    };
    OwnTimes {
        creation: time(Work::Create),
        deletion: time(Work::Delete),
    }
}

/// A function with these properties, as Lambda describes it where the template's defaults are used.
fn configuration(template: &Template, properties: &Value) -> Value {
    let value = |value: &Value| {
        let default = value["Ref"].as_str().and_then(|it| template.default(it));
        default.unwrap_or_else(|| value.as_str().unwrap_or("known to AWS").to_owned())
    };
    let variables = properties["Environment"]["Variables"].as_object();
    let variables = variables.into_iter().flatten();
    let variables: BTreeMap<&String, String> =
        variables.map(|(name, it)| (name, value(it))).collect();
    json!({
        "Architectures": [Architecture::X86_64.to_string()],
        "Description": properties["Description"],
        "Environment": { "Variables": variables },
        "Handler": properties["Handler"],
        "MemorySize": properties["MemorySize"],
        "Runtime": properties["Runtime"],
        "State": "Active",
        "Timeout": properties["Timeout"],
    })
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
    use crate::class::bounds::{bounds, least};

    const REGION: &str = "eu-central-1";

    fn scenario(students: usize, api: bool) -> Scenario {
        Scenario {
            students,
            api,
            region: REGION.to_owned(),
            own_times: false,
        }
    }

    /// Runs an operation of so many students in one account, and holds it against the limits.
    #[track_caller]
    fn assert_within_limits(work: Work, students: usize, api: bool) -> Simulated {
        let scenario = scenario(students, api);
        let (simulated, load, left) = match work {
            Work::Create => (scenario.up(), scenario.load(work), students + 1),
            Work::Update => (scenario.deploy(), scenario.load_of_code(), students + 1),
            Work::Delete => (scenario.clean(), scenario.load(work), 0),
        };
        let least = least(&bounds(load, work, students, REGION));
        let figures = format!(
            "{work:?} {students}, API {api}: {:.1} s, at least {least:.1} s; {:?}",
            simulated.seconds, simulated.requests
        );
        assert_eq!(simulated.failures, [""; 0], "{figures}");
        assert_eq!((simulated.exceeded, simulated.left), (0, left), "{figures}");
        assert!(simulated.seconds <= 1.3 * least, "{figures}");
        assert!(simulated.seconds >= least, "{figures}");
        let functions = simulated.requests[&Family::LambdaControl];
        assert!(functions >= 5 * students as u64, "{figures}");
        let has_api = simulated.requests.contains_key(&Family::ApiGateway);
        assert_eq!(has_api, api && work != Work::Update, "{figures}");
        simulated
    }

    /// 10,000 students have 100 in each of 100 accounts, and 500 in each of 20 accounts.
    const SIZES: [usize; 4] = [30, 100, 300, 500];

    #[test]
    fn a_class_goes_up_within_its_limits() {
        for students in SIZES {
            assert_within_limits(Work::Create, students, false);
            assert_within_limits(Work::Create, students, true);
        }
    }

    #[test]
    fn a_class_gets_new_code_within_its_limits() {
        // Of many, most requests wait longer for their turn than the SDK would let them.
        for students in [30, 300] {
            let simulated = assert_within_limits(Work::Update, students, false);
            let updates = simulated.requests[&Family::LambdaControl];
            assert_eq!(updates, 5 * students as u64, "each function once");
        }
    }

    #[test]
    fn a_class_is_cleaned_within_its_limits() {
        for students in SIZES {
            assert_within_limits(Work::Delete, students, false);
            assert_within_limits(Work::Delete, students, true);
        }
    }

    /// `ListStackResources` and `DeleteStack`. What looks at all of them together costs a request for 100.
    #[test]
    fn a_clean_up_asks_cloudformation_twice_for_each_student() {
        let asked = [30, 300].map(|students| {
            let simulated = scenario(students, false).clean();
            simulated.requests[&Family::CloudFormation] as f64
        });
        let each = (asked[1] - asked[0]) / 270.0;
        assert!((2.0..2.7).contains(&each), "{each} for each of {asked:?}");
    }

    #[test]
    fn stacks_that_take_their_own_time_are_waited_for() {
        for work in [Work::Create, Work::Delete] {
            let run = |own_times: bool| {
                let scenario = Scenario {
                    own_times,
                    ..scenario(30, false)
                };
                match work == Work::Create {
                    true => scenario.up(),
                    false => scenario.clean(),
                }
            };
            let (bare, estimated) = (run(false), run(true));
            assert_eq!(estimated.failures, [""; 0]);
            assert_eq!(estimated.exceeded, 0);
            let more = estimated.seconds - bare.seconds;
            assert!((10.0..120.0).contains(&more), "{work:?}: {more} s more");
        }
    }

    #[test]
    fn the_same_class_takes_the_same_time_each_time() {
        type Operation = fn(&Scenario) -> Simulated;
        let operations: [(usize, Operation); 3] = [
            (100, Scenario::up),
            // More than are worked on at the same time.
            (250, Scenario::deploy),
            (100, Scenario::clean),
        ];
        for (students, run) in operations {
            let scenario = scenario(students, false);
            assert_eq!(run(&scenario), run(&scenario));
        }
    }
}
