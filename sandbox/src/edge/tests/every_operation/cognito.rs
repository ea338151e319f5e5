//! Cognito user pools.

use serde_json::json;

use super::cases::{Case, on};

pub fn cases() -> Vec<Case> {
    const POOL: &str = "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_a";
    let service = "cognito-idp";
    let pool = json!({ "UserPoolId": "us-east-1_a" });
    let of_pool = [
        "AdminConfirmSignUp",
        "AdminCreateUser",
        "AdminDeleteUser",
        "AdminDisableUser",
        "AdminEnableUser",
        "AdminGetUser",
        "AdminInitiateAuth",
        "AdminRespondToAuthChallenge",
        "AdminSetUserPassword",
        "AdminUserGlobalSignOut",
        "CreateUserPoolClient",
        "DeleteUserPool",
        "DeleteUserPoolClient",
        "DescribeUserPool",
        "DescribeUserPoolClient",
        "ListUserPoolClients",
        "ListUsers",
        "UpdateUserPool",
        "UpdateUserPoolClient",
    ];
    let mut cases = on(service, POOL, &pool, &of_pool);
    let resource = json!({ "ResourceArn": POOL });
    let of_resource = ["ListTagsForResource", "TagResource", "UntagResource"];
    cases.extend(on(service, POOL, &resource, &of_resource));
    let of_anything = ["CreateUserPool", "ListUserPools"];
    cases.extend(on(service, "*", &json!({}), &of_anything));
    cases
}
