use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::world::{PASSWORD, World, text};
use crate::cognito::srp::client::Client as SrpClient;

const DAY: i64 = 24 * 60 * 60 * 1000;

#[tokio::test]
async fn a_password_is_proved_without_being_sent() {
    let world = World::open();
    let place = world.place(json!({}), json!({})).await;
    world.user(&place, "Ann").await;
    let client = SrpClient::new();
    let begin = json!({ "USERNAME": "ann", "SRP_A": client.a() });
    let asked = world
        .initiate(&place, "USER_SRP_AUTH", begin.clone())
        .await
        .expect("a challenge");
    assert_eq!(asked["ChallengeName"], json!("PASSWORD_VERIFIER"));
    let parameters = &asked["ChallengeParameters"];
    assert_eq!(parameters["USER_ID_FOR_SRP"], json!("Ann"));
    let answer = |password: &str, asked: &Value| {
        let parameters = &asked["ChallengeParameters"];
        let block = text(&parameters["SECRET_BLOCK"]);
        let signature = client.proof(
            (&place.pool, &text(&parameters["USER_ID_FOR_SRP"]), password),
            (&text(&parameters["SALT"]), &text(&parameters["SRP_B"])),
            (&BASE64_STANDARD.decode(&block).expect("Base64"), "now"),
        );
        json!({
            "ClientId": place.client,
            "ChallengeName": "PASSWORD_VERIFIER",
            "ChallengeResponses": {
                "USERNAME": "Ann", "PASSWORD_CLAIM_SECRET_BLOCK": block,
                "PASSWORD_CLAIM_SIGNATURE": signature, "TIMESTAMP": "now",
            },
        })
    };
    // After a restart too.
    let world = world.reopened();
    let right = answer(PASSWORD, &asked);
    let done = world.call("RespondToAuthChallenge", right.clone()).await;
    assert_eq!(done["AuthenticationResult"]["TokenType"], json!("Bearer"));
    let fault = world.refused("RespondToAuthChallenge", right).await;
    assert_eq!(fault.message, "Invalid session for the user.");

    let asked = world
        .initiate(&place, "USER_SRP_AUTH", begin.clone())
        .await
        .expect("a challenge");
    let fault = world
        .refused("RespondToAuthChallenge", answer("Secret-2!", &asked))
        .await;
    assert_eq!(fault.message, "Incorrect username or password.");
    let asked = world
        .initiate(&place, "USER_SRP_AUTH", begin)
        .await
        .expect("a challenge");
    world.wait(3 * 60 * 1000);
    let fault = world
        .refused("RespondToAuthChallenge", answer(PASSWORD, &asked))
        .await;
    assert_eq!(
        fault.message,
        "Invalid session for the user, session is expired."
    );
}

#[tokio::test]
async fn a_client_can_hide_which_users_there_are() {
    let world = World::open();
    let open = world.place(json!({}), json!({})).await;
    let hiding = world
        .place(
            json!({}),
            json!({ "PreventUserExistenceErrors": "ENABLED" }),
        )
        .await;
    let fault = world
        .sign_in(&open, "bob", PASSWORD)
        .await
        .expect_err("nobody");
    assert_eq!(
        (&*fault.code, &*fault.message),
        ("UserNotFoundException", "User does not exist.")
    );
    let fault = world
        .sign_in(&hiding, "bob", PASSWORD)
        .await
        .expect_err("nobody");
    assert_eq!(
        (&*fault.code, &*fault.message),
        ("NotAuthorizedException", "Incorrect username or password.")
    );
    let ask = async || {
        let begin = json!({ "USERNAME": "bob", "SRP_A": "2" });
        world
            .initiate(&hiding, "USER_SRP_AUTH", begin)
            .await
            .expect("a challenge")["ChallengeParameters"]
            .clone()
    };
    let (first, second) = (ask().await, ask().await);
    assert_eq!(first["SALT"], second["SALT"]);
    assert_ne!(first["SRP_B"], second["SRP_B"]);
    let respond = json!({
        "ClientId": hiding.client,
        "ChallengeName": "PASSWORD_VERIFIER",
        "ChallengeResponses": {
            "USERNAME": "bob", "PASSWORD_CLAIM_SECRET_BLOCK": first["SECRET_BLOCK"],
            "PASSWORD_CLAIM_SIGNATURE": "AAAA", "TIMESTAMP": "now",
        },
    });
    let fault = world.refused("RespondToAuthChallenge", respond).await;
    assert_eq!(fault.message, "Incorrect username or password.");
    for operation in ["ForgotPassword", "ResendConfirmationCode"] {
        let named = json!({ "ClientId": hiding.client, "Username": "bob" });
        let sent = world.call(operation, named).await;
        assert_eq!(
            sent["CodeDeliveryDetails"]["DeliveryMedium"],
            json!("EMAIL")
        );
    }
}

#[tokio::test]
async fn a_temporary_password_is_replaced_at_the_first_sign_in() {
    let world = World::open();
    let required = json!({ "Schema": [{ "Name": "name", "Required": true }] });
    let place = world.place(required, json!({})).await;
    let attributes = json!([{ "Name": "name", "Value": "Ann" }]);
    let user = json!({
        "UserPoolId": place.pool, "Username": "ann", "TemporaryPassword": PASSWORD, "UserAttributes": attributes,
    });
    let created = world.call("AdminCreateUser", user).await;
    assert_eq!(
        created["User"]["UserStatus"],
        json!("FORCE_CHANGE_PASSWORD")
    );
    let asked = world
        .sign_in(&place, "ann", PASSWORD)
        .await
        .expect("a challenge");
    assert_eq!(asked["ChallengeName"], json!("NEW_PASSWORD_REQUIRED"));
    let shown = text(&asked["ChallengeParameters"]["userAttributes"]);
    assert_eq!(shown, r#"{"name":"Ann"}"#);
    let with = |session: &Value, password: &str| {
        json!({
            "ClientId": place.client, "ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": session,
            "ChallengeResponses": {
                "USERNAME": "ann", "NEW_PASSWORD": password, "userAttributes.given_name": "A",
            },
        })
    };
    let session = &asked["Session"];
    let fault = world
        .refused("RespondToAuthChallenge", with(session, "short"))
        .await;
    assert_eq!(fault.code, "InvalidPasswordException");
    let done = world
        .call("RespondToAuthChallenge", with(session, "Secret-2!"))
        .await;
    assert!(done["AuthenticationResult"]["IdToken"].is_string());
    let fault = world
        .refused("RespondToAuthChallenge", with(session, "Secret-3!"))
        .await;
    assert_eq!(fault.code, "NotAuthorizedException");
    assert!(world.sign_in(&place, "ann", "Secret-2!").await.is_ok());

    let again = json!({ "UserPoolId": place.pool, "Username": "ann", "Password": PASSWORD });
    world.call("AdminSetUserPassword", again).await;
    world.wait(7 * DAY);
    let fault = world
        .sign_in(&place, "ann", PASSWORD)
        .await
        .expect_err("expired");
    assert!(
        fault.message.starts_with("Temporary password has expired"),
        "{fault}"
    );
}

#[tokio::test]
async fn a_user_without_a_password_that_anybody_knows_gets_one_from_the_owner() {
    let world = World::open();
    let place = world.place(json!({}), json!({})).await;
    let named = json!({ "UserPoolId": place.pool, "Username": "ann" });
    world.call("AdminCreateUser", named.clone()).await;
    assert!(
        world
            .journal()
            .contains("set one with AdminSetUserPassword")
    );
    let mut quiet = named;
    quiet["Username"] = json!("bob");
    quiet["MessageAction"] = json!("SUPPRESS");
    world.call("AdminCreateUser", quiet).await;
    assert!(!world.journal().contains("bob"));
}

#[tokio::test]
async fn flows_are_those_of_the_client() {
    let world = World::open();
    let place = world
        .place(
            json!({}),
            json!({ "ExplicitAuthFlows": ["ALLOW_REFRESH_TOKEN_AUTH"] }),
        )
        .await;
    world.user(&place, "ann").await;
    for (flow, parameters, message) in [
        (
            "USER_PASSWORD_AUTH",
            json!({ "USERNAME": "ann", "PASSWORD": PASSWORD }),
            "USER_PASSWORD_AUTH flow not enabled for this client",
        ),
        (
            "USER_SRP_AUTH",
            json!({ "USERNAME": "ann", "SRP_A": "2" }),
            "USER_SRP_AUTH is not enabled for the client.",
        ),
        (
            "CUSTOM_AUTH",
            json!({}),
            "does not support AuthFlow=CUSTOM_AUTH of InitiateAuth",
        ),
        (
            "REFRESH_TOKEN_AUTH",
            json!({}),
            "Missing required parameter REFRESH_TOKEN",
        ),
        (
            "REFRESH_TOKEN_AUTH",
            json!({ "OTHER": "a" }),
            "does not support AuthParameters.OTHER",
        ),
    ] {
        let fault = world
            .initiate(&place, flow, parameters)
            .await
            .expect_err(flow);
        assert_eq!(fault.code, "InvalidParameterException");
        assert!(fault.message.contains(message), "{fault}");
    }
    let place = world.place(json!({}), json!({})).await;
    world.user(&place, "ann").await;
    let administrator = json!({
        "UserPoolId": place.pool, "ClientId": place.client, "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
        "AuthParameters": { "USERNAME": "ann", "PASSWORD": PASSWORD },
    });
    let done = world.call("AdminInitiateAuth", administrator).await;
    assert!(done["AuthenticationResult"]["RefreshToken"].is_string());
    for value in ["", "0", "x"] {
        let begin = json!({ "USERNAME": "ann", "SRP_A": value });
        let fault = world
            .initiate(&place, "USER_SRP_AUTH", begin)
            .await
            .expect_err("no value");
        assert_eq!(fault.code, "InvalidParameterException");
    }
}

#[tokio::test]
async fn who_fails_five_times_has_to_wait() {
    let world = World::open();
    let place = world.place(json!({}), json!({})).await;
    world.user(&place, "ann").await;
    let fail = async || {
        world
            .sign_in(&place, "ann", "Secret-2!")
            .await
            .expect_err("wrong")
            .message
    };
    for _ in 0..5 {
        assert_eq!(fail().await, "Incorrect username or password.");
    }
    let fault = world
        .sign_in(&place, "ann", PASSWORD)
        .await
        .expect_err("too early");
    assert_eq!(fault.message, "Password attempts exceeded");
    world.wait(1000);
    assert_eq!(fail().await, "Incorrect username or password.");
    world.wait(1000);
    assert_eq!(fail().await, "Password attempts exceeded");
    world.wait(1000);
    world.tokens(&place, "ann").await;
    assert_eq!(fail().await, "Incorrect username or password.");
}
