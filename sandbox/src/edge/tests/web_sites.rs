//! The web site of a bucket: what anyone gets, and what stays hidden.

use super::every_operation::deny;
use super::{Front, Received, request};

const HOST: (&str, &str) = ("host", "pages.s3-website.localhost:4566");
const PUBLIC: &str = r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::pages/*"},{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::pages/secret/*"}]}"#;
const LISTED: &str = r#"{"Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":["s3:GetObject","s3:ListBucket"],"Resource":["arn:aws:s3:::pages","arn:aws:s3:::pages/*"]}]}"#;
const UNBLOCKED: &str = "<PublicAccessBlockConfiguration><RestrictPublicBuckets>false</RestrictPublicBuckets></PublicAccessBlockConfiguration>";

async fn put(front: &Front, path: &str, kind: &str, body: &str) {
    let length = body.len().to_string();
    let headers = [("content-length", &*length), ("content-type", kind)];
    let response = front
        .send_signed("s3", request("PUT", path, &headers, body))
        .await;
    assert!(response.status.is_success(), "{path}: {}", response.text);
}

async fn get(front: &Front, path: &str) -> Received {
    front.send(request("GET", path, &[HOST], "")).await
}

async fn site(error: &str) -> Front {
    let (front, _) = deny("none:");
    put(&front, "/pages", "", "").await;
    for (key, kind, text) in [
        ("index.html", "text/html", "<p>start"),
        ("game.js", "text/javascript", "play()"),
        ("a%20b/index.html", "text/html", "<p>folder"),
        ("error.html", "text/html", "<p>sorry"),
        ("secret/key", "text/plain", "hidden"),
    ] {
        put(&front, &format!("/pages/{key}"), kind, text).await;
    }
    let website = format!(
        "<WebsiteConfiguration>{error}<IndexDocument><Suffix>index.html</Suffix></IndexDocument></WebsiteConfiguration>"
    );
    put(&front, "/pages?website", "", &website).await;
    front
}

#[tokio::test]
async fn a_site_has_what_its_policy_lets_anyone_read() {
    let front = site("").await;
    assert_eq!(get(&front, "/").await.status, 403);
    put(&front, "/pages?policy", "", PUBLIC).await;
    let blocked = get(&front, "/").await;
    assert_eq!(blocked.status, 403);
    assert!(
        blocked.text.contains("<li>Code: AccessDenied</li>"),
        "{}",
        blocked.text
    );
    put(&front, "/pages?publicAccessBlock", "", UNBLOCKED).await;
    for (path, kind, text) in [
        ("/", "text/html", "<p>start"),
        ("/index.html?v=1", "text/html", "<p>start"),
        ("/game.js", "text/javascript", "play()"),
        ("/a%20b/", "text/html", "<p>folder"),
    ] {
        let response = get(&front, path).await;
        assert_eq!(
            (response.status.as_u16(), &*response.text),
            (200, text),
            "{path}"
        );
        assert_eq!(response.headers["content-type"], kind);
    }
    let moved = get(&front, "/a%20b").await;
    assert_eq!(
        (moved.status.as_u16(), &moved.headers["location"]),
        (302, &"/a%20b/".parse().expect("a value"))
    );
    // Without the right to list, nobody learns what is not there.
    for path in ["/none", "/secret/key"] {
        assert_eq!(get(&front, path).await.status, 403, "{path}");
    }
    let known = get(&front, "/game.js").await.headers["etag"].clone();
    let known = known.to_str().expect("text");
    let asks = [HOST, ("if-none-match", known)];
    let unchanged = front.send(request("GET", "/game.js", &asks, "")).await;
    assert_eq!((unchanged.status.as_u16(), &*unchanged.text), (304, ""));
    let head = front.send(request("HEAD", "/game.js", &[HOST], "")).await;
    assert_eq!((head.status.as_u16(), &*head.text), (200, ""));
    let post = front.send(request("POST", "/", &[HOST], "")).await;
    assert_eq!(post.status, 405);
    let path_form = front
        .send(request("GET", "/_s3-website/pages/game.js", &[], ""))
        .await;
    assert_eq!(path_form.text, "play()");
}

#[tokio::test]
async fn an_error_has_a_document_of_its_own() {
    let front = site("<ErrorDocument><Key>error.html</Key></ErrorDocument>").await;
    put(&front, "/pages?policy", "", LISTED).await;
    put(&front, "/pages?publicAccessBlock", "", UNBLOCKED).await;
    let missing = get(&front, "/none").await;
    assert_eq!((missing.status.as_u16(), &*missing.text), (404, "<p>sorry"));
    let read = front
        .send_signed("s3", request("GET", "/pages?website", &[], ""))
        .await;
    assert!(read.text.contains("<Key>error.html</Key>"), "{}", read.text);
    let gone = front
        .send_signed("s3", request("DELETE", "/pages?website", &[], ""))
        .await;
    assert_eq!(gone.status, 204);
    assert!(
        get(&front, "/")
            .await
            .text
            .contains("NoSuchWebsiteConfiguration")
    );
    let redirecting = "<WebsiteConfiguration><RedirectAllRequestsTo><HostName>a</HostName></RedirectAllRequestsTo></WebsiteConfiguration>";
    let length = redirecting.len().to_string();
    let headers = [("content-length", &*length)];
    let refused = request("PUT", "/pages?website", &headers, redirecting);
    let refused = front.send_signed("s3", refused).await;
    assert!(
        refused
            .text
            .contains("does not support RedirectAllRequestsTo"),
        "{}",
        refused.text
    );
}
