//! Thousands of games, each of which its seed can repeat.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::collections::HashSet;

use super::*;

const GAMES: u64 = 5_000;

fn names() -> Vec<String> {
    (1..=40).map(|number| format!("Player {number}")).collect()
}

/// A game of 2 to 40 players that only its seed decides.
fn drawn(seed: u64) -> (Setup, Game, StdRng) {
    let mut rng = StdRng::seed_from_u64(seed);
    let players = rng.random_range(2..=40);
    let setup = Setup {
        players,
        mafia: rng.random_range(1..players),
    };
    let game = Game::draw(&names(), setup, &mut rng);
    (setup, game, rng)
}

fn player<'a>(game: &'a Game, name: &str) -> &'a Player {
    let mut players = game.players().iter();
    players
        .find(|player| player.name == name)
        .expect("the game has this player")
}

fn side(game: &Game, name: &str) -> TrueIdentity {
    player(game, name).true_identity
}

#[test]
fn a_drawn_game_is_what_the_setup_says() {
    for seed in 0..GAMES {
        let (setup, game, _) = drawn(seed);
        let unique: HashSet<_> = game.players().iter().map(|player| &player.name).collect();

        assert_eq!(unique.len(), setup.players, "seed {seed}");
        assert_eq!(
            game.living_on(TrueIdentity::Mafia).len(),
            setup.mafia,
            "seed {seed}"
        );
        assert_eq!(game.living().len(), setup.players, "seed {seed}");
        assert_eq!(game.winner(), None, "seed {seed}");
    }
}

#[test]
fn everybody_may_be_drawn_and_anybody_may_be_the_mafia() {
    let mut rng = StdRng::seed_from_u64(1);
    let setup = Setup {
        players: 5,
        mafia: 1,
    };
    let games: Vec<_> = (0..500)
        .map(|_| Game::draw(&names(), setup, &mut rng))
        .collect();
    let mafia = games
        .iter()
        .flat_map(|game| game.living_on(TrueIdentity::Mafia));
    let places = games.iter().map(|game| {
        game.players()
            .iter()
            .position(|player| player.true_identity == TrueIdentity::Mafia)
    });

    assert_eq!(
        mafia
            .map(|player| &player.name)
            .collect::<HashSet<_>>()
            .len(),
        40
    );
    assert_eq!(
        places.collect::<HashSet<_>>().len(),
        5,
        "the order gives nothing away"
    );
}

#[test]
fn an_innocent_may_blame_and_the_mafia_may_kill_anybody_whom_the_rules_allow() {
    let mut rng = StdRng::seed_from_u64(1);
    let setup = Setup {
        players: 6,
        mafia: 2,
    };
    let game = Game::draw(&names(), setup, &mut rng);
    let (mut blamed, mut killed) = (HashSet::new(), HashSet::new());
    for _ in 0..200 {
        for Accusation { accuser, accused } in game.day(&mut rng).expect("the game is on") {
            blamed.insert((accuser, accused));
        }
        killed.insert(game.night(&mut rng).expect("the game is on").player.name);
    }

    assert_eq!(
        blamed.len(),
        4 * 5 + 2 * 4,
        "4 innocents blame 5 others, 2 mafia the innocents"
    );
    assert_eq!(killed.len(), 4);
}

/// One turn of a random kind, checked against the rules.
fn play_and_check(game: Game, rng: &mut StdRng) -> Game {
    match rng.random_range(0..3) {
        0 => {
            let fate = game.night(rng).expect("the game is on");
            assert_eq!(fate.player.true_identity, TrueIdentity::Innocent);
            assert_eq!(fate.becomes, Identity::KilledByMafia);
            assert!(
                player(&game, &fate.player.name).lives(),
                "nobody dies twice"
            );
            game.after(&fate)
        }
        1 => {
            let accusations = game.day(rng).expect("the game is on");
            let accusers: Vec<_> = accusations.iter().map(|a| a.accuser.as_str()).collect();
            let living: Vec<_> = game.living().iter().map(|p| p.name.as_str()).collect();
            assert_eq!(
                accusers, living,
                "each of the living blames one, and no dead does"
            );

            for Accusation { accuser, accused } in &accusations {
                assert_ne!(accuser, accused);
                assert!(player(&game, accused).lives(), "the dead are not blamed");
                if side(&game, accuser) == TrueIdentity::Mafia {
                    assert_eq!(side(&game, accused), TrueIdentity::Innocent);
                }
            }
            game
        }
        _ => {
            let name = game
                .players()
                .choose(rng)
                .expect("there are players")
                .name
                .clone();
            let outcome = game.judgement(&name);
            match (player(&game, &name).lives(), side(&game, &name), &outcome) {
                (false, _, Err(refusal)) => {
                    assert_eq!(*refusal, Refusal::NotFound(name));
                    return game;
                }
                (true, TrueIdentity::Mafia, Ok(fate)) => {
                    assert_eq!(fate.becomes, Identity::CorrectlySentenced);
                }
                (true, TrueIdentity::Innocent, Ok(fate)) => {
                    assert_eq!(fate.becomes, Identity::IncorrectlySentenced);
                }
                unexpected => panic!("{name}: {unexpected:?}"),
            }
            game.after(&outcome.expect("the dead were dealt with"))
        }
    }
}

#[test]
fn every_game_keeps_the_rules_and_ends_with_the_right_winner() {
    let mut wins = [0, 0];
    for seed in 0..GAMES {
        let (setup, mut game, mut rng) = drawn(seed);
        let mut turns = 0;
        while game.winner().is_none() {
            let before = game.living().len();
            game = play_and_check(game, &mut rng);
            turns += 1;
            assert!(before - game.living().len() <= 1, "seed {seed}");
            assert!(turns < 100_000, "seed {seed}: the game doesn't end");
        }

        let winner = game.winner().expect("the game is over");
        let (loser, survivor) = match winner {
            Winner::Mafia => (TrueIdentity::Innocent, TrueIdentity::Mafia),
            Winner::Innocents => (TrueIdentity::Mafia, TrueIdentity::Innocent),
        };
        assert!(game.living_on(loser).is_empty(), "seed {seed}");
        assert!(!game.living_on(survivor).is_empty(), "seed {seed}");
        assert_eq!(
            game.players().len(),
            setup.players,
            "seed {seed}: nobody gets lost"
        );

        let somebody = game.living_on(survivor)[0].name.clone();
        assert_eq!(
            game.night(&mut rng),
            Err(Refusal::Over(winner)),
            "seed {seed}"
        );
        assert_eq!(
            game.day(&mut rng),
            Err(Refusal::Over(winner)),
            "seed {seed}"
        );
        assert_eq!(
            game.judgement(&somebody),
            Err(Refusal::Over(winner)),
            "seed {seed}"
        );
        wins[usize::from(winner == Winner::Mafia)] += 1;
    }
    assert!(
        wins.iter().all(|&won| won > GAMES / 50),
        "both sides can win: {wins:?}"
    );
}

#[test]
fn the_same_seed_plays_the_same_game() {
    let play = |seed| {
        let (_, game, mut rng) = drawn(seed);
        (game.night(&mut rng), game.day(&mut rng), game)
    };

    assert_eq!(play(7), play(7));
    assert_ne!(play(7), play(8));
}

#[test]
fn without_players_there_is_no_game_and_no_winner() {
    let mut rng = StdRng::seed_from_u64(1);
    let nobody = Game::new(Vec::new());

    assert_eq!(nobody.winner(), None);
    assert_eq!(nobody.night(&mut rng), Err(Refusal::NoGame));
    assert_eq!(nobody.day(&mut rng), Err(Refusal::NoGame));
    assert_eq!(nobody.judgement("John"), Err(Refusal::NoGame));
    assert_eq!(
        Refusal::NoGame.to_string(),
        "No game yet: start one with new-game"
    );
}

#[test]
fn a_stranger_is_not_found() {
    let (_, game, _) = drawn(3);
    let refusal = game.judgement("John").expect_err("nobody is called John");

    assert_eq!(refusal.to_string(), "Player with name John not found");
}

#[test]
fn when_the_last_two_go_at_the_same_moment_the_mafia_has_won() {
    let dead = |name, side, identity| Player {
        identity,
        ..Player::new(name, side)
    };
    let game = Game::new(vec![
        dead("Ann", TrueIdentity::Innocent, Identity::KilledByMafia),
        dead("Bob", TrueIdentity::Mafia, Identity::CorrectlySentenced),
    ]);

    assert_eq!(game.winner(), Some(Winner::Mafia));
}
