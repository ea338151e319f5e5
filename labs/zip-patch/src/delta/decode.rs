//! Applies a delta, which may come from anywhere.

use super::MAGIC;
use super::numbers::{read, read_length, unpack, unzigzag};

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadDelta {
    #[error("it ends too early")]
    Incomplete,

    #[error("it is damaged, or for other contents")]
    Wrong,

    #[error("it makes too many bytes")]
    TooLarge,
}

/// The new contents, which may have `largest` bytes. What they are, their digest has to say: a delta for other
/// contents can make something.
pub fn decode(old: &[u8], delta: &[u8], largest: u64) -> Result<Vec<u8>, BadDelta> {
    let mut delta = delta.strip_prefix(MAGIC).ok_or(BadDelta::Wrong)?;
    let length = read(&mut delta)?;
    if length > largest {
        return Err(BadDelta::TooLarge);
    }
    let length = usize::try_from(length).map_err(|_| BadDelta::TooLarge)?;
    let mut part = || unpack(&mut delta, largest);
    let (numbers, differences, extra) = (part()?, part()?, part()?);
    if !delta.is_empty() {
        return Err(BadDelta::Wrong);
    }
    let mut numbers = numbers.as_slice();
    let mut parts = Parts {
        differences: &differences,
        extra: &extra,
        left: length,
    };
    let mut new = Vec::new();
    let mut expected = 0;
    while !numbers.is_empty() {
        let start = expected + i128::from(unzigzag(read(&mut numbers)?));
        let alike = read_length(&mut numbers)?;
        let start = usize::try_from(start).map_err(|_| BadDelta::Wrong)?;
        let earlier = start.checked_add(alike).and_then(|end| old.get(start..end));
        let earlier = earlier.ok_or(BadDelta::Wrong)?;
        parts.add_alike(earlier, &mut numbers, &mut new)?;
        let extra = read_length(&mut numbers)?;
        parts.add_new(extra, &mut new)?;
        expected = (start + alike) as i128;
    }
    match parts {
        Parts {
            differences: [],
            extra: [],
            left: 0,
        } => Ok(new),
        _ => Err(BadDelta::Wrong),
    }
}

/// What is not used yet.
struct Parts<'a> {
    differences: &'a [u8],
    extra: &'a [u8],
    /// How many bytes the new contents still lack.
    left: usize,
}

impl Parts<'_> {
    fn add_alike(
        &mut self,
        mut earlier: &[u8],
        numbers: &mut &[u8],
        new: &mut Vec<u8>,
    ) -> Result<(), BadDelta> {
        self.take(earlier.len())?;
        while !earlier.is_empty() {
            let (equal, differing) = (read_length(numbers)?, read_length(numbers)?);
            let (same, rest) = earlier.split_at_checked(equal).ok_or(BadDelta::Wrong)?;
            let (base, rest) = rest.split_at_checked(differing).ok_or(BadDelta::Wrong)?;
            let added = self.differences.split_at_checked(differing);
            let (added, unused) = added.ok_or(BadDelta::Wrong)?;
            new.extend(same);
            new.extend(
                base.iter()
                    .zip(added)
                    .map(|(old, add)| old.wrapping_add(*add)),
            );
            (earlier, self.differences) = (rest, unused);
        }
        Ok(())
    }

    fn add_new(&mut self, length: usize, new: &mut Vec<u8>) -> Result<(), BadDelta> {
        self.take(length)?;
        let (bytes, unused) = self.extra.split_at_checked(length).ok_or(BadDelta::Wrong)?;
        new.extend(bytes);
        self.extra = unused;
        Ok(())
    }

    fn take(&mut self, length: usize) -> Result<(), BadDelta> {
        self.left = self.left.checked_sub(length).ok_or(BadDelta::Wrong)?;
        Ok(())
    }
}
