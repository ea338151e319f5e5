//! Receipt handles: which receipt of which message it is. They outlive the process.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::backlog::Sequence;
use crate::fault::Fault;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Receipt {
    pub sequence: Sequence,
    pub number: u64,
}

pub fn written(queue: &str, sequence: Sequence, number: u64) -> String {
    BASE64_STANDARD.encode(format!("{queue}/{sequence}/{number}"))
}

/// Refuses what is not a handle of this queue.
pub fn read(queue: &str, handle: &str) -> Result<Receipt, Fault> {
    parse(queue, handle).ok_or_else(|| {
        let message =
            format!("The input receipt handle \"{handle}\" is not a valid receipt handle.");
        Fault::invalid("ReceiptHandleIsInvalid", message)
    })
}

fn parse(queue: &str, handle: &str) -> Option<Receipt> {
    let decoded = String::from_utf8(BASE64_STANDARD.decode(handle).ok()?).ok()?;
    let rest = decoded.strip_prefix(queue)?.strip_prefix('/')?;
    let (sequence, number) = rest.split_once('/')?;
    Some(Receipt {
        sequence: sequence.parse().ok()?,
        number: number.parse().ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_is_of_one_queue() {
        let handle = written("q", 3, u64::MAX);
        let receipt = Receipt {
            sequence: 3,
            number: u64::MAX,
        };
        assert_eq!(read("q", &handle), Ok(receipt));
        for (queue, handle) in [
            ("other", &*handle),
            ("q", ""),
            ("q", "cS8xLzE!"),
            ("q", "cQ=="),
        ] {
            let refused = read(queue, handle).expect_err(handle);
            assert_eq!(refused.code, "ReceiptHandleIsInvalid");
        }
    }
}
