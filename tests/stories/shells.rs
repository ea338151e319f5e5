//! What a shell asks for completions, and the manual.

use std::process::Command;

use crate::mafia::Mafia;
use crate::workspace::Workspace;

/// A student's shell in a workshop folder where nothing was built.
pub struct Shell {
    pub mafia: Mafia,
    pub workspace: Workspace,
}

impl Shell {
    /// Somebody else's shell, in bash.
    pub fn of(mafia: Mafia, workspace: Workspace) -> Self {
        Self {
            mafia: mafia.env("MAFIA_COMPLETE", "bash"),
            workspace,
        }
    }

    fn new() -> Self {
        let workspace = Workspace::copy_of_sources();
        Self::of(Mafia::alone().in_folder(workspace.path()), workspace)
    }

    /// What completes the last of the words.
    pub fn completes(&self, words: &[&str]) -> Vec<String> {
        let asked = [&["--", "mafia"], words].concat();
        let index = words.len().to_string();
        let asked = asked.iter().map(|word| format!("'{word}'"));
        let asked: Vec<String> = asked.collect();
        let script = format!(
            "_CLAP_COMPLETE_INDEX={index} _CLAP_IFS='\n' \"$MAFIA\" {}",
            asked.join(" ")
        );
        // On a busy machine, a shell does not wait for what takes too long.
        let answers = (0..5).map(|_| {
            let answered = self.mafia.run_in_shell(&script).succeeds();
            assert!(answered.stderr.is_empty(), "{answered:?}");
            answered.stdout
        });
        let found = answers.into_iter().find(|found| !found.is_empty());
        let found = found.unwrap_or_default();
        found.lines().map(str::to_owned).collect()
    }
}

#[test]
fn completions_know_what_is_at_hand() {
    let shell = Shell::new();
    let functions = [
        "new-game",
        "game-state",
        "night-turn",
        "day-turn",
        "judgement",
    ];
    let words = |words: &[&str]| {
        let all = shell.completes(words).into_iter();
        all.filter(|word| !word.starts_with('-'))
            .collect::<Vec<_>>()
    };
    for command in ["deploy", "invoke", "logs"] {
        assert_eq!(words(&[command, ""]), functions, "{command}");
    }
    assert_eq!(words(&["deploy", "ni"]), ["night-turn"]);
    assert_eq!(
        words(&["deploy", "-p", "P"]),
        ["PermissionsBoundary=", "Players="]
    );
    assert_eq!(words(&["play", "judge", "Latif"]), ["Latifa"]);
    assert_eq!(words(&["--target", ""]), ["sandbox", "aws"]);
    assert_eq!(words(&["table", ""]), ["Table"]);
    assert_eq!(words(&["table", "--index", ""]), ["Masked"]);
    // Files where a file is meant, and nowhere else.
    assert_eq!(words(&["invoke", "night", "@READ"]), ["@README.md"]);
    assert_eq!(words(&["invoke", "night", "READ"]), [""; 0]);
    assert_eq!(words(&["deploy", "READ"]), [""; 0]);
    assert!(words(&["--state-dir", "la"]).contains(&"labs/".to_owned()));
    // The sandbox's own processes are nobody's to start.
    let sandbox = words(&["sandbox", ""]);
    assert!(sandbox.contains(&"start".to_owned()), "{sandbox:?}");
    assert!(
        !sandbox.iter().any(|it| it == "serve" || it == "reap"),
        "{sandbox:?}"
    );
    assert!(
        !shell.mafia.home().join("sandbox").exists(),
        "nothing was started"
    );
    assert!(
        !shell.workspace.path().join("target").exists(),
        "nothing was built"
    );
}

#[test]
fn completions_know_the_stacks_of_a_sandbox_that_runs() {
    let workspace = Workspace::light();
    let student = Mafia::alone()
        .in_folder(workspace.path())
        .env("MAFIA_STACK", "mafia-anna");
    student.run(&["deploy"]).succeeds();
    let shell = Shell::of(student, workspace);
    let stacks = ["mafia-anna", "mafia-workshop"];
    let mut found = shell.completes(&["play", "night", "--stack", ""]);
    found.sort();
    assert_eq!(found, stacks);
    assert_eq!(shell.completes(&["--stack", "mafia-a"]), ["mafia-anna"]);
    let elsewhere = Shell {
        mafia: shell.mafia.env("MAFIA_TARGET", "aws"),
        ..shell
    };
    assert_eq!(
        elsewhere.completes(&["--stack", ""]),
        [""; 0],
        "AWS is not asked"
    );
}

#[test]
fn completions_outside_of_a_workshop_folder_are_of_commands_alone() {
    let shell = Shell::new();
    let outside = Shell {
        mafia: Mafia::alone().env("MAFIA_COMPLETE", "zsh"),
        ..shell
    };
    assert!(outside.completes(&["dep"])[0].starts_with("deploy"));
    assert_eq!(outside.completes(&["deploy", "ni"]), [""; 0]);
}

#[test]
fn the_lines_for_completions_work_in_a_new_home() {
    let mafia = Mafia::alone();
    let help = mafia.run(&["completions", "--help"]).stdout;
    let is_command = |line: &&str| line.starts_with("mkdir ") || line.starts_with("echo ");
    let lines: Vec<&str> = help.lines().map(str::trim).filter(is_command).collect();
    assert_eq!(lines.len(), 4, "{help}");
    mafia
        .run_in_shell(&format!("set -e\n{}", lines.join("\n")))
        .succeeds();
    for file in [".bashrc", ".zshrc", ".config/fish/completions/mafia.fish"] {
        let script = std::fs::read_to_string(mafia.home().join(file));
        let asks = |script: &String| script.contains("mafia completions ");
        assert!(script.as_ref().is_ok_and(asks), "{file}: {script:?}");
    }
    for shell in ["bash", "elvish", "fish", "powershell", "zsh", "Bash"] {
        mafia
            .run(&["completions", shell])
            .succeeds()
            .prints("MAFIA_COMPLETE");
    }
}

#[test]
fn bash_completes_with_the_script() {
    if Command::new("bash").arg("--version").output().is_err() {
        return;
    }
    let mafia = Mafia::alone();
    let script = "\
        PATH=\"$(dirname \"$MAFIA\"):$PATH\" exec bash --norc -c '\
        source <(mafia completions bash); \
        COMP_WORDS=(mafia sandbox sta); COMP_CWORD=2; COMP_TYPE=9; \
        \"$(complete -p mafia | sed \"s/.*-F \\([^ ]*\\).*/\\1/\")\" mafia sta sandbox 2>/dev/null; \
        echo \"${COMPREPLY[@]}\"'";
    let completed = mafia.run_in_shell(script).succeeds();
    let mut words: Vec<&str> = completed.stdout.split_whitespace().collect();
    words.sort_unstable();
    assert_eq!(words, ["start", "status"]);
}

#[test]
fn the_manual_has_a_page_of_each_command() {
    let mafia = Mafia::alone();
    mafia.run(&["man"]).succeeds().prints(".TH mafia 1");
    mafia
        .run(&["man", "pages"])
        .succeeds()
        .prints("/mafia.1` shows the first");
    let folder = mafia.home().join("pages");
    let mut pages: Vec<_> = std::fs::read_dir(&folder)
        .expect("a folder of pages")
        .map(|entry| entry.expect("a page").path())
        .collect();
    pages.sort();
    let names: Vec<String> = pages
        .iter()
        .filter_map(|page| Some(page.file_stem()?.to_str()?.to_owned()))
        .collect();
    assert!(
        names.contains(&"mafia-sandbox-start".to_owned()),
        "{names:?}"
    );
    assert!(
        !names
            .iter()
            .any(|name| name.contains("serve") || name.contains("help"))
    );
    for page in &pages {
        let text = std::fs::read_to_string(page).expect("text");
        assert!(
            text.contains("Examples:") || page.ends_with("mafia.1"),
            "{page:?}"
        );
        for other in text
            .split("mafia\\-")
            .skip(1)
            .filter_map(|rest| rest.split_once("(1)"))
        {
            let name = format!("mafia-{}", other.0.replace("\\-", "-"));
            assert!(
                name.contains(char::is_whitespace) || names.contains(&name),
                "{name}"
            );
        }
        // Only where a formatter is installed.
        for (program, options) in [
            ("groff", &["-man", "-ww", "-Tutf8"][..]),
            ("mandoc", &["-W", "warning"]),
        ] {
            if let Ok(formatted) = Command::new(program).args(options).arg(page).output() {
                let said = String::from_utf8_lossy(&formatted.stderr);
                assert!(
                    formatted.status.success() && said.is_empty(),
                    "{page:?}: {said}"
                );
            }
        }
    }
    mafia
        .run(&["man", "deploy"])
        .exits_with(2)
        .remarks("hint: run `mafia help deploy`");
}
