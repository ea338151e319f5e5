use serde_json::json;

use super::*;
use crate::cloud::Cloud;

const EMAIL: &str = "ann@example.org";

#[tokio::test]
async fn a_user_is_made_signed_in_and_deleted() {
    let (cloud, requests) = Cloud::answering([
        json(&json!({ "User": { "Username": "1" } })),
        json(&json!({})),
        json(&json!({ "AuthenticationResult": { "IdToken": "token" } })),
        json(&json!({ "ChallengeName": "SMS_MFA", "Session": "s" })),
        json(&json!({})),
        refused_in_json(400, "UserNotFoundException"),
        refused_in_json(400, "ResourceNotFoundException"),
        refused_in_json(400, "NotAuthorizedException"),
    ]);
    let created = cloud.create_user("pool", EMAIL, "Secret-1").await;
    created.expect("no failure");
    for expected in [Some("token"), None] {
        let signed_in = cloud.sign_in("client", EMAIL, "Secret-1").await;
        assert_eq!(signed_in.expect("no failure").as_deref(), expected);
    }
    for _ in 0..2 {
        let deleted = cloud.delete_user("pool", EMAIL).await;
        deleted.expect("it is gone, or was never there");
    }
    let deleted = cloud.delete_user("nowhere", EMAIL).await;
    assert_refused(deleted, "ResourceNotFoundException");
    let refused = cloud.sign_in("client", EMAIL, "wrong").await;
    assert_refused(refused, "NotAuthorizedException");
    let requests = sent(&requests);
    assert_has(
        &requests[0],
        &["\"MessageAction\":\"SUPPRESS\"", EMAIL],
        &["Secret-1"],
    );
    assert_has(&requests[1], &["\"Permanent\":true", "Secret-1"], &[]);
    assert_has(
        &requests[2],
        &["USER_PASSWORD_AUTH", "\"ClientId\":\"client\""],
        &[],
    );
}
