//! How messages leave a queue: deleted, expired, or moved to another queue.

use super::Sqs;
use super::backlog::Sequence;
use super::message::{self, Message};
use super::queue::Live;
use crate::fault::Fault;

impl Sqs {
    /// Deletes what is older than the queue keeps messages.
    pub fn expire(&self, live: &mut Live, name: &str, now: i64) -> Result<(), Fault> {
        let found = live.get(name)?;
        let retention = i64::from(found.queue.settings.retention) * 1000;
        let old = found.backlog.sent_until(now - retention);
        self.remove(live, name, &old)
    }

    /// Deletes messages.
    pub fn remove(&self, live: &mut Live, name: &str, sequences: &[Sequence]) -> Result<(), Fault> {
        if sequences.is_empty() {
            return Ok(());
        }
        self.store.write::<_, Fault>(|transaction| {
            for sequence in sequences {
                let key = message::key(name, *sequence);
                self.messages.remove_in(transaction, &key)?;
                self.handlings.remove_in(transaction, &key)?;
            }
            Ok(())
        })?;
        let queue = live.get_mut(name)?;
        sequences.iter().for_each(|it| queue.backlog.remove(*it));
        // The next one of its group can be received.
        queue.arrivals.notify_waiters();
        Ok(())
    }

    /// Moves messages to another queue, where they can be received at once. `change` says what else is
    /// different of them there.
    pub fn transfer(
        &self,
        live: &mut Live,
        from: &str,
        to: &str,
        sequences: &[Sequence],
        change: impl Fn(&mut Message),
    ) -> Result<(), Fault> {
        let now = self.clock.now();
        let places = sequences.iter().map(|_| live.next_sequence(now));
        let places: Vec<Sequence> = places.collect();
        let moved = self.store.write::<_, Fault>(|transaction| {
            let mut moved = Vec::new();
            for (sequence, place) in sequences.iter().zip(&places) {
                let key = message::key(from, *sequence);
                let Some(mut message) = self.messages.get_in(transaction, &key)? else {
                    continue;
                };
                self.messages.remove_in(transaction, &key)?;
                self.handlings.remove_in(transaction, &key)?;
                message.visible_at = now;
                change(&mut message);
                let key = message::key(to, *place);
                self.messages.put_in(transaction, &key, &message)?;
                moved.push((*place, message));
            }
            Ok(moved)
        })?;
        let source = live.get_mut(from)?;
        sequences.iter().for_each(|it| source.backlog.remove(*it));
        source.arrivals.notify_waiters();
        let target = live.get_mut(to)?;
        for (place, message) in moved {
            target.backlog.put(place, message.entry(to, None));
        }
        target.arrivals.notify_waiters();
        Ok(())
    }
}
