use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value, json};
use sha2::Sha256;

use super::world::{PASSWORD, START, World, text};
use crate::cognito::NotAuthorized;
use crate::cognito::names::pool_arn;
use crate::cognito::session::SCOPE;
use crate::cognito::token::unverified;

const HOUR: i64 = 60 * 60 * 1000;

fn part(value: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(value.to_string())
}

fn header(token: &str) -> Value {
    let header = token.split('.').next().expect("a header");
    let header = BASE64_URL_SAFE_NO_PAD.decode(header).expect("base64");
    serde_json::from_slice(&header).expect("JSON")
}

fn claims(token: &Value) -> Map<String, Value> {
    unverified(&text(token)).expect("a token")
}

#[tokio::test]
async fn tokens_have_the_claims_of_aws() {
    let world = World::open();
    let place = world
        .place(json!({}), json!({ "IdTokenValidity": 2 }))
        .await;
    let attributes = json!([{ "Name": "email", "Value": "ann@example.org" }, { "Name": "email_verified", "Value": "true" }]);
    let user = json!({ "UserPoolId": place.pool, "Username": "ann", "UserAttributes": attributes });
    let created = world.call("AdminCreateUser", user).await;
    let password = json!({ "UserPoolId": place.pool, "Username": "ann", "Password": PASSWORD, "Permanent": true });
    world.call("AdminSetUserPassword", password).await;
    let tokens = world.tokens(&place, "ann").await;
    assert_eq!(
        (&tokens["ExpiresIn"], &tokens["TokenType"]),
        (&json!(3600), &json!("Bearer"))
    );
    let sub = &created["User"]["Attributes"][2]["Value"];
    let issuer = format!("https://cognito-idp.us-east-1.amazonaws.com/{}", place.pool);
    let began = START / 1000;
    let id = claims(&tokens["IdToken"]);
    for (name, value) in [
        ("sub", sub.clone()),
        ("iss", json!(issuer)),
        ("aud", json!(place.client)),
        ("token_use", json!("id")),
        ("auth_time", json!(began)),
        ("iat", json!(began)),
        ("exp", json!(began + 7200)),
        ("cognito:username", json!("ann")),
        ("email", json!("ann@example.org")),
        ("email_verified", json!(true)),
    ] {
        assert_eq!(id[name], value, "{name}");
    }
    let access = claims(&tokens["AccessToken"]);
    for (name, value) in [
        ("sub", sub.clone()),
        ("iss", json!(issuer)),
        ("client_id", json!(place.client)),
        ("token_use", json!("access")),
        ("scope", json!(SCOPE)),
        ("exp", json!(began + 3600)),
        ("username", json!("ann")),
        ("origin_jti", id["origin_jti"].clone()),
    ] {
        assert_eq!(access[name], value, "{name}");
    }
    assert!(!access.contains_key("email") && access["jti"] != id["jti"]);
    let keys = world
        .cognito
        .keys_of(&place.pool)
        .await
        .expect("keys")
        .public();
    for (token, key) in [
        ("IdToken", &keys["keys"][0]),
        ("AccessToken", &keys["keys"][1]),
    ] {
        let header = header(&text(&tokens[token]));
        assert_eq!(
            (&header["alg"], &header["kid"]),
            (&json!("RS256"), &key["kid"])
        );
    }
}

#[tokio::test]
async fn sessions_are_refreshed_and_revoked() {
    let world = World::open();
    let place = world.place(json!({}), json!({})).await;
    world.user(&place, "ann").await;
    let tokens = world.tokens(&place, "ann").await;
    let other = world.tokens(&place, "ann").await;
    let world = world.reopened();
    let refresh = async |tokens: &Value| {
        let parameters = json!({ "REFRESH_TOKEN": tokens["RefreshToken"] });
        world
            .initiate(&place, "REFRESH_TOKEN_AUTH", parameters)
            .await
    };
    let get = async |tokens: &Value| {
        world
            .answer("GetUser", json!({ "AccessToken": tokens["AccessToken"] }))
            .await
    };
    world.wait(2 * HOUR);
    assert_eq!(
        get(&tokens).await.expect_err("old").message,
        "Access Token has expired"
    );
    let new = refresh(&tokens).await.expect("tokens")["AuthenticationResult"].clone();
    assert_eq!(new["RefreshToken"], Value::Null);
    let (before, after) = (claims(&tokens["AccessToken"]), claims(&new["AccessToken"]));
    assert_eq!(before["auth_time"], after["auth_time"]);
    assert_eq!(get(&new).await.expect("a user")["Username"], json!("ann"));

    let revoke = json!({ "ClientId": place.client, "Token": tokens["RefreshToken"] });
    world.call("RevokeToken", revoke.clone()).await;
    world.call("RevokeToken", revoke).await;
    assert_eq!(
        refresh(&tokens).await.expect_err("ended").message,
        "Refresh Token has been revoked"
    );
    assert_eq!(
        get(&new).await.expect_err("ended").message,
        "Access Token has been revoked"
    );
    let others = refresh(&other).await.expect("tokens")["AuthenticationResult"].clone();
    world
        .call(
            "GlobalSignOut",
            json!({ "AccessToken": others["AccessToken"] }),
        )
        .await;
    assert_eq!(
        get(&others).await.expect_err("ended").message,
        "Access Token has been revoked"
    );
    assert!(refresh(&other).await.is_err());

    let last = world.tokens(&place, "ann").await;
    world.wait(30 * 24 * HOUR);
    assert_eq!(
        refresh(&last).await.expect_err("old").message,
        "Refresh Token has expired"
    );
    for wrong in ["", "a", "a.b", &text(&last["AccessToken"])] {
        let parameters = json!({ "REFRESH_TOKEN": wrong });
        let refused = world
            .initiate(&place, "REFRESH_TOKEN_AUTH", parameters)
            .await;
        assert!(refused.is_err(), "{wrong}");
    }
}

#[tokio::test]
async fn a_user_changes_the_password() {
    let world = World::open();
    let place = world.place(json!({}), json!({})).await;
    world.user(&place, "ann").await;
    let tokens = world.tokens(&place, "ann").await;
    let change = |previous: &str| json!({ "AccessToken": tokens["AccessToken"], "PreviousPassword": previous, "ProposedPassword": "Secret-2!" });
    let fault = world.refused("ChangePassword", change("Secret-3!")).await;
    assert_eq!(fault.message, "Incorrect username or password.");
    world.call("ChangePassword", change(PASSWORD)).await;
    assert!(world.sign_in(&place, "ann", "Secret-2!").await.is_ok());
}

#[tokio::test]
async fn the_owner_shuts_a_user_out() {
    let world = World::open();
    let place = world.place(json!({}), json!({})).await;
    world.user(&place, "ann").await;
    let named = json!({ "UserPoolId": place.pool, "Username": "ann" });
    let tokens = world.tokens(&place, "ann").await;
    let get = json!({ "AccessToken": tokens["AccessToken"] });
    world.call("AdminDisableUser", named.clone()).await;
    let refused = world.sign_in(&place, "ann", PASSWORD).await;
    assert_eq!(refused.expect_err("disabled").message, "User is disabled.");
    assert_eq!(
        world.refused("GetUser", get.clone()).await.message,
        "User is disabled."
    );
    world.call("AdminEnableUser", named.clone()).await;
    world.call("GetUser", get.clone()).await;
    world.call("AdminUserGlobalSignOut", named).await;
    let fault = world.refused("GetUser", get).await;
    assert_eq!(fault.message, "Access Token has been revoked");
}

#[tokio::test]
async fn the_tokens_of_a_user_end_with_the_user() {
    let world = World::open();
    let place = world.place(json!({}), json!({})).await;
    world.user(&place, "ann").await;
    let tokens = world.tokens(&place, "ann").await;
    world
        .call(
            "AdminDeleteUser",
            json!({ "UserPoolId": place.pool, "Username": "ann" }),
        )
        .await;
    let get = json!({ "AccessToken": tokens["AccessToken"] });
    assert_eq!(
        world.refused("GetUser", get.clone()).await.code,
        "UserNotFoundException"
    );
    world.user(&place, "ann").await;
    assert_eq!(
        world.refused("GetUser", get).await.code,
        "UserNotFoundException"
    );
    let parameters = json!({ "REFRESH_TOKEN": tokens["RefreshToken"] });
    assert!(
        world
            .initiate(&place, "REFRESH_TOKEN_AUTH", parameters)
            .await
            .is_err()
    );
}

#[tokio::test]
async fn only_what_the_pool_has_signed_for_one_of_its_clients_is_a_token() {
    let world = World::open();
    let place = world.place(json!({}), json!({})).await;
    let foreign = world.place(json!({}), json!({})).await;
    for place in [&place, &foreign] {
        world.user(place, "ann").await;
    }
    let tokens = world.tokens(&place, "ann").await;
    let others = world.tokens(&foreign, "ann").await;
    let keys = world.cognito.keys_of(&place.pool).await.expect("keys");
    let id = claims(&tokens["IdToken"]);
    let with = |name: &str, value: Value| {
        let mut claims = Value::Object(id.clone());
        claims[name] = value;
        claims
    };
    let signed = |claims: &Value| crate::cognito::token::signed(&keys.id, claims).expect("a token");
    let token = text(&tokens["IdToken"]);
    let (message, signature) = token.rsplit_once('.').expect("a signature");
    let (head, payload) = message.split_once('.').expect("a payload");
    let hs256 = {
        // "Algorithm confusion": the public key as the secret of an HMAC.
        let public = keys.public()["keys"][0]["n"].clone();
        let secret = BASE64_URL_SAFE_NO_PAD
            .decode(text(&public))
            .expect("base64");
        let head = part(&json!({ "alg": "HS256", "kid": keys.id.id }));
        let message = format!("{head}.{payload}");
        let mut mac = Hmac::<Sha256>::new_from_slice(&secret).expect("a key");
        mac.update(message.as_bytes());
        format!(
            "{message}.{}",
            BASE64_URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
        )
    };
    let none = part(&json!({ "alg": "none", "kid": keys.id.id }));
    let unknown_key = part(&json!({ "alg": "RS256", "kid": "other" }));
    let altered = part(&with("sub", json!("somebody else")));
    let pools = [pool_arn(&place.pool)];
    let refused: [(&str, String); 17] = [
        ("nothing", String::new()),
        ("no token", "a.b".to_owned()),
        ("an access token", text(&tokens["AccessToken"])),
        ("of another pool", text(&others["IdToken"])),
        ("alg none", format!("{none}.{payload}.")),
        (
            "alg none with a signature",
            format!("{none}.{payload}.{signature}"),
        ),
        ("HS256 with the public key", hs256),
        (
            "an unknown key",
            format!("{unknown_key}.{payload}.{signature}"),
        ),
        (
            "an altered payload",
            format!("{head}.{altered}.{signature}"),
        ),
        ("no signature", format!("{message}.")),
        ("half a signature", token[..token.len() - 20].to_owned()),
        ("more than a token", format!("{token}.a")),
        (
            "no JSON",
            format!("{head}.{}.{signature}", BASE64_URL_SAFE_NO_PAD.encode("a")),
        ),
        (
            "another audience",
            signed(&with("aud", json!(foreign.client))),
        ),
        (
            "another issuer",
            signed(&with("iss", json!("https://example.org"))),
        ),
        ("no expiry", signed(&with("exp", Value::Null))),
        ("another use", signed(&with("token_use", json!("access")))),
    ];
    let check = async |token: &str, scopes: &[&str]| {
        let scopes: Vec<String> = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        world.cognito.claims(&pools, token, &scopes).await
    };
    for (what, token) in &refused {
        assert_eq!(
            check(token, &[]).await,
            Err(NotAuthorized::Invalid),
            "{what}"
        );
    }
    assert_eq!(check(&token, &[]).await, Ok(id.clone()));
    let access = text(&tokens["AccessToken"]);
    assert!(check(&access, &["other", SCOPE]).await.is_ok());
    assert_eq!(
        check(&access, &["other"]).await,
        Err(NotAuthorized::Invalid)
    );
    assert_eq!(check(&token, &[SCOPE]).await, Err(NotAuthorized::Invalid));
    world.wait(HOUR);
    assert_eq!(check(&token, &[]).await, Err(NotAuthorized::Expired));
    let of_pool = |arn: &str| world.cognito.has_pool(arn);
    assert_eq!(of_pool(&pools[0]), Ok(true));
    assert_eq!(of_pool(&pool_arn("us-east-1_none")), Ok(false));
    assert!(of_pool("a").is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_has_one_pair_of_keys_whoever_asks_first() {
    let world = World::open();
    let place = world.place(json!({}), json!({})).await;
    let ask = || world.cognito.keys_of(&place.pool);
    let both = async { tokio::join!(ask(), ask()) };
    let (one, other) = tokio::time::timeout(Duration::from_secs(120), both)
        .await
        .expect("keys");
    let public = one.expect("keys").public();
    assert_eq!(public, other.expect("keys").public());
    let world = world.reopened();
    let kept = world.cognito.keys_of(&place.pool).await.expect("keys");
    assert_eq!(kept.public(), public);
}
