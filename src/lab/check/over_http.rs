//! Requests to the API in front of the functions, as a browser or `curl` sends them.

use std::time::Duration;

use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, HeaderName};
use serde_json::Value;

use super::answer::Answer;
use super::blocked::{Blocked, Stop};
use super::probe::Probe;
use crate::api::{Api, ApiError};
use crate::clock;
use crate::cloud::{WebAnswer, WebRequest};
use crate::wording::shortened;

/// A stage may serve for a moment what it served before.
const MOST_TRIES: u32 = 6;
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// What API Gateway answers itself, without a call: there is no such path, or it may not call the function.
const NOT_CALLED: [u16; 2] = [403, 500];
/// The page that asks: of another origin than the API.
const PAGE: &str = "https://game.example.org";

/// The API of the student's stack.
pub struct OverHttp<'a> {
    probe: &'a Probe<'a>,
    api: Api,
}

/// What came back.
pub struct Reply {
    pub status: u16,
    pub answer: Answer,
    whole: WebAnswer,
}

impl<'a> OverHttp<'a> {
    /// That there is none is wrong in itself.
    pub async fn of(probe: &'a Probe<'a>) -> Result<Self, Stop> {
        match Api::find(probe.cloud, &probe.place.stack.name, None).await {
            Ok(api) => Ok(Self { probe, api }),
            Err(ApiError::Cloud(error)) => Err(error.into()),
            Err(error) => Err(Stop::wrong(
                error.to_string(),
                "an API: `mafia deploy --parameter Api=yes` creates what the template says",
            )),
        }
    }

    pub async fn get(&self, path: &str) -> Result<Reply, Stop> {
        self.ask("GET", path, &[], None).await
    }

    /// What API Gateway answers itself, because there is no such path.
    pub async fn get_nothing(&self) -> Result<Reply, Stop> {
        self.ask_once(&self.request("GET", "/no-such-path", &[], None))
            .await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Result<Reply, Stop> {
        let headers = [("content-type", "application/json")];
        self.ask("POST", path, &headers, Some(body)).await
    }

    /// The question of a browser, before it sends a page's request with this method.
    pub async fn preflight(&self, path: &str, method: &str) -> Result<Reply, Stop> {
        let headers = [
            ("access-control-request-method", method),
            ("access-control-request-headers", "content-type"),
        ];
        self.ask("OPTIONS", path, &headers, None).await
    }

    /// Asks again while no function is called.
    async fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Reply, Stop> {
        let request = self.request(method, path, headers, body);
        let mut pause = FIRST_PAUSE;
        for _ in 1..MOST_TRIES {
            let reply = self.ask_once(&request).await?;
            if !NOT_CALLED.contains(&reply.status) {
                return Ok(reply);
            }
            clock::sleep(pause).await;
            pause *= 2;
        }
        self.ask_once(&request).await
    }

    /// A request as a page sends it.
    fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> WebRequest {
        let headers = [("origin", PAGE)].iter().chain(headers);
        let headers = headers.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let body = body.map(|body| body.to_string().into_bytes());
        WebRequest {
            method: method.to_owned(),
            url: self.api.url(path),
            headers: headers.collect(),
            body: body.unwrap_or_default(),
        }
    }

    async fn ask_once(&self, request: &WebRequest) -> Result<Reply, Stop> {
        let answered = self.probe.cloud.web(request.clone()).await;
        let body = String::from_utf8_lossy(&request.body);
        let sent = format!("{} {} {body}", request.method, request.url);
        let whole = answered.map_err(Blocked::Cloud)?;
        Ok(Reply::read(sent.trim_end().to_owned(), whole))
    }
}

impl Reply {
    fn read(sent: String, whole: WebAnswer) -> Self {
        let text = String::from_utf8_lossy(&whole.body);
        let answer = Answer {
            sent,
            status: Some(whole.status.into()),
            body: serde_json::from_str(&text).unwrap_or_else(|_| (*text).into()),
            shown: format!("{} {}", whole.status, shortened(&text)),
        };
        Self {
            status: whole.status,
            answer,
            whole,
        }
    }

    pub fn header(&self, name: &HeaderName) -> Option<&str> {
        let mut headers = self.whole.headers.iter();
        let found = headers.find(|(known, _)| known == name.as_str());
        found.map(|(_, value)| value.as_str())
    }

    /// Wrong unless the status is this.
    pub fn expect_status(&self, status: u16, expected: &str) -> Result<(), Stop> {
        if self.status == status {
            return Ok(());
        }
        Err(self.answer.wrong(format!("{status}: {expected}")))
    }

    /// Wrong unless the page that asked may read the answer.
    pub fn expect_readable(&self) -> Result<(), Stop> {
        let allowed = self.header(&ACCESS_CONTROL_ALLOW_ORIGIN);
        if allowed.is_some_and(|it| ["*", PAGE].contains(&it)) {
            return Ok(());
        }
        let has = allowed.map_or("no Access-Control-Allow-Origin".to_owned(), |it| {
            format!("Access-Control-Allow-Origin: {it}")
        });
        let got = format!("{} with {has}", self.answer.shown);
        Err(self.answer.wrong_in(got, "Access-Control-Allow-Origin: *"))
    }
}
