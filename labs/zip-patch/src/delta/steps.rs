//! Finds earlier contents in new ones.

/// How many equal bytes are looked for, and how far the blocks of the index are apart.
const WINDOW: usize = 16;
const APART: usize = 4;
/// How many more bytes a match must have right than the contents that would follow otherwise: a step costs
/// some bytes itself.
const WORTH: usize = 12;
/// The bits of the index's size.
const SMALLEST: u32 = 8;
const LARGEST: u32 = 22;

/// A part of the new contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Where the earlier contents are that its beginning resembles.
    pub old: usize,
    /// How many bytes resemble them.
    pub alike: usize,
    /// How many bytes follow that are new.
    pub new: usize,
}

/// The steps that make up all of `new`.
pub fn steps(old: &[u8], new: &[u8]) -> Vec<Step> {
    let index = Index::of(old);
    let mut steps = Vec::new();
    let mut from = Alignment { old: 0, new: 0 };
    let mut search = 0;
    loop {
        let found = index.next_match(new, &from, search);
        let end = found.as_ref().map_or(new.len(), |it| it.start.new);
        let mut alike = forward(&old[from.old..], &new[from.new..end]);
        let mut before = found.as_ref().map_or(0, |found| {
            backward(&old[..found.start.old], &new[from.new..end])
        });
        if let Some(found) = &found {
            let overlap = (from.new + alike + before).saturating_sub(end);
            let first = &old[from.old + alike - overlap..][..overlap];
            let second = &old[found.start.old - before..][..overlap];
            let kept = divide(first, second, &new[end - before..][..overlap]);
            alike -= overlap - kept;
            before -= kept;
        }
        let next = end - before;
        steps.push(Step {
            old: from.old,
            alike,
            new: next - from.new - alike,
        });
        let Some(found) = found else {
            return steps;
        };
        from = Alignment {
            old: found.start.old - before,
            new: next,
        };
        search = found.start.new + found.length;
    }
}

/// Which earlier byte a new one is compared with; those that follow are compared in turn.
#[derive(Clone, Copy, Debug)]
struct Alignment {
    old: usize,
    new: usize,
}

impl Alignment {
    /// The earlier contents that `new[at..]` is compared with.
    fn earlier<'a>(&self, old: &'a [u8], at: usize) -> &'a [u8] {
        old.get(self.old + (at - self.new)..).unwrap_or_default()
    }
}

struct Match {
    start: Alignment,
    length: usize,
}

/// Where each block of the earlier contents is: the first of those that share a place.
struct Index<'a> {
    old: &'a [u8],
    places: Vec<u32>,
    bits: u32,
}

impl<'a> Index<'a> {
    fn of(old: &'a [u8]) -> Self {
        let bits = (old.len() / APART).max(1).ilog2() + 1;
        let bits = bits.clamp(SMALLEST, LARGEST);
        let mut index = Self {
            old,
            places: vec![u32::MAX; 1 << bits],
            bits,
        };
        for at in (0..old.len()).step_by(APART) {
            let (Some(block), Ok(here)) = (block(old, at), u32::try_from(at)) else {
                break;
            };
            let place = index.place(block);
            if index.places[place] == u32::MAX {
                index.places[place] = here;
            }
        }
        index
    }

    fn place(&self, block: u128) -> usize {
        let folded = block as u64 ^ ((block >> 64) as u64).rotate_left(31);
        (folded.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (64 - self.bits)) as usize
    }

    /// The next match that is better than what `from` compares with, from `at` on.
    fn next_match(&self, new: &[u8], from: &Alignment, mut at: usize) -> Option<Match> {
        while let Some(wanted) = block(new, at) {
            let expected = from.earlier(self.old, at);
            if block(expected, 0) == Some(wanted) {
                at += WINDOW;
                continue;
            }
            let old = self.places[self.place(wanted)] as usize;
            if block(self.old, old) != Some(wanted) {
                at += 1;
                continue;
            }
            let length = equal(&self.old[old..], &new[at..]);
            let pairs = expected.iter().zip(&new[at..at + length]);
            if length > pairs.filter(|(old, new)| old == new).count() + WORTH {
                let start = Alignment { old, new: at };
                return Some(Match { start, length });
            }
            at += length / 2;
        }
        None
    }
}

fn block(bytes: &[u8], at: usize) -> Option<u128> {
    let bytes = bytes.get(at..)?.first_chunk::<WINDOW>()?;
    Some(u128::from_le_bytes(*bytes))
}

/// How many bytes are equal.
fn equal(left: &[u8], right: &[u8]) -> usize {
    left.iter().zip(right).take_while(|(l, r)| l == r).count()
}

/// How far the new contents resemble the earlier ones: most of them are equal.
fn forward(old: &[u8], new: &[u8]) -> usize {
    most_alike(old.iter().zip(new))
}

fn backward(old: &[u8], new: &[u8]) -> usize {
    most_alike(old.iter().rev().zip(new.iter().rev()))
}

fn most_alike<'a>(pairs: impl Iterator<Item = (&'a u8, &'a u8)>) -> usize {
    let (mut score, mut best, mut length) = (0_i64, 0, 0);
    for (at, (old, new)) in pairs.enumerate() {
        score += if old == new { 1 } else { -1 };
        if score > best {
            (best, length) = (score, at + 1);
        }
    }
    length
}

/// How many of the bytes that resemble both contents are left to the first.
fn divide(first: &[u8], second: &[u8], new: &[u8]) -> usize {
    let (mut score, mut best, mut length) = (0_i64, 0, 0);
    for (at, ((first, second), new)) in first.iter().zip(second).zip(new).enumerate() {
        score += i64::from(first == new) - i64::from(second == new);
        if score > best {
            (best, length) = (score, at + 1);
        }
    }
    length
}
