//! API Gateway: the hosts of its stages, `<api>.execute-api.localhost`. The sandbox has no APIs yet, so
//! each answers what AWS answers where there is no API.

use async_trait::async_trait;
use http::{Request, Response, StatusCode};

use crate::service::DataPlane;
use crate::wire::{self, Body};

#[derive(Debug)]
pub struct ExecuteApi;

#[async_trait]
impl DataPlane for ExecuteApi {
    fn domain(&self) -> &'static str {
        "execute-api"
    }

    async fn answer(&self, _: &str, _: Request<Body>, request_id: &str) -> Response<Body> {
        let mut response = wire::response(
            StatusCode::FORBIDDEN,
            "application/json",
            r#"{"message":"Forbidden"}"#,
            request_id,
        );
        let headers = response.headers_mut();
        wire::set(headers, "x-amzn-errortype", "ForbiddenException");
        response
    }
}
