//! What a command works with: the options as they are meant, the target, the printer.

use std::path::PathBuf;
use std::time::Instant;

use crate::cloud::{Caller, Cloud, Server, Settings};
use crate::error::Error;
use crate::options::Options;
use crate::render::Printer;
use crate::target::{self, Choice};
use mafia_sandbox::StateDir;

pub struct Context {
    pub started: Instant,
    pub options: Options,
    pub printer: Printer,
    stack: Result<String, Error>,
}

impl Context {
    pub fn new(options: Options) -> Self {
        Self {
            started: Instant::now(),
            printer: Printer::new(&options),
            stack: match &options.stack {
                Some(name) => checked_stack_name(name),
                None => default_stack_name(),
            },
            options,
        }
    }

    /// The name of the stack to work on.
    pub fn stack(&self) -> Result<&str, Error> {
        self.stack.as_deref().map_err(Clone::clone)
    }

    /// The target's services; the sandbox is started where it does not run. Sends no request yet.
    pub async fn cloud(&self) -> Result<Cloud, Error> {
        let settings = match target::choice(&self.options)? {
            Choice::Sandbox(state_dir) => Settings::Server(self.sandbox(state_dir).await?),
            Choice::Configured(configured) => Settings::Configured(configured),
        };
        Ok(Cloud::connect(&settings).await?)
    }

    async fn sandbox(&self, state_dir: StateDir) -> Result<Server, Error> {
        let starting = target::running_sandbox(state_dir.clone());
        let server = self
            .printer
            .patiently("starting the sandbox", starting)
            .await?;
        tokio::spawn(target::keep_awake(state_dir));
        Ok(server)
    }

    /// As whom the target is acted on; says so when it takes long to hear that.
    pub async fn caller(&self, cloud: &Cloud) -> Result<Caller, Error> {
        let waiting = format!("waiting for an answer from {}", cloud.target().name());
        Ok(self.printer.patiently(&waiting, cloud.caller()).await?)
    }

    /// Says which target is acted on, and as whom.
    pub async fn announce(&self, cloud: &Cloud, stack: &str) -> Result<Caller, Error> {
        let caller = self.caller(cloud).await?;
        self.printer.target(cloud.target(), &caller, stack);
        Ok(caller)
    }

    /// The services of the target, once it is said which it is.
    pub async fn announced_cloud(&self) -> Result<Cloud, Error> {
        let stack = self.stack()?;
        let cloud = self.cloud().await?;
        self.announce(&cloud, stack).await?;
        Ok(cloud)
    }
}

/// Source: CloudFormation's constraint on stack names, less what Lambda's 64 characters for
/// `<stack>-02-game-state` leave.
fn checked_stack_name(name: &str) -> Result<String, Error> {
    const LONGEST: usize = 50;
    let sound = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && name.len() <= LONGEST;
    if sound {
        Ok(name.to_owned())
    } else {
        Err(
            Error::usage(format!("`{name}` cannot be the name of a stack"))
                .hint("a name is of letters, digits and hyphens, the first of them a letter")
                .hint(format!("and has at most {LONGEST} characters")),
        )
    }
}

fn default_stack_name() -> Result<String, Error> {
    let variable = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let home = || {
        let home = PathBuf::from(variable("HOME")?);
        Some(home.file_name()?.to_string_lossy().into_owned())
    };
    let user = variable("USER")
        .or_else(|| variable("USERNAME"))
        .or_else(home)
        .unwrap_or_default();
    match user
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect::<String>()
        .as_str()
    {
        "" => Err(Error::usage(
            "the environment does not tell your user name to name your stack after",
        )
        .hint("name it with --stack NAME (or MAFIA_STACK)")),
        user => checked_stack_name(&format!("mafia-{}", user.to_ascii_lowercase())),
    }
}

#[cfg(test)]
mod tests {
    use super::checked_stack_name;

    #[test]
    fn stack_names_are_checked_before_anything_is_sent() {
        for sound in ["mafia-ann", "A", "x2-y"] {
            assert!(checked_stack_name(sound).is_ok(), "{sound}");
        }
        for unsound in ["", "2x", "-a", "a_b", "a b", "ł", &"a".repeat(51)] {
            assert!(checked_stack_name(unsound).is_err(), "{unsound}");
        }
    }
}
