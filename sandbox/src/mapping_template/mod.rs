//! API Gateway's mapping templates: the Velocity Template Language, with the variables `$input`,
//! `$context`, `$stageVariables` and `$util`.
//!
//! A template is parsed once and rendered for each request or response. Both are pure: no clock, no
//! file, nothing of the sandbox. What a template may cost is limited in `limits`, because whoever may
//! write one must not stop the sandbox with it.
//!
//! The language is that of Velocity 1.7, the newest when API Gateway came out. API Gateway differs from
//! it in one thing: a reference to nothing is an empty text, in conditions too, where Velocity renders
//! it as it is written and takes it for false. Where Velocity's lexer loses or refuses text that its
//! documentation lets pass, the text passes: `cases/language.json` names these places under `velocity`.

mod blocks;
mod budget;
mod cursor;
mod evaluation;
mod expressions;
mod fault;
mod inputs;
mod interpreter;
mod json;
mod json_path;
mod limits;
mod methods;
mod numbers;
mod regexes;
mod syntax;
mod values;
mod variables;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use serde_json::json;

pub(crate) use fault::Fault;
pub(crate) use inputs::{Inputs, Parameters, Rendered};

use cursor::Cursor;
use fault::{Outcome, Problem, problem};
use interpreter::Interpreter;
use json_path::JsonPath;
use limits::TEMPLATE_BYTES;
use syntax::Block;
use values::{Heap, Value};
use variables::Input;

/// A template that can be rendered.
#[derive(Debug)]
pub(crate) struct MappingTemplate {
    text: String,
    block: Block,
}

impl MappingTemplate {
    /// Reads a template.
    ///
    /// # Errors
    ///
    /// The text is no Velocity, uses what API Gateway does not offer (`#macro`, `#include`, `#parse`,
    /// `#evaluate`), or exceeds a limit.
    pub(crate) fn parse(text: &str) -> Result<Self, Fault> {
        parse(text).map_err(|problem| problem.in_template(text))
    }

    /// Renders the template. API Gateway answers a fault with status 500 and `Internal server error`,
    /// and writes its message to the log.
    ///
    /// # Errors
    ///
    /// A method is called wrongly, or rendering exceeds a limit.
    pub(crate) fn render(&self, inputs: &Inputs) -> Result<Rendered, Fault> {
        self.rendered(inputs)
            .map_err(|problem| problem.in_template(&self.text))
    }

    fn rendered(&self, inputs: &Inputs) -> Outcome<Rendered> {
        let mut interpreter = interpreter(inputs)?;
        let mut text = String::new();
        interpreter.render(&self.block, &mut text)?;
        let overrides = json!({
            "requestOverride": interpreter.context_member("requestOverride")?,
            "responseOverride": interpreter.context_member("responseOverride")?,
        });
        Ok(Rendered { text, overrides })
    }
}

/// What a path names in a body, as text: for the sources `method.request.body.…` and
/// `integration.response.body.…` of mapped parameters. Nothing when the body is no JSON, or has nothing
/// there.
///
/// # Errors
///
/// The path is no JSONPath, or finding it exceeds a limit.
pub(crate) fn text_at(body: &str, path: &str) -> Result<Option<String>, Fault> {
    let find = || {
        let mut heap = Heap::default();
        let path = JsonPath::parse(path)?;
        let Some(body) = heap.parse_json(body)? else {
            return Ok(None);
        };
        let found = match path.find(&mut heap, &body)? {
            Value::Null => return Ok(None),
            Value::Text(text) => return Ok(Some(text.to_string())),
            found => found,
        };
        let mut text = String::new();
        heap.show_json(&found, &mut text)?;
        Ok(Some(text))
    };
    find().map_err(|problem: Problem| problem.in_template(path))
}

fn parse(text: &str) -> Outcome<MappingTemplate> {
    if text.len() > TEMPLATE_BYTES {
        return Err(problem(format!(
            "the template is larger than {TEMPLATE_BYTES} bytes"
        )));
    }
    let mut cursor = Cursor {
        text,
        position: 0,
        place: None,
        depth: 0,
    };
    Ok(MappingTemplate {
        block: Arc::new(blocks::whole(&mut cursor)?),
        text: text.to_owned(),
    })
}

fn interpreter(inputs: &Inputs) -> Outcome<Interpreter> {
    let mut heap = Heap::default();
    let input = Input::new(&mut heap, &inputs.body, &inputs.parameters)?;
    let stage_variables = heap.texts(&inputs.stage_variables)?;
    let mut context = inputs.context.clone();
    if !context.is_object() {
        context = json!({});
    }
    for (name, parts) in [
        ("requestOverride", &["path", "header", "querystring"][..]),
        ("responseOverride", &["header"]),
    ] {
        for part in parts {
            let part = &mut context[name][part];
            if part.is_null() {
                *part = json!({});
            }
        }
    }
    let context = heap.context(&context)?;
    let mut interpreter = Interpreter::new(heap, input);
    interpreter.set("context", context);
    interpreter.set("stageVariables", stage_variables);
    Ok(interpreter)
}
