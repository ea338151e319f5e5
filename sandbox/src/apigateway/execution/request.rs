//! A request to an API, as its methods see it.

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, header};
use percent_encoding::percent_decode_str;

/// Headers of one connection, or about the length of its messages: no function sees them, and none sets
/// them.
const OF_CONNECTION: [&str; 10] = [
    "connection",
    "content-length",
    "expect",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// Names and values, in the order of the request.
pub type Pairs = Vec<(String, String)>;

#[derive(Clone, Debug, Default)]
pub struct ApiRequest {
    pub method: String,
    /// In the stage, as it was sent.
    pub raw_path: String,
    pub query: Pairs,
    /// Without those of the connection; names have capital letters, as in `Content-Type`.
    pub headers: Pairs,
    pub body: Bytes,
}

impl ApiRequest {
    /// Of an HTTP request for this path in the stage.
    pub fn new(parts: &Parts, raw_path: &str, body: Bytes, trace_id: &str) -> Self {
        let query = parts.uri.query().unwrap_or_default();
        Self {
            method: parts.method.as_str().to_owned(),
            raw_path: raw_path.to_owned(),
            query: pairs_of_query(query),
            headers: headers(&parts.headers, trace_id),
            body,
        }
    }

    /// As functions see a signed request: who has its signature cannot send it again.
    pub fn without_signature(&self) -> Self {
        let mut request = self.clone();
        let without = |pairs: &mut Pairs, wanted: &str| {
            pairs.retain(|(name, _)| !name.eq_ignore_ascii_case(wanted));
        };
        without(&mut request.headers, header::AUTHORIZATION.as_str());
        without(&mut request.query, "X-Amz-Signature");
        request
    }

    /// The last value of the header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut headers = self.headers.iter().rev();
        let found = headers.find(|(header, _)| header.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// The media type of the body, without parameters; JSON unless it is given.
    pub fn media_type(&self) -> String {
        let given = self.header("Content-Type").map(media_type);
        given.unwrap_or_else(|| "application/json".to_owned())
    }

    /// The host, without the port.
    pub fn domain(&self) -> &str {
        let host = self.header("Host").unwrap_or_default();
        host.rsplit_once(':').map_or(host, |(name, _)| name)
    }

    pub fn path(&self) -> String {
        decoded(&self.raw_path)
    }
}

pub fn media_type(content_type: &str) -> String {
    let essence = content_type.split(';').next().unwrap_or_default();
    essence.trim().to_ascii_lowercase()
}

pub fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

pub fn pairs_of_query(query: &str) -> Pairs {
    form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect()
}

/// Whether a function may neither see nor set the header.
pub fn is_of_connection(name: &str) -> bool {
    OF_CONNECTION.contains(&name.to_ascii_lowercase().as_str())
}

/// The last value of each name, as AWS gives one value where there are several.
pub fn last_values(pairs: &Pairs) -> Pairs {
    let mut last: Pairs = Vec::new();
    for (name, value) in pairs {
        match last.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => value.clone_into(known),
            None => last.push((name.clone(), value.clone())),
        }
    }
    last
}

/// Those of the client, and those that API Gateway adds.
fn headers(given: &HeaderMap, trace_id: &str) -> Pairs {
    let text = |name: &str| given.get(name).map(|value| lossy(value.as_bytes()));
    let port = text(header::HOST.as_str())
        .and_then(|host| Some(host.rsplit_once(':')?.1.to_owned()))
        .unwrap_or_else(|| "80".to_owned());
    let from = match text("x-forwarded-for") {
        Some(others) => format!("{others}, {SOURCE_IP}"),
        None => SOURCE_IP.to_owned(),
    };
    let trace_id = text("x-amzn-trace-id").unwrap_or_else(|| trace_id.to_owned());
    let added = [
        ("X-Amzn-Trace-Id", trace_id),
        ("X-Forwarded-For", from),
        ("X-Forwarded-Port", port),
        ("X-Forwarded-Proto", "http".to_owned()),
    ];
    let is_added = |name: &str| added.iter().any(|(it, _)| it.eq_ignore_ascii_case(name));
    let own = given
        .iter()
        .filter(|(name, _)| !is_of_connection(name.as_str()) && !is_added(name.as_str()));
    let mut headers: Pairs = own
        .map(|(name, value)| (capitalised(name.as_str()), lossy(value.as_bytes())))
        .collect();
    headers.extend(added.map(|(name, value)| (name.to_owned(), value)));
    headers.sort_by(|(one, _), (two, _)| one.cmp(two));
    headers
}

/// Only programs of this machine are answered.
pub const SOURCE_IP: &str = "127.0.0.1";

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// `content-type` as `Content-Type`. The case in which a client sent it is not known.
fn capitalised(name: &str) -> String {
    let words = name.split('-').map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    });
    words.collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(headers: &[(&str, &str)]) -> ApiRequest {
        let mut request = http::Request::builder().uri("/prod/a%20b?x=1&y=%C3%A9&x=2+3&z");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).expect("a request").into_parts();
        ApiRequest::new(&parts, "/a%20b", Bytes::new(), "Root=1-2-3")
    }

    #[test]
    fn path_query_and_headers_are_read() {
        let request = request(&[
            ("host", "abc.execute-api.localhost:4566"),
            ("x-many", "1"),
            ("x-many", "2"),
            ("content-type", "Text/Plain; charset=utf-8"),
            ("content-length", "7"),
            ("transfer-encoding", "chunked"),
            ("x-forwarded-for", "10.0.0.1"),
            ("x-forwarded-proto", "https"),
        ]);
        assert_eq!(
            (request.path().as_str(), &*request.raw_path),
            ("/a b", "/a%20b")
        );
        let expected = [("x", "1"), ("y", "é"), ("x", "2 3"), ("z", "")];
        assert_eq!(
            request.query,
            expected.map(|(a, b)| (a.to_owned(), b.to_owned()))
        );
        let names: Vec<&str> = request
            .headers
            .iter()
            .map(|(name, _)| name.as_str())
            .collect();
        let expected = [
            "Content-Type",
            "Host",
            "X-Amzn-Trace-Id",
            "X-Forwarded-For",
            "X-Forwarded-Port",
            "X-Forwarded-Proto",
            "X-Many",
            "X-Many",
        ];
        assert_eq!(names, expected);
        assert_eq!(request.header("x-many"), Some("2"));
        assert_eq!(
            request.header("x-forwarded-for"),
            Some("10.0.0.1, 127.0.0.1")
        );
        assert_eq!(request.header("x-forwarded-proto"), Some("http"));
        assert_eq!(request.header("x-forwarded-port"), Some("4566"));
        assert_eq!(request.media_type(), "text/plain");
        assert_eq!(request.domain(), "abc.execute-api.localhost");
        let last = last_values(&request.query);
        assert_eq!(last[0], ("x".to_owned(), "2 3".to_owned()));
    }
}
