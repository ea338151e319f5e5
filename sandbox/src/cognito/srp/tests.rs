//! A sign-in that another implementation made: Python's numbers, with the formulas of RFC 5054 and RFC 5869.

use super::*;

const ANN: Identity = Identity {
    pool: "AbCdEfGhI",
    user: "ann",
};
const PASSWORD: &str = "Secret-1!";
/// The client's value, for a secret of 128 nines.
const A: &str = "\
     285eb0b73a189053f7a714eb5542cf634fd66dcea3c1ac72582d4e574fabef5860989a774a513acf0b20b4fb\
     0612106b4bed93a447bd0d32ea16f9b79be64c373b24d7d5cc53d3d53130c3c8c2e9103ebe6b292f9d83b2d7\
     f5c214cf9dd854c9afee38000c8314313f7a598d33ab917d90c677a69f8b13eb38a189cc0284f47e04b0772f\
     42601cd263d35bf6bcb9751848469804cc8cb5abda7cfb1630c46be084291b4ec0681095abed38cd508995e8\
     adc7ad65fa39cf2adcdf272f34b8f83b982053c2fcdfa6b4b68095185b23a24cd40e9de36f5307f33c273249\
     c6e8d5e7e6b52235659e2cfbe95d9d177ef9fdbcd6160edc4fa76aa2f77bc436e0e496786553707bc4404f5f\
     aaf4e16afc8ad66f67cf06910d74a96769c5272b940d0b5c781ca6d957249d5c45acb9ac929bd87e5b6ba3b0\
     86fa0a1c82cd61c72ba37b0f86c8014325a88b2d470a0c9c642e98725e60ea37295d92dc99ded65dc1310c0f\
     a30c364182c023ce65b42c923b27739c1397e964764951c5c0e2542c4e56d85a";
/// The server's value, for a secret of 64 sevens.
const B: &str = "\
     1af4e335f35285129b9bdddeaeab4016c3bf403286ee57fecf9ee0dd19e30097d59ce3faa44fafa19827209b\
     c819c0514ea0405b417ad4fe500feb30de52af88f36e6b478c3c45dfa68144c8c7db6a2d30a54cf3d24d4cbb\
     41bb4c7668c93b72149aaa8adff689eea86baff4f91286a6418634a69085e2fddeca16ba6f1cccda82c4ddad\
     d086e882a2e7f487dd8aae42f3f5c648d4b646bb8cfc0ffdec891f34cd63c25fc096206584acf186b26115d3\
     335dbc41c22ba0c632edc22220d697021dd08f1b3784c2b504d7d5e015e63a085372dcc3a3d5c6e5dc96db97\
     a3c11a9b76c7995c6bc5004ee3c9b7257b9ad653e1ac07f43eb74cf5b596b0008fb3ab2c05933b9d57ed281e\
     0357c5495888aeb2133aec52e6d8457980ed6f3abc402323165ca589a87698aa523ca8370ae2b0b41222ba9d\
     938fe5af49b8ec89e4e72149c81f66e63c10a615432fc7bfc473f52efd0a486d1e18b593ab08039db48cc7ab\
     0e86f461cde25d626c4161835e15838b730a68baaeffd71de62db24369150b3a";
const SIGNATURE: &str = "OMNBtHuE0SemNAW1Tq0Ivn2vA0qbsSyxmwKJXrXav74=";

fn salt() -> Vec<u8> {
    (0x90..0xa0).collect()
}

fn exchange(verifier: &Verifier) -> Exchange {
    Exchange::with_secret(verifier, A, &[7; 64]).expect("it is a value")
}

fn is_proved(verifier: &Verifier, exchange: &Exchange, signature: &str) -> bool {
    let secret_block: Vec<u8> = (0..64).collect();
    let proof = Proof {
        secret_block: &secret_block,
        timestamp: "Tue Mar 3 10:00:00 UTC 2026",
        signature,
    };
    exchange.is_proved(verifier, ANN, proof)
}

#[test]
fn a_client_proves_its_password_as_another_implementation_does() {
    let verifier = Verifier::with_salt(ANN, PASSWORD, &salt());
    let exchange = exchange(&verifier);
    assert_eq!(exchange.b, B);
    assert!(is_proved(&verifier, &exchange, SIGNATURE));
}

#[test]
fn nothing_else_proves_it() {
    let verifier = Verifier::with_salt(ANN, PASSWORD, &salt());
    let begun = exchange(&verifier);
    for signature in ["", "?", "AAAA", &SIGNATURE.to_lowercase(), &SIGNATURE[4..]] {
        assert!(!is_proved(&verifier, &begun, signature), "{signature}");
    }
    for other in [
        Verifier::with_salt(ANN, "Secret-2!", &salt()),
        Verifier::with_salt(ANN, PASSWORD, &[1; 16]),
        Verifier::with_salt(Identity { user: "bob", ..ANN }, PASSWORD, &salt()),
        Verifier::impossible(&salt()),
    ] {
        assert!(!is_proved(&other, &exchange(&other), SIGNATURE));
        assert!(!is_proved(&other, &begun, SIGNATURE));
    }
}

#[test]
fn a_verifier_is_of_one_password() {
    let verifier = Verifier::new(ANN, PASSWORD);
    assert!(verifier.is_of(ANN, PASSWORD));
    assert!(!verifier.is_of(ANN, "Secret-2!"));
    assert!(!verifier.is_of(Identity { user: "bob", ..ANN }, PASSWORD));
    assert_ne!(verifier, Verifier::new(ANN, PASSWORD));
    assert!(!format!("{verifier:?}").contains(PASSWORD));
}

#[test]
fn a_value_that_would_make_the_key_known_is_refused() {
    let verifier = Verifier::new(ANN, PASSWORD);
    let long = "f".repeat(2 * BYTES + 2);
    for value in [
        "",
        "0",
        "00",
        "x",
        "-1",
        "é",
        PRIME,
        &format!("00{PRIME}"),
        &long,
    ] {
        assert_eq!(Exchange::begin(&verifier, value), None, "{value}");
    }
    assert!(Exchange::begin(&verifier, "2").is_some());
}

#[test]
fn a_number_is_padded_as_a_positive_one() {
    assert_eq!(padded(&[0, 0, 0x7f]), [0x7f]);
    assert_eq!(padded(&[0x80]), [0, 0x80]);
    assert_eq!(padded(&[0, 0]), [0]);
}
