//! Deployments and clean-ups on a sandbox in this process, whose services keep what they are told. The
//! functions are not run.

mod clean_ups;
mod deployments;
mod failures;
mod sites;
mod templates;

use std::collections::BTreeMap;
use std::io::{Cursor, Write};
use std::sync::{Mutex, mpsc};
use std::thread::JoinHandle;

use mafia_sandbox::{Options, REGION, StateDir, serve};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::time::Instant;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::clean::{self, Plan};
use super::{
    Action, Claim, Deployment, Destination, Event, EventKind, FunctionCode, Leftover, Owner,
    Prepared, Release, Workshop, deploy,
};
use crate::bundle::{Architecture, Bundle, Digest, Function, Project};
use crate::cloud::{Caller, Cloud, NamedValues, SandboxServer, Settings, Stack};
use crate::deploy::{DeployError, Template, WantedSite};

const GAME: &str = "game";
const WORKSHOP: &str = "workshop";

/// A game with two functions, a table, and a bucket if it is asked for.
const TEMPLATE: &str = "\
Parameters:
  ArtifactBucket: {Type: String}
  OneCode: {Type: String}
  TwoCode: {Type: String}
  Players: {Type: Number, Default: 10}
  Attic: {Type: String, Default: 'no'}
Conditions:
  HasAttic: !Equals [!Ref Attic, 'yes']
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: '2012-10-17'
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: 'sts:AssumeRole'}]
  Table:
    Type: AWS::DynamoDB::Table
    Properties:
      BillingMode: PAY_PER_REQUEST
      AttributeDefinitions: [{AttributeName: Name, AttributeType: S}]
      KeySchema: [{AttributeName: Name, KeyType: HASH}]
  Bucket:
    Type: AWS::S3::Bucket
    Condition: HasAttic
  One:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: !Sub ${AWS::StackName}-01-one
      Handler: bootstrap
      Runtime: provided.al2023
      MemorySize: 256
      Role: !GetAtt Role.Arn
      Code: {S3Bucket: !Ref ArtifactBucket, S3Key: !Ref OneCode}
      Environment: {Variables: {PLAYERS: !Ref Players}}
  Two:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: !Sub ${AWS::StackName}-02-two
      Handler: bootstrap
      Runtime: provided.al2023
      Role: !GetAtt Role.Arn
      Code: {S3Bucket: !Ref ArtifactBucket, S3Key: !Ref TwoCode}
";

struct Sandbox {
    cloud: Cloud,
    stop: Option<oneshot::Sender<()>>,
    server: Option<JoinHandle<()>>,
    /// Deleted after the server has ended.
    _folder: TempDir,
}

impl Sandbox {
    async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let state_dir = StateDir::new(&folder.path().join("sandbox"));
        let options = Options {
            state_dir: state_dir.clone(),
            port: None,
            idle: None,
        };
        let (stop, stopped) = oneshot::channel();
        let (ready, is_ready) = mpsc::channel();
        let server = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .enable_all()
                .build();
            let tell = |running: &mafia_sandbox::RunningServer| {
                ready.send(running.url()).expect("somebody waits");
            };
            let serving = serve(options, tell, async {
                let _ = stopped.await;
            });
            runtime
                .expect("a runtime")
                .block_on(serving)
                .expect("it serves");
        });
        let url = is_ready.recv().expect("it starts");
        let keys = state_dir.keys().expect("it has keys");
        let settings = Settings::Sandbox(SandboxServer {
            url,
            region: REGION,
            access_key_id: keys.access_key_id,
            secret_access_key: keys.secret_access_key,
        });
        Self {
            cloud: Cloud::connect(&settings).await.expect("a client"),
            stop: Some(stop),
            server: Some(server),
            _folder: folder,
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        drop(self.stop.take());
        let server = self.server.take().expect("it is dropped once");
        // A test that fails says why by itself.
        let _ = server.join();
    }
}

fn owner(name: &str) -> Owner {
    let caller = Caller {
        account: "000000000000".to_owned(),
        arn: format!("arn:aws:iam::000000000000:user/{name}"),
    };
    Owner::new(Some(&caller), None)
}

/// A deployment to one stack.
#[derive(Clone)]
struct Request {
    stack: String,
    project: Project,
    site: Option<WantedSite>,
    template: Option<Template>,
    parameters: NamedValues,
    full: bool,
    dry_run: bool,
    may_lose_data: bool,
    owner: Owner,
    adopts: bool,
}

impl Request {
    fn release(&self, bundles: &[Bundle]) -> Release {
        Release {
            project: Some(self.project.clone()),
            workshop: Workshop::named(WORKSHOP),
            template: self.template.clone(),
            code: bundles.iter().map(FunctionCode::from).collect(),
            library: None,
            site: self.site.clone(),
            architecture: Architecture::X86_64,
            full: self.full,
            dry_run: self.dry_run,
            may_lose_data: self.may_lose_data,
            to_many: false,
        }
    }

    fn destination(&self) -> Destination {
        Destination {
            stack: self.stack.clone(),
            parameters: self.parameters.clone(),
            claim: Claim::of(self.owner.clone(), self.adopts),
            since: Instant::now(),
        }
    }
}

/// Ann's deployment of the game.
fn request() -> Request {
    Request {
        stack: GAME.to_owned(),
        project: Project::example(&[("01-one", "one"), ("02-two", "two")], &[]),
        site: None,
        template: Some(Template::new(TEMPLATE)),
        parameters: NamedValues::new(),
        full: false,
        dry_run: false,
        may_lose_data: false,
        owner: owner("ann"),
        adopts: false,
    }
}

fn with_parameters(parameters: &[(&str, &str)]) -> Request {
    let parameters = parameters.iter();
    Request {
        parameters: parameters
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        ..request()
    }
}

fn with_template(template: &str) -> Request {
    Request {
        template: Some(Template::new(template)),
        ..request()
    }
}

/// The bundle of a function whose program is this text.
fn bundle(name: &str, program: &str) -> Bundle {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Stored)
        .last_modified_time(zip::DateTime::default())
        .unix_permissions(0o755);
    zip.start_file("bootstrap", options).expect("started");
    zip.write_all(program.as_bytes()).expect("written");
    let zip = zip.finish().expect("finished").into_inner();
    Bundle {
        function: Function {
            name: name.to_owned(),
            binary: name.to_owned(),
        },
        digest: Digest::of(&zip),
        zip,
        entries: Vec::new(),
        library: None,
        sources: BTreeMap::default(),
        path: "zip".into(),
    }
}

/// Of both functions.
fn bundles(one: &str, two: &str) -> Vec<Bundle> {
    vec![bundle("01-one", one), bundle("02-two", two)]
}

/// Emits nothing.
fn silent(_: Event) {}

/// The deployment of the only stack, and the names of the events.
async fn deployed_with_events(
    sandbox: &Sandbox,
    request: &Request,
    bundles: &[Bundle],
) -> (Result<Deployment, DeployError>, Vec<EventKind>) {
    let events = Mutex::new(Vec::new());
    let emit = |event: Event| events.lock().expect("nobody panics").push(event.kind);
    let release = request.release(bundles);
    let prepared = Prepared::new(&sandbox.cloud, &release, &emit);
    let result = deploy(&prepared, &request.destination(), None).await;
    drop(prepared);
    (result, events.into_inner().expect("nobody panics"))
}

async fn deployed(sandbox: &Sandbox, request: &Request, bundles: &[Bundle]) -> Deployment {
    let (result, _) = deployed_with_events(sandbox, request, bundles).await;
    result.expect("it is deployed")
}

async fn refused(sandbox: &Sandbox, request: &Request, bundles: &[Bundle]) -> DeployError {
    let (result, _) = deployed_with_events(sandbox, request, bundles).await;
    result.expect_err("it is refused")
}

/// What was done to the stack and to each function.
fn actions(deployment: &Deployment) -> (Action, Vec<(&str, Action)>) {
    let functions = deployment.functions.iter();
    let functions = functions.map(|it| (it.function.as_str(), it.action));
    (deployment.action, functions.collect())
}

async fn stack(sandbox: &Sandbox, name: &str) -> Stack {
    let found = sandbox.cloud.stack(name).await.expect("no failure");
    found.expect("it is there")
}

/// The digests of the code that the functions of the game have.
async fn code(sandbox: &Sandbox) -> Vec<String> {
    let mut code = Vec::new();
    for name in ["game-01-one", "game-02-two"] {
        let found = sandbox.cloud.function(name).await.expect("no failure");
        code.push(found.expect("it is there").code_sha256);
    }
    code
}

/// The name of the artifact bucket.
async fn artifact_bucket(sandbox: &Sandbox) -> String {
    stack(sandbox, WORKSHOP).await.outputs["ArtifactBucket"].clone()
}

/// Cleans these games; returns what was planned, and what is left.
async fn cleaned(sandbox: &Sandbox, games: &[&str]) -> (Plan, Vec<Leftover>) {
    let mut plan = planned(sandbox, games).await.expect("a plan");
    let left = clean::clean(&sandbox.cloud, &mut plan, &silent).await;
    (plan, left.expect("it is cleaned"))
}

async fn planned(sandbox: &Sandbox, games: &[&str]) -> Result<Plan, DeployError> {
    let games: Vec<String> = games.iter().map(|game| (*game).to_owned()).collect();
    clean::plan(&sandbox.cloud, &games, Some(WORKSHOP), false).await
}
