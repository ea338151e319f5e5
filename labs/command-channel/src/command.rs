//! The command to propose a destination: JSON that a client posts.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use mafia_support::{Answer, Request};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::event::{Destination, Geolocation};

/// Of a name, in characters.
const LONGEST_NAME: usize = 100;

/// A checked command.
#[derive(Clone, Debug, PartialEq)]
pub struct ProposeDestination {
    /// A UUID that the client has drawn. Who sends the command again sends the same one.
    pub id: String,
    pub destination: Destination,
}

/// The fields as they come.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Fields {
    command_id: Value,
    name: Value,
    geolocation: Value,
}

impl ProposeDestination {
    /// The command in a request. Without a right one, the answer is a 400 that says all that is wrong.
    pub fn read(request: &Request) -> Result<Self, Answer> {
        let body = body(request).map_err(|problem| Answer::refusal(400, problem))?;
        let fields: Fields = serde_json::from_value(body).unwrap_or_default();
        let (id, name) = (fields.id(), fields.name());
        let latitude = fields.degrees("latitude", 90);
        let longitude = fields.degrees("longitude", 180);
        match (id, name, latitude, longitude) {
            (Ok(id), Ok(name), Ok(latitude), Ok(longitude)) => Ok(Self {
                id,
                destination: Destination {
                    name,
                    geolocation: Geolocation {
                        latitude,
                        longitude,
                    },
                },
            }),
            (id, name, latitude, longitude) => {
                let problems = [id.err(), name.err(), latitude.err(), longitude.err()];
                let problems: Vec<String> = problems.into_iter().flatten().collect();
                Err(Answer::refusal(
                    400,
                    format!("{}: send {}", problems.join("; "), example()),
                ))
            }
        }
    }
}

fn example() -> Value {
    json!({
        "commandId": "0b2f1c1e-5d0a-4c7e-9a55-2f3c1f6f8d10",
        "name": "Edinburgh Zoo",
        "geolocation": { "latitude": 55.94, "longitude": -3.27 },
    })
}

impl Fields {
    fn id(&self) -> Result<String, String> {
        let id = self.command_id.as_str().map(str::to_ascii_lowercase);
        id.filter(|id| is_uuid(id))
            .ok_or_else(|| "commandId must be a UUID".to_owned())
    }

    fn name(&self) -> Result<String, String> {
        let name = self.name.as_str().unwrap_or_default().trim();
        match name.chars().count() {
            1..=LONGEST_NAME => Ok(name.to_owned()),
            _ => Err(format!(
                "name must be a text of 1 to {LONGEST_NAME} characters"
            )),
        }
    }

    fn degrees(&self, name: &str, most: u8) -> Result<f64, String> {
        let most = f64::from(most);
        let given = self.geolocation[name].as_f64();
        given
            .filter(|degrees| (-most..=most).contains(degrees))
            .ok_or_else(|| format!("geolocation.{name} must be a number from -{most} to {most}"))
    }
}

/// Such as `0b2f1c1e-5d0a-4c7e-9a55-2f3c1f6f8d10`.
fn is_uuid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let lengths = parts.iter().map(|part| part.len());
    lengths.eq([8, 4, 4, 4, 12]) && text.bytes().all(|c| c == b'-' || c.is_ascii_hexdigit())
}

/// The JSON in the body of an HTTP request, or the payload of a direct call.
fn body(request: &Request) -> Result<Value, String> {
    let event = request.event();
    let Some(body) = event.get("body") else {
        return Ok(event.clone());
    };
    let text = body.as_str().unwrap_or_default();
    let bytes = match event["isBase64Encoded"].as_bool() {
        Some(true) => BASE64
            .decode(text)
            .map_err(|_| "The body should be base64")?,
        _ => text.as_bytes().to_vec(),
    };
    serde_json::from_slice(&bytes).map_err(|error| format!("The body isn't JSON ({error})"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(body: &str) -> Result<ProposeDestination, String> {
        let event = json!({ "httpMethod": "POST", "requestContext": {}, "body": body });
        ProposeDestination::read(&Request::new(event)).map_err(|answer| {
            assert_eq!(answer.status, 400);
            answer.body["Message"].as_str().expect("a text").to_owned()
        })
    }

    #[test]
    fn a_command_is_read_over_http_and_directly() {
        let command = read(&example().to_string()).expect("right");
        assert_eq!(command.destination.name, "Edinburgh Zoo");
        assert_eq!(
            command.destination.geolocation.longitude.to_string(),
            "-3.27"
        );
        let direct = ProposeDestination::read(&Request::new(example()));
        assert_eq!(direct.expect("right"), command);
        let mut loud = example();
        loud["commandId"] = json!(command.id.to_uppercase());
        assert_eq!(read(&loud.to_string()).expect("right"), command);
        let encoded = json!({ "httpMethod": "POST", "requestContext": {}, "isBase64Encoded": true,
            "body": BASE64.encode(example().to_string()) });
        assert_eq!(
            ProposeDestination::read(&Request::new(encoded)).expect("right"),
            command
        );
    }

    #[test]
    fn all_that_is_wrong_is_said() {
        for (field, wrong, said) in [
            ("commandId", json!("7"), "commandId must be a UUID: send {"),
            (
                "commandId",
                json!("0b2f1c1e-5d0a-4c7e-9a55-2f3c1f6f8d1g"),
                "commandId",
            ),
            (
                "name",
                json!(" "),
                "name must be a text of 1 to 100 characters",
            ),
            ("name", json!("x".repeat(101)), "name"),
            (
                "geolocation",
                json!({ "latitude": 1 }),
                "geolocation.longitude must be a number from -180 to 180",
            ),
            (
                "geolocation",
                json!({ "latitude": 90.5, "longitude": 0 }),
                "latitude must be a number from -90 to 90",
            ),
        ] {
            let mut command = example();
            command[field] = wrong;
            let refused = read(&command.to_string()).expect_err(said);
            assert!(refused.contains(said), "{refused}");
        }
        for body in ["{}", "[]", "null", "7"] {
            let refused = read(body).expect_err("it is none");
            let all = ["commandId", "name", "latitude", "longitude"];
            assert!(all.iter().all(|field| refused.contains(field)), "{refused}");
        }
        assert!(
            read("{")
                .expect_err("no JSON")
                .starts_with("The body isn't JSON")
        );
    }
}
