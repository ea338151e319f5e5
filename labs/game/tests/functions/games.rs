//! Thousands of games, played with what the functions decide by. A seed repeats a game.

use std::collections::HashSet;

use mafia_game::players::{Identity, Player, TrueIdentity, ensure_game_is_on, game_over};
use mafia_game::settings::Settings;
use mafia_support::Answer;
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use serde_json::json;

use crate::day_turn::accusations;
use crate::judgement::{find_accused, verdict_on};
use crate::new_game::draw;
use crate::night_turn::choose_victim;
use crate::{ann, bob, killed, sentenced};

const GAMES: u64 = 5_000;

fn settings(players: usize, mafia: usize) -> Settings {
    let names = (1..=40).map(|number| format!("Player {number}"));
    Settings {
        players,
        mafia,
        names: names.collect(),
    }
}

/// A game of 2 to 40 players that only its seed decides.
fn drawn(seed: u64) -> (Settings, Vec<Player>, StdRng) {
    let mut rng = StdRng::seed_from_u64(seed);
    let players = rng.random_range(2..=40);
    let settings = settings(players, rng.random_range(1..players));
    let players = draw(&settings, &mut rng);
    (settings, players, rng)
}

fn living(players: &[Player]) -> Vec<&Player> {
    players.iter().filter(|player| player.is_alive()).collect()
}

fn living_on(players: &[Player], side: TrueIdentity) -> Vec<&Player> {
    let mut living = living(players);
    living.retain(|player| player.true_identity == side);
    living
}

fn is_mafia(player: &Player) -> bool {
    player.true_identity == TrueIdentity::Mafia
}

#[test]
fn a_drawn_game_is_what_the_settings_say() {
    for seed in 0..GAMES {
        let (settings, players, _) = drawn(seed);
        let unique: HashSet<_> = players.iter().map(|player| &player.name).collect();

        assert_eq!(unique.len(), settings.players, "seed {seed}");
        let mafia = living_on(&players, TrueIdentity::Mafia);
        assert_eq!(mafia.len(), settings.mafia, "seed {seed}");
        assert_eq!(living(&players).len(), settings.players, "seed {seed}");
        assert_eq!(game_over(&players), None, "seed {seed}");
        assert_eq!(ensure_game_is_on(&players), Ok(()), "seed {seed}");
    }
}

#[test]
fn everybody_may_be_drawn_and_anybody_may_be_the_mafia() {
    let mut rng = StdRng::seed_from_u64(1);
    let settings = settings(5, 1);
    let games: Vec<_> = (0..500).map(|_| draw(&settings, &mut rng)).collect();
    let mafia = games.iter().flatten().filter(|player| is_mafia(player));
    let names: HashSet<_> = mafia.map(|player| &player.name).collect();
    let places = games.iter().map(|game| game.iter().position(is_mafia));
    let places: HashSet<_> = places.collect();

    assert_eq!(names.len(), 40);
    assert_eq!(places.len(), 5, "the order gives nothing away");
}

#[test]
fn an_innocent_may_blame_and_the_mafia_may_kill_anybody_whom_the_rules_allow() {
    let mut rng = StdRng::seed_from_u64(1);
    let mut players = draw(&settings(6, 2), &mut rng);
    let (mut blamed, mut killed) = (HashSet::new(), HashSet::new());
    for _ in 0..200 {
        for pair in accusations(&players, &mut rng).expect("the game is on") {
            blamed.insert(pair.map(|player| player.name.clone()));
        }
        let victim = choose_victim(&mut players, &mut rng).expect("the game is on");
        killed.insert(victim.name.clone());
    }

    assert_eq!(
        blamed.len(),
        4 * 5 + 2 * 4,
        "4 innocents blame 5 others, 2 mafia the innocents"
    );
    assert_eq!(killed.len(), 4);
}

/// Lets the mafia kill, and checks that against the rules.
fn night(players: &mut [Player], rng: &mut StdRng) {
    let victim = choose_victim(players, rng).expect("the game is on");
    assert!(victim.is_innocent(), "the mafia never kills its own");
    assert!(victim.is_alive(), "nobody dies twice");
    victim.identity = Identity::KilledByMafia;
}

/// Lets everybody blame somebody, and checks that against the rules.
fn day(players: &[Player], rng: &mut StdRng) {
    let accusations = accusations(players, rng).expect("the game is on");
    let accusers: Vec<_> = accusations.iter().map(|[accuser, _]| *accuser).collect();
    assert_eq!(accusers, living(players), "each of the living blames one");
    for [accuser, accused] in accusations {
        assert_ne!(accuser.name, accused.name);
        assert!(accused.is_alive(), "the dead are not blamed");
        assert!(
            !(is_mafia(accuser) && is_mafia(accused)),
            "the mafia never blames its own"
        );
    }
}

/// Judges somebody, dead or alive, and checks that against the rules.
fn judgement(players: &mut [Player], rng: &mut StdRng) {
    let before = players.choose(rng).expect("there are players").clone();
    match find_accused(players, &before.name) {
        Ok(accused) => {
            assert!(before.is_alive(), "nobody is sentenced after death");
            assert_eq!(*accused, before);
            let (identity, _) = verdict_on(accused);
            assert_eq!(identity, sentenced(before).identity);
            accused.identity = identity;
        }
        Err(answer) => {
            assert!(!before.is_alive(), "the living can be sentenced");
            assert_eq!(answer, not_found(&before.name));
        }
    }
}

fn not_found(name: &str) -> Answer {
    Answer::refusal(404, format!("Player with name {name} not found"))
}

#[test]
fn every_game_keeps_the_rules_and_ends_with_the_right_winner() {
    let mut wins = [0, 0];
    for seed in 0..GAMES {
        let (settings, mut players, mut rng) = drawn(seed);
        let mut turns = 0;
        while game_over(&players).is_none() {
            let before = living(&players).len();
            match rng.random_range(0..3) {
                0 => night(&mut players, &mut rng),
                1 => day(&players, &mut rng),
                _ => judgement(&mut players, &mut rng),
            }
            turns += 1;
            assert!(before - living(&players).len() <= 1, "seed {seed}");
            assert!(turns < 100_000, "seed {seed}: the game doesn't end");
        }

        let winner = game_over(&players).expect("the game is over");
        let (loser, survivor) = match winner {
            "Game over: the mafia wins" => (TrueIdentity::Innocent, TrueIdentity::Mafia),
            "Game over: the innocents win" => (TrueIdentity::Mafia, TrueIdentity::Innocent),
            other => panic!("seed {seed}: {other}"),
        };
        assert!(living_on(&players, loser).is_empty(), "seed {seed}");
        assert!(!living_on(&players, survivor).is_empty(), "seed {seed}");
        assert_eq!(
            players.len(),
            settings.players,
            "seed {seed}: nobody gets lost"
        );

        let over = Answer::lines([winner]);
        let somebody = living_on(&players, survivor)[0].name.clone();
        assert_eq!(
            choose_victim(&mut players, &mut rng),
            Err(over.clone()),
            "seed {seed}"
        );
        assert_eq!(
            accusations(&players, &mut rng),
            Err(over.clone()),
            "seed {seed}"
        );
        assert_eq!(
            find_accused(&mut players, &somebody),
            Err(over),
            "seed {seed}"
        );
        wins[usize::from(survivor == TrueIdentity::Mafia)] += 1;
    }
    assert!(
        wins.iter().all(|&won| won > GAMES / 50),
        "both sides can win: {wins:?}"
    );
}

#[test]
fn the_same_seed_plays_the_same_game() {
    let play = |seed| {
        let (_, mut players, mut rng) = drawn(seed);
        let victim = choose_victim(&mut players, &mut rng).cloned();
        let day = accusations(&players, &mut rng);
        let day = day.map(|day| day.concat().into_iter().cloned().collect::<Vec<_>>());
        (victim, day, players)
    };

    assert_eq!(play(7), play(7));
    assert_ne!(play(7), play(8));
}

#[test]
fn without_players_there_is_no_game_and_no_winner() {
    let mut rng = StdRng::seed_from_u64(1);
    let no_game = Answer {
        status: 409,
        body: json!({"Message": "No game yet: start one with new-game"}),
    };

    assert_eq!(game_over(&[]), None);
    assert_eq!(choose_victim(&mut [], &mut rng), Err(no_game.clone()));
    assert_eq!(accusations(&[], &mut rng), Err(no_game.clone()));
    assert_eq!(find_accused(&mut [], "John"), Err(no_game));
}

#[test]
fn a_stranger_is_not_found() {
    let (_, mut players, _) = drawn(3);

    assert_eq!(find_accused(&mut players, "John"), Err(not_found("John")));
}

#[test]
fn if_the_last_two_leave_at_the_same_moment_the_mafia_has_won() {
    let players = [killed(ann()), sentenced(bob())];

    assert_eq!(game_over(&players), Some("Game over: the mafia wins"));
}
