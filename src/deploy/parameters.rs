//! What people may give for the parameters of a template. Pure.

use serde_json::Value;

use super::bundle_key::ARTIFACT_BUCKET;
use super::library::LIBRARY;
use super::template::Template;
use super::template_values::as_text;
use crate::names::code_parameter;
use crate::wording::{alternatives, known_names, nearest, shortened};

/// Stands for a value.
const VALUE: &str = "VALUE";

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

/// A value that a parameter takes, as far as one can be made up: `VALUE`, or what is as long, as large or among
/// those that are allowed. It is one word of a shell.
pub fn example(parameter: &str, declared: &Value) -> String {
    let allowed = declared["AllowedValues"].as_array();
    let allowed = allowed.into_iter().flatten().filter_map(as_text);
    let shortest = declared["MinLength"].as_u64().unwrap_or_default();
    let lengths = std::iter::successors(Some(VALUE.to_owned()), |value| {
        let is_short = u64::try_from(value.len()).is_ok_and(|length| length < shortest);
        is_short.then(|| format!("{value}-{VALUE}"))
    });
    let least = as_text(&declared["MinValue"]);
    let mut made_up = allowed.chain(lengths).chain(least).chain(["1".to_owned()]);
    let is_word = |value: &str| {
        value
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-_./:".contains(c))
    };
    let fits = |value: &String| {
        is_word(value) && mafia_sandbox::check_parameter(parameter, declared, value).is_ok()
    };
    made_up.find(fits).unwrap_or_else(|| VALUE.to_owned())
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
    use crate::wording::DEPLOY_WORD_COUNT;

    const TEMPLATE: &str = "\
Parameters:
  Players: {Type: Number, MinValue: 2, ConstraintDescription: must be a number from 2}
  Mafia: {Type: Number}
  Api: {Type: String, AllowedValues: ['no', 'yes']}
  Greeting: {Type: String, AllowedValues: ['good day', 'hello']}
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
                    "did you mean Players? the parameters are Api, Greeting, Mafia, Path, Players, Secret",
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

    #[test]
    fn an_example_of_a_value_is_one_that_the_template_takes() {
        let template = Template::new(format!(
            "{TEMPLATE}  Token: {{Type: String, MinLength: 8, AllowedPattern: '[!-~]+'}}\n"
        ));
        for (parameter, value) in [
            ("Players", "2"),
            ("Mafia", "1"),
            ("Api", "no"),
            ("Greeting", "hello"),
            ("Secret", "VALUE"),
            ("Token", "VALUE-VALUE"),
            // Nobody can guess a pattern.
            ("Path", "VALUE"),
        ] {
            let declared = template
                .section_item("Parameters", parameter)
                .expect(parameter);
            assert_eq!(example(parameter, declared), value, "{parameter}");
        }
    }

    #[test]
    fn the_word_counter_is_deployed_with_a_token_that_it_takes() {
        let template = Template::new(include_str!("../../templates/word-count.yaml"));
        let (_, given) = DEPLOY_WORD_COUNT.split_once(" -p ").expect("a parameter");
        let (name, value) = given.split_once('=').expect("a value");
        assert_eq!(template.refusal(name, value, &[]), None);
    }
}
