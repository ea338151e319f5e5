//! Intrinsic functions and their values.

use super::*;

/// The value of a property, written in YAML, in a template with a bit of everything.
fn evaluated(property: &str) -> Result<Value, String> {
    let body = format!(
        "
Transform: AWS::LanguageExtensions
Parameters:
  Stage: {{Type: String, Default: dev}}
  Zones: {{Type: CommaDelimitedList, Default: 'a, b'}}
  Two: {{Type: Number, Default: 2}}
Mappings:
  Sizes:
    dev: {{Memory: 128, Zones: [x, y]}}
    us-east-1: {{Memory: 512}}
Conditions:
  Dev: !Equals [!Ref Stage, dev]
Resources:
  Table: {{Type: T}}
  R:
    Type: T
    Properties:
      P: {property}
"
    );
    let state = desired(&body, &[]).expect(property);
    let properties = state.properties("R", &there)?;
    Ok(properties.get("P").cloned().unwrap_or(Value::Null))
}

#[test]
fn functions_have_their_values() {
    for (property, value) in [
        ("!Ref Table", json!("game-Table")),
        ("!Ref Zones", json!(["a", "b"])),
        ("!Ref Two", json!("2")),
        ("!Ref AWS::NoValue", json!(null)),
        ("!Ref AWS::URLSuffix", json!("amazonaws.com")),
        (
            "[1, !Ref AWS::NoValue, {a: !Ref AWS::NoValue}]",
            json!([1, {}]),
        ),
        ("!GetAtt Table.Stream.Arn", json!("Table:Stream.Arn")),
        ("{Fn::GetAtt: [Table, !Ref Stage]}", json!("Table:dev")),
        (
            "!Sub '${Table}-${Table.Arn}-${Stage}-${AWS::AccountId}-${!Stage}'",
            json!("game-Table-Table:Arn-dev-000000000000-${Stage}"),
        ),
        (
            "!Sub ['${a}${Table.b}', {a: !GetAtt Table.Arn, Table.b: 2}]",
            json!("Table:Arn2"),
        ),
        (
            "!Join ['-', [a, !Ref Stage, 3, true, !Ref AWS::NoValue]]",
            json!("a-dev-3-true"),
        ),
        ("!Join ['', !Ref Zones]", json!("ab")),
        ("!Join [',', !GetAtt Table.List]", json!("Table,b")),
        ("!Split ['-', !Sub '${Stage}--x']", json!(["dev", "", "x"])),
        ("!Select [1, !Ref Zones]", json!("b")),
        ("!Select ['0', !Split [',', 'x,y']]", json!("x")),
        (
            "!Select [!FindInMap [Sizes, dev, I, DefaultValue: 1], [a, {b: 1}]]",
            json!({"b": 1}),
        ),
        ("!FindInMap [Sizes, !Ref Stage, Memory]", json!(128)),
        ("!FindInMap [Sizes, !Ref AWS::Region, Memory]", json!(512)),
        ("!FindInMap [Sizes, dev, Zones]", json!(["x", "y"])),
        (
            "!FindInMap [No, dev, Zones, DefaultValue: !Ref Table]",
            json!("game-Table"),
        ),
        ("!If [Dev, {a: !Ref Table}, b]", json!({"a": "game-Table"})),
        ("!If [Dev, !Ref AWS::NoValue, b]", json!(null)),
        ("!Base64 abc", json!("YWJj")),
        ("!Select [0, !GetAZs '']", json!("us-east-1a")),
        (
            "!GetAZs {Ref: AWS::Region}",
            json!([
                "us-east-1a",
                "us-east-1b",
                "us-east-1c",
                "us-east-1d",
                "us-east-1e",
                "us-east-1f"
            ]),
        ),
        (
            "!ToJsonString {b: !Ref Stage, a: [1]}",
            json!(r#"{"a":[1],"b":"dev"}"#),
        ),
        ("!Length [a, !Ref Stage]", json!(2)),
        ("!Length {Ref: Zones}", json!(2)),
        (
            "{Condition: {Bool: {x: true}}, Ref: 1}",
            json!({"Condition": {"Bool": {"x": true}}, "Ref": 1}),
        ),
        ("{Condition: Dev}", json!({"Condition": "Dev"})),
        ("012", json!("012")),
    ] {
        assert_eq!(evaluated(property), Ok(value), "{property}");
    }
}

#[test]
fn what_cannot_be_evaluated_is_told_with_its_place() {
    for (property, told) in [
        (
            "!Select [2, !Ref Zones]",
            "Fn::Select cannot select nonexistent value at index 2",
        ),
        ("!Select [x, !Ref Zones]", "`x` is not an index"),
        ("!Select [0, !Ref Stage]", "Fn::Select requires a list"),
        (
            "!Join ['-', [!Ref Zones]]",
            "every item that Fn::Join joins must be a string",
        ),
        ("!Join ['-', !Ref Stage]", "Fn::Join requires a list"),
        ("!Sub '${Zones}'", "${Zones} of Fn::Sub must be a string"),
        (
            "!Sub ['${a}', {a: [1]}]",
            "the variable a of Fn::Sub must be a string",
        ),
        (
            "!Base64 [a]",
            "the parameter of Fn::Base64 must be a string",
        ),
        (
            "!FindInMap [Sizes, prod, Memory]",
            "Unable to get mapping for Sizes::prod::Memory",
        ),
        (
            "!FindInMap [Sizes, dev, !Ref Zones]",
            "every parameter of Fn::FindInMap must be",
        ),
        (
            "!GetAZs eu-west-1",
            "supports only the region us-east-1, not `eu-west-1`",
        ),
        ("!ImportValue bundles", "No export named bundles found."),
        ("!Length {Ref: Stage}", "Fn::Length requires a list"),
    ] {
        let error = evaluated(property).expect_err(property);
        assert!(error.contains(told), "{error}");
        assert!(error.ends_with("(at /Resources/R/Properties/P)"), "{error}");
    }
}

#[test]
fn a_small_template_makes_no_large_value() {
    let mut doubled = "x".repeat(64);
    for _ in 0..20 {
        doubled = format!("!Sub ['${{a}}${{a}}${{a}}', {{a: {doubled}}}]");
    }
    let error = evaluated(&doubled).expect_err("3^20");
    assert!(
        error.contains("the result is longer than 4194304 bytes"),
        "{error}"
    );

    let mut quoted = "'\"'".to_owned();
    for _ in 0..25 {
        quoted = format!("!ToJsonString [{quoted}]");
    }
    let error = evaluated(&quoted).expect_err("2^25");
    assert!(
        error.contains("the result is longer than 4194304 bytes"),
        "{error}"
    );
}

#[test]
fn outputs_are_strings() {
    let body = "
        Resources: {A: {Type: T}}
        Outputs:
          Number: {Value: 5}
          List: {Value: [!Ref A]}";
    let state = desired(body, &[]).expect("a desired state");
    assert_eq!(
        state.outputs(&there),
        Err(
            "Template format error: Output List is malformed. The Value field of every Outputs \
             member must evaluate to a String."
                .to_owned()
        )
    );
}

#[test]
fn a_resource_without_properties_has_none() {
    let state = desired("Resources: {A: {Type: T}}", &[]).expect("a desired state");
    assert_eq!(state.properties("A", &there), Ok(json!({})));
    assert!(state.properties("B", &there).is_err());
}
