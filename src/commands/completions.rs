//! `mafia completions`

use clap::Args;
use clap_complete::Shell;

use crate::context::Context;
use crate::error::Error;

/// Print completions for your shell
#[derive(Args, Debug)]
#[command(
    override_usage = "mafia completions [OPTIONS] <SHELL>",
    after_help = "\
For Bash (with bash-completion), Zsh and fish:
  mkdir -p ~/.local/share/bash-completion/completions
  mafia completions bash > ~/.local/share/bash-completion/completions/mafia

  mkdir -p ~/.zfunc
  mafia completions zsh > ~/.zfunc/_mafia
  # and in ~/.zshrc: fpath+=~/.zfunc; autoload -U compinit; compinit

  mkdir -p ~/.config/fish/completions
  mafia completions fish > ~/.config/fish/completions/mafia.fish"
)]
pub struct Completions {
    /// Your shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    /// Prints the completions for `commands`, the whole tree of them.
    pub fn run(self, context: &Context, mut commands: clap::Command) -> Result<(), Error> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut commands, "mafia", &mut script);
        let script = String::from_utf8_lossy(&script).into_owned();
        context
            .printer
            .result(&serde_json::json!({ "script": script }), |_| {
                script.trim_end().to_owned()
            })
    }
}
