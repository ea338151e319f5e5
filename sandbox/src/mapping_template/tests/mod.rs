//! The language, API Gateway's variables, faults and limits.
//!
//! `cases/language.json` has what each part of the language renders. Other implementations judge the same
//! file in the stories: Velocity itself, and airspeed as far as it follows Velocity.

mod faults;
mod gateway;
mod properties;

use serde_json::{Value, json};

use super::{Fault, Inputs, MappingTemplate, Parameters, Rendered};

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(name, text): &(&str, &str)| ((*name).to_owned(), (*text).to_owned());
    pairs.iter().map(owned).collect()
}

/// What the judge of the stories has too.
fn inputs() -> Inputs {
    Inputs {
        body: r#"{"name":"Ada"}"#.to_owned(),
        parameters: Parameters {
            path: pairs(&[("id", "7")]),
            querystring: pairs(&[("q", "it's \"so\""), ("r", "a/b")]),
            header: Vec::new(),
        },
        context: json!({
            "stage": "prod",
            "httpMethod": "POST",
            "apiId": "a1b2c3",
            "identity": {"sourceIp": "192.0.2.1", "userAgent": "curl/8.1"},
        }),
        stage_variables: pairs(&[("table", "game's"), ("level", "1")]),
    }
}

fn rendered(template: &str, inputs: &Inputs) -> Result<Rendered, Fault> {
    MappingTemplate::parse(template)?.render(inputs)
}

/// The text of a template that renders.
#[track_caller]
fn text(template: &str, inputs: &Inputs) -> String {
    match rendered(template, inputs) {
        Ok(rendered) => rendered.text,
        Err(fault) => panic!("{template}\n{fault}"),
    }
}

fn lines(case: &Value, member: &str) -> String {
    let lines = case[member]
        .as_array()
        .expect("the member is a list of lines");
    let lines = lines
        .iter()
        .map(|line| line.as_str().expect("a line is a text"));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_language_renders_as_velocity_does() {
    let cases: Vec<Value> =
        serde_json::from_str(include_str!("../cases/language.json")).expect("the cases are JSON");
    assert!(cases.len() > 60);
    for case in &cases {
        let template = lines(case, "template");
        assert_eq!(
            text(&template, &Inputs::default()),
            lines(case, "expected"),
            "{}",
            case["name"]
        );
    }
}

/// The template of the console's "method request passthrough".
#[test]
fn the_passthrough_template_renders_as_in_api_gateway() {
    let template = include_str!("../cases/passthrough.vtl");
    assert_eq!(
        text(template, &inputs()),
        include_str!("../cases/passthrough.txt")
    );
}
