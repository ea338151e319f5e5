//! The life of one execution environment: it starts a process, for its first invocation or ahead of it, runs one
//! invocation after the other, and ends when the process fails, when it is retired, or when it was idle
//! for too long.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use tokio::sync::OwnedRwLockReadGuard;
use tokio::time::Instant;

use super::api::{InitError, NextInvocation, Outcome};
use super::dispatches::Dispatches;
use super::failure::{self, Failure};
use super::log::Log;
use super::memory;
use super::pool::{Dispatch, Registered, Reply};
use super::process::{Event, Process, StartError};
use super::report::{self, Report, Status};
use super::{InvocationRequest, InvocationResponse, Revision, Runtime, failed, stopping};
use crate::clock;
use crate::fault::Fault;

#[derive(Debug)]
pub struct Environment {
    runtime: Arc<Runtime>,
    revision: Arc<Revision>,
    id: u64,
    dispatches: Dispatches,
    log: Log,
    /// What the init took, until it is reported.
    init: Option<Duration>,
    /// [`Runtime::stop`] waits until it is dropped.
    _running: OwnedRwLockReadGuard<()>,
}

/// How an attempt at an init or at an invocation ended.
#[derive(Debug)]
enum End {
    Completed(Outcome),
    Failed(Failure),
    TimedOut(Failure),
    /// The process reported that it cannot initialise.
    InitError(Bytes),
    /// The sandbox failed.
    Fault(Fault),
}

#[derive(Clone, Copy, Debug)]
struct Timing {
    began: Instant,
    deadline: Instant,
    /// Milliseconds since 1970.
    deadline_ms: u64,
    /// What the init took, for a cold start.
    init: Option<Duration>,
}

impl Environment {
    pub fn new(
        runtime: &Arc<Runtime>,
        revision: &Arc<Revision>,
        registered: Registered,
        running: OwnedRwLockReadGuard<()>,
    ) -> Self {
        Self {
            _running: running,
            log: Log::begin(&runtime.logs, &runtime.journal, revision),
            init: None,
            runtime: runtime.clone(),
            revision: revision.clone(),
            id: registered.id,
            dispatches: Dispatches::new(registered.dispatches),
        }
    }

    /// Runs from the first invocation to the end of the environment.
    pub async fn run(mut self, first: Dispatch) {
        if let Some(process) = self.cold_start(first).await {
            self.serve(process).await;
        }
        self.end();
    }

    /// Runs from an init that no invocation waits for. It is cut off when the pool removes the environment. Where it
    /// fails, the next invocation has one of its own, which says why.
    pub async fn run_ahead(mut self) {
        let began = Instant::now();
        let limit = began + self.runtime.limits.init_timeout;
        match self.init(limit, "").await {
            Ok(process) => {
                self.init = Some(began.elapsed());
                self.serve(process).await;
            }
            Err(end) => self.log_init_failure(began.elapsed(), "init", &end),
        }
        self.end();
    }

    /// Runs invocations as long as there are some and the process can.
    async fn serve(&mut self, mut process: Process) {
        while let Some(dispatch) = self.next_dispatch(&mut process).await {
            let init = self.init.take();
            let timing = self.start_invocation(&dispatch.request, init);
            let end = self.invoke(&mut process, &dispatch.request, timing).await;
            if !self.finish(dispatch, timing, end, Some(&mut process)).await {
                break;
            }
        }
        process.child.kill(&mut self.log).await;
    }

    fn end(mut self) {
        self.runtime.pool.remove(self.id);
        self.log.write();
        self.dispatches.end();
    }

    /// Initialises a process and runs the first invocation. Returns the process if it can run more.
    async fn cold_start(&mut self, dispatch: Dispatch) -> Option<Process> {
        let began = Instant::now();
        let limit = began + self.runtime.limits.init_timeout;
        let request = &dispatch.request;
        let (timing, initialised) = match self.init(limit, &request.id).await {
            Ok(process) => {
                let timing = self.start_invocation(request, Some(began.elapsed()));
                (timing, Ok(process))
            }
            Err(End::Fault(fault)) => {
                self.runtime.pool.remove(self.id);
                let Dispatch { permit, reply, .. } = dispatch;
                drop(permit);
                let _ = reply.send(Reply::Done(Err(fault)));
                return None;
            }
            // Lambda tries again as a part of the invocation.
            Err(end) => {
                self.log_init_failure(began.elapsed(), "init", &end);
                let timing = self.start_invocation(request, None);
                let again = self.init(timing.deadline, &request.id).await;
                if let Err(end) = &again {
                    self.log_init_failure(timing.began.elapsed(), "invoke", end);
                }
                (timing, again)
            }
        };
        match initialised {
            Ok(mut process) => {
                let end = self.invoke(&mut process, &dispatch.request, timing).await;
                if self.finish(dispatch, timing, end, Some(&mut process)).await {
                    return Some(process);
                }
                process.child.kill(&mut self.log).await;
                None
            }
            Err(end) => {
                self.finish(dispatch, timing, end, None).await;
                None
            }
        }
    }

    /// Starts a process, and waits until it asks for its first invocation. Fails also when the pool has removed the
    /// environment.
    async fn init(&mut self, limit: Instant, request_id: &str) -> Result<Process, End> {
        let started = Process::start(&self.runtime, &self.revision, &self.log).await;
        let mut process = started.map_err(|reason| match reason {
            StartError::NoEntrypoint(reason) => {
                End::Failed(Failure::no_entrypoint(request_id, &reason))
            }
            StartError::System(error) => {
                let message = format!("{}: cannot start a process", self.revision.function);
                self.runtime.journal.note(&format!("{message}: {error}"));
                End::Fault(failed(format!("{message}: {error}")))
            }
        })?;
        let ready = async {
            tokio::select! {
                biased;
                ready = process.api.ready() => Some(ready),
                () = self.dispatches.removed() => None,
            }
        };
        let end = match process.child.until(&mut self.log, limit, ready).await {
            Event::Done(Some(Ok(()))) => {
                process.child.memory();
                return Ok(process);
            }
            Event::Done(Some(Err(InitError(payload)))) => End::InitError(payload),
            Event::Done(None) => End::Fault(failed("nobody needs the environment any more")),
            Event::Exited(status) => End::Failed(Failure::exited(request_id, status)),
            Event::TimedOut => End::TimedOut(Failure::timed_out(request_id, self.revision.timeout)),
            Event::Stopping => End::Fault(stopping()),
        };
        process.child.kill(&mut self.log).await;
        Err(end)
    }

    /// The next invocation, for which the process is ready. `None` when there will be no other.
    async fn next_dispatch(&mut self, process: &mut Process) -> Option<Dispatch> {
        loop {
            let dispatch = self.wait_for_dispatch(process).await?;
            let soon = Instant::now() + self.runtime.limits.next_timeout;
            let ready = process.api.ready();
            match process.child.until(&mut self.log, soon, ready).await {
                Event::Done(_) => return Some(dispatch),
                Event::TimedOut => {
                    let is_kept = self.runtime.pool.set_not_ready(self.id);
                    dispatch.give_back();
                    if !is_kept || !self.wait_until_ready(process).await {
                        return None;
                    }
                }
                Event::Exited(_) | Event::Stopping => {
                    self.runtime.pool.remove(self.id);
                    dispatch.give_back();
                    return None;
                }
            }
        }
    }

    async fn wait_for_dispatch(&mut self, process: &mut Process) -> Option<Dispatch> {
        loop {
            let limit = Instant::now() + self.runtime.limits.keep_warm;
            let dispatched = async {
                tokio::select! {
                    biased;
                    dispatch = self.dispatches.next() => dispatch,
                    never = process.api.idle() => match never {},
                }
            };
            match process.child.until(&mut self.log, limit, dispatched).await {
                Event::Done(dispatch) => return dispatch,
                Event::TimedOut if self.runtime.pool.remove_idle(self.id) => return None,
                // A dispatch was sent at this moment.
                Event::TimedOut => {}
                Event::Exited(_) | Event::Stopping => return None,
            }
        }
    }

    /// Waits for a process that has answered to ask for another invocation. Is false when it does not
    /// within the function's timeout, or when the environment was removed.
    async fn wait_until_ready(&mut self, process: &mut Process) -> bool {
        let limit = Instant::now() + self.revision.timeout;
        let ready = async {
            tokio::select! {
                ready = process.api.ready() => ready.is_ok(),
                // The pool sends nothing to an environment that is not idle: it has removed this one.
                _ = self.dispatches.next() => false,
            }
        };
        match process.child.until(&mut self.log, limit, ready).await {
            Event::Done(true) => self.runtime.pool.set_idle(self.id),
            _ => false,
        }
    }

    fn start_invocation(&mut self, request: &InvocationRequest, init: Option<Duration>) -> Timing {
        let Revision {
            version, timeout, ..
        } = &*self.revision;
        self.log.line(&report::start(&request.id, version));
        let began = Instant::now();
        let deadline_ms = clock::millis(SystemTime::now() + *timeout);
        Timing {
            began,
            deadline: began + *timeout,
            deadline_ms: deadline_ms.unsigned_abs(),
            init,
        }
    }

    async fn invoke(
        &mut self,
        process: &mut Process,
        request: &InvocationRequest,
        timing: Timing,
    ) -> End {
        let invocation = NextInvocation {
            request_id: request.id.clone(),
            deadline_ms: timing.deadline_ms,
            arn: self.revision.arn.clone(),
            trace: trace_header(),
            client_context: request.client_context.clone(),
            payload: request.payload.clone(),
        };
        let child = &mut process.child;
        let limit = u64::from(self.revision.memory_mb) << 20;
        let (id, api) = (child.id(), &mut process.api);
        let completed = async {
            tokio::select! {
                outcome = api.invoke(invocation) => Some(outcome),
                () = memory::exceeds(id, limit) => None,
            }
        };
        match child.until(&mut self.log, timing.deadline, completed).await {
            Event::Done(Some(outcome)) => match child.memory() {
                Some(memory) if memory.exceeds(limit) => {
                    End::Failed(Failure::out_of_memory(&request.id))
                }
                _ => End::Completed(outcome),
            },
            Event::Done(None) => End::Failed(Failure::out_of_memory(&request.id)),
            Event::Exited(status) => End::Failed(Failure::exited(&request.id, status)),
            Event::TimedOut => {
                End::TimedOut(Failure::timed_out(&request.id, self.revision.timeout))
            }
            Event::Stopping => End::Fault(stopping()),
        }
    }

    /// Writes the invocation's last log lines, sets the environment idle, and replies to the client, in
    /// this order. Is false when the environment can run no other invocation.
    async fn finish(
        &mut self,
        dispatch: Dispatch,
        timing: Timing,
        end: End,
        process: Option<&mut Process>,
    ) -> bool {
        let duration = timing.began.elapsed();
        let completed = matches!(end, End::Completed(_));
        let mut peak_memory = None;
        if let Some(Process { child, .. }) = process {
            let limit = u64::from(self.revision.memory_mb) << 20;
            // The pages of files can be taken away.
            let memory = if completed {
                // `invoke` has just asked.
                child.last_memory()
            } else {
                child.memory()
            };
            peak_memory = memory.map(|memory| memory.peak.min(limit));
            if completed {
                child.read_output(&mut self.log);
            } else {
                child.kill(&mut self.log).await;
            }
        }
        let request_id = &dispatch.request.id;
        let (status, answer) = self.log_end(request_id, end);
        self.log.line(&report::end(request_id));
        let report = Report {
            request_id,
            duration,
            init: timing.init,
            memory_mb: self.revision.memory_mb,
            peak_memory,
            status,
        };
        self.log.line(&report.to_string());
        self.log.write();
        let is_kept = completed && self.runtime.pool.set_idle(self.id);
        if !completed {
            self.runtime.pool.remove(self.id);
        }
        let log_tail = self.log.take_tail();
        let response = answer.map(|(payload, function_error)| InvocationResponse {
            payload,
            function_error,
            log_tail,
        });
        let Dispatch { permit, reply, .. } = dispatch;
        drop(permit);
        // The client may be gone.
        let _ = reply.send(Reply::Done(response));
        is_kept
    }

    /// Logs a failure. Returns the report's status and the client's answer.
    fn log_end(&mut self, request_id: &str, end: End) -> (Option<Status>, Answer) {
        const UNHANDLED: Option<&str> = Some("Unhandled");
        match end {
            End::Completed(Outcome::Response(payload)) => (None, Ok((payload, None))),
            End::Completed(Outcome::Error(payload)) => (None, Ok((payload, UNHANDLED))),
            End::Completed(Outcome::TooLarge(length)) => {
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
                let message = failure::timed_out(self.revision.timeout);
                let now = clock::to_the_millisecond(clock::now());
                self.log.line(&format!("{now} {request_id} {message}"));
                let answer = Ok((failure.payload(), UNHANDLED));
                (Some(Status::TimedOut), answer)
            }
            End::InitError(payload) => {
                let status = Status::Failed(failure::error_type(&payload));
                (Some(status), Ok((payload, UNHANDLED)))
            }
            End::Fault(fault) => {
                let status = Status::Failed(fault.code.clone());
                (Some(status), Err(fault))
            }
        }
    }

    fn log_init_failure(&mut self, took: Duration, phase: &str, end: &End) {
        let status = match end {
            End::TimedOut(_) => Status::TimedOut,
            End::Failed(failure) => Status::Failed(failure.kind.clone()),
            End::InitError(payload) => Status::Failed(failure::error_type(payload)),
            End::Completed(_) | End::Fault(_) => return,
        };
        self.log.line(&report::init_report(took, phase, &status));
    }
}

/// A payload and, where it is an error, `Unhandled`; or why there is none.
type Answer = Result<(Bytes, Option<&'static str>), Fault>;

/// An X-Ray trace header that is not sampled.
fn trace_header() -> String {
    let seconds = clock::seconds(SystemTime::now());
    let (root, parent) = (rand::random::<u128>() >> 32, rand::random::<u64>());
    format!("Root=1-{seconds:08x}-{root:024x};Parent={parent:016x};Sampled=0")
}
