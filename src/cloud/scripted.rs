//! For tests: a target whose answers the test has written. No request leaves the process.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex};

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_lambda::config::http::HttpResponse;
use aws_sdk_lambda::primitives::SdkBody;
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;

use super::rates::wait_for_turn;
use super::service::Service;
use super::{Cloud, Target, TargetKind};

/// The requests so far, each as its method, URL and body.
pub type Sent = Arc<Mutex<Vec<String>>>;

type Answer = dyn Fn(&str) -> (u16, String) + Send + Sync;

#[derive(Clone)]
struct Script {
    answer: Arc<Answer>,
    sent: Sent,
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Script")
    }
}

impl HttpConnector for Script {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let script = self.clone();
        HttpConnectorFuture::new(async move {
            wait_for_turn(&request).await;
            let body = String::from_utf8_lossy(request.body().bytes().unwrap_or_default());
            let text = format!("{} {} {body}", request.method(), request.uri());
            let (status, body) = (script.answer)(&text);
            script.sent.lock().expect("no answer panics").push(text);
            let status = status.try_into().expect("a status of HTTP");
            Ok(HttpResponse::new(status, SdkBody::from(body)))
        })
    }
}

impl Cloud {
    /// `answer` gets a request as in [`Sent`], and says the status and the body of its response.
    pub fn scripted(
        answer: impl Fn(&str) -> (u16, String) + Send + Sync + 'static,
    ) -> (Self, Sent) {
        let sent = Sent::default();
        let script = Script {
            answer: Arc::new(answer),
            sent: sent.clone(),
        };
        let connector = SharedHttpConnector::new(script.clone());
        let web = connector.clone();
        let client = http_client_fn(move |_, _| connector.clone());
        let keys = Credentials::new("id", "secret", None, None, "script");
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .http_client(client)
            .retry_config(RetryConfig::disabled())
            .region(Region::from_static("us-east-1"))
            .endpoint_url("http://script")
            .credentials_provider(SharedCredentialsProvider::new(keys))
            .build();
        let target = Target::new(
            TargetKind::Endpoint {
                url: "http://script".to_owned(),
            },
            "us-east-1",
        );
        (
            Self::of(target, &config, Arc::default(), Service::new(|| web)),
            sent,
        )
    }

    /// Gives one answer after the other, whatever is asked.
    pub fn answering(answers: impl IntoIterator<Item = (u16, String)>) -> (Self, Sent) {
        let answers: Mutex<VecDeque<_>> = Mutex::new(answers.into_iter().collect());
        Self::scripted(move |request| {
            let next = answers.lock().expect("no answer panics").pop_front();
            next.unwrap_or_else(|| (500, format!("there is no answer to {request}")))
        })
    }
}
