//! The bucket: objects are read as streams and written whole, and events say which object is new.

use aws_sdk_s3::Client;
use aws_sdk_s3::error::DisplayErrorContext;
use aws_sdk_s3::primitives::ByteStream;
use mafia_support::{Answer, Environment, Failure, Request, Resources, sdk_config};
use serde_json::Value;

#[derive(Debug)]
pub struct Files {
    client: Client,
    bucket: String,
}

impl Resources for Files {
    fn from_environment(environment: &Environment) -> Result<Self, Failure> {
        let bucket = environment.require("BUCKET", "the name of the bucket")?;
        let config = sdk_config(environment, "S3")?;
        let config = aws_sdk_s3::config::Builder::from(&config);
        Ok(Self {
            bucket: bucket.to_owned(),
            // The sandbox has no name for each bucket.
            client: Client::from_conf(config.force_path_style(true).build()),
        })
    }
}

impl Files {
    /// The contents, of which nothing is received yet.
    pub async fn open(&self, key: &str) -> Result<ByteStream, Failure> {
        let object = self.client.get_object().bucket(&self.bucket).key(key);
        let object = object.send().await.map_err(|error| {
            let reason = DisplayErrorContext(&error);
            Failure::storage(format!("Can't read {key} in {}: {reason}", self.bucket))
        })?;
        Ok(object.body)
    }

    pub async fn write(&self, key: &str, contents: Vec<u8>) -> Result<(), Failure> {
        let put = self.client.put_object().bucket(&self.bucket).key(key);
        let put = put.body(ByteStream::from(contents)).send().await;
        put.map(drop).map_err(|error| {
            let reason = DisplayErrorContext(&error);
            Failure::storage(format!("Can't write {key} to {}: {reason}", self.bucket))
        })
    }
}

/// The keys of the objects in an event of S3.
///
/// Source: "Event message structure" in S3's user guide: keys are encoded as in forms.
pub fn keys(request: &Request) -> Result<Vec<String>, Answer> {
    let records = request.event()["Records"].as_array();
    let records = records.ok_or_else(|| Answer::refusal(400, "This is no event of S3"))?;
    let key = |record: &Value| decoded(record["s3"]["object"]["key"].as_str().unwrap_or_default());
    Ok(records.iter().map(key).collect())
}

fn decoded(key: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), key.bytes());
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digits = [rest.next(), rest.next()].map(|digit| digit.unwrap_or_default());
                let digits = std::str::from_utf8(&digits).unwrap_or_default();
                u8::from_str_radix(digits, 16).unwrap_or(b'%')
            }
            other => other,
        });
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_are_decoded() {
        let event =
            json!({ "Records": [{ "s3": { "object": { "key": "prices/a+b/%C3%A9%2B.json" } } }] });
        let read = keys(&Request::new(event)).expect("an event");
        assert_eq!(read, ["prices/a b/é+.json"]);
        assert_eq!(
            keys(&Request::new(json!({}))).expect_err("none").status,
            400
        );
    }
}
