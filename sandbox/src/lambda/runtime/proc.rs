//! What Linux tells of processes in `/proc`.
//!
//! Source: proc(5).

use std::fs;
use std::net::{IpAddr, SocketAddr};

use rustix::process::{Pid, getpid};

use super::mark::Mark;

/// All other processes that have a mark, also those that have ended and are not waited for yet.
pub fn marked() -> Vec<(Pid, Mark)> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let others = pids.filter(|pid| *pid > 1 && *pid != getpid().as_raw_pid());
    others
        .filter_map(|pid| {
            let limits = fs::read_to_string(format!("/proc/{pid}/limits")).ok()?;
            Some((Pid::from_raw(pid)?, parse_mark(&limits)?))
        })
        .collect()
}

/// The mark among the limits of a process.
fn parse_mark(limits: &str) -> Option<Mark> {
    let mut lines = limits.lines();
    let limit = lines.find_map(|line| line.strip_prefix("Max realtime timeout"))?;
    Some(Mark(limit.split_whitespace().next()?.parse().ok()?))
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
    fn a_mark_is_read_and_no_limit_is_none() {
        let limits = |value: &str| {
            parse_mark(&format!(
                "Limit                     Soft Limit           Hard Limit           Units     \n\
                 Max realtime priority     0                    0                    \n\
                 Max realtime timeout      {value:<20} {value:<20} us        \n"
            ))
        };
        assert_eq!(limits("4611686018427387904"), Some(Mark(1 << 62)));
        assert_eq!(limits("unlimited"), None);
        assert_eq!(parse_mark(""), None);
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
