//! The topic that the functions talk through.

use aws_sdk_sns::Client;
use aws_sdk_sns::error::{DisplayErrorContext, ProvideErrorMetadata};
use mafia_support::{Environment, Failure, Resources, sdk_config};

use crate::message::Message;

#[derive(Debug)]
pub struct Topic {
    client: Client,
    arn: String,
}

impl Resources for Topic {
    fn from_environment(environment: &Environment) -> Result<Self, Failure> {
        let arn = environment.require("SNS_TOPIC_ARN", "the ARN of the topic")?;
        Ok(Self {
            arn: arn.to_owned(),
            client: Client::new(&sdk_config(environment, "SNS")?),
        })
    }
}

impl Topic {
    /// Hands the message to SNS, which then delivers it, at least once, to every subscriber.
    pub async fn publish(&self, message: &Message) -> Result<(), Failure> {
        let text = serde_json::to_string(message).expect("a message is JSON");
        let publish = self.client.publish().topic_arn(&self.arn).message(text);
        let published = publish.send().await;
        published.map(drop).map_err(|error| {
            let reason = match error.message() {
                Some(message) => message.to_owned(),
                None => DisplayErrorContext(&error).to_string(),
            };
            Failure::messaging(format!(
                "Can't publish to the topic {}: {reason}. Look at the function's role in the stack's \
                 template, then send the post again",
                self.arn
            ))
        })
    }
}
