//! The ids of API Gateway: small letters and digits.

use crate::random::random_id;

/// Of APIs.
pub const API: usize = 10;
/// Of what is in an API.
pub const INNER: usize = 6;

pub fn new(length: usize) -> String {
    random_id(length).to_lowercase()
}
