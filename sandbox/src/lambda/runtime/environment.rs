//! The life of one execution environment: a process is started for a first call, does one call after
//! the other, and ends when it fails, is retired or was not needed for long.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use tokio::sync::{OwnedRwLockReadGuard, mpsc};
use tokio::time::Instant;

use super::desk::{Delivery, NotReady, Outcome};
use super::failure::{self, Failure};
use super::fleet::{Answered, Hired, Job};
use super::log::Log;
use super::process::{First, NotStarted, Process};
use super::report::{self, Report, Status};
use super::{Call, Invoked, Program, Runtime, failed, stopping};
use crate::clock;
use crate::fault::Fault;

#[derive(Debug)]
pub struct Environment {
    runtime: Arc<Runtime>,
    program: Arc<Program>,
    id: u64,
    jobs: mpsc::UnboundedReceiver<Job>,
    log: Log,
    /// Who stops the sandbox waits for this to be given back.
    _alive: OwnedRwLockReadGuard<()>,
}

/// How an attempt at a call ended.
#[derive(Debug)]
enum End {
    Answered(Outcome),
    Failed(Failure),
    TimedOut(Failure),
    /// The process said that it could not get ready.
    NotReady(Bytes),
    /// The sandbox could not do it.
    Fault(Fault),
}

/// When a call began, and when it has to be over.
#[derive(Clone, Copy, Debug)]
struct Clock {
    began: Instant,
    deadline: Instant,
    deadline_ms: u64,
    /// How long the environment took to get ready for it.
    init: Option<Duration>,
}

impl Environment {
    pub fn new(
        runtime: &Arc<Runtime>,
        program: &Arc<Program>,
        hired: Hired,
        alive: OwnedRwLockReadGuard<()>,
    ) -> Self {
        Self {
            _alive: alive,
            log: Log::begin(&runtime.logs, &runtime.journal, program),
            runtime: runtime.clone(),
            program: program.clone(),
            id: hired.id,
            jobs: hired.jobs,
        }
    }

    /// Lives, from its first call on.
    pub async fn live(mut self, first: Job) {
        if let Some(mut process) = self.begin(first).await {
            while let Some(job) = self.next_job(&mut process).await {
                let clock = self.open(&job.call, None);
                let end = self.attempt(&mut process, &job.call, clock).await;
                if !self.close(job, clock, end, Some(&mut process)).await {
                    break;
                }
            }
            process.watch.kill(&mut self.log).await;
        }
        self.runtime.fleet.remove(self.id);
        self.log.write();
        self.jobs.close();
        while let Ok(job) = self.jobs.try_recv() {
            job.unseen();
        }
    }

    /// Gets ready and does the first call. Gives the process if it can do more.
    async fn begin(&mut self, job: Job) -> Option<Process> {
        let began = Instant::now();
        let limit = began + self.runtime.limits.init;
        let (clock, initialised) = match self.initialise(limit, &job.call.request_id).await {
            Ok(process) => (self.open(&job.call, Some(began.elapsed())), Ok(process)),
            Err(End::Fault(fault)) => {
                self.runtime.fleet.remove(self.id);
                let Job { place, answer, .. } = job;
                drop(place);
                let _ = answer.send(Answered::Done(Err(fault)));
                return None;
            }
            // As Lambda does, try again within the call.
            Err(end) => {
                self.say_init_failed(began.elapsed(), "init", &end);
                let clock = self.open(&job.call, None);
                let id = &job.call.request_id;
                let again = self.initialise(clock.deadline, id).await;
                if let Err(end) = &again {
                    self.say_init_failed(clock.began.elapsed(), "invoke", end);
                }
                (clock, again)
            }
        };
        match initialised {
            Ok(mut process) => {
                let end = self.attempt(&mut process, &job.call, clock).await;
                if self.close(job, clock, end, Some(&mut process)).await {
                    return Some(process);
                }
                process.watch.kill(&mut self.log).await;
                None
            }
            Err(end) => {
                self.close(job, clock, end, None).await;
                None
            }
        }
    }

    /// Starts a process, and waits until it asks for its first call.
    async fn initialise(&mut self, limit: Instant, request_id: &str) -> Result<Process, End> {
        let started = Process::start(&self.runtime, &self.program, &self.log).await;
        let mut process = started.map_err(|reason| match reason {
            NotStarted::NoEntrypoint(reason) => {
                End::Failed(Failure::no_entrypoint(request_id, &reason))
            }
            NotStarted::System(error) => {
                let words = format!("{}: cannot start a process", self.program.function);
                self.runtime.journal.note(&format!("{words}: {error}"));
                End::Fault(failed(format!("{words}: {error}")))
            }
        })?;
        let ready = process.desk.ready();
        let end = match process.watch.until(&mut self.log, limit, ready).await {
            First::Done(Ok(())) => {
                process.watch.peak_memory();
                return Ok(process);
            }
            First::Done(Err(NotReady(payload))) => End::NotReady(payload),
            First::Exited(status) => End::Failed(Failure::exited(request_id, status)),
            First::Late => End::TimedOut(Failure::timed_out(request_id, self.program.timeout)),
            First::Stopping => End::Fault(stopping()),
        };
        process.watch.kill(&mut self.log).await;
        Err(end)
    }

    /// The next call, and the process ready for it. `None` when there is none to wait for.
    async fn next_job(&mut self, process: &mut Process) -> Option<Job> {
        loop {
            let job = self.awaited_job(process).await?;
            let soon = Instant::now() + self.runtime.limits.turnaround;
            let ready = process.desk.ready();
            match process.watch.until(&mut self.log, soon, ready).await {
                First::Done(_) => return Some(job),
                First::Late => {
                    let stays = self.runtime.fleet.linger(self.id);
                    job.unseen();
                    if !stays || !self.settled(process).await {
                        return None;
                    }
                }
                First::Exited(_) | First::Stopping => {
                    self.runtime.fleet.remove(self.id);
                    job.unseen();
                    return None;
                }
            }
        }
    }

    async fn awaited_job(&mut self, process: &mut Process) -> Option<Job> {
        loop {
            let idle = Instant::now() + self.runtime.limits.idle;
            let work = async {
                tokio::select! {
                    biased;
                    job = self.jobs.recv() => job,
                    never = process.desk.quiet() => match never {},
                }
            };
            match process.watch.until(&mut self.log, idle, work).await {
                First::Done(job) => return job,
                First::Late if self.runtime.fleet.leave(self.id) => return None,
                // A job has just been sent.
                First::Late => {}
                First::Exited(_) | First::Stopping => return None,
            }
        }
    }

    /// Waits for a process that has answered and does something else since. Is false when it has to
    /// go: it never asks for another call, or nobody waits for it.
    async fn settled(&mut self, process: &mut Process) -> bool {
        let limit = Instant::now() + self.program.timeout;
        let work = async {
            tokio::select! {
                ready = process.desk.ready() => ready.is_ok(),
                // Nobody sends a job to one who is not free: the fleet parts with it.
                _ = self.jobs.recv() => false,
            }
        };
        match process.watch.until(&mut self.log, limit, work).await {
            First::Done(true) => self.runtime.fleet.free(self.id),
            _ => false,
        }
    }

    /// A call begins.
    fn open(&mut self, call: &Call, init: Option<Duration>) -> Clock {
        let Program {
            version, timeout, ..
        } = &*self.program;
        self.log.line(&report::start(&call.request_id, version));
        let began = Instant::now();
        let deadline_ms = clock::millis(SystemTime::now() + *timeout);
        Clock {
            began,
            deadline: began + *timeout,
            deadline_ms: deadline_ms.unsigned_abs(),
            init,
        }
    }

    async fn attempt(&mut self, process: &mut Process, call: &Call, clock: Clock) -> End {
        let delivery = Delivery {
            request_id: call.request_id.clone(),
            deadline_ms: clock.deadline_ms,
            arn: self.program.arn.clone(),
            trace: trace(),
            client_context: call.client_context.clone(),
            payload: call.payload.clone(),
        };
        let answer = process.desk.deliver(delivery);
        let first = process
            .watch
            .until(&mut self.log, clock.deadline, answer)
            .await;
        let id = &call.request_id;
        match first {
            First::Done(outcome) => End::Answered(outcome),
            First::Exited(status) => End::Failed(Failure::exited(id, status)),
            First::Late => End::TimedOut(Failure::timed_out(id, self.program.timeout)),
            First::Stopping => End::Fault(stopping()),
        }
    }

    /// A call has ended: its last lines are written, the environment is free, the caller is told, in
    /// this order. Is false when the environment can do no more.
    async fn close(
        &mut self,
        job: Job,
        clock: Clock,
        end: End,
        process: Option<&mut Process>,
    ) -> bool {
        let took = clock.began.elapsed();
        let works = matches!(end, End::Answered(_));
        let mut peak_memory = None;
        if let Some(Process { watch, .. }) = process {
            peak_memory = watch.peak_memory();
            if works {
                watch.take_output(&mut self.log)
            } else {
                watch.kill(&mut self.log).await
            }
        }
        let request_id = &job.call.request_id;
        let (status, answered) = self.judged(request_id, end);
        self.log.line(&report::end(request_id));
        let report = Report {
            request_id,
            duration: took,
            init: clock.init,
            memory_mb: self.program.memory_mb,
            peak_memory,
            status,
        };
        self.log.line(&report.to_string());
        self.log.write();
        let stays = works && self.runtime.fleet.free(self.id);
        if !works {
            self.runtime.fleet.remove(self.id);
        }
        let log_tail = self.log.tail();
        let Job { place, answer, .. } = job;
        drop(place);
        // Who called may be gone.
        let _ = answer.send(Answered::Done(answered.map(|(payload, function_error)| {
            Invoked {
                payload,
                function_error,
                log_tail,
            }
        })));
        stays
    }

    /// What the report and the caller are told of an end; the log hears of failures here.
    fn judged(&mut self, request_id: &str, end: End) -> (Option<Status>, Told) {
        const UNHANDLED: Option<&str> = Some("Unhandled");
        match end {
            End::Answered(Outcome::Response(payload)) => (None, Ok((payload, None))),
            End::Answered(Outcome::Error(payload)) => (None, Ok((payload, UNHANDLED))),
            End::Answered(Outcome::TooLarge(length)) => {
                let failure = Failure::too_large(length);
                self.log.line(&failure.message);
                let payload = failure.payload();
                (Some(Status::Failed(failure.kind)), Ok((payload, UNHANDLED)))
            }
            End::Failed(failure) => {
                self.log.line(&failure.message);
                self.log.line(&failure.kind);
                let payload = failure.payload();
                (Some(Status::Failed(failure.kind)), Ok((payload, UNHANDLED)))
            }
            End::TimedOut(failure) => {
                let words = failure::timed_out(self.program.timeout);
                let now = clock::to_the_millisecond(clock::now());
                self.log.line(&format!("{now} {request_id} {words}"));
                let told = Ok((failure.payload(), UNHANDLED));
                (Some(Status::TimedOut), told)
            }
            End::NotReady(payload) => {
                let status = Status::Failed(failure::kind_of(&payload));
                (Some(status), Ok((payload, UNHANDLED)))
            }
            End::Fault(fault) => {
                let status = Status::Failed(fault.code.clone());
                (Some(status), Err(fault))
            }
        }
    }

    fn say_init_failed(&mut self, took: Duration, phase: &str, end: &End) {
        let status = match end {
            End::TimedOut(_) => Status::TimedOut,
            End::Failed(failure) => Status::Failed(failure.kind.clone()),
            End::NotReady(payload) => Status::Failed(failure::kind_of(payload)),
            End::Answered(_) | End::Fault(_) => return,
        };
        self.log.line(&report::init(took, phase, &status));
    }
}

/// A payload and, where it is an error, that it is one; or why there is none.
type Told = Result<(Bytes, Option<&'static str>), Fault>;

/// An X-Ray trace header of a trace that nobody records.
fn trace() -> String {
    let seconds = clock::seconds(SystemTime::now());
    let (root, parent) = (rand::random::<u128>() >> 32, rand::random::<u64>());
    format!("Root=1-{seconds:08x}-{root:024x};Parent={parent:016x};Sampled=0")
}
