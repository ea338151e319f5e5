//! The server: one loopback port, its connections, and the end when nobody needs it any more.

use std::convert::Infallible;
use std::fs::File;
use std::future::Future;
use std::net::Ipv4Addr;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use super::activity::Activity;
use super::authorise::AllowAll;
use super::clock::{self, SystemClock};
use super::delivery::DeliveryQueue;
use super::edge::Edge;
use super::error::{SandboxError, in_words};
use super::journal::Journal;
use super::keys::Keyring;
use super::paths::RUNTIME;
use super::platform::Base;
use super::service::Background;
use super::services;
use super::state_dir::{RunningServer, StateDir};
use super::store::Store;
use super::wire;

/// How long a client may take to send a request's head.
const HEAD: Duration = Duration::from_secs(30);
const CONNECTIONS: usize = 1024;
/// How long requests under way may take when the server is asked to stop.
const FAREWELL: Duration = Duration::from_secs(3);
const BEFORE_TRYING_AGAIN: Duration = Duration::from_millis(50);
const BETWEEN_LOOKS: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub struct Options {
    pub state_dir: StateDir,
    /// `None` takes the port of the last time or, if that is taken, any.
    pub port: Option<u16>,
    /// Ends the server when nothing was asked of it for so long.
    pub idle: Option<Duration>,
}

/// Serves until `stop` or, where asked for, until idle. Says where it listens once it answers.
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
    state_dir.make()?;
    let lock = Lock::of(&state_dir)?;
    let journal = Arc::new(Journal::open(&state_dir)?);
    let listener = listen(&state_dir, port).await?;
    let running = RunningServer {
        pid: std::process::id(),
        port: port_of(&listener)?,
        started: clock::seconds(SystemTime::now()),
        idle: idle.map(|idle| idle.as_secs()),
    };
    let store = Arc::new(Store::open(&state_dir.path("state.sqlite"))?);
    let base = Base {
        deliveries: DeliveryQueue::new(&store, &journal, Arc::new(SystemClock)),
        store,
        keyring: Arc::new(Keyring::new(state_dir.keys()?)),
        authority: Arc::new(AllowAll),
        journal: journal.clone(),
        url: running.url(),
        state_dir: state_dir.clone(),
    };
    let services = services::open(&base)?;
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
        () = stop => "asked to stop".to_owned(),
        () = unused(idle, &background, &activity) => "idle".to_owned(),
        () = lock.lost() => "its folder was deleted".to_owned(),
    };
    journal.note(&format!("stopping: {reason}"));
    drop(listener);
    // What takes longer is cut off, as a kill would.
    let _ = timeout(FAREWELL, activity.all_ended()).await;
    for work in &background {
        work.stop().await;
    }
    lock.keep();
    Ok(())
}

/// Held from before the first file is opened until the process has ended.
struct Lock {
    file: File,
    path: PathBuf,
}

impl Lock {
    fn of(state_dir: &StateDir) -> Result<Self, SandboxError> {
        match state_dir.lock()? {
            Some(file) => Ok(Self {
                file,
                path: state_dir.path("lock"),
            }),
            None => Err(SandboxError::RunsAlready {
                folder: state_dir.folder().to_owned(),
                pid: state_dir
                    .holder()?
                    .map_or(0, |pid| pid.as_raw_pid().unsigned_abs()),
            }),
        }
    }

    /// Ends when somebody has deleted the folder, where another server could be started now.
    async fn lost(&self) {
        while self.is_there() {
            sleep(BETWEEN_LOOKS).await;
        }
    }

    fn is_there(&self) -> bool {
        let own = self.file.metadata().map(|file| file.ino());
        let found = std::fs::metadata(&self.path).map(|file| file.ino());
        own.ok() == found.ok()
    }

    /// So that whoever waits for the lock has waited for the process.
    fn keep(self) {
        std::mem::forget(self);
    }
}

async fn listen(state_dir: &StateDir, port: Option<u16>) -> Result<TcpListener, SandboxError> {
    // So that variables that were exported for the last server are good for this one.
    let last = state_dir.last_server().map(|running| running.port);
    let wanted = port.or(last).unwrap_or(0);
    match (bind(wanted).await, port) {
        (Ok(listener), _) => Ok(listener),
        (Err(_), None) => bind(0).await,
        (Err(error), Some(_)) => Err(error),
    }
}

async fn bind(port: u16) -> Result<TcpListener, SandboxError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .map_err(|error| SandboxError::Port {
            port,
            reason: in_words(&error),
        })
}

fn port_of(listener: &TcpListener) -> Result<u16, SandboxError> {
    let address = listener.local_addr();
    address
        .map(|address| address.port())
        .map_err(|error| SandboxError::Port {
            port: 0,
            reason: in_words(&error),
        })
}

async fn accept(listener: &TcpListener, edge: &Arc<Edge>, activity: &Arc<Activity>) -> Infallible {
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        // The semaphore is never closed.
        let place = room.clone().acquire_owned().await.ok();
        let Ok((stream, _)) = listener.accept().await else {
            // Such as too many open files: some will close.
            sleep(BEFORE_TRYING_AGAIN).await;
            continue;
        };
        let (edge, activity) = (edge.clone(), activity.clone());
        tokio::spawn(async move {
            converse(stream, edge, activity).await;
            drop(place);
        });
    }
}

async fn converse(stream: TcpStream, edge: Arc<Edge>, activity: Arc<Activity>) {
    // Answers are short: they are not to wait for more.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| {
        let (edge, activity) = (edge.clone(), activity.clone());
        async move {
            // A function that waits for its next call asks for nothing.
            let asks = !request.uri().path().starts_with(RUNTIME);
            let _active = asks.then(|| activity.begin());
            Ok::<_, Infallible>(edge.answer(request.map(wire::incoming)).await)
        }
    });
    // A connection that breaks is its client's to notice.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// Ends when nothing was asked for `idle` and nothing goes on in the background.
async fn unused(idle: Option<Duration>, background: &[Arc<dyn Background>], activity: &Activity) {
    let Some(idle) = idle else {
        return std::future::pending().await;
    };
    loop {
        let busy = background.iter().any(|work| work.is_busy());
        match idle.checked_sub(activity.idle_for()) {
            Some(rest) if !rest.is_zero() => sleep(rest).await,
            _ if busy => sleep(Duration::from_secs(1)).await,
            _ => return,
        }
    }
}
