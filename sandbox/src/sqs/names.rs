//! Queues by name, URL and ARN.

use percent_encoding::percent_decode_str;

use super::fault::{invalid, missing, no_queue};
use crate::ACCOUNT;
use crate::arn::{self, Arn};
use crate::fault::Fault;

/// Ends the names of FIFO queues, and of no others.
pub const FIFO: &str = ".fifo";
/// In characters.
const LONGEST: usize = 80;

/// Whether a queue can have the name. Source: the documentation of CreateQueue.
pub fn check(name: &str, is_fifo: bool) -> Result<(), Fault> {
    let stem = name.strip_suffix(FIFO);
    let letters = stem.filter(|_| is_fifo).unwrap_or(name);
    let is_letter = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    let is_fit = !letters.is_empty() && name.len() <= LONGEST && letters.chars().all(is_letter);
    if is_fit && stem.is_some() == is_fifo {
        return Ok(());
    }
    if is_fifo || stem.is_some() {
        return Err(invalid(
            "The name of a FIFO queue can only include alphanumeric characters, hyphens, or \
             underscores, must end with .fifo suffix and be 1 to 80 in length",
        ));
    }
    Err(invalid(
        "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length",
    ))
}

pub fn arn(name: &str) -> String {
    arn::regional("sqs", name)
}

/// The name in a queue's ARN. `None` if the sandbox has no such queues.
pub fn of_arn(text: &str) -> Option<&str> {
    let arn = Arn::parse(text)?;
    arn.check_owner("sqs").is_ok().then_some(arn.resource)
}

/// The name in a queue's URL, which may be a path, or a name alone. The host is not looked at: the
/// sandbox's port may have been another one when the URL was made.
pub fn of_url(url: &str) -> Result<String, Fault> {
    if url.is_empty() {
        return Err(missing("QueueUrl"));
    }
    let decoded = percent_decode_str(url).decode_utf8_lossy();
    let mut segments = decoded.trim_end_matches('/').rsplit('/');
    let (name, account) = (segments.next().unwrap_or_default(), segments.next());
    match account {
        None | Some(ACCOUNT) => Ok(name.to_owned()),
        Some(_) => Err(no_queue()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_of_their_kind() {
        let long = "q".repeat(81);
        for (name, is_fifo, is_right) in [
            ("q-_1", false, true),
            (&long[1..], false, true),
            ("", false, false),
            ("a b", false, false),
            ("a.b", false, false),
            (&*long, false, false),
            ("q.fifo", false, false),
            ("q.fifo", true, true),
            ("q", true, false),
            (".fifo", true, false),
            ("a.b.fifo", true, false),
        ] {
            assert_eq!(check(name, is_fifo).is_ok(), is_right, "{name}");
        }
    }

    #[test]
    fn a_queue_is_known_by_its_path_wherever_the_sandbox_was() {
        for url in [
            "http://127.0.0.1:4566/000000000000/q",
            "http://localhost:1/000000000000/q/",
            "/000000000000/q",
            "https://sqs.us-east-1.amazonaws.com/000000000000/q",
            "q",
        ] {
            assert_eq!(of_url(url).as_deref(), Ok("q"), "{url}");
        }
        let fault = of_url("http://127.0.0.1:4566/111111111111/q").expect_err("another account");
        assert_eq!(fault.code, "QueueDoesNotExist");
        assert_eq!(of_arn(&arn("q")), Some("q"));
        assert_eq!(of_arn("arn:aws:sns:us-east-1:000000000000:q"), None);
        assert_eq!(of_arn("arn:aws:sqs:us-east-1:111111111111:q"), None);
    }
}
