//! The client's side of a sign-in, for tests.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use crypto_bigint::{U256, U512, U1024};

use super::{bytes, derived, digest, generator, mac, multiplier, padded, residue, written};
use crate::cognito::names::short_id;

pub struct Client {
    secret: [u8; 64],
}

impl Client {
    pub fn new() -> Self {
        Self {
            secret: rand::random(),
        }
    }

    pub fn a(&self) -> String {
        written(&generator().pow(&U512::from_be_slice(&self.secret)))
    }

    /// The signature of pool, user and password, for the salt and the value of the server.
    pub fn proof(
        &self,
        (pool, user, password): (&str, &str, &str),
        (salt, b): (&str, &str),
        (secret_block, timestamp): (&[u8], &str),
    ) -> String {
        let pool = short_id(pool);
        let number = |text: &str| bytes(text).expect("a number");
        let u = digest(&[&padded(&number(&self.a())), &padded(&number(b))]);
        let named = digest(&[format!("{pool}{user}:{password}").as_bytes()]);
        let x = digest(&[&padded(&number(salt)), &named]);
        let wide = |hash: &[u8; 32]| U256::from_be_slice(hash).resize::<{ U1024::LIMBS }>();
        let exponent = U512::from_be_slice(&self.secret).resize::<{ U1024::LIMBS }>();
        let exponent = exponent.wrapping_add(&wide(&u).wrapping_mul(&wide(&x)));
        let base =
            residue(b).expect("a value") - multiplier() * generator().pow(&U256::from_be_slice(&x));
        let shared = base.pow(&exponent).retrieve();
        let key = derived(&padded(&shared.to_be_bytes()[..]), &padded(&u)).expect("a key");
        let parts = [
            pool.as_bytes(),
            user.as_bytes(),
            secret_block,
            timestamp.as_bytes(),
        ];
        let signed = mac(&key, &parts).expect("a signature");
        BASE64_STANDARD.encode(hmac::Mac::finalize(signed).into_bytes())
    }
}
