//! The private operation of RSA by the Chinese remainder theorem: a power for each prime, which takes the less time the
//! shorter the primes are. It is not blinded with random numbers.
//!
//! Source: RFC 8017, 5.1.2.

use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, ConcatenatingMul, NonZero, Odd, Resize};

/// What is the same for all powers of a key.
#[derive(Clone)]
pub struct Crt {
    modulus: BoxedMontyParams,
    /// The public one.
    exponent: BoxedUint,
    primes: Vec<Prime>,
}

#[derive(Clone)]
struct Prime {
    params: BoxedMontyParams,
    /// The private one, modulo the prime less one.
    exponent: BoxedUint,
    /// The product of the primes before this one.
    before: BoxedUint,
    inverse_of_before: BoxedMontyForm,
}

impl Crt {
    /// With the primes of the modulus `n`, and both exponents. `None` where these are not numbers of a key.
    pub fn new<'p>(
        n: &NonZero<BoxedUint>,
        e: &BoxedUint,
        d: &BoxedUint,
        primes: impl Iterator<Item = &'p BoxedUint>,
    ) -> Option<Self> {
        let modulus = Odd::new(n.as_ref().clone()).into_option()?;
        let mut before = BoxedUint::one();
        let primes = primes.map(|prime| {
            let prime = prime.resize_unchecked(prime.bit_width_vartime());
            let less_one = prime.wrapping_sub(BoxedUint::one());
            let params = BoxedMontyParams::new_vartime(Odd::new(prime.clone()).into_option()?);
            let inverse = reduced(&before, &params).invert_vartime().into_option()?;
            let product = before.concatenating_mul(&prime);
            Some(Prime {
                exponent: d.rem_vartime(&NonZero::new(less_one).into_option()?),
                before: std::mem::replace(&mut before, product),
                inverse_of_before: inverse,
                params,
            })
        });
        Some(Self {
            primes: primes.collect::<Option<_>>()?,
            modulus: BoxedMontyParams::new_vartime(modulus),
            exponent: e.clone(),
        })
    }

    /// The power of a number below the modulus, both in as many bytes as that has.
    pub fn power(&self, number: &[u8]) -> Option<Box<[u8]>> {
        let bits = self.modulus.bits_precision();
        let number = BoxedUint::from_be_slice_vartime(number).try_resize(bits)?;
        let mut power = BoxedUint::zero_with_precision(bits);
        for prime in &self.primes {
            let wanted = reduced(&number, &prime.params).pow(&prime.exponent);
            let missing = (wanted - reduced(&power, &prime.params)) * &prime.inverse_of_before;
            let more = prime.before.concatenating_mul(&missing.retrieve());
            power = power.wrapping_add(more.try_resize(bits)?);
        }
        self.is_power(&power, &number).then(|| power.to_be_bytes())
    }

    /// Whether the public operation leads back.
    fn is_power(&self, power: &BoxedUint, of: &BoxedUint) -> bool {
        let power = BoxedMontyForm::new(power.clone(), &self.modulus);
        let bits = self.exponent.bit_width_vartime();
        power.pow_bounded_exp(&self.exponent, bits).retrieve() == *of
    }
}

/// Modulo the prime of the parameters.
fn reduced(number: &BoxedUint, params: &BoxedMontyParams) -> BoxedMontyForm {
    let rest = number.rem(params.modulus().as_nz_ref());
    BoxedMontyForm::new(rest.resize_unchecked(params.bits_precision()), params)
}
