use std::collections::{BTreeMap, BTreeSet};

use clap::CommandFactory;
use serde_json::Value;

use super::*;
use crate::cli::Cli;
use crate::deploy::{Action, FunctionOutcome};
use crate::game::{Day, NewGame, Night, Player, State, Verdict, Winner};
use crate::status::{GameStatus, Remedy};

/// The commands that people type, without the program.
fn typed(command: &clap::Command, path: &str) -> Vec<String> {
    let shown = command.get_subcommands().filter(|it| !it.is_hide_set());
    let below: Vec<String> = shown
        .flat_map(|it| typed(it, &format!("{path} {}", it.get_name())))
        .collect();
    match below.is_empty() {
        true => vec![path.trim_start().to_owned()],
        false => below,
    }
}

fn deployment(functions: &[&str]) -> Deployment {
    let function = |name: &&str| FunctionOutcome {
        function: (*name).to_owned(),
        action: Action::Created,
        bytes: 1,
        digest: String::new(),
        milliseconds: None,
        files: None,
        difference: None,
        ways: None,
    };
    Deployment {
        stack: "game".to_owned(),
        dry_run: false,
        action: Action::Created,
        recovered: None,
        functions: functions.iter().map(function).collect(),
        site: None,
        changes: Vec::new(),
        outputs: Vec::new(),
        undecided: false,
        milliseconds: 1,
    }
}

fn turn(turn: TurnKind) -> Turn {
    Turn {
        function: "f".to_owned(),
        turn,
        lines: Vec::new(),
        expected: None,
        answer: Value::Null,
        report: BTreeMap::new(),
    }
}

fn items(index: Option<&str>, items: usize) -> TableItems {
    TableItems {
        stack: "game".to_owned(),
        table: "t".to_owned(),
        index: index.map(str::to_owned),
        indexes: vec!["Masked".to_owned()],
        attributes: Vec::new(),
        items: vec![BTreeMap::new(); items],
        complete: true,
    }
}

fn look(remedy: Option<Remedy>, winner: Option<Winner>) -> Status {
    Status {
        target: String::new(),
        caller: None,
        stack: "game".to_owned(),
        status: None,
        reason: None,
        changed: None,
        owner: None,
        strangers: false,
        api: None,
        site: None,
        functions: Vec::new(),
        game: Some(GameStatus {
            players: 2,
            alive: 1,
            turn: None,
            winner,
        }),
        stack_lab: None,
        remedy,
    }
}

#[test]
fn every_command_has_the_next_one_or_none() {
    let game = deployment(&[game::NEW_GAME]);
    let new = turn(TurnKind::New(NewGame::default()));
    let night = turn(TurnKind::Night(Night::default()));
    let day = turn(TurnKind::Day(Day::default()));
    let judgement = turn(TurnKind::Judgement(Verdict::default()));
    let state = turn(TurnKind::State(State::default()));
    let (table, looked) = (items(None, 1), look(Some(Remedy::Play), None));
    let commands = [
        ("demo", Some((Done::PlayedAWholeGame, "play"))),
        (
            "init",
            Some((Done::MadeFolder(Path::new("game"), false), "lab")),
        ),
        ("add", Some((Done::Added, "deploy"))),
        ("doctor", Some((Done::Checked, "deploy"))),
        ("status", Some((Done::Looked(&looked), "play"))),
        ("deploy", Some((Done::Deployed(&game), "play"))),
        ("undo", Some((Done::Undone, "play"))),
        ("play new", Some((Done::Played(&new), "play night"))),
        ("play night", Some((Done::Played(&night), "play day"))),
        ("play day", Some((Done::Played(&day), "play judge NAME"))),
        ("play judge", Some((Done::Played(&judgement), "play night"))),
        ("play state", Some((Done::Played(&state), "play new"))),
        ("play auto", Some((Done::PlayedAWholeGame, "play"))),
        ("invoke", Some((Done::Called("02-a-b"), "logs a-b"))),
        (
            "api list",
            Some((Done::SawApi(Some("/a")), "api call GET /a")),
        ),
        ("api call", None),
        ("api open", None),
        ("logs", None),
        (
            "table",
            Some((Done::Listed(&table), "table --index Masked")),
        ),
        ("watch", None),
        ("lab list", None),
        ("lab show", None),
        ("lab run", None),
        ("lab slack", None),
        (
            "lab start",
            Some((Done::StartedLab("01.2"), "lab show 01.2")),
        ),
        ("lab check", Some((Done::PassedLab(true), "lab next"))),
        ("lab hint", Some((Done::Hinted("01.2"), "lab check 01.2"))),
        (
            "lab next",
            Some((Done::StartedLab("01.2"), "lab show 01.2")),
        ),
        (
            "lab reset",
            Some((Done::StartedLab("01.2"), "lab show 01.2")),
        ),
        ("lab solve", Some((Done::Solved(Some("a-b")), "deploy a-b"))),
        ("list", None),
        ("class init", Some((Done::WroteRoster(""), "class plan"))),
        ("class plan", Some((Done::Planned(""), "class up"))),
        ("clean", None),
        ("class up", None),
        ("class deploy", None),
        ("class status", None),
        ("class board", None),
        ("class logs", None),
        ("class play new", Some((Done::Played(&new), "play night"))),
        ("class play night", Some((Done::Played(&night), "play day"))),
        (
            "class play day",
            Some((Done::Played(&day), "play judge NAME")),
        ),
        (
            "class play judge",
            Some((Done::Played(&judgement), "play night")),
        ),
        ("class play state", Some((Done::Played(&state), "play new"))),
        ("class play auto", Some((Done::PlayedAWholeGame, "play"))),
        ("class exec", None),
        ("class checkpoint", None),
        ("class reset", None),
        ("class report", None),
        ("class clean", None),
        ("sandbox start", Some((Done::Started, "deploy"))),
        ("sandbox advance", None),
        ("sandbox stop", None),
        ("sandbox status", None),
        ("sandbox reset", Some((Done::Emptied, "deploy"))),
        ("sandbox env", None),
        ("sandbox logs", None),
        ("completions", None),
    ];
    let known: BTreeSet<String> = commands.iter().map(|(it, _)| (*it).to_owned()).collect();
    let there: BTreeSet<String> = typed(&Cli::command(), "").into_iter().collect();
    assert_eq!(known, there);
    for (command, done) in commands {
        if let Some((done, next)) = done {
            assert_eq!(done.follows().as_deref(), Some(next), "{command}");
        }
    }
}

#[test]
fn what_is_next_depends_on_what_was_done() {
    let winner = Some(Winner::Mafia);
    let over = turn(TurnKind::Night(Night {
        winner,
        ..Night::default()
    }));
    let by_day = |identity: &str| {
        turn(TurnKind::State(State {
            players: vec![Player {
                identity: identity.to_owned(),
                ..Player::new("Ann")
            }],
            ..State::default()
        }))
    };
    let (killed, alive) = (by_day("Killed by mafia"), by_day("Uncovered"));
    let other = deployment(&["01-hello", "02-bye"]);
    for (done, next) in [
        (Done::Played(&over), Some("play new")),
        (Done::Played(&killed), Some("play judge NAME")),
        (Done::Played(&alive), Some("play night")),
        (Done::Deployed(&other), Some("invoke hello")),
        (Done::Foreseen(" -p Players=7"), Some("deploy -p Players=7")),
        (Done::Listed(&items(None, 0)), None),
        (Done::Listed(&items(Some("Masked"), 1)), None),
        (Done::UndoForeseen(" night"), Some("undo night")),
        (
            Done::Looked(&look(Some(Remedy::Play), winner)),
            Some("play new"),
        ),
        (
            Done::Looked(&look(Some(Remedy::Deploy), winner)),
            Some("deploy"),
        ),
        (
            Done::Looked(&look(Some(Remedy::Wait), None)),
            Some("status"),
        ),
        (
            Done::Looked(&look(Some(Remedy::Clean), None)),
            Some("clean"),
        ),
        (Done::Looked(&look(None, None)), None),
        (Done::PassedLab(false), Some("play")),
        (Done::AtLab(Some("01.2")), Some("lab show 01.2")),
        (Done::DeployedInLab("01.2"), Some("lab check 01.2")),
        (deployed_lab("web"), Some("lab run web")),
        (deployed_lab("quickbuild"), Some("deploy --quickbuild")),
        (deployed_lab("other"), None),
        (Done::Deployed(&deployment(&[])), None),
        (Done::AtLab(None), Some("play")),
        (Done::Solved(None), Some("deploy")),
        (Done::SawApi(None), None),
    ] {
        assert_eq!(done.follows().as_deref(), next);
    }
}

fn deployed_lab(lab: &str) -> Done<'_> {
    let stack = "ann-web";
    Done::DeployedLab(LabStack { lab, stack })
}

#[test]
fn what_is_next_is_typed_for_the_stack_that_it_is_about() {
    let typed = Invocation::default();
    let next = |done: &Done| done.next_in(&done.invocation(&typed)?);
    let of = |lab, stack| Done::DeployedLab(LabStack { lab, stack });
    let looked = |lab: &str, remedy| Status {
        stack_lab: Some(lab.to_owned()),
        ..look(Some(remedy), None)
    };
    let (behind, failed) = (looked("web", Remedy::Deploy), looked("web", Remedy::Clean));
    for (done, command) in [
        (of("web", "x"), Some("mafia lab run web --stack x")),
        (
            of("quickbuild", "ann-quickbuild"),
            Some("mafia deploy --quickbuild --stack ann"),
        ),
        // No game looks for it there.
        (of("quickbuild", "x"), None),
        (
            Done::Looked(&behind),
            Some("mafia deploy --lab web --stack game"),
        ),
        (Done::Looked(&failed), Some("mafia clean --stack game")),
    ] {
        assert_eq!(next(&done).as_deref(), command);
    }
}

/// Commands that change something, or show what was asked for and nothing to go on from.
const ACTING: [&str; 29] = [
    "add",
    "api call",
    "api open",
    "clean",
    "completions",
    "demo",
    "deploy",
    "init",
    "invoke",
    "lab check",
    "lab next",
    "lab reset",
    "lab run",
    "lab slack",
    "lab solve",
    "lab start",
    "watch",
    "play auto",
    "play day",
    "play judge",
    "play new",
    "play night",
    "sandbox advance",
    "sandbox env",
    "sandbox logs",
    "sandbox reset",
    "sandbox start",
    "sandbox stop",
    "undo",
];

#[test]
fn no_chain_of_looks_goes_round_in_a_circle() {
    let state = |players: &[&str], winner| {
        let player = |identity: &&str| Player {
            identity: (*identity).to_owned(),
            ..Player::new("Ann")
        };
        turn(TurnKind::State(State {
            players: players.iter().map(player).collect(),
            winner,
            ..State::default()
        }))
    };
    let winner = Some(Winner::Mafia);
    let states = [
        state(&[], None),
        state(&["Uncovered"], None),
        state(&["Killed by mafia"], None),
        state(&["Killed by mafia"], winner),
    ];
    let looks = [
        look(None, None),
        look(Some(Remedy::Deploy), None),
        look(Some(Remedy::Play), None),
        look(Some(Remedy::Play), winner),
    ];
    let tables = [items(None, 0), items(None, 1)];
    let index = items(Some("Masked"), 1);
    let after: BTreeMap<&str, Vec<Done>> = BTreeMap::from([
        ("api list", vec![Done::SawApi(Some("/a"))]),
        ("doctor", vec![Done::Checked]),
        ("lab hint", vec![Done::Hinted("01.2")]),
        ("lab list", Vec::new()),
        ("lab show", Vec::new()),
        ("list", Vec::new()),
        ("logs", Vec::new()),
        ("play state", states.iter().map(Done::Played).collect()),
        ("sandbox status", Vec::new()),
        ("status", looks.iter().map(Done::Looked).collect()),
        ("table", tables.iter().map(Done::Listed).collect()),
        ("table --index Masked", vec![Done::Listed(&index)]),
    ]);
    let looking = after.keys().copied().filter(|it| !it.contains("--"));
    let known: BTreeSet<String> = looking.chain(ACTING).map(str::to_owned).collect();
    let mut there: BTreeSet<String> = typed(&Cli::command(), "").into_iter().collect();
    // What these name next acts, as `every_command_has_the_next_one_or_none` shows.
    there.retain(|command| !command.starts_with("class "));
    assert_eq!(known, there);
    for start in after.keys() {
        let mut seen = BTreeSet::new();
        let mut left = vec![(*start).to_owned()];
        while let Some(command) = left.pop() {
            let next = after.get(command.as_str()).into_iter().flatten();
            let next: Vec<String> = next.filter_map(Done::follows).collect();
            assert!(
                !next.iter().any(|it| it == start),
                "{start}: {seen:?} {command}"
            );
            left.extend(next.into_iter().filter(|it| seen.insert(it.clone())));
        }
    }
    // But for this one: what it shows has changed by then.
    let running = look(Some(Remedy::Wait), None);
    assert_eq!(Done::Looked(&running).follows().as_deref(), Some("status"));
}

#[test]
fn every_command_has_its_document() {
    let page = include_str!("../../docs/json.md");
    for command in typed(&Cli::command(), "") {
        let group = command.split(' ').next().unwrap_or_default();
        let has = |name: &str| page.contains(&format!("# `mafia {name}`\n"));
        assert!(has(&command) || has(group), "{command}");
    }
}
