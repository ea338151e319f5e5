use super::*;
use crate::cloud::Cloud;

fn empty(status: u16) -> (u16, String) {
    (status, String::new())
}

#[tokio::test]
async fn an_object_is_put_found_and_deleted() {
    let (cloud, requests) = Cloud::answering([
        empty(200),
        empty(200),
        empty(404),
        empty(403),
        empty(204),
        refused_by_s3(404, "NoSuchBucket"),
        refused_by_s3(403, "AccessDenied"),
        refused_by_s3(403, "AccessDenied"),
    ]);
    let put = cloud.put_object("b", "k/l", b"body".to_vec()).await;
    put.expect("no failure");
    assert!(cloud.object_exists("b", "k/l").await.expect("no failure"));
    assert!(!cloud.object_exists("b", "k/l").await.expect("no failure"));
    assert_refused(cloud.object_exists("b", "k/l").await, "Forbidden");
    cloud.delete_object("b", "k/l").await.expect("no failure");
    // Its bucket is gone.
    cloud.delete_object("b", "k/l").await.expect("no failure");
    assert_refused(cloud.delete_object("b", "k/l").await, "AccessDenied");
    let put = cloud.put_object("b", "k/l", Vec::new()).await;
    assert_refused(put, "AccessDenied");
    let requests = sent(&requests);
    for (request, method) in [(0, "PUT "), (1, "HEAD "), (4, "DELETE ")] {
        assert_has(&requests[request], &[method, "/b/k/l"], &[]);
    }
}

#[tokio::test]
async fn an_object_without_a_checksum_is_not_known_by_it() {
    let (cloud, _) = Cloud::answering([empty(200), empty(404), empty(403)]);
    let has = async || cloud.has_object_of("b", "k", "digest=").await;
    assert!(!has().await.expect("no failure"));
    assert!(!has().await.expect("no failure"));
    assert_refused(has().await, "Forbidden");
}

#[tokio::test]
async fn the_files_of_a_site_are_told_by_their_entity_tags() {
    let page = |key: &str, tag: &str, rest: &str| {
        let content = format!("<Contents><Key>{key}</Key><ETag>\"{tag}\"</ETag></Contents>{rest}");
        (
            200,
            format!("<ListBucketResult>{content}</ListBucketResult>"),
        )
    };
    let more = "<IsTruncated>true</IsTruncated>\
                <NextContinuationToken>more</NextContinuationToken>";
    let (cloud, requests) = Cloud::answering([
        page("a.js", "1", more),
        page("b.js", "2", ""),
        refused_by_s3(404, "NoSuchBucket"),
        refused_by_s3(403, "AccessDenied"),
        empty(200),
        refused_by_s3(403, "AccessDenied"),
    ]);
    let tags = cloud.entity_tags("b").await.expect("no failure");
    let expected = [("a.js", "1"), ("b.js", "2")];
    let expected = expected.map(|(key, tag)| (key.to_owned(), tag.to_owned()));
    assert_eq!(tags, Some(expected.into()));
    assert_eq!(cloud.entity_tags("b").await.expect("no failure"), None);
    assert_refused(cloud.entity_tags("b").await, "AccessDenied");
    let put = cloud.put_site_file("b", "a.js", "text/javascript", b"1".to_vec());
    put.await.expect("no failure");
    let put = cloud.put_site_file("b", "a.js", "text/javascript", Vec::new());
    assert_refused(put.await, "AccessDenied");
    let requests = sent(&requests);
    assert_has(&requests[1], &["continuation-token=more"], &[]);
    assert_has(&requests[4], &["PUT ", "/b/a.js"], &[]);
}

#[tokio::test]
async fn keys_come_from_all_pages() {
    let page = |key: &str, rest: &str| {
        let content = format!("<Contents><Key>{key}</Key></Contents>{rest}");
        (
            200,
            format!("<ListBucketResult>{content}</ListBucketResult>"),
        )
    };
    let more = "<IsTruncated>true</IsTruncated>\
                <NextContinuationToken>more</NextContinuationToken>";
    let (cloud, requests) = Cloud::answering([
        page("p/1", more),
        page("p/2", ""),
        refused_by_s3(404, "NoSuchBucket"),
        refused_by_s3(403, "AccessDenied"),
    ]);
    let keys = cloud.keys("b", "p/").await.expect("no failure");
    assert_eq!(keys, Some(vec!["p/1".to_owned(), "p/2".to_owned()]));
    let requests = sent(&requests);
    assert_has(&requests[0], &["/b", "prefix=p%2F"], &[]);
    assert_has(&requests[1], &["continuation-token=more"], &[]);
    assert_eq!(cloud.keys("b", "p/").await.expect("no failure"), None);
    assert_refused(cloud.keys("b", "p/").await, "AccessDenied");
}

fn versions(content: &str) -> (u16, String) {
    (
        200,
        format!("<ListVersionsResult>{content}</ListVersionsResult>"),
    )
}

fn version(kind: &str, key: &str, id: &str) -> String {
    format!("<{kind}><Key>{key}</Key><VersionId>{id}</VersionId></{kind}>")
}

/// Two pages: two versions of an object, and the marker of a deleted one.
fn pages() -> [(u16, String); 2] {
    let first = version("Version", "a", "1") + &version("Version", "a", "2");
    let more = "<IsTruncated>true</IsTruncated><NextKeyMarker>a</NextKeyMarker>\
                <NextVersionIdMarker>2</NextVersionIdMarker>";
    [
        versions(&(first + more)),
        versions(&version("DeleteMarker", "b", "3")),
    ]
}

#[tokio::test]
async fn every_version_is_counted_and_deleted() {
    let (cloud, requests) = Cloud::answering(pages());
    let count = cloud.count_objects("b").await;
    assert_eq!(count.expect("no failure"), Some(3));
    assert_has(
        &sent(&requests)[1],
        &["key-marker=a", "version-id-marker=2"],
        &[],
    );

    let [first, second] = pages();
    let (cloud, requests) = Cloud::answering([first, second, (200, "<DeleteResult/>".to_owned())]);
    cloud.empty_bucket("b").await.expect("no failure");
    let deletes = [
        "a</Key><VersionId>1",
        "a</Key><VersionId>2",
        "b</Key><VersionId>3",
    ];
    let requests = sent(&requests);
    assert_has(&requests[2], &["?delete", "<Quiet>true"], &[]);
    assert_has(&requests[2], &deletes, &[]);
}

#[tokio::test]
async fn many_objects_are_deleted_by_the_thousand() {
    for (count, requests_of_deletion) in [(0, 0), (1000, 1), (1001, 2)] {
        let all: String = (0..count)
            .map(|it| version("Version", &it.to_string(), "1"))
            .collect();
        let deleted = (200, "<DeleteResult/>".to_owned());
        let answers = [versions(&all), deleted.clone(), deleted];
        let (cloud, requests) = Cloud::answering(answers);
        cloud.empty_bucket("b").await.expect("no failure");
        assert_eq!(sent(&requests).len(), 1 + requests_of_deletion, "{count}");
    }
}

#[tokio::test]
async fn a_bucket_that_is_gone_is_empty_and_one_that_refuses_is_not() {
    let gone = || refused_by_s3(404, "NoSuchBucket");
    let (cloud, _) = Cloud::answering([gone(), gone()]);
    assert_eq!(cloud.count_objects("b").await.expect("no failure"), None);
    cloud.empty_bucket("b").await.expect("no failure");
    // It goes while it is emptied.
    let [first, second] = pages();
    let (cloud, _) = Cloud::answering([first, second, gone()]);
    cloud.empty_bucket("b").await.expect("no failure");

    let refused = "<DeleteResult><Error><Code>AccessDenied</Code><Message>why</Message>\
                   </Error></DeleteResult>";
    let [first, second] = pages();
    let (cloud, _) = Cloud::answering([first, second, (200, refused.to_owned())]);
    assert_refused(cloud.empty_bucket("b").await, "AccessDenied");
    let denied = || refused_by_s3(403, "AccessDenied");
    let [first, second] = pages();
    let (cloud, _) = Cloud::answering([denied(), denied(), first, second, denied()]);
    assert_refused(cloud.count_objects("b").await, "AccessDenied");
    assert_refused(cloud.empty_bucket("b").await, "AccessDenied");
    assert_refused(cloud.empty_bucket("b").await, "AccessDenied");
}
