//! Calls, put together from the log lines of functions.
//!
//! The lines of one environment are in one log stream and tell of one call after the other. Where a server
//! names no streams, calls at the same time are told apart by the ids in their lines.

use std::collections::BTreeMap;

use serde::Serialize;

use super::mark::Mark;
use super::{Line, own_words};

/// One call of a function, as far as its log tells.
#[derive(Clone, Debug, Serialize)]
pub struct Call {
    pub request_id: String,
    /// Full name of the function.
    pub function: String,
    /// When it began, in milliseconds since 1970.
    pub time: u128,
    pub status: Status,
    pub milliseconds: Option<f64>,
    /// How long the environment took to start, if this was its first call.
    pub init_milliseconds: Option<f64>,
    /// What failed.
    pub error: Option<String>,
    /// What the function itself wrote, oldest first.
    #[serde(skip)]
    pub output: Vec<Line>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It has no end in the log yet.
    Running,
    Succeeded,
    Failed,
}

/// What a log consists of.
#[derive(Clone, Debug)]
pub enum Entry {
    Call(Call),
    /// A line that belongs to no call.
    Line(Line),
}

impl Entry {
    pub fn time(&self) -> u128 {
        match self {
            Self::Call(call) => call.time,
            Self::Line(line) => line.time,
        }
    }

    pub fn has(&self, line: &Line) -> bool {
        match self {
            Self::Call(call) => {
                call.function == line.function && line.request_id.as_ref() == Some(&call.request_id)
            }
            Self::Line(own) => own.function == line.function && own.id == line.id,
        }
    }
}

/// Reads lines, and knows which calls have begun and not ended.
#[derive(Debug, Default)]
pub struct Calls {
    /// By function and stream.
    streams: BTreeMap<(String, String), Stream>,
}

#[derive(Debug, Default)]
struct Stream {
    running: Vec<Running>,
    /// Lines before the first call, or between two.
    unclaimed: Vec<Line>,
    /// Whether the last reading brought something.
    has_news: bool,
}

#[derive(Debug)]
struct Running {
    call: Call,
    /// Why it failed, in the words of its function.
    own_words: Option<String>,
    /// Whether it was given away while it ran, and has nothing new since.
    is_told: bool,
}

impl Calls {
    /// Reads lines, oldest first, and notes the call of each. Returns the calls that have ended.
    pub fn read(&mut self, lines: &mut [Line]) -> Vec<Entry> {
        for stream in self.streams.values_mut() {
            stream.has_news = false;
        }
        let mut ended: Vec<Call> = Vec::new();
        for line in lines {
            let key = (line.function.clone(), line.stream.clone());
            let stream = self.streams.entry(key).or_default();
            stream.has_news = true;
            stream.read(line, &mut ended);
        }
        let mut ended: Vec<Entry> = ended.into_iter().map(Entry::Call).collect();
        ended.sort_by_key(Entry::time);
        ended
    }

    /// What has not ended and had no news in the last reading.
    pub fn quiet(&mut self) -> Vec<Entry> {
        self.take(|stream| !stream.has_news)
    }

    /// What has not ended.
    pub fn rest(&mut self) -> Vec<Entry> {
        self.take(|_| true)
    }

    fn take(&mut self, is_wanted: impl Fn(&Stream) -> bool) -> Vec<Entry> {
        let streams = self.streams.values_mut().filter(|stream| is_wanted(stream));
        let mut taken: Vec<Entry> = streams.flat_map(Stream::take).collect();
        taken.sort_by_key(Entry::time);
        taken
    }
}

impl Stream {
    fn read(&mut self, line: &mut Line, ended: &mut Vec<Call>) {
        match Mark::of(&line.message) {
            Mark::Nothing => self.claim(line),
            Mark::Start(id) => self.start(id, line),
            Mark::Report {
                id,
                milliseconds,
                init_milliseconds,
                error,
            } => {
                // The log may have been read from the middle of a call.
                if !self
                    .running
                    .iter()
                    .any(|running| running.call.request_id == id)
                {
                    self.start(id.clone(), line);
                }
                line.request_id = Some(id.clone());
                let at = self
                    .running
                    .iter()
                    .position(|running| running.call.request_id == id);
                ended.extend(at.map(|at| {
                    let Running {
                        mut call,
                        own_words,
                        ..
                    } = self.running.remove(at);
                    let lambdas = call.error.or(error);
                    let says_more = |why: &String| !is_type(why) || own_words.is_none();
                    call.error = lambdas.filter(says_more).or(own_words);
                    call.status = match call.error {
                        Some(_) => Status::Failed,
                        None => Status::Succeeded,
                    };
                    call.milliseconds = milliseconds;
                    call.init_milliseconds = init_milliseconds;
                    call
                }));
            }
            Mark::Failure { id, why } => self.fail(id, why, line, ended),
            Mark::Output => {
                self.claim(line);
                match self.of(line) {
                    Some(running) => {
                        running.is_told = false;
                        running.call.output.push(line.clone());
                        match &mut running.own_words {
                            Some(why) => own_words::complete(why, &line.message),
                            None => running.own_words = own_words::failure(&line.message),
                        }
                    }
                    None => self.unclaimed.push(line.clone()),
                }
            }
        }
    }

    fn start(&mut self, id: String, line: &mut Line) {
        line.request_id = Some(id.clone());
        let call = Call {
            request_id: id,
            function: line.function.clone(),
            time: line.time,
            status: Status::Running,
            milliseconds: None,
            init_milliseconds: None,
            error: None,
            output: std::mem::take(&mut self.unclaimed),
        };
        self.running.push(Running {
            call,
            own_words: None,
            is_told: false,
        });
    }

    /// Some servers write the reason after the report.
    fn fail(&mut self, id: Option<String>, why: String, line: &mut Line, ended: &mut [Call]) {
        self.claim(line);
        if id.is_some() {
            line.request_id = id;
        }
        let id = line.request_id.clone();
        let is_it =
            |call: &Call| call.function == line.function && Some(&call.request_id) == id.as_ref();
        let running = self.running.iter_mut().find(|running| is_it(&running.call));
        let failed = match running {
            Some(running) => {
                running.is_told = false;
                Some(&mut running.call)
            }
            None => ended.iter_mut().rev().find(|call| is_it(call)),
        };
        match failed {
            Some(call) => {
                if call.status == Status::Succeeded {
                    call.status = Status::Failed;
                }
                match &call.error {
                    Some(_) if is_type(&why) => {}
                    Some(error) if !is_type(error) => call.output.push(line.clone()),
                    _ => call.error = Some(why),
                }
            }
            None => {
                line.request_id = None;
                self.unclaimed.push(line.clone());
            }
        }
    }

    /// Notes the call that the line belongs to.
    fn claim(&mut self, line: &mut Line) {
        line.request_id = self.of(line).map(|running| running.call.request_id.clone());
    }

    /// The running call whose id is in the line, or else the one that began last.
    fn of(&mut self, line: &Line) -> Option<&mut Running> {
        let named = |running: &Running| line.message.contains(&running.call.request_id);
        let at = self.running.iter().position(named);
        let at = at.or(self.running.len().checked_sub(1))?;
        self.running.get_mut(at)
    }

    fn take(&mut self) -> Vec<Entry> {
        let mut taken: Vec<Entry> = Vec::new();
        for running in &mut self.running {
            if !running.is_told {
                running.is_told = true;
                let output = std::mem::take(&mut running.call.output);
                taken.push(Entry::Call(Call {
                    output,
                    ..running.call.clone()
                }));
            }
        }
        taken.extend(self.unclaimed.drain(..).map(Entry::Line));
        taken
    }
}

/// A type of error alone says less than a sentence.
fn is_type(why: &str) -> bool {
    !why.contains(' ')
}

#[cfg(test)]
#[path = "calls_tests.rs"]
mod tests;
