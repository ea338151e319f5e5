//! Random parts of names and ids.

/// Capital letters and digits (Base32), as in AWS's unique ids.
pub fn random_id(count: usize) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    (0..count)
        .map(|_| char::from(ALPHABET[usize::from(rand::random::<u8>() % 32)]))
        .collect()
}
