//! Attributes that a pool's users can have, and those that they cannot.

use super::*;

fn attributes(pairs: &[(&str, &str)]) -> Attributes {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}

fn schema(declared: Value) -> Result<Schema, Fault> {
    Schema::declare(serde_json::from_value(declared).expect("attributes"))
}

#[test]
fn a_schema_has_the_standard_attributes_and_those_of_the_pool() {
    let schema = schema(json!([
        { "Name": "email", "Required": true, "Mutable": false },
        { "Name": "team", "StringAttributeConstraints": { "MinLength": "2", "MaxLength": "4" } },
        { "Name": "score", "AttributeDataType": "Number" },
    ]))
    .expect("it is one");
    let shown = schema.shown();
    assert_eq!(shown.as_array().map(Vec::len), Some(22));
    assert_eq!(shown[14]["Name"], "email");
    assert_eq!(
        (&shown[14]["Required"], &shown[14]["Mutable"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(shown[20]["Name"], "custom:team");
    assert_eq!(
        shown[20]["StringAttributeConstraints"],
        json!({ "MinLength": "2", "MaxLength": "4" })
    );
    let check = |pairs: &[(&str, &str)], giver| {
        let checked = schema.check(&attributes(pairs), giver);
        checked.err().map(|fault| fault.message)
    };
    for fit in [
        ("custom:team", "abc"),
        ("custom:score", "-7"),
        ("email", "ann@example.org"),
        ("phone_number", "+4915112345678"),
        ("name", "Ann"),
    ] {
        assert_eq!(check(&[fit], Giver::User), None, "{fit:?}");
    }
    for (unfit, reason) in [
        (
            ("nickname2", "a"),
            "Type for attribute {nickname2} could not be determined",
        ),
        (("custom:team", "a"), "String must be no shorter than 2"),
        (("custom:team", "abcde"), "String must be no longer than 4"),
        (("custom:score", "x"), "wrong type"),
        (("email", "ann"), "Invalid email address format."),
        (("phone_number", "0151"), "Invalid phone number format."),
        (("sub", "a"), "unauthorized attribute"),
        (("email_verified", "true"), "unauthorized attribute"),
    ] {
        let refused = check(&[unfit], Giver::User).expect(reason);
        assert!(refused.contains(reason), "{refused}");
    }
    assert_eq!(
        check(&[("email_verified", "true")], Giver::Administrator),
        None
    );
    assert!(
        schema
            .check_required(&attributes(&[("name", "Ann")]))
            .is_err()
    );
    let named = attributes(&[("email", "ann@example.org")]);
    assert_eq!(schema.check_required(&named), Ok(()));
}

#[test]
fn a_schema_that_no_pool_can_have_is_refused() {
    for declared in [
        json!([{ "Name": "" }]),
        json!([{ "Name": "custom:team" }]),
        json!([{ "Name": "a-name-of-21-letters-" }]),
        json!([{ "Name": "team", "Required": true }]),
        json!([{ "Name": "team" }, { "Name": "team" }]),
        json!([{ "Name": "email", "AttributeDataType": "Number" }]),
        json!([{ "Name": "team", "StringAttributeConstraints": { "MinLength": "x" } }]),
    ] {
        assert!(schema(declared.clone()).is_err(), "{declared}");
    }
}

#[test]
fn an_address_has_a_person_and_a_host() {
    for email in ["a@b.c", "ann+b@mail.example.org"] {
        assert!(is_email(email), "{email}");
    }
    for text in [
        "", "a", "@b.c", "a@", "a@b", "a@b.", "a@.c", "a b@c.d", "a@b@c.d",
    ] {
        assert!(!is_email(text), "{text}");
    }
}
