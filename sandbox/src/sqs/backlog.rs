//! The messages of a queue without their contents: which of them can be received when. Pure: no store, no
//! clock. Times are milliseconds since 1970.
//!
//! Source: "Amazon SQS visibility timeout", and for FIFO "Receiving messages" in SQS's developer guide.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// Numbers messages in the order in which they were accepted.
pub type Sequence = u64;

/// What has been done with a message.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub struct Handling {
    pub visible_at: i64,
    /// How often it was received.
    pub receives: u32,
    pub first_received_at: i64,
    pub received_at: i64,
    /// Of the last receipt; those before are void.
    pub receipt: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub sent_at: i64,
    /// Of a FIFO queue's message.
    pub group: Option<String>,
    pub handling: Handling,
}

impl Entry {
    pub fn is_visible(&self, now: i64) -> bool {
        self.handling.visible_at <= now
    }

    pub fn is_in_flight(&self, now: i64) -> bool {
        self.handling.receives > 0 && !self.is_visible(now)
    }
}

/// What a request would get.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picked {
    pub received: Vec<Sequence>,
    /// What was received too often.
    pub dead: Vec<Sequence>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub visible: usize,
    pub in_flight: usize,
    pub delayed: usize,
}

#[derive(Debug, Default)]
pub struct Backlog {
    entries: BTreeMap<Sequence, Entry>,
    by_visibility: BTreeSet<(i64, Sequence)>,
    by_age: BTreeSet<(i64, Sequence)>,
    /// Of a FIFO queue.
    groups: BTreeMap<String, Group>,
    /// The first message of each group.
    heads: BTreeSet<(Sequence, String)>,
}

#[derive(Debug, Default)]
struct Group {
    members: BTreeSet<Sequence>,
    /// Those that were received, by when they are visible again.
    received: BTreeSet<(i64, Sequence)>,
}

impl Group {
    /// As long as one of its messages is in flight, nobody gets another one.
    fn is_blocked(&self, now: i64) -> bool {
        self.received.last().is_some_and(|(until, _)| *until > now)
    }
}

impl Backlog {
    pub fn get(&self, sequence: Sequence) -> Option<&Entry> {
        self.entries.get(&sequence)
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Adds a message, or replaces what is known of it.
    pub fn put(&mut self, sequence: Sequence, entry: Entry) {
        self.remove(sequence);
        let visible_at = entry.handling.visible_at;
        self.by_visibility.insert((visible_at, sequence));
        self.by_age.insert((entry.sent_at, sequence));
        if let Some(name) = &entry.group {
            let group = self.groups.entry(name.clone()).or_default();
            if entry.handling.receives > 0 {
                group.received.insert((visible_at, sequence));
            }
            let head = group.members.first().copied();
            group.members.insert(sequence);
            if head.is_none_or(|head| sequence < head) {
                if let Some(head) = head {
                    self.heads.remove(&(head, name.clone()));
                }
                self.heads.insert((sequence, name.clone()));
            }
        }
        self.entries.insert(sequence, entry);
    }

    pub fn remove(&mut self, sequence: Sequence) {
        let Some(entry) = self.entries.remove(&sequence) else {
            return;
        };
        let visible_at = entry.handling.visible_at;
        self.by_visibility.remove(&(visible_at, sequence));
        self.by_age.remove(&(entry.sent_at, sequence));
        let Some(name) = entry.group else { return };
        let Some(group) = self.groups.get_mut(&name) else {
            return;
        };
        group.received.remove(&(visible_at, sequence));
        group.members.remove(&sequence);
        let head = group.members.first().copied();
        if self.heads.remove(&(sequence, name.clone()))
            && let Some(head) = head
        {
            self.heads.insert((head, name.clone()));
        }
        if head.is_none() {
            self.groups.remove(&name);
        }
    }

    /// Those that a request for so many messages gets. What was received `most_receives` times is dead.
    pub fn pick(&self, now: i64, most: usize, most_receives: Option<u32>) -> Picked {
        let mut picked = Picked::default();
        let of_no_group = self.by_visibility.range(..=(now, Sequence::MAX));
        let of_no_group = of_no_group.map(|(_, sequence)| *sequence);
        let is_fifo = !self.groups.is_empty();
        if !is_fifo {
            self.take(of_no_group, &mut picked, most, most_receives);
            return picked;
        }
        for (_, name) in &self.heads {
            if picked.received.len() >= most {
                break;
            }
            let group = self.groups.get(name).filter(|it| !it.is_blocked(now));
            let members = group.into_iter().flat_map(|it| &it.members).copied();
            let visible = |sequence: &Sequence| {
                let entry = self.entries.get(sequence);
                entry.is_some_and(|entry| entry.is_visible(now))
            };
            // A later message does not overtake one that is delayed.
            self.take(
                members.take_while(visible),
                &mut picked,
                most,
                most_receives,
            );
        }
        picked
    }

    fn take(
        &self,
        sequences: impl Iterator<Item = Sequence>,
        picked: &mut Picked,
        most: usize,
        most_receives: Option<u32>,
    ) {
        for sequence in sequences {
            if picked.received.len() >= most {
                return;
            }
            let receives = self.entries.get(&sequence).map(|it| it.handling.receives);
            match (receives, most_receives) {
                (Some(receives), Some(most)) if receives >= most => picked.dead.push(sequence),
                _ => picked.received.push(sequence),
            }
        }
    }

    /// When next a message becomes visible that is not.
    pub fn next_visible(&self, now: i64) -> Option<i64> {
        let mut later = self.by_visibility.range((now + 1, 0)..);
        later.next().map(|(at, _)| *at)
    }

    /// Whether a message is visible by this time that was received less often than this.
    pub fn is_due(&self, by: i64, receives: u32) -> bool {
        let mut due = self.by_visibility.range(..=(by, Sequence::MAX));
        due.any(|(_, sequence)| {
            let entry = self.entries.get(sequence);
            entry.is_some_and(|entry| entry.handling.receives < receives)
        })
    }

    /// Those that were sent at this time or before.
    pub fn sent_until(&self, time: i64) -> Vec<Sequence> {
        let old = self.by_age.range(..=(time, Sequence::MAX));
        old.map(|(_, sequence)| *sequence).collect()
    }

    pub fn counts(&self, now: i64) -> Counts {
        let mut counts = Counts::default();
        for (_, sequence) in self.by_visibility.range((now + 1, 0)..) {
            let entry = self.entries.get(sequence);
            match entry.is_some_and(|entry| entry.is_in_flight(now)) {
                true => counts.in_flight += 1,
                false => counts.delayed += 1,
            }
        }
        counts.visible = self.entries.len() - counts.in_flight - counts.delayed;
        counts
    }

    #[cfg(test)]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
            && self.by_visibility.is_empty()
            && self.by_age.is_empty()
            && self.groups.is_empty()
            && self.heads.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    fn entry(sent_at: i64, group: Option<&str>) -> Entry {
        Entry {
            sent_at,
            group: group.map(str::to_owned),
            handling: Handling {
                visible_at: sent_at,
                ..Handling::default()
            },
        }
    }

    /// What a request receives, which is visible again after `timeout`.
    fn receive(backlog: &mut Backlog, now: i64, most: usize, timeout: i64) -> Vec<Sequence> {
        let picked = backlog.pick(now, most, None).received;
        for sequence in &picked {
            let mut entry = backlog.get(*sequence).expect("it is there").clone();
            entry.handling.receives += 1;
            entry.handling.visible_at = now + timeout;
            backlog.put(*sequence, entry);
        }
        picked
    }

    #[test]
    fn a_message_in_flight_is_nobody_elses_until_its_time_is_over() {
        let mut backlog = Backlog::default();
        for sequence in 0..3 {
            backlog.put(sequence, entry(0, None));
        }
        backlog.put(3, entry(50, None));
        assert_eq!(receive(&mut backlog, 10, 2, 30), [0, 1]);
        assert_eq!(receive(&mut backlog, 20, 10, 100), [2]);
        assert!(receive(&mut backlog, 39, 10, 10).is_empty());
        assert_eq!(backlog.next_visible(39), Some(40));
        let counts = Counts {
            visible: 0,
            in_flight: 3,
            delayed: 1,
        };
        assert_eq!(backlog.counts(39), counts);
        assert_eq!(receive(&mut backlog, 50, 10, 10), [0, 1, 3]);
        assert_eq!(backlog.sent_until(49), [0, 1, 2]);
        (0..4).for_each(|sequence| backlog.remove(sequence));
        assert!(backlog.is_empty());
    }

    #[test]
    fn what_was_received_often_is_dead_and_makes_room_for_others() {
        let mut backlog = Backlog::default();
        for sequence in 0..3 {
            backlog.put(sequence, entry(0, None));
        }
        receive(&mut backlog, 0, 1, 5);
        let picked = backlog.pick(5, 2, Some(1));
        assert_eq!((picked.received, picked.dead), (vec![1, 2], vec![]));
        receive(&mut backlog, 5, 2, 0);
        let picked = backlog.pick(5, 2, Some(1));
        assert_eq!((picked.received, picked.dead), (vec![], vec![0, 1, 2]));
    }

    #[test]
    fn a_group_in_flight_blocks_its_later_messages_and_no_other_group() {
        let mut backlog = Backlog::default();
        for (sequence, group) in ["a", "b", "a", "a", "b"].iter().enumerate() {
            backlog.put(sequence as Sequence, entry(0, Some(group)));
        }
        assert_eq!(receive(&mut backlog, 0, 2, 30), [0, 2]);
        assert_eq!(receive(&mut backlog, 1, 10, 30), [1, 4]);
        backlog.remove(2);
        assert!(receive(&mut backlog, 2, 10, 30).is_empty());
        backlog.remove(0);
        assert_eq!(receive(&mut backlog, 3, 10, 30), [3]);
        // The first of them comes again, and the other one after it.
        assert_eq!(receive(&mut backlog, 31, 1, 30), [1]);
        assert_eq!(receive(&mut backlog, 61, 10, 30), [1, 4, 3]);
    }

    proptest! {
        /// Groups are received in their order, whatever is deleted and whatever comes back.
        #[test]
        fn the_messages_of_a_group_end_in_their_order(
            groups in prop::collection::vec(0..3_u8, 1..20),
            steps in prop::collection::vec((1..4_usize, any::<bool>(), 0..40_i64), 1..60),
        ) {
            let mut backlog = Backlog::default();
            for (sequence, group) in groups.iter().enumerate() {
                backlog.put(sequence as Sequence, entry(0, Some(&group.to_string())));
            }
            let (mut now, mut ended) = (0, HashMap::<u8, Vec<Sequence>>::new());
            let all = std::iter::repeat_n((10, true, 40), 40);
            for (most, is_done, pause) in steps.into_iter().chain(all) {
                let received = receive(&mut backlog, now, most, 30);
                let mut seen = HashMap::<u8, Sequence>::new();
                for sequence in received {
                    let group = groups[sequence as usize];
                    let before = seen.insert(group, sequence);
                    prop_assert!(before.is_none_or(|before| before < sequence));
                    if is_done {
                        backlog.remove(sequence);
                        ended.entry(group).or_default().push(sequence);
                    }
                }
                now += pause;
            }
            prop_assert!(backlog.is_empty());
            prop_assert!(ended.values().all(|sequences| sequences.is_sorted()));
            let count: usize = ended.values().map(Vec::len).sum();
            prop_assert_eq!(count, groups.len());
        }
    }
}
