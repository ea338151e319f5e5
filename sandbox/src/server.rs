//! The server: one loopback port, its connections, and when it stops.

use std::convert::Infallible;
use std::fs::File;
use std::future::Future;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustix::fs::{Mode, StatVfsMountFlags};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

use super::activity::Activity;
use super::adjustable_clock::AdjustableClock;
use super::clock;
use super::connections::{Connection, Connections};
use super::databases;
use super::delivery::DeliveryQueue;
use super::edge::{Edge, NotAccepted};
use super::error::SandboxError;
use super::iam::PolicyAuthority;
use super::journal::Journal;
use super::keys::Keyring;
use super::lifecycle;
use super::platform::Base;
use super::port::{listen, port_of};
use super::service::{Background, Services};
use super::services;
use super::state_dir::{Holder, RunningServer, StateDir};
use super::store::Store;
use super::timer::Timer;
use super::wire;

/// How long a client may take to send the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
const MAX_CONNECTIONS: usize = 1024;
/// How many files the server may have open, if the system lets it: two for each connection.
const MAX_FILES: u64 = 2048;
/// How long the requests in progress may take once the server stops.
const GRACE_PERIOD: Duration = Duration::from_secs(3);
/// The same for those of functions, which have ended by then.
const CLOSE_PERIOD: Duration = Duration::from_secs(1);
const ACCEPT_RETRY: Duration = Duration::from_millis(50);
const LOCK_CHECK_INTERVAL: Duration = Duration::from_secs(2);
const SHRINK_CHECK_INTERVAL: Duration = Duration::from_secs(2);
const BUSY_CHECK_INTERVAL: Duration = Duration::from_secs(1);

#[derive(Debug)]
pub struct Options {
    pub state_dir: StateDir,
    /// `None` is the last server's port or, if that is taken, any.
    pub port: Option<u16>,
    /// Stops the server when no request came for so long.
    pub idle: Option<Duration>,
}

/// Serves until `stop` is ready or the server is idle. Calls `ready` once it accepts requests.
pub async fn serve(
    options: Options,
    ready: impl FnOnce(&RunningServer),
    stop: impl Future<Output = ()>,
) -> Result<(), SandboxError> {
    let Options {
        state_dir,
        port,
        idle,
    } = options;
    // What SQLite makes has the mode of its other files, which would then be that of the first umask.
    rustix::process::umask(Mode::RWXG | Mode::RWXO);
    state_dir.make()?;
    check_programs_can_start(&state_dir)?;
    let lock = Lock::acquire(&state_dir)?;
    let journal = Arc::new(Journal::open(&state_dir)?);
    let listener = listen(&state_dir, port).await?;
    let running = RunningServer {
        pid: std::process::id(),
        port: port_of(&listener)?,
        started: clock::seconds(SystemTime::now()),
        idle: idle.map(|idle| idle.as_secs()),
        built: std::env::current_exe()
            .ok()
            .and_then(|it| lifecycle::built(&it)),
    };
    let (base, services, opened) = open(&state_dir, &journal, running.url())?;
    let background = services.background.clone();
    let edge = Arc::new(Edge::new(
        services,
        &base.keyring,
        &base.authority,
        &journal,
    ));
    state_dir.announce(&running)?;
    background.iter().for_each(|work| work.clone().resume());
    journal.note(&format!("ready at {}", running.url()));
    ready(&running);

    let activity = Arc::new(Activity::default());
    let reason = tokio::select! {
        never = accept(&listener, &edge, &activity) => match never {},
        never = shrink_when_idle(&base, &activity) => match never {},
        () = stop => "asked to stop".to_owned(),
        () = until_idle(idle, &background, &activity) => "idle".to_owned(),
        () = lock.until_lost(&state_dir, &running) => "its folder was deleted".to_owned(),
    };
    journal.note(&format!("stopping: {reason}"));
    drop(listener);
    background.iter().for_each(|work| work.end_waits());
    // Requests that take longer are cut off, as by a kill.
    let _ = timeout(GRACE_PERIOD, activity.all_ended()).await;
    for work in &background {
        work.stop().await;
    }
    if timeout(CLOSE_PERIOD, activity.close()).await.is_ok() {
        let leave = |_: &StateDir, store: &Arc<Store>| databases::leave(opened, store);
        on_databases(&base, leave).await;
    }
    lock.hold_until_exit();
    Ok(())
}

/// Opens all that is in the folder.
fn open(
    state_dir: &StateDir,
    journal: &Arc<Journal>,
    url: String,
) -> Result<(Base, Services, databases::Open), SandboxError> {
    let left = databases::check(state_dir)?;
    if left.seals_are_damaged {
        journal.note(databases::SEALS_DAMAGED);
    }
    let records = databases::records(state_dir);
    let store = Arc::new(Store::open_upgrading(&records, services::upgrade)?);
    let keyring = Arc::new(Keyring::new(state_dir.keys()?));
    let clock = AdjustableClock::open(&store)?;
    let base = Base {
        authority: Arc::new(PolicyAuthority::open(&store, &keyring)?),
        deliveries: DeliveryQueue::new(&store, journal, clock.clone()),
        timer: Timer::new(clock.clone(), journal),
        clock,
        store,
        keyring,
        journal: journal.clone(),
        url,
        state_dir: state_dir.clone(),
        was_killed: left.by_a_kill,
    };
    let services = services::open(&base)?;
    let opened = databases::Open::of(state_dir)?;
    Ok((base, services, opened))
}

/// Functions are started from the folder.
fn check_programs_can_start(state_dir: &StateDir) -> Result<(), SandboxError> {
    let path = state_dir.folder();
    let system =
        rustix::fs::statvfs(path).map_err(|error| SandboxError::folder(path, &error.into()))?;
    if system.f_flag.contains(StatVfsMountFlags::NOEXEC) {
        let path = path.to_owned();
        return Err(SandboxError::NoPrograms { path });
    }
    Ok(())
}

/// The lock of the state directory, held from before the first file is opened until the process ends.
struct Lock {
    file: File,
    path: PathBuf,
}

impl Lock {
    fn acquire(state_dir: &StateDir) -> Result<Self, SandboxError> {
        match state_dir.lock()? {
            Some(file) => Ok(Self {
                file,
                path: state_dir.path("lock"),
            }),
            None => {
                let folder = state_dir.folder().to_owned();
                Err(match state_dir.holder()? {
                    Some(Holder::Process(pid)) => SandboxError::RunsAlready {
                        folder,
                        pid: pid.as_raw_pid().unsigned_abs(),
                    },
                    Some(Holder::Elsewhere) | None => SandboxError::RunsElsewhere { folder },
                })
            }
        }
    }

    /// Returns when the folder was deleted: another server could start there now. Until then, tells again
    /// where this one is if somebody has removed or changed that.
    async fn until_lost(&self, state_dir: &StateDir, running: &RunningServer) {
        while self.is_in_place() {
            let told = state_dir.last_server();
            if told.is_ok_and(|told| told.as_ref() != Some(running)) {
                // There is another time.
                let _ = state_dir.announce(running);
            }
            sleep(LOCK_CHECK_INTERVAL).await;
        }
    }

    fn is_in_place(&self) -> bool {
        let own = self.file.metadata().map(|file| file.ino());
        let found = std::fs::metadata(&self.path).map(|file| file.ino());
        own.ok() == found.ok()
    }

    /// Who waits for the lock so waits for the end of the process.
    fn hold_until_exit(self) {
        std::mem::forget(self);
    }
}

async fn accept(listener: &TcpListener, edge: &Arc<Edge>, activity: &Arc<Activity>) -> Infallible {
    let connections = Connections::new(most_connections());
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // For example too many open files: some will be closed.
            sleep(ACCEPT_RETRY).await;
            continue;
        };
        let Some(connection) = connections.open() else {
            continue;
        };
        let (edge, activity) = (edge.clone(), activity.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = serve_connection(stream, &connection, edge, activity) => {}
                () = connection.closing() => {}
            }
        });
    }
}

/// As many as the system lets one process have, but for those that functions and files need.
fn most_connections() -> usize {
    let limit = getrlimit(Resource::Nofile);
    // `None` is no limit.
    let most = limit.maximum.map_or(MAX_FILES, |most| most.min(MAX_FILES));
    let raised = Rlimit {
        current: Some(most),
        ..limit
    };
    let files = match setrlimit(Resource::Nofile, raised) {
        Ok(()) => most,
        Err(_) => limit.current.unwrap_or(MAX_FILES),
    };
    let files = usize::try_from(files).unwrap_or(MAX_CONNECTIONS);
    (files / 2).min(MAX_CONNECTIONS)
}

/// A request that is being answered, until it is dropped.
struct Answering(Arc<Connection>);

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.waits_again();
    }
}

async fn serve_connection(
    stream: TcpStream,
    connection: &Arc<Connection>,
    edge: Arc<Edge>,
    activity: Arc<Activity>,
) {
    // Responses are short: the system is not to wait for more to send.
    let _ = stream.set_nodelay(true);
    let connection = connection.clone();
    let service = service_fn(move |request: http::Request<Incoming>| {
        let (edge, activity) = (edge.clone(), activity.clone());
        let answering = Answering(connection.clone());
        let note_end = {
            let connection = connection.clone();
            move || connection.answers()
        };
        async move {
            let _answering = answering;
            let Some(mut active) = activity.begin() else {
                return Err(io::Error::from(io::ErrorKind::ConnectionAborted));
            };
            let request = request.map(|body| wire::noting_end(wire::incoming(body), note_end));
            let response = edge.answer(request).await;
            if response.extensions().get::<NotAccepted>().is_some() {
                active.does_not_count();
            }
            Ok(response)
        }
    });
    // When a connection breaks, its client notices.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn shrink_when_idle(base: &Base, activity: &Activity) -> Infallible {
    let mut shrunk_at = None;
    loop {
        sleep(SHRINK_CHECK_INTERVAL).await;
        let last = activity.last_request();
        if activity.idle_for() >= SHRINK_CHECK_INTERVAL && shrunk_at != Some(last) {
            on_databases(base, databases::shrink).await;
            shrunk_at = Some(last);
        }
    }
}

/// Should it fail, there is another time.
async fn on_databases(
    base: &Base,
    work: impl FnOnce(&StateDir, &Arc<Store>) -> Result<(), SandboxError> + Send + 'static,
) {
    let (state_dir, store) = (base.state_dir.clone(), base.store.clone());
    let done = spawn_blocking(move || work(&state_dir, &store)).await;
    if let Ok(Err(error)) = done {
        base.journal
            .note(&format!("cannot shrink the files: {error}"));
    }
}

/// Returns when no request came for `idle` and there is no work in the background.
async fn until_idle(
    idle: Option<Duration>,
    background: &[Arc<dyn Background>],
    activity: &Activity,
) {
    let Some(idle) = idle else {
        return std::future::pending().await;
    };
    loop {
        let busy = background.iter().any(|work| work.is_busy());
        match idle.checked_sub(activity.idle_for()) {
            Some(rest) if !rest.is_zero() => sleep(rest).await,
            _ if busy => sleep(BUSY_CHECK_INTERVAL).await,
            _ => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn a_file_system_that_starts_no_programs_is_said() {
        let proc = std::path::Path::new("/proc");
        let system = rustix::fs::statvfs(proc).expect("Linux has it");
        if system.f_flag.contains(StatVfsMountFlags::NOEXEC) {
            let refused =
                check_programs_can_start(&StateDir::new(proc)).expect_err("it starts none");
            assert!(refused.to_string().contains("noexec"), "{refused}");
        }
        let folder = tempfile::tempdir().expect("a folder");
        let state_dir = StateDir::new(folder.path());
        check_programs_can_start(&state_dir).expect("tests start programs there");
    }
}

#[cfg(test)]
#[path = "damage_tests.rs"]
mod damage_tests;
