//! Plain HTTP requests, as any client of an API sends them: not signed, and not repeated.

use std::time::Duration;

use aws_sdk_lambda::primitives::SdkBody;
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use http_body_util::BodyExt;

use super::failure::unreachable_reason;
use super::patience::is_unsent;
use super::{Cloud, CloudError, TargetKind, Way, network};

/// API Gateway answers within 29 s by itself.
///
/// Source: API Gateway quotas, integration timeout.
const PATIENCE: Duration = Duration::from_secs(40);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebRequest {
    pub method: String,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebAnswer {
    pub status: u16,
    /// With small names, in the order in which they came.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Cloud {
    /// Sends the request once, to where the target's APIs are.
    ///
    /// Other servers than AWS have hosts under `localhost`, which not every machine can resolve: those are
    /// reached at the server itself, and named in the header `Host`.
    pub async fn web(&self, request: WebRequest) -> Result<WebAnswer, CloudError> {
        let (url, host) = self.reached_at(&request.url);
        let unreachable = |reason: String, sent: bool| CloudError::Unreachable {
            target: Box::new(self.target.clone()),
            reason,
            sent,
            way: Some(Box::new(Way {
                url: network::origin(&url),
                proxy: network::proxy_of(&url),
            })),
        };
        let mut sent = HttpRequest::new(SdkBody::from(request.body));
        let invalid = |error: &dyn std::error::Error| unreachable(error.to_string(), false);
        sent.set_method(&request.method).map_err(|e| invalid(&e))?;
        sent.set_uri(url.as_str()).map_err(|e| invalid(&e))?;
        let host = host.map(|host| ("host".to_owned(), host));
        for (name, value) in request.headers.into_iter().chain(host) {
            let set = sent.headers_mut().try_insert(name, value);
            set.map_err(|e| invalid(&e))?;
        }
        let answered = async {
            let answer = self.web.call(sent).await?;
            let status = answer.status().as_u16();
            let headers = answer.headers().iter();
            let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
            let headers = headers.collect();
            let body = answer.into_body().collect().await;
            let body = body.map_err(ConnectorError::io)?;
            Ok::<_, ConnectorError>(WebAnswer {
                status,
                headers,
                body: body.to_bytes().to_vec(),
            })
        };
        match tokio::time::timeout(PATIENCE, answered).await {
            Ok(answered) => answered
                .map_err(|error| unreachable(unreachable_reason(&error), !is_unsent(&error))),
            Err(_) => Err(unreachable("it does not answer".to_owned(), true)),
        }
    }

    /// The URL to send to, and the host to name where that is another.
    fn reached_at(&self, url: &str) -> (String, Option<String>) {
        let (TargetKind::Sandbox { url: server } | TargetKind::Endpoint { url: server }) =
            &self.target.kind
        else {
            return (url.to_owned(), None);
        };
        let origin = network::origin(url);
        let host = origin.split_once("://").map_or("", |(_, host)| host);
        let path = &url[origin.len()..];
        (
            format!("{}{path}", network::origin(server)),
            Some(host.to_owned()),
        )
    }
}
