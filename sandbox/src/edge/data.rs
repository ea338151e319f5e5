//! Data planes: what services answer to anyone, browsers included. A service that wants a signature verifies it
//! itself.
//!
//! Each API and each web site has a host of its own, `<id>.<domain>.localhost`. That makes it an origin
//! of its own, so browsers keep its pages apart from those of other hosts and from the control plane.
//!
//! Programs that cannot resolve such names use the path form at the host of the control plane:
//! `/_<domain>/<id>/<path>`. There everything shares one origin with the control plane, so browsers are
//! refused. A plane without ids has one host, `<domain>.localhost`, and the path form `/_<domain>/<path>`.

use std::sync::Arc;

use http::{Request, Response, Uri};
use http_body_util::BodyExt;

use super::origin;
use crate::fault::Fault;
use crate::service::{DataPlane, SentUri};
use crate::wire::{Body, BodyTimeout};

#[derive(Clone)]
pub struct DataPlanes(pub Vec<Arc<dyn DataPlane>>);

/// What a path of the form `/_<domain>/<id>/<path>` names.
pub struct PathForm {
    plane: Arc<dyn DataPlane>,
    id: String,
}

impl DataPlanes {
    fn find(&self, domain: &str) -> Option<&Arc<dyn DataPlane>> {
        self.0.iter().find(|plane| plane.domain() == domain)
    }

    /// The plane of the hosts `<id>.<domain>.localhost`.
    pub fn of_host(&self, id: &str, domain: &str) -> Result<&dyn DataPlane, Fault> {
        let found = self.find(domain).map(|plane| &**plane);
        let found = found.filter(|plane| plane.has_ids() != id.is_empty());
        found.ok_or_else(|| {
            let known: Vec<String> = self.0.iter().map(|plane| hosts_of(&**plane)).collect();
            Fault::denied(
                "AccessDenied",
                format!(
                    "the sandbox does not support the host {}, only {}",
                    host(id, domain),
                    known.join(" and ")
                ),
            )
        })
    }

    /// What the path names, if it is in the path form.
    pub fn path_form(&self, path: &str) -> Option<PathForm> {
        let mut segments = path.strip_prefix("/_")?.splitn(3, '/');
        let plane = self.find(segments.next()?)?.clone();
        let id = match plane.has_ids() {
            true => segments.next().filter(|id| !id.is_empty())?.to_owned(),
            false => String::new(),
        };
        Some(PathForm { plane, id })
    }
}

fn host(id: &str, domain: &str) -> String {
    match id {
        "" => format!("{domain}.localhost"),
        id => format!("{id}.{domain}.localhost"),
    }
}

fn hosts_of(plane: &dyn DataPlane) -> String {
    host(if plane.has_ids() { "<id>" } else { "" }, plane.domain())
}

/// Answers a request to a host of the plane.
pub async fn answer_at_host(
    plane: &dyn DataPlane,
    id: &str,
    mut request: Request<Body>,
    request_id: &str,
) -> Response<Body> {
    *request.uri_mut() = relative_to(request.uri(), "");
    plane.answer(id, with_timeout(request), request_id).await
}

fn with_timeout(request: Request<Body>) -> Request<Body> {
    request.map(|body| BodyTimeout::new(body).boxed_unsync())
}

impl PathForm {
    pub async fn answer(
        self,
        mut request: Request<Body>,
        request_id: &str,
    ) -> Result<Response<Body>, Fault> {
        let Self { plane, id } = self;
        let domain = plane.domain();
        if origin::is_from_a_browser(request.headers()) {
            return Err(Fault::denied(
                "AccessDenied",
                format!(
                    "in a browser, use the host {} with the same port",
                    host(&id, domain)
                ),
            ));
        }
        let prefix = match id.as_str() {
            "" => format!("/_{domain}"),
            id => format!("/_{domain}/{id}"),
        };
        let sent = SentUri(request.uri().clone());
        *request.uri_mut() = relative_to(&sent.0, &prefix);
        request.extensions_mut().insert(sent);
        Ok(plane.answer(&id, with_timeout(request), request_id).await)
    }
}

/// Path and query after the prefix, without scheme and host.
fn relative_to(uri: &Uri, prefix: &str) -> Uri {
    let whole = uri.path_and_query().map_or("/", |whole| whole.as_str());
    let rest = whole.strip_prefix(prefix).unwrap_or(whole);
    let rooted = if rest.starts_with('/') {
        rest.to_owned()
    } else {
        format!("/{rest}")
    };
    rooted.parse().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_and_a_host_are_removed_from_a_uri() {
        let relative =
            |uri: &str, prefix| relative_to(&uri.parse().expect("a URI"), prefix).to_string();
        assert_eq!(relative("/_x/id/prod/a?b=c", "/_x/id"), "/prod/a?b=c");
        assert_eq!(relative("/_x/id", "/_x/id"), "/");
        assert_eq!(relative("/_x/id?a", "/_x/id"), "/?a");
        assert_eq!(relative("http://id.x.localhost:1/prod?b", ""), "/prod?b");
        assert_eq!(relative("*", ""), "/*");
    }
}
