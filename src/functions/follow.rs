//! Follows the logs of functions, within the rate at which the account may read logs.
//!
//! CloudWatch Logs counts the requests of everybody in the account together: 5 a second in some
//! regions, 10 or 25 in others. So a follower asks for one function after the other, pauses between,
//! and pauses longer when it is refused.
//!
//! Source: CloudWatch Logs quotas, `FilterLogEvents`.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, SystemTime};

use super::logs::{Line, line};
use crate::cloud::{Cloud, CloudError, LogPage};
use crate::names::log_group;

const SHORTEST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);
/// How much later than its time a line may arrive.
const MAX_DELAY: Duration = Duration::from_secs(30);

/// Who reads each new line of some functions once.
pub struct Follower {
    functions: Vec<Followed>,
    pause: Pause,
    /// Whether the lines that were there at the beginning are read.
    has_read: bool,
}

/// One function, and what was read of its log.
struct Followed {
    function: String,
    /// Lines from here on are asked for.
    since: SystemTime,
    /// The next page, if the last one was not the end.
    page: Option<String>,
    newest: SystemTime,
    /// The lines since then that were read already, by their ids.
    seen: HashMap<String, SystemTime>,
}

impl Follower {
    /// From the lines that were written at `since` or later, by the server's clock.
    pub fn new(functions: &[String], since: SystemTime) -> Self {
        let functions = functions.iter().map(|function| Followed {
            function: function.clone(),
            since,
            page: None,
            newest: since,
            seen: HashMap::new(),
        });
        Self {
            functions: functions.collect(),
            pause: Pause(SHORTEST_PAUSE),
            has_read: false,
        }
    }

    /// Asks once for each function, and returns the lines that are new, oldest first.
    pub async fn round(&mut self, cloud: &Cloud) -> Result<Vec<Line>, CloudError> {
        let mut new = Vec::new();
        for followed in &mut self.functions {
            if self.has_read {
                tokio::time::sleep(self.pause.0).await;
            }
            let group = log_group(&followed.function);
            let page = followed.page.clone();
            match cloud.log_page(&group, followed.since, page).await {
                Ok(page) => {
                    self.pause.shorten();
                    new.extend(followed.read(page));
                }
                // The next round asks for the same again.
                Err(error) if error.may_pass() => self.pause.widen(),
                Err(error) => return Err(error),
            }
        }
        self.has_read = true;
        new.sort_by_key(|line: &Line| line.time);
        Ok(new)
    }
}

impl Followed {
    /// The new lines of a page. What is asked for next begins a while before the newest line, because
    /// lines arrive late; no clock of this machine decides.
    fn read(&mut self, page: LogPage) -> Vec<Line> {
        let mut new = page.lines;
        let here: HashSet<String> = new.iter().map(|line| line.id.clone()).collect();
        new.retain(|line| self.seen.insert(line.id.clone(), line.time).is_none());
        let newest = new.iter().map(|line| line.time).max();
        self.newest = self.newest.max(newest.unwrap_or(self.newest));
        self.page = page.next;
        if self.page.is_none() {
            let late = self.newest.checked_sub(MAX_DELAY);
            self.since = self.since.max(late.unwrap_or(self.since));
            let since = self.since;
            // A server may give lines from before what was asked for.
            self.seen
                .retain(|id, time| *time >= since || here.contains(id));
        }
        let function = &self.function;
        new.into_iter().map(|new| line(function, new)).collect()
    }
}

/// Between two requests: doubled when one is refused, a little shorter when one is answered, so that
/// followers who share a limit find their shares of it.
#[derive(Debug)]
struct Pause(Duration);

impl Pause {
    fn widen(&mut self) {
        self.0 = (self.0 * 2).min(LONGEST_PAUSE);
    }

    fn shorten(&mut self) {
        self.0 = (self.0 * 19 / 20).max(SHORTEST_PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cloud::LogLine;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn page(lines: &[(&str, u64)], next: Option<&str>) -> LogPage {
        let lines = lines.iter().map(|(id, time)| LogLine {
            id: (*id).to_owned(),
            time: at(*time),
            stream: String::new(),
            text: (*id).to_owned(),
        });
        LogPage {
            lines: lines.collect(),
            next: next.map(str::to_owned),
        }
    }

    fn followed(since: u64) -> Followed {
        let functions = ["f".to_owned()];
        Follower::new(&functions, at(since)).functions.remove(0)
    }

    fn texts(lines: &[Line]) -> Vec<&str> {
        lines.iter().map(|line| line.message.as_str()).collect()
    }

    #[test]
    fn each_line_is_read_once_though_late_ones_are_waited_for() {
        let mut followed = followed(1_000);
        let first = followed.read(page(&[("a", 1_010), ("b", 1_100)], None));
        assert_eq!(texts(&first), ["a", "b"]);
        assert_eq!(followed.since, at(1_070), "lines may arrive 30 s late");
        let later = followed.read(page(&[("late", 1_075), ("b", 1_100), ("c", 1_101)], None));
        assert_eq!(texts(&later), ["late", "c"]);
    }

    #[test]
    fn without_lines_the_beginning_stays_whatever_this_machines_clock_says() {
        let mut followed = followed(1_000);
        followed.read(page(&[], None));
        assert_eq!(followed.since, at(1_000));
        followed.read(page(&[("a", 1_010)], None));
        assert_eq!(followed.since, at(1_000), "it never goes back");
    }

    #[test]
    fn what_a_server_gives_from_before_is_read_once_as_well() {
        let mut followed = followed(1_000);
        assert_eq!(texts(&followed.read(page(&[("old", 0)], None))), ["old"]);
        assert_eq!(followed.read(page(&[("old", 0)], None)).len(), 0);
    }

    #[test]
    fn a_page_that_is_not_the_last_is_gone_on_with() {
        let mut followed = followed(1_000);
        followed.read(page(&[("a", 1_100)], Some("2")));
        assert_eq!(
            (followed.page.as_deref(), followed.since),
            (Some("2"), at(1_000))
        );
        followed.read(page(&[("b", 1_200)], None));
        assert_eq!(
            (followed.page.as_deref(), followed.since),
            (None, at(1_170))
        );
    }

    /// Followers with this pause model, at a server that answers so many requests a second.
    #[test]
    fn six_followers_share_five_requests_a_second() {
        const SECONDS: u32 = 120;
        let mut followers: Vec<(f64, Pause, u32)> = (0..6)
            .map(|n| (f64::from(n) * 0.03, Pause(SHORTEST_PAUSE), 0))
            .collect();
        let mut answered_in_second = vec![0; SECONDS as usize + 20];
        let mut refused = 0;
        while let Some((next, pause, answers)) = followers
            .iter_mut()
            .filter(|(next, ..)| *next < f64::from(SECONDS))
            .min_by(|(a, ..), (b, ..)| a.total_cmp(b))
        {
            let second = *next as usize;
            if answered_in_second[second] < 5 {
                answered_in_second[second] += 1;
                *answers += 1;
                pause.shorten();
            } else {
                refused += 1;
                pause.widen();
            }
            *next += pause.0.as_secs_f64();
        }
        let least = followers
            .iter()
            .map(|(.., answers)| *answers)
            .min()
            .unwrap_or(0);
        assert!(
            least > 20,
            "each lives: {least} answers in two minutes at least"
        );
        assert!(
            refused < 5 * SECONDS,
            "refusals stay rarer than answers: {refused}"
        );
    }
}
