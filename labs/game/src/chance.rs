//! Chance, which decides who is drawn, killed and blamed. A caller who sends a seed gets the same choices
//! again.

use mafia_support::{Answer, Request};
use rand::SeedableRng;
use rand::rngs::StdRng;

/// What the functions choose by: `{"Seed": 7}` in the payload makes the same choices each time; without
/// it, nobody knows them before.
pub fn chance(request: &Request) -> Result<StdRng, Answer> {
    Ok(match request.number("Seed", 7)? {
        Some(seed) => StdRng::seed_from_u64(seed),
        None => rand::make_rng(),
    })
}

#[cfg(test)]
mod tests {
    use mafia_support::Request;
    use rand::Rng;
    use serde_json::{Value, json};

    use super::chance;

    fn choice(payload: Value) -> u64 {
        let rng = chance(&Request::new(payload));
        rng.expect("the seed is a number or missing").next_u64()
    }

    #[test]
    fn a_seed_makes_the_same_choices_again() {
        let seed = |number: u64| choice(json!({ "Seed": number }));
        assert_eq!(seed(7), seed(7));
        assert_ne!(seed(7), seed(8));
        assert_ne!(choice(json!({})), choice(json!({})));
    }
}
