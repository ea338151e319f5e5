//! What Linux tells of processes in `/proc`.
//!
//! Source: proc(5).

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::{IpAddr, SocketAddr};

use rustix::process::Pid;

/// A process, as its `stat` file says.
#[derive(Debug, PartialEq, Eq)]
struct Stat {
    parent: i32,
    group: i32,
    session: i32,
}

/// The processes in the group or the session of `leader`, its descendants, and those in whose environment
/// the variable has this value.
pub fn family(leader: Pid, variable: &str, value: &str) -> Vec<Pid> {
    let leader = leader.as_raw_pid();
    let mark = (!value.is_empty()).then(|| format!("{variable}={value}").into_bytes());
    let all = all();
    let is_marked = |pid: i32| {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        let mut variables = environment.split(|byte| *byte == 0);
        mark.as_deref()
            .is_some_and(|mark| variables.any(|it| it == mark))
    };
    let own = i32::try_from(std::process::id()).unwrap_or_default();
    let mut members: BTreeSet<i32> = all
        .iter()
        .filter(|(pid, stat)| {
            **pid == leader || stat.group == leader || stat.session == leader || is_marked(**pid)
        })
        .map(|(pid, _)| *pid)
        .collect();
    // Children come after their parents, but for numbers that have begun again.
    loop {
        let children = all
            .iter()
            .filter(|(_, stat)| members.contains(&stat.parent));
        let children: Vec<i32> = children.map(|(pid, _)| *pid).collect();
        let before = members.len();
        members.extend(children);
        if members.len() == before {
            break;
        }
    }
    let others = members.into_iter().filter(|pid| *pid > 1 && *pid != own);
    others.filter_map(Pid::from_raw).collect()
}

/// All processes but those that have ended.
fn all() -> BTreeMap<i32, Stat> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter_map(|pid: i32| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        Some((pid, parse_stat(&stat)?))
    })
    .collect()
}

/// `None` for a process that has ended.
fn parse_stat(text: &str) -> Option<Stat> {
    // The name in parentheses can contain anything.
    let (_, fields) = text.rsplit_once(')')?;
    let mut fields = fields.split_whitespace();
    let state = fields.next()?;
    let mut number = || fields.next()?.parse().ok();
    let stat = Stat {
        parent: number()?,
        group: number()?,
        session: number()?,
    };
    (!["Z", "X"].contains(&state)).then_some(stat)
}

/// The socket at `peer` that is connected to `own`, by its inode.
pub fn socket(peer: SocketAddr, own: SocketAddr) -> Option<String> {
    // Read one after the other: the system takes milliseconds for a table of hundreds of connections.
    let mut tables = ["/proc/net/tcp", "/proc/net/tcp6"].into_iter();
    tables.find_map(|table| socket_in(&fs::read_to_string(table).ok()?, peer, own))
}

fn socket_in(table: &str, peer: SocketAddr, own: SocketAddr) -> Option<String> {
    let (peers, owns) = (forms(peer), forms(own));
    let mut ends = peers.iter().zip(&owns);
    ends.find_map(|(peer, own)| {
        let (_, rest) = table.split_once(&format!(" {peer} {own} "))?;
        // State, queues, timers, retransmissions, user, timeout, inode.
        let inode = rest.lines().next()?.split_whitespace().nth(6)?;
        // A socket that no process has any more has the inode 0.
        (inode != "0").then(|| inode.to_owned())
    })
}

/// An address as the tables have it: four bytes or, in IPv6, sixteen, in the machine's order.
fn forms(address: SocketAddr) -> Vec<String> {
    let port = address.port();
    let IpAddr::V4(address) = address.ip().to_canonical() else {
        return Vec::new();
    };
    let word = |bytes: [u8; 4]| format!("{:08X}", u32::from_ne_bytes(bytes));
    let short = word(address.octets());
    let mapped = format!("{0}{0}{1}{short}", word([0; 4]), word([0, 0, 0xff, 0xff]));
    [short, mapped]
        .map(|form| format!("{form}:{port:04X}"))
        .into()
}

pub fn has_socket(pid: Pid, inode: &str) -> bool {
    let target = format!("socket:[{inode}]");
    let files = fs::read_dir(format!("/proc/{}/fd", pid.as_raw_pid()));
    let mut files = files.into_iter().flatten().flatten();
    files.any(|file| fs::read_link(file.path()).is_ok_and(|it| it.as_os_str() == target.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_read_whatever_its_name_is() {
        let stat = Stat {
            parent: 1,
            group: 20,
            session: 3,
        };
        assert_eq!(parse_stat("7 (a) b (c) S 1 20 3 0 -1"), Some(stat));
        assert_eq!(parse_stat("7 (a) Z 1 20 3 0 -1"), None);
        assert_eq!(parse_stat(""), None);
    }

    #[cfg(target_endian = "little")]
    #[test]
    fn a_socket_is_found_by_both_its_ends() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
            \x20  0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11 1 0 100 0 0 10 0\n\
            \x20  1: 0100007F:C350 0100007F:1F90 01 00000000:00000000 00:00000000 00000000  1000        0 22 1 0 20 4 30 10 -1\n\
            \x20  2: 0000000000000000FFFF00000100007F:C351 0000000000000000FFFF00000100007F:1F90 01 0:0 00:0 0  1000  0 33 1\n";
        let address = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let found = |peer| socket_in(table, address(peer), address(8080));
        assert_eq!(found(50_000).as_deref(), Some("22"));
        assert_eq!(found(50_001).as_deref(), Some("33"));
        assert_eq!(found(50_002), None);
    }
}
