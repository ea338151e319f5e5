//! The processes of a function: the one that was started, and those that it has started, also in a session
//! or a process group of their own. On Linux they are found in `/proc`: in the group or the session of the
//! first, among its descendants, or by a variable that only they have. Elsewhere the group is all there is.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

#[cfg(target_os = "linux")]
use super::proc;

/// The variable whose value is that of one environment alone.
pub const MARK: &str = "AWS_LAMBDA_LOG_STREAM_NAME";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Family {
    /// The process that was started.
    pub leader: Pid,
    /// The value of [`MARK`]; empty where it is not known.
    pub mark: String,
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
        proc::family(self.leader, MARK, &self.mark)
    }

    #[cfg(not(target_os = "linux"))]
    fn members(&self) -> Vec<Pid> {
        Vec::new()
    }

    /// Whether one of them has the connection from `peer` to `own`; `None` where the system does not tell.
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
    use std::net::{TcpListener, TcpStream};
    use std::os::unix::process::CommandExt;
    use std::process::{Child, Command, Stdio};
    use std::time::{Duration, Instant};

    use super::*;

    fn pid(child: &Child) -> Pid {
        Pid::from_child(child)
    }

    fn sleeping(mark: &str) -> Child {
        let mut command = Command::new("sleep");
        command.arg("60").env(MARK, mark).process_group(0);
        command.spawn().expect("the system has it")
    }

    #[test]
    fn members_are_found_wherever_they_went_and_no_others() {
        let mut stranger = sleeping("another");
        // One in a session of its own, and one whose parent has ended.
        let script = "setsid sleep 60 & (setsid sleep 60 &) ; echo ready; exec sleep 60";
        let mut leader = Command::new("/bin/sh")
            .args(["-c", script])
            .env(MARK, "a/b[c]")
            .process_group(0)
            .stdout(Stdio::piped())
            .spawn()
            .expect("a shell");
        let family = Family {
            leader: pid(&leader),
            mark: "a/b[c]".to_owned(),
        };
        let since = Instant::now();
        while family.members().len() < 3 {
            assert!(
                since.elapsed() < Duration::from_secs(20),
                "{:?}",
                family.members()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
        let members = family.members();
        assert!(!members.contains(&pid(&stranger)));
        family.kill();
        leader.wait().expect("it has ended");
        while !family.members().is_empty() {
            assert!(
                since.elapsed() < Duration::from_secs(20),
                "{:?}",
                family.members()
            );
            std::thread::sleep(Duration::from_millis(5));
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
        let mut other = sleeping("");
        for to in [own, mapped] {
            let connected = TcpStream::connect(to).expect("it listens");
            let (_accepted, peer) = listener.accept().expect("it is there");
            let family = |leader| Family {
                leader,
                mark: "none".to_owned(),
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
