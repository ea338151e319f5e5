//! Numbers and packed bytes in a delta.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;

use super::decode::BadDelta;

/// As LEB128.
pub fn write(mut number: u64, into: &mut Vec<u8>) {
    while number >= 0x80 {
        into.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    into.push(number as u8);
}

/// The first number of `bytes`, which then begin behind it.
pub fn read(bytes: &mut &[u8]) -> Result<u64, BadDelta> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first().ok_or(BadDelta::Incomplete)?;
        *bytes = rest;
        let bits = u64::from(byte & 0x7f);
        if bits << shift >> shift != bits {
            return Err(BadDelta::Wrong);
        }
        number |= bits << shift;
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(BadDelta::Wrong)
}

/// The same for a length.
pub fn read_length(bytes: &mut &[u8]) -> Result<usize, BadDelta> {
    usize::try_from(read(bytes)?).map_err(|_| BadDelta::TooLarge)
}

/// A signed number as one without a sign: 0, -1, 1, -2 and so on.
pub fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)).cast_unsigned()
}

pub fn unzigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
}

/// The length, the length packed, and the packed bytes.
pub fn pack(bytes: &[u8], into: &mut Vec<u8>) {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    // Writing to memory does not fail.
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
    let packed = written.unwrap_or_default();
    write(bytes.len() as u64, into);
    write(packed.len() as u64, into);
    into.extend(packed);
}

/// The first packed bytes of `delta`, which then begins behind them.
pub fn unpack(delta: &mut &[u8], largest: u64) -> Result<Vec<u8>, BadDelta> {
    let length = read(delta)?;
    let packed = read_length(delta)?;
    if length > largest {
        return Err(BadDelta::TooLarge);
    }
    let (packed, rest) = delta.split_at_checked(packed).ok_or(BadDelta::Incomplete)?;
    *delta = rest;
    let mut bytes = Vec::new();
    let mut decoder = DeflateDecoder::new(packed).take(length + 1);
    decoder
        .read_to_end(&mut bytes)
        .map_err(|_| BadDelta::Wrong)?;
    if bytes.len() as u64 == length {
        Ok(bytes)
    } else {
        Err(BadDelta::Wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_they_were_written() {
        for number in [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX] {
            let mut bytes = Vec::new();
            write(number, &mut bytes);
            assert_eq!(read(&mut bytes.as_slice()).expect("whole"), number);
        }
        for number in [0, -1, 1, -64, i64::MAX, i64::MIN] {
            assert_eq!(unzigzag(zigzag(number)), number);
        }
        assert!(read(&mut [0xff; 11].as_slice()).is_err());
        assert!(read(&mut [0xff; 3].as_slice()).is_err());
    }
}
