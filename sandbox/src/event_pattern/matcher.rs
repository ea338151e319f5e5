//! What a value may be.

use std::net::IpAddr;

use serde_json::{Number, Value};

use super::cidr::Cidr;
use super::numeric::Range;
use super::text_test::TextTest;

#[derive(Clone, Debug, PartialEq)]
pub enum Matcher {
    Equals(Value),
    /// An address, which may be written in several ways.
    Address(IpAddr),
    Text(TextTest),
    Number(Range),
    Network(Cidr),
    /// Whether there is a value at all.
    Exists(bool),
    NoneOf(Vec<Value>),
    NoText(Vec<TextTest>),
}

impl Matcher {
    /// Whether the pattern takes this value, which is there and is neither an array nor an object.
    pub fn takes(&self, value: &Value) -> bool {
        let text = value.as_str();
        match self {
            Self::Equals(expected) => are_equal(expected, value),
            Self::Address(address) => {
                text.and_then(|text| text.parse::<IpAddr>().ok()) == Some(*address)
            }
            Self::Text(test) => text.is_some_and(|text| test.takes(text)),
            Self::Number(range) => value.as_f64().is_some_and(|number| range.has(number)),
            Self::Network(cidr) => {
                let address = text.and_then(|text| text.parse::<IpAddr>().ok());
                address.is_some_and(|address| cidr.has(address))
            }
            Self::Exists(exists) => *exists,
            Self::NoneOf(values) => !values.iter().any(|expected| are_equal(expected, value)),
            Self::NoText(tests) => {
                !text.is_some_and(|text| tests.iter().any(|test| test.takes(text)))
            }
        }
    }
}

/// Numbers are equal by what they are, not by how they are written: 300, 300.0 and 3.0e2.
fn are_equal(expected: &Value, value: &Value) -> bool {
    match (expected, value) {
        (Value::Number(expected), Value::Number(number)) => are_equal_numbers(expected, number),
        (expected, value) => expected == value,
    }
}

fn are_equal_numbers(one: &Number, other: &Number) -> bool {
    one == other || one.as_f64() == other.as_f64() && (one.is_f64() || other.is_f64())
}
