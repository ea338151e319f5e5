//! The processes of a function: the one that was started, and all that it has started. On Linux they are
//! known by their [`Mark`]. Elsewhere the process group of the first is all there is.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use super::mark::Mark;
#[cfg(target_os = "linux")]
use super::proc;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Family {
    /// The process that was started.
    pub leader: Pid,
    pub mark: Mark,
}

impl Family {
    /// Kills all of them. To be called before the leader's id can be used again.
    pub fn kill(&self) {
        let mut killed = BTreeSet::new();
        loop {
            // It may have ended already, as all that follow.
            let _ = kill_process_group(self.leader, Signal::KILL);
            // Those that were started before their parents were killed.
            let mut members = self.members();
            members.retain(|member| killed.insert(member.as_raw_pid()));
            if members.is_empty() {
                return;
            }
            for member in members {
                let _ = kill_process(member, Signal::KILL);
            }
        }
    }

    #[cfg(target_os = "linux")]
    fn members(&self) -> Vec<Pid> {
        let marked = proc::marked().into_iter();
        let own = marked.filter(|(_, mark)| *mark == self.mark);
        own.map(|(pid, _)| pid).collect()
    }

    #[cfg(not(target_os = "linux"))]
    fn members(&self) -> Vec<Pid> {
        Vec::new()
    }

    /// Whether one of them has the connection from `peer` to `own`.
    #[cfg(target_os = "linux")]
    pub fn has_connection(&self, peer: SocketAddr, own: SocketAddr) -> bool {
        let Some(socket) = proc::socket(peer, own) else {
            return false;
        };
        let has_it = |member: &Pid| proc::has_socket(*member, &socket);
        has_it(&self.leader) || self.members().iter().any(has_it)
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use std::fs;
    use std::net::{TcpListener, TcpStream};
    use std::os::unix::process::CommandExt;
    use std::process::{Child, Command, Stdio};
    use std::time::{Duration, Instant};

    use super::super::mark::{self, Marks};
    use super::*;

    /// Each way in which a process may leave the one that started it.
    const WAYS: [&str; 8] = [
        "sleep 600 &",
        "setsid sleep 600 &",
        "(setsid sleep 600 &)",
        "env -i sleep 600 &",
        "(setsid env -i sleep 600 &)",
        "(cd / && exec setsid env -i PATH=/usr/bin:/bin sh -c 'trap : HUP; sleep 600 & wait' &)",
        "cp \"$(command -v sleep)\" other; (setsid env -i ./other 600 &)",
        "(ulimit -n 64; setsid env -i nohup sleep 600 >/dev/null 2>&1 &)",
    ];

    fn pid(child: &Child) -> Pid {
        Pid::from_child(child)
    }

    /// Of no family that is killed.
    fn stranger() -> Child {
        start(Command::new("sleep").arg("600"), new_mark())
    }

    fn new_mark() -> Mark {
        Marks::of(rand::random()).draw()
    }

    fn start(command: &mut Command, mark: Mark) -> Child {
        mark::with(mark, || command.spawn()).expect("the system has it")
    }

    fn until(what: &str, is_so: impl Fn() -> bool) {
        let since = Instant::now();
        while !is_so() {
            assert!(since.elapsed() < Duration::from_secs(20), "{what}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Not a zombie: these are waited for by others.
    fn lives(pid: &Pid) -> bool {
        let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_pid()));
        stat.is_ok_and(|stat| !stat.contains(") Z "))
    }

    #[test]
    fn members_are_found_wherever_they_went_and_no_others() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut stranger = stranger();
        for way in WAYS {
            let script = format!("{way}\nexec sleep 600");
            let mut command = Command::new("/bin/sh");
            command
                .args(["-c", &script])
                .current_dir(folder.path())
                .stdout(Stdio::null());
            let mark = new_mark();
            let mut leader = start(command.process_group(0), mark);
            let family = Family {
                leader: pid(&leader),
                mark,
            };
            let members = || -> Vec<Pid> {
                let members = family.members().into_iter();
                members.filter(lives).collect()
            };
            let names_its_program = |pid: &Pid| {
                let name = fs::read_to_string(format!("/proc/{}/comm", pid.as_raw_pid()));
                name.is_ok_and(|name| ["sleep", "other"].contains(&name.trim()))
            };
            until(way, || {
                members().iter().filter(|it| names_its_program(it)).count() >= 2
            });
            assert!(!members().contains(&pid(&stranger)), "{way}");
            family.kill();
            leader.wait().expect("it has ended");
            until(way, || members().is_empty());
        }
        assert_eq!(stranger.try_wait().expect("it was started"), None);
        stranger.kill().expect("it lives");
        stranger.wait().expect("it has ended");
    }

    #[test]
    fn a_connection_is_told_from_those_of_others() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let own = listener.local_addr().expect("it listens");
        let mapped = SocketAddr::new("::ffff:127.0.0.1".parse().expect("an address"), own.port());
        let mut other = stranger();
        for to in [own, mapped] {
            let connected = TcpStream::connect(to).expect("it listens");
            let (_accepted, peer) = listener.accept().expect("it is there");
            let family = |leader| Family {
                leader,
                mark: new_mark(),
            };
            let this = rustix::process::getpid();
            assert!(family(this).has_connection(peer, own), "{to}");
            assert!(!family(pid(&other)).has_connection(peer, own));
            drop(connected);
        }
        other.kill().expect("it lives");
        other.wait().expect("it has ended");
    }
}
