//! User pools and their clients.

use serde_json::{Value, json};

use super::{Subject, row};
use crate::cloudformation::tests::Sandbox;

/// Makes a pool of this id.
pub async fn prepare(sandbox: &Sandbox, id: &str) {
    let pool = json!({ "PoolName": id });
    let made = sandbox
        .platform
        .cognito
        .create_as("CreateUserPool", id, pool);
    made.expect("made");
}

pub fn user_pool() -> Subject {
    let recovery = |name: &str| json!({ "RecoveryMechanisms": [{ "Name": name, "Priority": 1 }] });
    let policy = |length: u8| {
        json!({ "PasswordPolicy": {
            "MinimumLength": length, "RequireLowercase": true, "RequireNumbers": true,
            "RequireSymbols": true, "RequireUppercase": true, "TemporaryPasswordValidityDays": 3,
        } })
    };
    let attribute = |longest: &str| {
        json!([{
            "Name": "name", "AttributeDataType": "String", "DeveloperOnlyAttribute": false,
            "Mutable": true, "Required": false,
            "StringAttributeConstraints": { "MinLength": "1", "MaxLength": longest },
        }])
    };
    let only = |member: &str, value: &str| json!({ member: value });
    Subject {
        kind: "AWS::Cognito::UserPool",
        least: json!({}),
        full: json!({}),
        rows: vec![
            row(
                "AccountRecoverySetting",
                "/AccountRecoverySetting",
                recovery("verified_email"),
                recovery("admin_only"),
                recovery("verified_phone_number"),
            ),
            row(
                "AdminCreateUserConfig",
                "/AdminCreateUserConfig/AllowAdminCreateUserOnly",
                json!({ "AllowAdminCreateUserOnly": true }),
                json!({ "AllowAdminCreateUserOnly": false }),
                json!({ "AllowAdminCreateUserOnly": "maybe" }),
            )
            .shows(json!(true), json!(false))
            .or_else(json!(false)),
            row(
                "AutoVerifiedAttributes",
                "/AutoVerifiedAttributes",
                json!(["email"]),
                json!([]),
                json!(["phone_number"]),
            )
            .shows(json!(["email"]), Value::Null),
            row(
                "DeletionProtection",
                "/DeletionProtection",
                json!("INACTIVE"),
                json!("ACTIVE"),
                json!("MAYBE"),
            )
            .or_else(json!("INACTIVE")),
            row(
                "EmailConfiguration",
                "/EmailConfiguration",
                only("EmailSendingAccount", "COGNITO_DEFAULT"),
                only("EmailSendingAccount", "COGNITO_DEFAULT"),
                only("EmailSendingAccount", "DEVELOPER"),
            )
            .or_else(only("EmailSendingAccount", "COGNITO_DEFAULT")),
            row(
                "MfaConfiguration",
                "/MfaConfiguration",
                json!("OFF"),
                json!("OFF"),
                json!("ON"),
            )
            .or_else(json!("OFF")),
            row(
                "Policies",
                "/Policies/PasswordPolicy/MinimumLength",
                policy(10),
                policy(12),
                policy(5),
            )
            .shows(json!(10), json!(12))
            .or_else(json!(8)),
            row(
                "Schema",
                "/SchemaAttributes/19/StringAttributeConstraints/MaxLength",
                attribute("5"),
                attribute("6"),
                json!([{ "Name": "team", "Required": true }]),
            )
            .shows(json!("5"), json!("6"))
            .fixed(),
            row(
                "UserPoolName",
                "/Name",
                json!("{id}-one"),
                json!("{id}-two"),
                json!("a/b"),
            )
            .or_any(),
            row(
                "UserPoolTags",
                "/UserPoolTags",
                json!({ "a": "1" }),
                json!({ "b": "2" }),
                json!({ "k".repeat(129): "1" }),
            )
            .or_else(json!({})),
            row(
                "UserPoolTier",
                "/UserPoolTier",
                json!("LITE"),
                json!("ESSENTIALS"),
                json!("PLUS"),
            )
            .or_else(json!("ESSENTIALS")),
            row(
                "UsernameAttributes",
                "/UsernameAttributes",
                json!(["email"]),
                json!([]),
                json!(["phone_number"]),
            )
            .fixed(),
            row(
                "UsernameConfiguration",
                "/UsernameConfiguration",
                json!({ "CaseSensitive": true }),
                json!({ "CaseSensitive": false }),
                json!({ "CaseSensitive": "maybe" }),
            )
            .fixed(),
            row(
                "VerificationMessageTemplate",
                "/VerificationMessageTemplate",
                only("DefaultEmailOption", "CONFIRM_WITH_CODE"),
                only("DefaultEmailOption", "CONFIRM_WITH_CODE"),
                only("DefaultEmailOption", "CONFIRM_WITH_LINK"),
            )
            .or_else(only("DefaultEmailOption", "CONFIRM_WITH_CODE")),
        ],
        attributes: vec![
            ("Arn", "/Arn"),
            ("ProviderName", "cognito-idp.us-east-1.amazonaws.com/{ref}"),
            (
                "ProviderURL",
                "https://cognito-idp.us-east-1.amazonaws.com/{ref}",
            ),
            ("UserPoolId", "/Id"),
        ],
    }
}

pub fn user_pool_client() -> Subject {
    let units =
        |unit: &str| json!({ "AccessToken": unit, "IdToken": unit, "RefreshToken": "days" });
    let least = json!({ "UserPoolId": "{id}-one" });
    let number =
        |property: &'static str, at: &'static str| row(property, at, json!(5), json!(6), json!(-1));
    Subject {
        kind: "AWS::Cognito::UserPoolClient",
        full: least.clone(),
        rows: vec![
            number("AccessTokenValidity", "/AccessTokenValidity"),
            number("AuthSessionValidity", "/AuthSessionValidity").or_else(json!(3)),
            row(
                "ClientName",
                "/ClientName",
                json!("one"),
                json!("two"),
                json!("a/b"),
            )
            .or_any(),
            row(
                "EnableTokenRevocation",
                "/EnableTokenRevocation",
                json!(true),
                json!(false),
                json!("maybe"),
            )
            .or_else(json!(true)),
            row(
                "ExplicitAuthFlows",
                "/ExplicitAuthFlows",
                json!(["ALLOW_USER_SRP_AUTH"]),
                json!(["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]),
                json!(["ALLOW_CUSTOM_AUTH"]),
            ),
            // What the secret is, nobody knows.
            row(
                "GenerateSecret",
                "/ClientSecret",
                json!(false),
                json!(false),
                json!("maybe"),
            )
            .shows(Value::Null, Value::Null),
            number("IdTokenValidity", "/IdTokenValidity"),
            row(
                "PreventUserExistenceErrors",
                "/PreventUserExistenceErrors",
                json!("ENABLED"),
                json!("LEGACY"),
                json!("MAYBE"),
            ),
            number("RefreshTokenValidity", "/RefreshTokenValidity").or_else(json!(30)),
            row(
                "SupportedIdentityProviders",
                "/SupportedIdentityProviders",
                json!(["COGNITO"]),
                json!([]),
                json!(["Google"]),
            )
            .shows(json!(["COGNITO"]), Value::Null),
            row(
                "TokenValidityUnits",
                "/TokenValidityUnits",
                units("minutes"),
                units("hours"),
                units("years"),
            )
            .along(
                json!({ "AccessTokenValidity": 10, "IdTokenValidity": 10 }),
                json!({ "AccessTokenValidity": 10, "IdTokenValidity": 10 }),
                json!({}),
            )
            .or_else(json!({})),
            row(
                "UserPoolId",
                "/UserPoolId",
                json!("{id}-one"),
                json!("{id}-two"),
                json!("us-east-1_none"),
            )
            .or_else(json!("{id}-one")),
        ],
        least,
        attributes: vec![
            ("ClientId", "/ClientId"),
            ("ClientSecret", ""),
            ("Name", "/ClientName"),
        ],
    }
}
