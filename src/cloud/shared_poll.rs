//! One poll for all who wait for stacks of the same account: a round asks for all stacks at once, however
//! many wait. CloudFormation answers a few requests a second, to all clients of an account together.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use super::{Cloud, CloudError, Stack};
use crate::clock;

const SHORTEST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(3);
/// How many stacks an answer has. A round asks once for each such page, and so rounds come more rarely where
/// there are many: what polling asks for in a second does not depend on the number of stacks.
///
/// Source: CloudFormation API reference, `DescribeStacks`: an answer of at most 1 MB. It is 100 stacks or fewer.
const PAGE: usize = 100;
/// Each pause is this part of the time since the first began to wait, so that the number of rounds does
/// not depend on how many wait.
const PART: u32 = 12;
/// After hours a longer pause does not matter.
const SMALL_PART: u32 = 100;

/// What those who wait together share.
#[derive(Debug, Default)]
pub struct SharedPoll {
    /// Held by whoever asks for all.
    rounds: Mutex<Rounds>,
    /// How many rounds have begun.
    begun: AtomicU64,
    waiting: AtomicUsize,
}

#[derive(Debug, Default)]
struct Rounds {
    /// The number of the last round, and what it found by the stacks' ids.
    last: Option<(u64, Found)>,
    /// When the last round ended.
    ended: Option<Instant>,
    /// When somebody began to wait, while nobody did.
    since: Option<Instant>,
}

type Found = Result<Arc<HashMap<String, Stack>>, CloudError>;

/// Counts one who waits, until dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl SharedPoll {
    /// The stack with this id, as the next round that begins finds it.
    pub async fn next(&self, cloud: &Cloud, id: &str) -> Result<Option<Stack>, CloudError> {
        match self.next_listed(cloud, id).await? {
            Some(stack) => Ok(Some(stack)),
            // It is deleted, or so new that the list does not have it yet.
            None => cloud.stack(id).await,
        }
    }

    /// The same of a stack that was in a list before: when it is in none any more, it is deleted.
    pub async fn next_listed(&self, cloud: &Cloud, id: &str) -> Result<Option<Stack>, CloudError> {
        let asked = self.begun.load(Ordering::Acquire);
        let found = self.round_after(asked, cloud).await?;
        Ok(found.get(id).cloned())
    }

    async fn round_after(&self, asked: u64, cloud: &Cloud) -> Found {
        let is_first = self.waiting.fetch_add(1, Ordering::Relaxed) == 0;
        let _waiting = Waiting(&self.waiting);
        let mut rounds = self.rounds.lock().await;
        if let Some((number, found)) = &rounds.last
            && *number > asked
        {
            return found.clone();
        }
        let now = clock::now();
        let quiet = |ended: Instant| now.duration_since(ended) > LONGEST_PAUSE;
        if rounds.since.is_none() || (is_first && rounds.ended.is_some_and(quiet)) {
            rounds.since = Some(now);
        }
        let waited = rounds.since.map_or(Duration::ZERO, |since| now - since);
        let known = rounds
            .last
            .as_ref()
            .and_then(|(_, found)| found.as_ref().ok());
        let pages = known.map_or(1, |found| found.len().div_ceil(PAGE).max(1));
        let longest = LONGEST_PAUSE * u32::try_from(pages).unwrap_or(u32::MAX);
        let longest = longest.max(waited / SMALL_PART);
        let pause = (waited / PART).clamp(SHORTEST_PAUSE, longest);
        clock::sleep_until(rounds.ended.map_or(now, |ended| ended + pause)).await;
        let number = self.begun.fetch_add(1, Ordering::AcqRel) + 1;
        let found = cloud.stacks().await.map(|stacks| {
            let by_id = stacks.into_iter().map(|stack| (stack.id.clone(), stack));
            Arc::new(by_id.collect())
        });
        rounds.ended = Some(clock::now());
        rounds.last = Some((number, found.clone()));
        found
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::*;

    fn described(ids: &[&str], status: &str) -> (u16, String) {
        let member = |id: &&str| {
            format!(
                "<member><StackName>{id}</StackName><StackId>{id}</StackId>\
                 <StackStatus>{status}</StackStatus>\
                 <CreationTime>2026-11-22T00:00:00Z</CreationTime></member>"
            )
        };
        let members: String = ids.iter().map(member).collect();
        let body = format!(
            "<DescribeStacksResponse><DescribeStacksResult><Stacks>{members}</Stacks>\
             </DescribeStacksResult></DescribeStacksResponse>"
        );
        (200, body)
    }

    /// All of them wait for three rounds.
    #[tokio::test]
    async fn a_round_is_one_request_however_many_wait() {
        for waiting in [1, 10, 100] {
            let (cloud, sent) = Cloud::scripted(|_| described(&["a"], "CREATE_IN_PROGRESS"));
            let poll = SharedPoll::default();
            let waits = (0..waiting).map(|_| async {
                for _ in 0..3 {
                    let found = poll.next(&cloud, "a").await.expect("an answer");
                    assert_eq!(found.expect("a stack").status.0, "CREATE_IN_PROGRESS");
                }
            });
            join_all(waits).await;
            let sent = sent.lock().expect("sent").len();
            assert_eq!(sent, 3, "{waiting} wait");
        }
    }

    #[tokio::test]
    async fn a_failed_round_is_told_to_all_who_waited_for_it() {
        let (cloud, sent) = Cloud::scripted(|_| (403, "<Error/>".to_owned()));
        let poll = SharedPoll::default();
        let waits = join_all((0..5).map(|_| poll.next(&cloud, "a"))).await;
        assert!(waits.iter().all(Result::is_err));
        assert_eq!(sent.lock().expect("sent").len(), 1);
    }

    #[tokio::test]
    async fn a_stack_that_the_round_did_not_find_is_looked_for_by_its_id() {
        let (cloud, sent) = Cloud::scripted(|request| match request.contains("StackName=gone") {
            true => described(&["gone"], "DELETE_COMPLETE"),
            false => described(&["other"], "CREATE_COMPLETE"),
        });
        let poll = SharedPoll::default();
        let found = poll.next(&cloud, "gone").await.expect("an answer");
        assert_eq!(found.expect("a stack").status.0, "DELETE_COMPLETE");
        assert_eq!(sent.lock().expect("sent").len(), 2);
    }

    /// An answer from before somebody began to wait says nothing about what happened since.
    #[tokio::test]
    async fn nobody_gets_an_answer_from_before_the_question() {
        let (cloud, sent) = Cloud::scripted(|_| described(&["a"], "CREATE_COMPLETE"));
        let poll = SharedPoll::default();
        for round in 1..4 {
            poll.next(&cloud, "a").await.expect("an answer");
            assert_eq!(sent.lock().expect("sent").len(), round);
        }
    }
}
