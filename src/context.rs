//! What a command works with: the options, the stack's name, the target, the printer.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::cloud::{Caller, Cloud, CloudError, Configured, SandboxServer, Settings, Stack};
use crate::deploy;
use crate::error::{Error, Kind};
use crate::invocation::Invocation;
use crate::lab::check::{Kept, PutBack};
use crate::names::{self, StackNameError, WORKSHOP};
use crate::options::Options;
use crate::render::Printer;
use crate::sandbox;
use crate::target::{self, Choice};
use crate::workspace;
use mafia_sandbox::StateDir;

pub struct Context {
    pub started: Instant,
    pub options: Options,
    pub printer: Arc<Printer>,
    stack: Result<String, StackNameError>,
    /// The stack of the game, where this one is of another lab.
    game: Option<String>,
    /// The services that the command has used.
    used: OnceLock<Cloud>,
    /// The sandbox that this command and the one before it have reached, and its services.
    reached: Arc<Mutex<Option<(SandboxServer, Cloud)>>>,
}

/// How long an error waits for what would only improve its hints.
const PATIENCE: Duration = Duration::from_secs(3);

impl Context {
    pub fn new(options: Options) -> Self {
        let printer = Arc::new(Printer::new(&options));
        Self::with_printer(options, printer, Instant::now())
    }

    /// The same command at another place: there is one printer for all that it prints.
    pub fn elsewhere(&self, options: Options) -> Self {
        Self::with_printer(options, self.printer.clone(), self.started)
    }

    /// Another command, which begins now and prints nothing but results and errors. It uses the same connections
    /// to the sandbox.
    pub fn quiet(&self) -> Self {
        let options = Options {
            quiet: true,
            ..self.options.clone()
        };
        Self {
            reached: self.reached.clone(),
            ..Self::new(options)
        }
    }

    fn with_printer(options: Options, printer: Arc<Printer>, started: Instant) -> Self {
        Self {
            started,
            printer,
            stack: match &options.stack {
                Some(name) => names::stack_name(name),
                None => names::default_stack_name(&user_name()),
            },
            game: None,
            used: OnceLock::new(),
            reached: Arc::default(),
            options,
        }
    }

    /// The name of the stack to work on.
    pub fn stack(&self) -> Result<&str, Error> {
        self.stack.as_deref().map_err(|error| error.clone().into())
    }

    /// The same for another lab than the game, which has a stack of its own: the one that was typed or is called
    /// after the lab, or else your stack's name with that of the lab behind it. From now on, all hints are for that stack.
    pub fn of_lab(&self, lab: &str) -> Result<Self, Error> {
        let (stack, game) = match self.options.invocation.typed("stack") {
            Some(_) => (self.stack()?.to_owned(), self.options.given_stack()),
            None => {
                let stack = self.stack()?;
                let given = self.options.stack.as_deref();
                match given.and_then(|given| names::game_beside(given, lab)) {
                    Some(game) => (stack.to_owned(), Some(game.to_owned())),
                    None => (names::lab_stack_name(stack, lab)?, Some(stack.to_owned())),
                }
            }
        };
        let invocation = self.options.invocation.of_lab(lab, &stack);
        self.printer.type_commands_as(&invocation);
        let options = Options {
            stack: Some(stack.clone()),
            invocation,
            ..self.options.clone()
        };
        Ok(Self {
            game: game.filter(|game| *game != stack),
            ..self.elsewhere(options)
        })
    }

    /// The stack of the game of whoever works on another lab.
    pub fn game(&self) -> Option<&str> {
        self.game.as_deref()
    }

    /// The name of the shared stack that was given by an option, for the class of `stack`.
    pub fn given_workshop(&self, stack: &str) -> Result<Option<&str>, Error> {
        let given = self.options.workshop.as_deref();
        if let Some(name) = given {
            names::stack_name(name).map_err(Error::from)?;
        }
        if given.unwrap_or(WORKSHOP) == stack {
            return Err(Error::usage(format!(
                "{stack} cannot be both your stack and the shared stack of the class"
            ))
            .hint("choose another name for your stack with --stack"));
        }
        Ok(given)
    }

    /// The name of the shared stack: the given one, or else that in the `tag` of the stack, or the usual one.
    pub fn workshop_of(&self, stack: &str, tag: Option<&str>) -> Result<String, Error> {
        let given = self.given_workshop(stack)?.or(tag);
        Ok(given.unwrap_or(WORKSHOP).to_owned())
    }

    /// The target's services. Starts the sandbox if that is the target; sends no request yet.
    pub async fn cloud(&self) -> Result<Cloud, Error> {
        match target::choice(&self.options)? {
            Choice::Sandbox(state_dir) => self.cloud_of_sandbox(state_dir).await,
            Choice::Configured(configured) => self.cloud_of(configured).await,
        }
    }

    /// The services of another target than the sandbox; sends no request yet.
    pub async fn cloud_of(&self, configured: Configured) -> Result<Cloud, Error> {
        self.connected(Settings::Configured(configured)).await
    }

    async fn connected(&self, settings: Settings) -> Result<Cloud, Error> {
        let cloud = Cloud::connect(&settings).await?;
        if let Some(device) = cloud.mfa_device().filter(|_| self.printer.can_ask()) {
            let prompt = format!("Enter MFA code for {device}: ");
            let code = self.printer.ask(&prompt).await?.unwrap_or_default();
            cloud.enter_mfa_code(code.trim());
        }
        let cloud = cloud.with_stack_role(self.options.role_arn.clone());
        let _ = self.used.set(cloud.clone());
        Ok(cloud)
    }

    /// Your stack, if it is there and the target says so soon.
    pub async fn known_stack(&self) -> Option<Stack> {
        let (cloud, stack) = (self.used.get()?, self.stack.as_deref().ok()?);
        let asking = tokio::time::timeout(PATIENCE, cloud.stack(stack));
        asking.await.ok()?.ok()?
    }

    /// How commands are typed for this stack: another lab than the game is deployed with its name.
    pub fn invocation_for(&self, stack: Option<&Stack>) -> Invocation {
        let invocation = self.printer.invocation();
        match stack.and_then(|stack| Some((deploy::lab_of(stack)?, stack))) {
            Some((lab, stack)) => invocation.of_lab(lab, &stack.name),
            None => invocation,
        }
    }

    /// The error with hints that work for your stack, whatever lab it is of.
    pub async fn with_hints_for_stack(&self, error: Error) -> Error {
        let deploys = |hint: &String| hint.contains("mafia deploy");
        let was_answered = !matches!(error.kind, Kind::Blocked | Kind::Interrupted);
        if was_answered && error.hints.iter().any(deploys) {
            let stack = self.known_stack().await;
            return error.as_typed(&self.invocation_for(stack.as_ref()));
        }
        error
    }

    async fn cloud_of_sandbox(&self, state_dir: StateDir) -> Result<Cloud, Error> {
        let starting = sandbox::ensure(state_dir.clone());
        let awaited = sandbox::awaited(&state_dir);
        let server = self.printer.wait_beside(&awaited, starting).await?;
        let reached = self.reached().clone();
        if let Some((_, cloud)) = reached.filter(|(reached, _)| *reached == server) {
            let _ = self.used.set(cloud.clone());
            return Ok(cloud);
        }
        let cloud = self.connected(Settings::Sandbox(server.clone())).await?;
        tokio::spawn(sandbox::keep_alive(state_dir));
        *self.reached() = Some((server, cloud.clone()));
        Ok(cloud)
    }

    fn reached(&self) -> MutexGuard<'_, Option<(SandboxServer, Cloud)>> {
        self.reached.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The identity that the target is used with.
    pub async fn caller(&self, cloud: &Cloud) -> Result<Caller, CloudError> {
        let waiting = format!("waiting for an answer from {}", cloud.target());
        self.printer.wait_beside(&waiting, cloud.caller()).await
    }

    /// The identity, if the target says. Who the caller is only informs a person: without an answer to
    /// that one question, it is said, and the command goes on.
    pub async fn known_caller(&self, cloud: &Cloud) -> Result<Option<Caller>, Error> {
        match self.caller(cloud).await {
            Ok(caller) => Ok(Some(caller)),
            Err(error) if error.concerns_one_request() => {
                self.printer.note_verbose(&error.to_string());
                Ok(None)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Prints the target, the caller and the stack. Returns the caller, if it is known.
    pub async fn announce(&self, cloud: &Cloud, stack: &str) -> Result<Option<Caller>, Error> {
        let caller = self.known_caller(cloud).await?;
        self.printer
            .note_target(cloud.target(), caller.as_ref(), stack);
        self.put_back_game(cloud, stack).await?;
        Ok(caller)
    }

    /// Puts the game back that a stopped check of a lab has left out of the table. Whoever reads or plays the
    /// game does this first.
    pub async fn put_back_game(&self, cloud: &Cloud, stack: &str) -> Result<(), Error> {
        let Some(root) = workspace::root(&workspace::current_folder()?) else {
            return Ok(());
        };
        let kept = Kept::within(root.join(workspace::FOLDER));
        match kept.put_back(cloud, stack).await? {
            PutBack::Nothing => {}
            PutBack::Done => self
                .printer
                .note("a check of a lab was stopped: your game is back in the table"),
            PutBack::NoTable => self.printer.note(
                "a check of a lab was stopped, and its table is gone: so is the game that was in it",
            ),
            PutBack::Running => self
                .printer
                .note("a check of a lab is running: the table has its players"),
        }
        Ok(())
    }

    /// The services of the target, after printing which it is.
    pub async fn announced_cloud(&self) -> Result<Cloud, Error> {
        let stack = self.stack()?;
        let cloud = self.cloud().await?;
        self.announce(&cloud, stack).await?;
        Ok(cloud)
    }
}

/// The user's name in the environment, or an empty string.
fn user_name() -> String {
    let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let home = || {
        let home = PathBuf::from(variable("HOME")?);
        Some(home.file_name()?.to_string_lossy().into_owned())
    };
    variable("USER")
        .or_else(|| variable("USERNAME"))
        .or_else(home)
        .unwrap_or_default()
}
