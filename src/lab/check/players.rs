//! The players of a check's games: drawn from a seed, written into the table, and compared with what is there
//! after a turn. Pure.

use std::fmt;

use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, SliceRandom};

use crate::cloud::{StoredItem, StoredValue};

pub const NAME: &str = "Name";
const TRUE_IDENTITY: &str = "TrueIdentity";
const IDENTITY: &str = "Identity";

/// Those that are also words could be meant as words in a student's text.
const WORDS: [&str; 5] = ["Blessing", "Grace", "Mercy", "Patience", "Said"];

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    Mafia,
    Innocent,
}

/// What everybody knows of a player.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Identity {
    Uncovered,
    Killed,
    Correctly,
    Incorrectly,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Player {
    pub name: String,
    pub side: Side,
    pub identity: Identity,
}

impl Side {
    const ALL: [Self; 2] = [Self::Mafia, Self::Innocent];

    pub fn text(self) -> &'static str {
        match self {
            Self::Mafia => "Mafia",
            Self::Innocent => "Innocent",
        }
    }

    pub fn other(self) -> Self {
        match self {
            Self::Mafia => Self::Innocent,
            Self::Innocent => Self::Mafia,
        }
    }
}

impl Identity {
    const ALL: [Self; 4] = [
        Self::Uncovered,
        Self::Killed,
        Self::Correctly,
        Self::Incorrectly,
    ];

    pub fn text(self) -> &'static str {
        match self {
            Self::Uncovered => "Uncovered",
            Self::Killed => "Killed by mafia",
            Self::Correctly => "Correctly sentenced",
            Self::Incorrectly => "Incorrectly sentenced",
        }
    }
}

impl Player {
    pub fn new(name: impl Into<String>, side: Side) -> Self {
        Self {
            name: name.into(),
            side,
            identity: Identity::Uncovered,
        }
    }

    pub fn is_alive(&self) -> bool {
        self.identity == Identity::Uncovered
    }

    pub fn lives_as(&self, side: Side) -> bool {
        self.is_alive() && self.side == side
    }

    pub fn item(&self) -> StoredItem {
        let attributes = [
            (NAME, self.name.as_str()),
            (TRUE_IDENTITY, self.side.text()),
            (IDENTITY, self.identity.text()),
        ];
        let attributes = attributes.map(|(name, value)| (name.to_owned(), value.into()));
        attributes.into()
    }

    /// The player that an item of the table is, or what is wrong with the item.
    pub fn read(item: &StoredItem) -> Result<Self, String> {
        let text = |attribute: &str| item.get(attribute).and_then(StoredValue::text);
        let name = text(NAME).unwrap_or_default();
        let side = text(TRUE_IDENTITY);
        let found = Side::ALL.into_iter().find(|it| Some(it.text()) == side);
        let Some(side) = found else {
            return Err(format!("{name} has {TRUE_IDENTITY} {}", shown(side)));
        };
        let identity = text(IDENTITY);
        let found = Identity::ALL
            .into_iter()
            .find(|it| Some(it.text()) == identity);
        let Some(identity) = found else {
            return Err(format!("{name} has {IDENTITY} {}", shown(identity)));
        };
        Ok(Self {
            name: name.to_owned(),
            side,
            identity,
        })
    }
}

fn shown(value: Option<&str>) -> String {
    value.map_or("missing".to_owned(), |text| format!("{text:?}"))
}

pub fn names(players: &[Player]) -> Vec<&str> {
    players.iter().map(|it| it.name.as_str()).collect()
}

/// How many players of each kind a game has.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cast {
    /// Alive.
    pub mafia: usize,
    /// Alive.
    pub innocents: usize,
    pub killed: usize,
    pub correctly: usize,
    pub incorrectly: usize,
}

impl Cast {
    /// Players of these kinds with drawn names, in a drawn order.
    pub fn draw(self, chance: &mut StdRng) -> Vec<Player> {
        use Identity::{Correctly, Incorrectly, Killed, Uncovered};
        let kinds = [
            (self.mafia, Side::Mafia, Uncovered),
            (self.innocents, Side::Innocent, Uncovered),
            (self.killed, Side::Innocent, Killed),
            (self.correctly, Side::Mafia, Correctly),
            (self.incorrectly, Side::Innocent, Incorrectly),
        ];
        let each = |(number, side, identity)| std::iter::repeat_n((side, identity), number);
        let kinds: Vec<_> = kinds.into_iter().flat_map(each).collect();
        let all = include_str!("../../../names.txt");
        let all: Vec<&str> = all.lines().filter(|name| !WORDS.contains(name)).collect();
        let names = all.sample(chance, kinds.len());
        let players = names.zip(kinds).map(|(name, (side, identity))| Player {
            identity,
            ..Player::new(*name, side)
        });
        let mut players: Vec<Player> = players.collect();
        players.shuffle(chance);
        players
    }
}

/// What is another way in the table than it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The player before, and what everybody knows now.
    Became(Player, Identity),
    /// Anything else, in words.
    Spoiled(String),
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Became(before, now) => write!(
                f,
                "{} ({}, {}) became {}",
                before.name,
                before.side.text(),
                before.identity.text(),
                now.text()
            ),
            Self::Spoiled(what) => f.write_str(what),
        }
    }
}

/// What changed in the table since these players were in it. A player that left the game may have got
/// further attributes.
pub fn changes(before: &[Player], after: &[StoredItem]) -> Vec<Change> {
    let name_of = |item: &StoredItem| {
        item.get(NAME)
            .and_then(StoredValue::text)
            .map(str::to_owned)
    };
    let changed = before.iter().filter_map(|player| {
        let named = |it: &&StoredItem| name_of(it).as_deref() == Some(&*player.name);
        let Some(item) = after.iter().find(named) else {
            return Some(Change::Spoiled(format!(
                "{} is not in the table any more",
                player.name
            )));
        };
        if *item == player.item() {
            return None;
        }
        Some(match Player::read(item) {
            Err(problem) => Change::Spoiled(problem),
            Ok(now) if now.side != player.side => Change::Spoiled(format!(
                "{} was {} and is {} now",
                player.name,
                player.side.text(),
                now.side.text()
            )),
            Ok(now) if now.identity != player.identity => {
                Change::Became(player.clone(), now.identity)
            }
            Ok(_) => Change::Spoiled(format!("{} has other attributes now", player.name)),
        })
    });
    let is_new = |item: &&StoredItem| {
        let name = name_of(item);
        !before.iter().any(|it| Some(&it.name) == name.as_ref())
    };
    let new = after.iter().filter(is_new).map(|item| {
        let name = name_of(item).unwrap_or_default();
        Change::Spoiled(format!("{name:?} is new in the table"))
    });
    changed.chain(new).collect()
}

/// The changes in a few words.
pub fn described(changes: &[Change]) -> String {
    const MOST: usize = 4;
    if changes.is_empty() {
        return "nothing changed in the table".to_owned();
    }
    let shown = changes.iter().take(MOST).map(ToString::to_string);
    let shown: Vec<String> = shown.collect();
    let more = match changes.len().saturating_sub(MOST) {
        0 => String::new(),
        more => format!(", and {more} more"),
    };
    format!("in the table: {}{more}", shown.join(", "))
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    const CAST: Cast = Cast {
        mafia: 2,
        innocents: 3,
        killed: 1,
        correctly: 1,
        incorrectly: 1,
    };

    #[test]
    fn a_seed_draws_the_same_game_again() {
        let draw = |seed| CAST.draw(&mut StdRng::seed_from_u64(seed));
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
        let players = draw(7);
        let count = |side| players.iter().filter(|it| it.lives_as(side)).count();
        assert_eq!(
            (players.len(), count(Side::Mafia), count(Side::Innocent)),
            (8, 2, 3)
        );
        let mut names = names(&players);
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), 8);
    }

    #[test]
    fn a_player_is_read_as_it_was_written() {
        for player in CAST.draw(&mut StdRng::seed_from_u64(1)) {
            assert_eq!(Player::read(&player.item()), Ok(player));
        }
        let mut item = Player::new("Ann", Side::Mafia).item();
        item.insert(IDENTITY.to_owned(), "Dead".into());
        assert_eq!(
            Player::read(&item),
            Err("Ann has Identity \"Dead\"".to_owned())
        );
        item.remove(TRUE_IDENTITY);
        assert_eq!(
            Player::read(&item),
            Err("Ann has TrueIdentity missing".to_owned())
        );
    }

    #[test]
    fn whatever_is_another_way_is_a_change() {
        let before = [
            Player::new("Ann", Side::Mafia),
            Player::new("Bo", Side::Innocent),
        ];
        let with = |change: &dyn Fn(&mut Vec<StoredItem>)| {
            let mut items: Vec<StoredItem> = before.iter().map(Player::item).collect();
            change(&mut items);
            described(&changes(&before, &items))
        };
        assert_eq!(with(&|_| {}), "nothing changed in the table");
        for (change, words) in [
            (
                Box::new(|items: &mut Vec<StoredItem>| {
                    items[1].insert(IDENTITY.to_owned(), "Killed by mafia".into());
                    items[1].insert("When".to_owned(), "now".into());
                }) as Box<dyn Fn(&mut Vec<StoredItem>)>,
                "Bo (Innocent, Uncovered) became Killed by mafia",
            ),
            (
                Box::new(|items| {
                    items.remove(0);
                }),
                "Ann is not in the table any more",
            ),
            (
                Box::new(|items| {
                    items[0].insert(TRUE_IDENTITY.to_owned(), "Innocent".into());
                }),
                "Ann was Mafia and is Innocent now",
            ),
            (
                Box::new(|items| {
                    items[0].insert("x".to_owned(), "y".into());
                }),
                "Ann has other attributes now",
            ),
            (
                Box::new(|items| items.push(Player::new("Cy", Side::Mafia).item())),
                "\"Cy\" is new in the table",
            ),
        ] {
            assert_eq!(with(&*change), format!("in the table: {words}"));
        }
    }
}
