use serde_json::{Value, json};

use super::world::{PASSWORD, Place, World, text};

const HOUR: i64 = 60 * 60 * 1000;

async fn verified(world: &World) -> Place {
    world
        .place(json!({ "AutoVerifiedAttributes": ["email"] }), json!({}))
        .await
}

fn ann(place: &Place) -> Value {
    json!({ "ClientId": place.client, "Username": "Ann" })
}

fn sign_up(place: &Place) -> Value {
    let mut request = ann(place);
    request["Password"] = json!(PASSWORD);
    request["UserAttributes"] = json!([{ "Name": "email", "Value": "ann@example.org" }]);
    request
}

fn confirm(place: &Place, code: &str) -> Value {
    let mut request = ann(place);
    request["ConfirmationCode"] = json!(code);
    request
}

fn another(code: &str) -> String {
    format!(
        "{:06}",
        (code.parse::<u32>().expect("a number") + 1) % 1_000_000
    )
}

#[tokio::test]
async fn a_user_signs_up_and_confirms_with_the_code_that_was_mailed() {
    let world = World::open();
    let place = verified(&world).await;
    let signed_up = world.call("SignUp", sign_up(&place)).await;
    let delivery =
        json!({ "Destination": "a***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email" });
    assert_eq!(signed_up["CodeDeliveryDetails"], delivery);
    assert_eq!(signed_up["UserConfirmed"], json!(false));
    let fault = world.refused("SignUp", sign_up(&place)).await;
    assert_eq!(
        (&*fault.code, &*fault.message),
        ("UsernameExistsException", "User already exists")
    );
    let fault = world
        .sign_in(&place, "ann", PASSWORD)
        .await
        .expect_err("not confirmed");
    assert_eq!(
        (&*fault.code, &*fault.message),
        ("UserNotConfirmedException", "User is not confirmed.")
    );
    let fault = world
        .sign_in(&place, "ann", "Secret-2!")
        .await
        .expect_err("wrong");
    assert_eq!(fault.message, "Incorrect username or password.");

    let code = world.code();
    let fault = world
        .refused("ConfirmSignUp", confirm(&place, &another(&code)))
        .await;
    assert_eq!(fault.code, "CodeMismatchException");
    let world = world.reopened();
    world.call("ConfirmSignUp", confirm(&place, &code)).await;
    let fault = world.refused("ConfirmSignUp", confirm(&place, &code)).await;
    let expected = "User cannot be confirmed. Current status is CONFIRMED";
    assert_eq!(
        (&*fault.code, &*fault.message),
        ("NotAuthorizedException", expected)
    );
    let named = json!({ "UserPoolId": place.pool, "Username": "ANN" });
    let user = world.call("AdminGetUser", named).await;
    assert_eq!(
        (&user["Username"], &user["UserStatus"]),
        (&json!("Ann"), &json!("CONFIRMED"))
    );
    let attributes = json!([
        { "Name": "email", "Value": "ann@example.org" },
        { "Name": "email_verified", "Value": "true" },
        { "Name": "sub", "Value": signed_up["UserSub"] },
    ]);
    assert_eq!(user["UserAttributes"], attributes);
    world.tokens(&place, "ann").await;
    let kept = world.kept();
    let has = |text: &str| {
        kept.windows(text.len())
            .any(|window| window == text.as_bytes())
    };
    assert!(
        has("ann@example.org") && !has(PASSWORD),
        "the password is kept"
    );
}

#[tokio::test]
async fn a_code_is_guessed_five_times_and_lasts_a_day() {
    let world = World::open();
    let place = verified(&world).await;
    world.call("SignUp", sign_up(&place)).await;
    let first = world.code();
    for _ in 0..5 {
        let fault = world
            .refused("ConfirmSignUp", confirm(&place, &another(&first)))
            .await;
        assert_eq!(fault.code, "CodeMismatchException");
    }
    let fault = world
        .refused("ConfirmSignUp", confirm(&place, &first))
        .await;
    assert_eq!(fault.code, "LimitExceededException");
    world.call("ResendConfirmationCode", ann(&place)).await;
    world.wait(24 * HOUR);
    let fault = world
        .refused("ConfirmSignUp", confirm(&place, &world.code()))
        .await;
    assert_eq!(fault.code, "ExpiredCodeException");
    world.call("ResendConfirmationCode", ann(&place)).await;
    world
        .call("ConfirmSignUp", confirm(&place, &world.code()))
        .await;
    let fault = world.refused("ResendConfirmationCode", ann(&place)).await;
    assert_eq!(fault.message, "User is already confirmed.");
}

#[tokio::test]
async fn without_verification_there_is_no_code_and_the_owner_confirms() {
    let world = World::open();
    let place = world.place(json!({}), json!({})).await;
    let signed_up = world.call("SignUp", sign_up(&place)).await;
    assert_eq!(signed_up["CodeDeliveryDetails"], Value::Null);
    let fault = world.refused("ResendConfirmationCode", ann(&place)).await;
    assert_eq!(
        fault.message,
        "Cannot resend codes. Auto verification not turned on."
    );
    let fault = world
        .refused("ConfirmSignUp", confirm(&place, "123456"))
        .await;
    assert_eq!(fault.code, "ExpiredCodeException");
    let named = json!({ "UserPoolId": place.pool, "Username": "ann" });
    world.call("AdminConfirmSignUp", named.clone()).await;
    world.tokens(&place, "ann").await;
    let fault = world.refused("AdminConfirmSignUp", named).await;
    assert!(
        fault.message.contains("Current status is CONFIRMED"),
        "{fault}"
    );
}

#[tokio::test]
async fn what_nobody_can_sign_up_with_is_refused() {
    let world = World::open();
    let place = verified(&world).await;
    for (member, value, code, message) in [
        (
            "Password",
            json!("short"),
            "InvalidPasswordException",
            "Password not long enough",
        ),
        (
            "Password",
            json!(""),
            "InvalidParameterException",
            "Password is required",
        ),
        (
            "Username",
            json!("a b"),
            "InvalidParameterException",
            "'username'",
        ),
        (
            "Username",
            json!("x".repeat(129)),
            "InvalidParameterException",
            "'username'",
        ),
        (
            "UserAttributes",
            json!([{ "Name": "email", "Value": "ann" }]),
            "InvalidParameterException",
            "Invalid email address format.",
        ),
        (
            "UserAttributes",
            json!([{ "Name": "email_verified", "Value": "true" }]),
            "NotAuthorizedException",
            "unauthorized attribute",
        ),
        (
            "ClientId",
            json!("nobody"),
            "ResourceNotFoundException",
            "User pool client nobody does not exist.",
        ),
        (
            "SecretHash",
            json!("AAAA"),
            "NotAuthorizedException",
            "Unable to verify secret hash",
        ),
    ] {
        let mut request = sign_up(&place);
        request[member] = value;
        let fault = world.refused("SignUp", request).await;
        assert_eq!(fault.code, code, "{fault}");
        assert!(fault.message.contains(message), "{fault}");
    }
    let closed = json!({ "AdminCreateUserConfig": { "AllowAdminCreateUserOnly": true } });
    let closed = world.place(closed, json!({})).await;
    let fault = world.refused("SignUp", sign_up(&closed)).await;
    assert_eq!(fault.message, "SignUp is not permitted for this user pool");
}

#[tokio::test]
async fn addresses_can_be_names() {
    let world = World::open();
    let pool = json!({ "UsernameAttributes": ["email"], "AutoVerifiedAttributes": ["email"] });
    let place = world.place(pool, json!({})).await;
    let fault = world.refused("SignUp", sign_up(&place)).await;
    assert_eq!(fault.message, "Username should be an email.");
    let request =
        json!({ "ClientId": place.client, "Username": "Ann@example.org", "Password": PASSWORD });
    let signed_up = world.call("SignUp", request.clone()).await;
    let fault = world.refused("SignUp", request).await;
    assert_eq!(
        fault.message,
        "An account with the given email already exists."
    );
    let code = json!({ "ClientId": place.client, "Username": "ann@example.org", "ConfirmationCode": world.code() });
    world.call("ConfirmSignUp", code).await;
    for name in ["ANN@example.org", &text(&signed_up["UserSub"])] {
        let tokens = world.tokens(&place, name).await;
        let user = world
            .call("GetUser", json!({ "AccessToken": tokens["AccessToken"] }))
            .await;
        assert_eq!(user["Username"], signed_up["UserSub"]);
    }
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_with_a_code() {
    let world = World::open();
    let place = verified(&world).await;
    world.call("SignUp", sign_up(&place)).await;
    let fault = world.refused("ForgotPassword", ann(&place)).await;
    assert!(
        fault.message.contains("no registered/verified email"),
        "{fault}"
    );
    world
        .call("ConfirmSignUp", confirm(&place, &world.code()))
        .await;
    let sent = world.call("ForgotPassword", ann(&place)).await;
    assert_eq!(
        sent["CodeDeliveryDetails"]["Destination"],
        json!("a***@e***")
    );
    let with = |code: &str, password: &str| {
        let mut request = confirm(&place, code);
        request["Password"] = json!(password);
        request
    };
    let code = world.code();
    let fault = world
        .refused("ConfirmForgotPassword", with(&another(&code), "Secret-2!"))
        .await;
    assert_eq!(fault.code, "CodeMismatchException");
    let fault = world
        .refused("ConfirmForgotPassword", with(&code, "short"))
        .await;
    assert_eq!(fault.code, "InvalidPasswordException");
    world
        .call("ConfirmForgotPassword", with(&code, "Secret-2!"))
        .await;
    let fault = world
        .refused("ConfirmForgotPassword", with(&code, "Secret-3!"))
        .await;
    assert_eq!(fault.code, "ExpiredCodeException");
    assert!(world.sign_in(&place, "ann", PASSWORD).await.is_err());
    assert!(world.sign_in(&place, "ann", "Secret-2!").await.is_ok());
}
