//! What is wrong with a template, in AWS's words and with the place.

use super::*;

fn all(cases: &[(&str, &str)]) {
    for (body, told) in cases {
        assert_eq!(refusal(body), *told, "{body}");
    }
}

const TABLE: &str = "Resources: {A: {Type: T}}\n";

#[test]
fn sections_that_are_not_as_they_have_to_be() {
    all(&[
        ("", "Template format error: unsupported structure."),
        ("[]", "Template format error: unsupported structure."),
        ("hello", "Template format error: unsupported structure."),
        (
            "Description: x",
            "Template format error: At least one Resources member must be defined.",
        ),
        (
            "Resources: {}",
            "Template format error: At least one Resources member must be defined.",
        ),
        (
            "Resources: {A: {Type: T}}\nResource: {}\nFoo: 1",
            "Invalid template property or properties [Foo, Resource]",
        ),
        (
            "Resources: {A: {Type: T}}\nGlobals: {}",
            "Invalid template property or properties [Globals]",
        ),
        (
            "Resources: {A: {Type: T}}\nRules: {}",
            "Template format error: the sandbox does not support Rules",
        ),
        (
            "AWSTemplateFormatVersion: 2010-09-10\nResources: {A: {Type: T}}",
            "Template format error: unsupported value for AWSTemplateFormatVersion. It must be \
             2010-09-09",
        ),
        (
            "Resources:\n  A:\n    Type: T\n    Properties:\n",
            "Template format error: [/Resources/A/Properties] 'null' values are not allowed in \
             templates",
        ),
        (
            "Resources: [A]",
            "Template format error: [/Resources] must be a map",
        ),
        (
            "Resources: {A: T}",
            "Template format error: [/Resources/A] must be a map",
        ),
        (
            "Resources: {A-B: {Type: T}}",
            "Template format error: Resource name A-B is non alphanumeric, empty or longer than \
             255 characters.",
        ),
        (
            "Transform: Macro\nResources: {A: {Type: T}}",
            "the sandbox does not support the transform Macro; it supports \
             AWS::Serverless-2016-10-31 and AWS::LanguageExtensions (at /Transform)",
        ),
    ]);
    assert!(
        desired(
            "AWSTemplateFormatVersion: 2010-09-09\nResources: {A: {Type: T}}",
            &[]
        )
        .is_ok()
    );
    let long = format!("{TABLE}Description: {}", "x".repeat(1025));
    assert!(refusal(&long).contains("'Description' length is greater than 1024."));
    let many: String = (0..501).map(|n| format!(" A{n}: {{Type: T}}\n")).collect();
    assert_eq!(
        refusal(&format!("Resources:\n{many}")),
        "Template format error: Number of resources, 501, is greater than maximum allowed, 500"
    );
}

#[test]
fn members_that_are_not_as_they_have_to_be() {
    all(&[
        (
            "Resources: {A: {Properties: {}}}",
            "Template format error: [/Resources/A] Every Resources object must contain a Type \
             member.",
        ),
        (
            "Resources: {A: {Type: T, Propertys: {}}}",
            "Invalid template resource property 'Propertys' (at /Resources/A)",
        ),
        (
            "Resources: {A: {Type: T, Properties: []}}",
            "Template format error: [/Resources/A/Properties] must be a map",
        ),
        (
            "Resources: {A: {Type: T, DependsOn: {B: 1}}}",
            "Template format error: DependsOn must be a string or list of strings. (at \
             /Resources/A)",
        ),
        (
            "Resources: {A: {Type: T, DeletionPolicy: Keep}}",
            "Template format error: Unrecognized DeletionPolicy Keep (at /Resources/A)",
        ),
        (
            "Resources: {A: {Type: T, Condition: yes}}",
            "Template format error: Every Condition member must be a string. (at /Resources/A)",
        ),
        (
            "Resources: {A: {Type: T}}\nOutputs: {O: {}}",
            "Template format error: Every Outputs member must contain a Value object (at \
             /Outputs/O)",
        ),
        (
            "Resources: {A: {Type: T}}\nOutputs: {O: {Value: x, Valu: y}}",
            "Invalid template output property 'Valu' (at /Outputs/O)",
        ),
        (
            "Resources: {A: {Type: T}}\nOutputs: {O: {Value: x, Export: y}}",
            "Template format error: Export must be a map with the single member Name (at \
             /Outputs/O)",
        ),
        (
            "Resources: {A: {Type: T}}\nMappings: {M: {a: b}}",
            "Template format error: [/Mappings/M/a] must be a map",
        ),
        (
            "Resources: {A: {Type: T}}\nMappings: {M: {a: {b: {c: d}}}}",
            "Template format error: [/Mappings/M/a/b] Every Mappings attribute must be a String or \
             a List.",
        ),
        (
            "Resources: {A: {Type: T}}\nParameters: {P: {Type: Strin}}",
            "Template format error: Unrecognized parameter type: Strin (at /Parameters/P)",
        ),
        (
            "Resources: {A: {Type: T}}\nParameters: {A: {Type: String}}",
            "Template format error: A is the name of both a parameter and a resource",
        ),
    ]);
}

#[test]
fn references_to_what_is_not_there() {
    all(&[
        (
            "Resources: {A: {Type: T, Properties: {X: {Y: [!Ref C, !Ref B]}}}}",
            "Template format error: Unresolved resource dependencies [B, C] in the Resources block \
             of the template (at /Resources/A/Properties/X/Y/1)",
        ),
        (
            "Resources: {A: {Type: T, DependsOn: [B]}}",
            "Template format error: Unresolved resource dependencies [B] in the Resources block of \
             the template (at /Resources/A/DependsOn)",
        ),
        (
            "Resources: {A: {Type: T, Properties: {X: !Sub '${B}'}}}",
            "Template format error: Unresolved resource dependencies [B] in the Resources block of \
             the template (at /Resources/A/Properties/X)",
        ),
        (
            "Resources: {A: {Type: T, Properties: {X: !Sub '${B.Arn}'}}}",
            "Template error: instance of Fn::Sub references invalid resource attribute B.Arn (at \
             /Resources/A/Properties/X)",
        ),
        (
            "Resources: {A: {Type: T, Properties: {X: !Base64 {Fn::GetAtt: [B, Arn]}}}}",
            "Template error: instance of Fn::GetAtt references undefined resource B (at \
             /Resources/A/Properties/X)",
        ),
        (
            "Resources: {A: {Type: T}}\nOutputs: {O: {Value: !Ref B}}",
            "Template format error: Unresolved resource dependencies [B] in the Outputs block of \
             the template (at /Outputs/O/Value)",
        ),
        (
            "Resources: {A: {Type: T}}\nConditions: {C: !Equals [!Ref A, x]}",
            "Template format error: Unresolved dependencies [A]. Cannot reference resources in the \
             Conditions block of the template (at /Conditions/C)",
        ),
        (
            "Resources: {A: {Type: T, Condition: C}}",
            "Template format error: Condition C is not defined. (at /Resources/A)",
        ),
        (
            "Resources: {A: {Type: T, Properties: {X: !If [C, 1, 2]}}}",
            "Template format error: Condition C is not defined. (at /Resources/A/Properties/X)",
        ),
        (
            "Resources: {A: {Type: T, Properties: {X: !FindInMap [M, a, b]}}}",
            "Template error: Mapping named 'M' is not present in the 'Mappings' section of \
             template. (at /Resources/A/Properties/X)",
        ),
    ]);
}

#[test]
fn calls_that_are_wrong_where_they_stand() {
    all(&[
        (
            "Resources: {A: {Type: T, Properties: {X: !Sub '${a b}'}}}",
            "Template error: variable names in Fn::Sub syntax must contain only alphanumeric \
             characters, underscores, periods, and colons; `a b` is not valid (at \
             /Resources/A/Properties/X)",
        ),
        (
            "Resources: {A: {Type: T, Properties: {X: !Equals [a, b]}}}",
            "Template error: Fn::And, Fn::Equals, Fn::Not and Fn::Or can only be used in \
             Conditions (at /Resources/A/Properties/X)",
        ),
        (
            "Resources: {A: {Type: T, Properties: {X: !Length [a]}}}",
            "Template error: Fn::Length needs `Transform: AWS::LanguageExtensions` (at \
             /Resources/A/Properties/X)",
        ),
        (
            "Resources: {A: {Type: T}}\nConditions: {C: !Equals [!GetAtt A.B, x]}",
            "Template error: Fn::GetAtt cannot be used in Conditions: they are evaluated before \
             resources exist (at /Conditions/C)",
        ),
    ]);
    for function in [
        "{Fn::Nope: a}",
        "!Cidr [a, b, c]",
        "!Transform {Name: AWS::Include}",
    ] {
        let body = format!("Resources: {{A: {{Type: T, Properties: {{X: {function}}}}}}}");
        let message = refusal(&body);
        assert!(
            message.contains("Encountered unsupported function: Fn::"),
            "{message}"
        );
        assert!(
            message.ends_with("(at /Resources/A/Properties/X)"),
            "{message}"
        );
    }
}

#[test]
fn references_to_what_a_condition_left_out() {
    let body = |rest: &str| {
        format!(
            "
Conditions: {{Never: !Equals [a, b]}}
Resources:
  A: {{Type: T}}
  Gone: {{Type: T, Condition: Never}}
{rest}"
        )
    };
    all(&[
        (
            &body("  B: {Type: T, Properties: {X: !GetAtt Gone.Arn}}"),
            "Template format error: Unresolved resource dependencies [Gone] in the Resources block \
             of the template (at /Resources/B)",
        ),
        (
            &body("Outputs: {O: {Value: !Sub '${Gone}'}}"),
            "Template format error: Unresolved resource dependencies [Gone] in the Outputs block \
             of the template (at /Outputs/O)",
        ),
    ]);
    assert!(desired(&body("  B: {Type: T, DependsOn: Gone}"), &[]).is_ok());
    assert!(
        desired(
            &body("  B: {Type: T, Condition: Never, Properties: {X: !Ref Gone}}"),
            &[]
        )
        .is_ok()
    );
}

#[test]
fn a_message_has_an_end() {
    let name = "é".repeat(100_000);
    let message = refusal(&json!({ "Resources": { "A": { "Type": "T" } }, name: 1 }).to_string());
    assert!(message.starts_with("Invalid template property") && message.ends_with("é…"));
    assert!(message.len() < 5000);
}
