//! A data plane that returns what it got.

use async_trait::async_trait;
use http::{Request, Response, StatusCode};

use crate::service::DataPlane;
use crate::wire::{self, Body};

pub struct Greeter;

#[async_trait]
impl DataPlane for Greeter {
    fn domain(&self) -> &'static str {
        "greetings"
    }

    async fn answer(&self, id: &str, request: Request<Body>, request_id: &str) -> Response<Body> {
        let echo = format!("{id}: {} {}", request.method(), request.uri());
        wire::response(StatusCode::OK, "text/html", echo, request_id)
    }
}
