//! AWS's file of prices: about 100 MB of JSON, read as a stream. Only the offers of one product are in memory
//! at a time.
//!
//! ```text
//! {"products": {…}, "terms": {"OnDemand": {SKU: {OFFER: {"sku": …, "priceDimensions": {RATE: {…}}}}}, …}}
//! ```
//!
//! A deserializer of serde reads the file from front to back. What is not wanted, such as all of `products`, it
//! passes over, and each product's offers go to whoever waits for prices before the next ones are read.
//!
//! Source: "Understanding the price list files" in AWS's Billing user guide.

use std::collections::HashMap;
use std::fmt;
use std::io::Read;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

/// The price of a product, as it is in the table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Price {
    pub sku: String,
    pub rate_code: String,
    pub description: String,
    pub unit: String,
    /// In US dollars, with all digits that AWS gives.
    pub usd: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Offer {
    sku: String,
    #[serde(default)]
    price_dimensions: HashMap<String, Rate>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rate {
    rate_code: String,
    #[serde(default)]
    description: String,
    unit: String,
    price_per_unit: PerUnit,
}

#[derive(Debug, Deserialize)]
struct PerUnit {
    #[serde(rename = "USD")]
    usd: Option<String>,
}

/// Reads the file and hands each price that is paid on demand to `take`, which says whether to go on.
pub fn read(file: impl Read, take: impl FnMut(Price) -> bool) -> Result<(), serde_json::Error> {
    let mut file = serde_json::Deserializer::from_reader(file);
    let mut take = take;
    File(&mut take).deserialize(&mut file)
}

/// What is done with the value of one key of a map. The other values are passed over.
macro_rules! only {
    ($outer:ident, $key:literal, $inner:ident, $what:literal) => {
        struct $outer<'t, T>(&'t mut T);

        impl<'de, T: FnMut(Price) -> bool> DeserializeSeed<'de> for $outer<'_, T> {
            type Value = ();

            fn deserialize<D: Deserializer<'de>>(self, file: D) -> Result<(), D::Error> {
                file.deserialize_map(self)
            }
        }

        impl<'de, T: FnMut(Price) -> bool> Visitor<'de> for $outer<'_, T> {
            type Value = ();

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str($what)
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
                while let Some(key) = map.next_key::<String>()? {
                    match key.as_str() {
                        $key => map.next_value_seed($inner(self.0))?,
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                Ok(())
            }
        }
    };
}

only!(File, "terms", Terms, "a file of prices");
only!(Terms, "OnDemand", Products, "terms by their names");

struct Products<'t, T>(&'t mut T);

impl<'de, T: FnMut(Price) -> bool> DeserializeSeed<'de> for Products<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, file: D) -> Result<(), D::Error> {
        file.deserialize_map(self)
    }
}

impl<'de, T: FnMut(Price) -> bool> Visitor<'de> for Products<'_, T> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("offers by the products that they are of")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<(), M::Error> {
        while let Some((_, offers)) = map.next_entry::<IgnoredAny, HashMap<String, Offer>>()? {
            for price in offers.into_values().flat_map(prices) {
                if !self.0(price) {
                    return Err(serde::de::Error::custom("nobody takes prices any more"));
                }
            }
        }
        Ok(())
    }
}

fn prices(offer: Offer) -> impl Iterator<Item = Price> {
    let Offer {
        sku,
        price_dimensions,
    } = offer;
    price_dimensions.into_values().filter_map(move |rate| {
        Some(Price {
            sku: sku.clone(),
            rate_code: rate.rate_code,
            description: rate.description,
            unit: rate.unit,
            usd: rate.price_per_unit.usd?,
        })
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rate(code: &str, price: &str) -> serde_json::Value {
        json!({ "rateCode": code, "rateType": "Fixed", "description": "$0.044 per hour",
            "beginRange": "0", "endRange": "Inf", "unit": "Hrs", "pricePerUnit": { "USD": price } })
    }

    #[test]
    fn the_prices_on_demand_are_found() {
        let file = json!({
            "formatVersion": "v1.0",
            "products": { "S1": { "sku": "S1", "attributes": { "vcpu": ["1", { "a": null }] } } },
            "terms": {
                "OnDemand": { "S1": { "S1.O": { "offerTermCode": "O", "sku": "S1",
                    "effectiveDate": "2015-10-01T00:00:00Z",
                    "priceDimensions": { "S1.O.R": rate("S1.O.R", "0.0440000000") } } } },
                "Reserved": { "S1": { "S1.P": { "sku": "S1",
                    "priceDimensions": { "S1.P.R": rate("S1.P.R", "1") } } } },
            },
        });
        let mut found = Vec::new();
        let text = file.to_string();
        read(text.as_bytes(), |price| {
            found.push(price);
            true
        })
        .expect("it is right");
        assert_eq!(
            found,
            [Price {
                sku: "S1".to_owned(),
                rate_code: "S1.O.R".to_owned(),
                description: "$0.044 per hour".to_owned(),
                unit: "Hrs".to_owned(),
                usd: "0.0440000000".to_owned(),
            }]
        );
        let stopped = read(text.as_bytes(), |_| false).expect_err("it is stopped");
        assert!(stopped.to_string().contains("nobody takes prices"));
    }

    #[test]
    fn a_file_that_ends_too_early_is_an_error() {
        for text in ["", "[]", r#"{"terms": {"OnDemand": {"#] {
            assert!(read(text.as_bytes(), |_| true).is_err(), "{text}");
        }
    }
}
