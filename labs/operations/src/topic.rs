//! The topic through which the aggregator is told to work: its queue subscribes to it.

use aws_sdk_sns::Client;
use aws_sdk_sns::error::DisplayErrorContext;
use mafia_support::{Environment, Failure, Resources, sdk_config};

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
    pub async fn publish(&self, message: String) -> Result<(), Failure> {
        let publish = self.client.publish().topic_arn(&self.arn).message(message);
        publish.send().await.map(drop).map_err(|error| {
            let reason = DisplayErrorContext(&error);
            Failure::messaging(format!("Can't publish to {}: {reason}", self.arn))
        })
    }
}
