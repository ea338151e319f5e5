//! Where requests go.

use std::fmt;

use super::endpoints::{Elsewhere, S3};

/// Where requests go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub kind: TargetKind,
    pub region: String,
    pub profile: Option<String>,
    /// The services that are elsewhere.
    pub elsewhere: Vec<Elsewhere>,
    pub places: Places,
}

/// Where the parts of a target are set: an option, a variable, a key of a profile. `None` where nothing
/// sets them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Places {
    pub endpoint: Option<String>,
    pub region: Option<String>,
    /// Where this is not a pair of keys.
    pub keys: Option<String>,
}

/// What kind of server answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetKind {
    /// AWS's own endpoint of each service.
    Aws,
    /// The embedded sandbox, on this machine.
    Sandbox { url: String },
    /// Another server that speaks AWS's protocols.
    Endpoint { url: String },
}

impl Target {
    pub fn new(kind: TargetKind, region: &str) -> Self {
        Self {
            kind,
            region: region.to_owned(),
            profile: None,
            elsewhere: Vec::new(),
            places: Places::default(),
        }
    }

    /// The target of all services that are not elsewhere.
    pub fn without_services(&self) -> Self {
        Self {
            elsewhere: Vec::new(),
            ..self.clone()
        }
    }

    /// Where something of this target answers, from its address on AWS: an API,
    /// `https://<api>.execute-api.<region>.<domain>/<stage>`, a bucket's web site,
    /// `http://<bucket>.s3-website-<region>.<domain>`, or what pages ask of user pools. Other servers have hosts under
    /// `localhost`. Other texts stay as they are.
    pub fn address(&self, on_aws: &str) -> String {
        let (TargetKind::Sandbox { url } | TargetKind::Endpoint { url }) = &self.kind else {
            return on_aws.to_owned();
        };
        let (scheme, server) = url.split_once("://").unwrap_or(("http", url));
        let server = server.split('/').next().unwrap_or_default();
        let port = server.rsplit_once(':').map_or("80", |(_, port)| port);
        let Some((_, rest)) = on_aws.split_once("://") else {
            return on_aws.to_owned();
        };
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        match local_host(host) {
            Some(host) => format!("{scheme}://{host}.localhost:{port}{path}"),
            None => on_aws.to_owned(),
        }
    }

    /// The service that is at the server with this scheme, host and port.
    pub fn elsewhere_at(&self, server: &str) -> Option<&Elsewhere> {
        self.elsewhere.iter().find(|it| {
            let rest = it.url.value.strip_prefix(server);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    /// Whether each bucket has a host of its own, as on AWS.
    pub(super) fn has_bucket_hosts(&self) -> bool {
        let is_elsewhere = self.elsewhere.iter().any(|it| it.service == S3);
        self.kind == TargetKind::Aws && !is_elsewhere
    }
}

/// What a host of AWS is called under `localhost`, if that is known.
fn local_host(on_aws: &str) -> Option<String> {
    const EXECUTE_API: &str = "execute-api";
    const WEB_SITE: &str = "s3-website";
    const USER_POOLS: &str = "cognito-idp";
    let of = |service: &str| {
        let (name, region) = on_aws.split_once(&format!(".{service}"))?;
        region
            .starts_with(['.', '-'])
            .then(|| format!("{name}.{service}"))
    };
    let is_of_pools = on_aws.split('.').next() == Some(USER_POOLS);
    of(EXECUTE_API)
        .or_else(|| of(WEB_SITE))
        .or_else(|| is_of_pools.then(|| USER_POOLS.to_owned()))
}

/// In a few words: `AWS (eu-west-1)`, `the sandbox (URL)`, or the endpoint's address; after that the
/// services that are elsewhere.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            TargetKind::Aws => write!(f, "AWS ({})", self.region),
            TargetKind::Sandbox { url } => write!(f, "the sandbox ({url})"),
            TargetKind::Endpoint { url } => write!(f, "{url} ({})", self.region),
        }?;
        for Elsewhere { service, url } in &self.elsewhere {
            write!(f, ", {service} at {}", url.value)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_an_address_answers_at_the_targets_own_hosts() {
        for (on_aws, local) in [
            (
                "https://abc.execute-api.eu-west-1.amazonaws.com/prod",
                "http://abc.execute-api.localhost:4566/prod",
            ),
            (
                "http://my.pages.s3-website-eu-west-1.amazonaws.com",
                "http://my.pages.s3-website.localhost:4566",
            ),
            (
                "http://pages.s3-website.eu-central-1.amazonaws.com/a",
                "http://pages.s3-website.localhost:4566/a",
            ),
            (
                "https://cognito-idp.cn-north-1.amazonaws.com.cn",
                "http://cognito-idp.localhost:4566",
            ),
            ("https://example.org/a", "https://example.org/a"),
            ("eu-west-1_abc", "eu-west-1_abc"),
        ] {
            let of = |kind| Target::new(kind, "eu-west-1").address(on_aws);
            let url = || "http://127.0.0.1:4566".to_owned();
            assert_eq!(of(TargetKind::Aws), on_aws);
            assert_eq!(of(TargetKind::Sandbox { url: url() }), local);
            assert_eq!(of(TargetKind::Endpoint { url: url() + "/" }), local);
        }
    }
}
