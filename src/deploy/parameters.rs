//! What people may give for the parameters of a template. Pure.

use serde_json::Value;

use super::bundle_key::ARTIFACT_BUCKET;
use super::library::LIBRARY;
use super::template::Template;
use super::template_values::as_text;
use crate::names::code_parameter;
use crate::wording::{alternatives, known_names, nearest, shortened};

impl Template {
    /// What is wrong with this value for a parameter, and what is expected in its place; `None` if nothing is,
    /// as far as it can be seen in the template. `functions` are those whose code is deployed.
    pub fn refusal(
        &self,
        parameter: &str,
        value: &str,
        functions: &[String],
    ) -> Option<(String, String)> {
        if !self.is_readable() {
            return None;
        }
        let all = self.parameters().into_iter().map(str::to_owned).collect();
        let known = settable(all, functions);
        let Some(declared) = self.section_item("Parameters", parameter) else {
            let nearest = nearest(parameter, known.iter().map(String::as_str));
            let expected = known_names("parameters", &known, nearest);
            let message = format!("the template has no parameter {parameter}");
            return Some((message, expected.join(" ")));
        };
        if !known.iter().any(|it| it == parameter) {
            let message = format!("the parameter {parameter} is set by mafia itself");
            return Some((message, "omit it".to_owned()));
        }
        let reason = mafia_sandbox::check_parameter(parameter, declared, value).err()?;
        let value = shortened(value);
        let message = format!("the parameter {parameter} cannot be `{value}`");
        Some((message, expected(declared, reason)))
    }
}

/// Of the names of parameters, those that people may set: not where the code of these `functions` is.
pub fn settable(mut parameters: Vec<String>, functions: &[String]) -> Vec<String> {
    let code: Vec<String> = functions.iter().map(|it| code_parameter(it)).collect();
    let is_own = |name: &str| [ARTIFACT_BUCKET, LIBRARY].contains(&name);
    parameters.retain(|name| !is_own(name) && !code.contains(name));
    parameters
}

fn expected(declared: &Value, reason: String) -> String {
    let allowed = declared["AllowedValues"].as_array();
    let allowed: Vec<String> = allowed.into_iter().flatten().filter_map(as_text).collect();
    match declared["ConstraintDescription"].as_str() {
        _ if !allowed.is_empty() => format!("expected {}", alternatives(&allowed)),
        Some(description) => format!("it {description}"),
        None => reason,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = "\
Parameters:
  Players: {Type: Number, MinValue: 2, ConstraintDescription: must be a number from 2}
  Mafia: {Type: Number}
  Api: {Type: String, AllowedValues: ['no', 'yes']}
  Path: {Type: String, AllowedPattern: '/.*'}
  Secret: {Type: 'AWS::SSM::Parameter::Value<String>'}
  ArtifactBucket: {Type: String}
  DawnCode: {Type: String}
";

    #[test]
    fn what_a_template_does_not_take_is_told_with_what_it_takes() {
        let template = Template::new(TEMPLATE);
        let functions = ["01-dawn".to_owned()];
        for (parameter, value, told) in [
            ("Players", "3", None),
            ("Api", "yes", None),
            ("Path", "/a", None),
            // CloudFormation decides.
            ("Secret", "x", None),
            (
                "Players",
                "many",
                Some((
                    "the parameter Players cannot be `many`",
                    "it must be a number from 2",
                )),
            ),
            (
                "Players",
                "1",
                Some((
                    "the parameter Players cannot be `1`",
                    "it must be a number from 2",
                )),
            ),
            (
                "Mafia",
                "few",
                Some((
                    "the parameter Mafia cannot be `few`",
                    "Parameter 'Mafia' must be a number",
                )),
            ),
            (
                "Api",
                "maybe",
                Some(("the parameter Api cannot be `maybe`", "expected no or yes")),
            ),
            (
                "Path",
                "a",
                Some((
                    "the parameter Path cannot be `a`",
                    "Parameter 'Path' must match pattern /.*",
                )),
            ),
            (
                "Player",
                "3",
                Some((
                    "the template has no parameter Player",
                    "did you mean Players? the parameters are Api, Mafia, Path, Players, Secret",
                )),
            ),
            (
                "ArtifactBucket",
                "b",
                Some((
                    "the parameter ArtifactBucket is set by mafia itself",
                    "omit it",
                )),
            ),
            (
                "DawnCode",
                "c",
                Some(("the parameter DawnCode is set by mafia itself", "omit it")),
            ),
        ] {
            let told = told.map(|(message, expected)| (message.to_owned(), expected.to_owned()));
            let found = template.refusal(parameter, value, &functions);
            assert_eq!(found, told, "{parameter}={value}");
        }
        assert_eq!(Template::new("[").refusal("A", "b", &functions), None);
    }
}
