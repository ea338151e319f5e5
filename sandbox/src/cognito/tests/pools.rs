use serde_json::{Value, json};

use super::world::{PASSWORD, World, text};

#[tokio::test]
async fn a_pool_is_described_with_its_defaults() {
    let world = World::open();
    let created = world
        .call("CreateUserPool", json!({ "PoolName": "players" }))
        .await;
    let pool = &created["UserPool"];
    let id = text(&pool["Id"]);
    let described = world
        .call("DescribeUserPool", json!({ "UserPoolId": id }))
        .await;
    assert_eq!(described, created);
    let arn = format!("arn:aws:cognito-idp:us-east-1:000000000000:userpool/{id}");
    assert_eq!(
        (&pool["Arn"], &pool["Name"]),
        (&json!(arn), &json!("players"))
    );
    assert_eq!(pool["CreationDate"], json!(1_800_000_000.0));
    let policy = json!({
        "MinimumLength": 8, "RequireUppercase": true, "RequireLowercase": true, "RequireNumbers": true,
        "RequireSymbols": true, "TemporaryPasswordValidityDays": 7,
    });
    assert_eq!(pool["Policies"]["PasswordPolicy"], policy);
    for (member, value) in [
        ("MfaConfiguration", json!("OFF")),
        ("DeletionProtection", json!("INACTIVE")),
        ("EstimatedNumberOfUsers", json!(0)),
        ("AutoVerifiedAttributes", Value::Null),
    ] {
        assert_eq!(pool[member], value, "{member}");
    }
}

#[tokio::test]
async fn an_update_replaces_what_it_does_not_give() {
    let world = World::open();
    let place = world
        .place(
            json!({
                "AutoVerifiedAttributes": ["email"], "UsernameAttributes": ["email"],
                "Policies": { "PasswordPolicy": { "MinimumLength": 6 } },
                "UserPoolTags": { "a": "1" },
            }),
            json!({}),
        )
        .await;
    let named = json!({ "UserPoolId": place.pool });
    let pool = world.call("DescribeUserPool", named.clone()).await["UserPool"].clone();
    assert_eq!(
        pool["Policies"]["PasswordPolicy"]["RequireSymbols"],
        json!(false)
    );
    let update =
        json!({ "UserPoolId": place.pool, "DeletionProtection": "ACTIVE", "PoolName": "new" });
    world.call("UpdateUserPool", update).await;
    let pool = world.call("DescribeUserPool", named.clone()).await["UserPool"].clone();
    for (member, value) in [
        ("DeletionProtection", json!("ACTIVE")),
        ("Name", json!("new")),
        ("AutoVerifiedAttributes", Value::Null),
        ("UserPoolTags", json!({})),
        ("UsernameAttributes", json!(["email"])),
    ] {
        assert_eq!(pool[member], value, "{member}");
    }
    let fault = world.refused("DeleteUserPool", named.clone()).await;
    assert!(
        fault.message.contains("deletion protection is activated"),
        "{fault}"
    );
    world.call("UpdateUserPool", named.clone()).await;
    world.call("DeleteUserPool", named.clone()).await;
    for operation in ["DescribeUserPool", "UpdateUserPool", "DeleteUserPool"] {
        let fault = world.refused(operation, named.clone()).await;
        let expected = format!("User pool {} does not exist.", place.pool);
        assert_eq!(
            (&*fault.code, fault.message),
            ("ResourceNotFoundException", expected)
        );
    }
}

#[tokio::test]
async fn a_pool_is_deleted_with_all_that_is_in_it() {
    let world = World::open();
    let place = world.place(json!({}), json!({})).await;
    let other = world.place(json!({}), json!({})).await;
    world.user(&place, "ann").await;
    world.user(&other, "ann").await;
    let tokens = world.tokens(&place, "ann").await;
    world
        .call("DeleteUserPool", json!({ "UserPoolId": place.pool }))
        .await;
    let fault = world
        .sign_in(&place, "ann", PASSWORD)
        .await
        .expect_err("it is gone");
    let expected = format!("User pool client {} does not exist.", place.client);
    assert_eq!(fault.message, expected);
    let get = json!({ "AccessToken": tokens["AccessToken"] });
    assert_eq!(
        world.refused("GetUser", get).await.message,
        "Invalid Access Token"
    );
    world.tokens(&other, "ann").await;
    let kept = String::from_utf8_lossy(&world.kept()).into_owned();
    let pools = world
        .call("ListUserPools", json!({ "MaxResults": 60 }))
        .await;
    assert_eq!(pools["UserPools"].as_array().map(Vec::len), Some(1));
    assert!(kept.contains(&other.pool));
}

#[tokio::test]
async fn what_the_sandbox_does_not_have_is_refused_by_name() {
    let world = World::open();
    let place = world.place(json!({}), json!({})).await;
    for (operation, member, value) in [
        (
            "CreateUserPool",
            "LambdaConfig",
            json!({ "PreSignUp": "arn:aws:lambda:x" }),
        ),
        ("CreateUserPool", "MfaConfiguration", json!("ON")),
        ("CreateUserPool", "AliasAttributes", json!(["email"])),
        (
            "CreateUserPool",
            "AutoVerifiedAttributes",
            json!(["phone_number"]),
        ),
        (
            "CreateUserPool",
            "SmsConfiguration",
            json!({ "SnsCallerArn": "a" }),
        ),
        (
            "CreateUserPoolClient",
            "CallbackURLs",
            json!(["https://example.org"]),
        ),
        (
            "CreateUserPoolClient",
            "ExplicitAuthFlows",
            json!(["ALLOW_CUSTOM_AUTH"]),
        ),
        (
            "CreateUserPoolClient",
            "RefreshTokenRotation",
            json!({ "Feature": "ENABLED" }),
        ),
    ] {
        let mut request = json!({ "PoolName": "a" });
        if operation == "CreateUserPoolClient" {
            request = json!({ "UserPoolId": place.pool, "ClientName": "a" });
        }
        request[member] = value;
        let fault = world.refused(operation, request).await;
        assert_eq!(fault.code, "InvalidParameterException");
        assert!(fault.message.contains(member), "{fault}");
        assert!(fault.message.contains("does not support"), "{fault}");
    }
}

#[tokio::test]
async fn clients_are_of_their_pool_and_have_a_secret_if_wanted() {
    let world = World::open();
    let place = world
        .place(json!({}), json!({ "GenerateSecret": true }))
        .await;
    let other = world.place(json!({}), json!({})).await;
    let named = json!({ "UserPoolId": place.pool, "ClientId": place.client });
    let client = world.call("DescribeUserPoolClient", named.clone()).await;
    let client = &client["UserPoolClient"];
    assert_eq!(text(&client["ClientSecret"]).len(), 52);
    assert_eq!(
        (
            &client["EnableTokenRevocation"],
            &client["RefreshTokenValidity"]
        ),
        (&json!(true), &json!(30))
    );
    let wrong = json!({ "UserPoolId": other.pool, "ClientId": place.client });
    for operation in [
        "DescribeUserPoolClient",
        "UpdateUserPoolClient",
        "DeleteUserPoolClient",
    ] {
        let fault = world.refused(operation, wrong.clone()).await;
        assert_eq!(fault.code, "ResourceNotFoundException", "{operation}");
    }
    let mut update = named.clone();
    update["AccessTokenValidity"] = json!(2);
    let updated = world.call("UpdateUserPoolClient", update).await;
    let updated = &updated["UserPoolClient"];
    assert_eq!(updated["AccessTokenValidity"], json!(2));
    assert_eq!(updated["ClientSecret"], client["ClientSecret"]);
    assert_eq!(updated["ExplicitAuthFlows"], Value::Null);
    let list = world
        .call("ListUserPoolClients", json!({ "UserPoolId": place.pool }))
        .await;
    assert_eq!(list["UserPoolClients"][0]["ClientId"], json!(place.client));
    world.call("DeleteUserPoolClient", named.clone()).await;
    let fault = world.refused("DescribeUserPoolClient", named).await;
    assert_eq!(
        fault.message,
        format!("User pool client {} does not exist.", place.client)
    );
}

#[tokio::test]
async fn lists_are_in_pages() {
    let world = World::open();
    let place = world.place(json!({}), json!({})).await;
    for name in ["ann", "bob", "cleo"] {
        let attributes = json!([{ "Name": "name", "Value": name }]);
        let request =
            json!({ "UserPoolId": place.pool, "Username": name, "UserAttributes": attributes });
        world.call("AdminCreateUser", request).await;
    }
    let page = async |members: Value| {
        let mut request = json!({ "UserPoolId": place.pool });
        for (name, value) in members.as_object().expect("members") {
            request[name] = value.clone();
        }
        let page = world.call("ListUsers", request).await;
        let users = page["Users"].as_array().expect("a list").clone();
        let names: Vec<String> = users.iter().map(|user| text(&user["Username"])).collect();
        (names.join(" "), page["PaginationToken"].clone(), users)
    };
    let (first, token, _) = page(json!({ "Limit": 2 })).await;
    let (rest, end, _) = page(json!({ "Limit": 2, "PaginationToken": token })).await;
    assert_eq!((&*first, &*rest, end), ("ann bob", "cleo", Value::Null));
    for (filter, expected) in [
        ("username = \"bob\"", "bob"),
        ("name ^= \"c\"", "cleo"),
        (
            "cognito:user_status = \"FORCE_CHANGE_PASSWORD\"",
            "ann bob cleo",
        ),
        ("name = \"nobody\"", ""),
    ] {
        assert_eq!(
            page(json!({ "Filter": filter })).await.0,
            expected,
            "{filter}"
        );
    }
    let (_, _, users) = page(json!({ "AttributesToGet": ["name"] })).await;
    assert_eq!(
        users[0]["Attributes"],
        json!([{ "Name": "name", "Value": "ann" }])
    );
    let wrong = json!({ "UserPoolId": place.pool, "PaginationToken": "x" });
    assert_eq!(
        world.refused("ListUsers", wrong).await.code,
        "InvalidParameterException"
    );
}

#[tokio::test]
async fn a_pool_has_tags() {
    let world = World::open();
    let created = world
        .call(
            "CreateUserPool",
            json!({ "PoolName": "a", "UserPoolTags": { "a": "1" } }),
        )
        .await;
    let arn = &created["UserPool"]["Arn"];
    world
        .call(
            "TagResource",
            json!({ "ResourceArn": arn, "Tags": { "b": "2" } }),
        )
        .await;
    world
        .call(
            "UntagResource",
            json!({ "ResourceArn": arn, "TagKeys": ["a"] }),
        )
        .await;
    let tags = world
        .call("ListTagsForResource", json!({ "ResourceArn": arn }))
        .await;
    assert_eq!(tags, json!({ "Tags": { "b": "2" } }));
}
