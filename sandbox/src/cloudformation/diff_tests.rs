//! What change sets tell, of stacks that stand in the engine's test world.

use serde_json::{Value, json};

use super::*;
use crate::cloudformation::checks;
use crate::cloudformation::engine::desired_state;
use crate::cloudformation::engine::tests::world::{
    Fixture, THING, created, finished, template, thing,
};
use crate::cloudformation::stack::{OnFailure, Stack};
use crate::cloudformation::template::Template;

/// What a template would change of a stack that was made of another: "Modify A False", with the
/// properties that differ.
async fn lines(before: &str, after: &str) -> Vec<String> {
    let fixture = Fixture::new();
    let engine = fixture.engine();
    let id = created(&engine, before, OnFailure::Rollback);
    let state = finished(&engine, &id).await;
    let desired = desired(&state, after);
    let found = diff(&engine, &state, &desired, &state.stack.definition, false).expect("a diff");
    assert_eq!(found.is_empty(), found.resources.is_empty());
    found.resources.iter().map(outline).collect()
}

fn desired(state: &StackState, template: &str) -> DesiredState {
    let template = Template::parse(template).expect("a template");
    let stack = &state.stack;
    let desired = desired_state(&template, &stack.definition, &stack.name, &stack.id);
    desired.expect("a desired state")
}

fn outline(change: &Change) -> String {
    let shown = change.shown(&BTreeSet::new());
    let change = &shown["ResourceChange"];
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let details = change["Details"].as_array().map_or(&[][..], Vec::as_slice);
    let details = details.iter().map(|detail| {
        let target = &detail["Target"];
        let name = target["Name"]
            .as_str()
            .unwrap_or(target["Attribute"].as_str().unwrap_or("-"));
        format!(" {name}:{}", text(&target["RequiresRecreation"]))
    });
    format!(
        "{} {} {} {}{}",
        text(&change["Action"]),
        text(&change["LogicalResourceId"]),
        text(&change["Replacement"]),
        text(&change["PolicyAction"]),
        details.collect::<String>()
    )
}

#[tokio::test]
async fn what_is_the_same_is_no_change() {
    let same = template(&[
        thing("A", json!({ "Label": "A" })),
        thing(
            "B",
            json!({ "Label": "B", "Other": { "Fn::GetAtt": ["A", "Id"] } }),
        ),
    ]);
    assert_eq!(lines(&same, &same).await, Vec::<String>::new());
}

#[tokio::test]
async fn additions_changes_and_removals_are_told_with_their_properties() {
    let before = template(&[
        thing("A", json!({ "Label": "1", "Kind": "1" })),
        thing("B", json!({ "Label": "B", "Other": "1" })),
        thing("C", json!({ "Label": "C" })),
        (
            "D",
            json!({ "Label": "D" }),
            json!({ "DeletionPolicy": "Retain" }),
        ),
    ]);
    let after = template(&[
        thing("A", json!({ "Label": "2", "Kind": "2" })),
        thing("B", json!({ "Label": "B" })),
        (
            "C",
            json!({ "Label": "C" }),
            json!({ "Metadata": { "Note": "new" } }),
        ),
        thing("E", json!({ "Label": "E" })),
    ]);
    let expected = [
        "Modify A True ReplaceAndDelete Label:Never Kind:Always",
        "Modify B False - Other:Never",
        "Modify C False - Metadata:Never",
        "Remove D - Retain",
        "Add E - -",
    ];
    assert_eq!(lines(&before, &after).await, expected);
}

#[tokio::test]
async fn what_depends_on_a_thing_that_is_made_anew_is_not_known_yet() {
    let things = |kind: &str| {
        template(&[
            thing("A", json!({ "Label": "A", "Kind": kind })),
            thing("B", json!({ "Label": "B", "Other": { "Ref": "A" } })),
            thing(
                "C",
                json!({ "Label": "C", "Kind": { "Fn::GetAtt": ["A", "Id"] } }),
            ),
            thing("D", json!({ "Label": "D", "Other": { "Ref": "B" } })),
        ])
    };
    let expected = [
        "Modify A True ReplaceAndDelete Kind:Always",
        "Modify B False - Other:Never",
        "Modify C Conditional ReplaceAndDelete Kind:Conditionally",
    ];
    assert_eq!(lines(&things("1"), &things("2")).await, expected);
}

#[tokio::test]
async fn a_replacement_that_is_known_is_one_whatever_else_is_not() {
    let things = |kind: &str| {
        template(&[
            thing("A", json!({ "Label": "A", "Kind": kind })),
            thing(
                "B",
                json!({ "Label": "B", "Kind": kind, "Name": { "Fn::GetAtt": ["A", "Id"] } }),
            ),
        ])
    };
    let expected = [
        "Modify A True ReplaceAndDelete Kind:Always",
        "Modify B True ReplaceAndDelete Name:Conditionally Kind:Always",
    ];
    assert_eq!(lines(&things("1"), &things("2")).await, expected);
}

#[tokio::test]
async fn tags_of_the_stack_and_outputs_are_changes_too() {
    let fixture = Fixture::new();
    let engine = fixture.engine();
    let text = template(&[thing("A", json!({ "Label": "A" }))]);
    let id = created(&engine, &text, OnFailure::Rollback);
    let state = finished(&engine, &id).await;
    let mut definition = state.stack.definition.clone();
    definition.tags.insert("team".to_owned(), "x".to_owned());
    let tagged =
        diff(&engine, &state, &desired(&state, &text), &definition, false).expect("a diff");
    let expected = ["Modify A False - Tags:Never"];
    assert_eq!(
        tagged.resources.iter().map(outline).collect::<Vec<_>>(),
        expected
    );

    let mut with_output: Value = serde_json::from_str(&text).expect("JSON");
    with_output["Outputs"] = json!({ "Name": { "Value": { "Ref": "A" } } });
    let desired = desired(&state, &with_output.to_string());
    let found = diff(&engine, &state, &desired, &state.stack.definition, false).expect("a diff");
    assert!(found.resources.is_empty() && !found.is_empty());
}

#[tokio::test]
async fn what_cannot_be_made_is_said_before_anything_is() {
    let fixture = Fixture::new();
    let engine = fixture.engine();
    let refused = |text: &str| {
        let template = Template::parse(text).expect("a template");
        let checked = checks::resources(&template, &engine.types).and_then(|()| {
            let state = StackState::new(Stack::new(Stack::new_id("stack")));
            let definition = Definition::default();
            let desired = desired_state(&template, &definition, "stack", &state.stack.id)?;
            checks::references(&desired, &engine.types)?;
            diff(&engine, &state, &desired, &definition, false)
        });
        checked.expect_err("it is refused").message
    };
    let unknown = template(&[thing("A", json!({ "Label": "A", "Colour": "red" }))]);
    let expected = format!("Resource A ({THING}): Encountered unsupported property Colour");
    assert_eq!(refused(&unknown), expected);
    let missing = template(&[thing("A", json!({}))]);
    let expected = format!("Resource A ({THING}): Property Label cannot be empty.");
    assert_eq!(refused(&missing), expected);
    let wrong = template(&[thing("A", json!({ "Label": ["A"] }))]);
    let expected = format!("Resource A ({THING}): Value of property Label must be of type String");
    assert_eq!(refused(&wrong), expected);
    let attribute = template(&[
        thing("A", json!({ "Label": "A" })),
        thing("B", json!({ "Label": { "Fn::GetAtt": ["A", "Size"] } })),
    ]);
    let expected = "Template error: resource A does not support attribute type Size in Fn::GetAtt";
    assert_eq!(refused(&attribute), expected);
    let kind = unknown.replace(THING, "AWS::EC2::VPC");
    let expected = format!(
        "Template format error: Unrecognized resource types: [AWS::EC2::VPC]. The sandbox supports \
         {THING}."
    );
    assert_eq!(refused(&kind), expected);
    let kept = (
        "A",
        json!({ "Label": "A" }),
        json!({ "DeletionPolicy": "Snapshot" }),
    );
    assert!(refused(&template(&[kept])).contains("does not support snapshots"));
}
