//! The settings of a workshop folder: `mafia.toml`. Pure.

use std::fmt::Write;
use std::path::PathBuf;

use super::TargetName;
use crate::invocation::PLACES;
use crate::names::{LONGEST_STACK_NAME, class_prefix, stack_name};
use crate::source::{FileError, Reader, Source, values};

/// The name of the file, which is in a workshop folder.
pub const FILE: &str = "mafia.toml";

/// Beside the options that say where to work.
const CLASS: &str = "class";

/// What the file says: a key for each option that says where to work, and the class.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    pub target: Option<TargetName>,
    pub endpoint_url: Option<String>,
    pub state_dir: Option<PathBuf>,
    pub profile: Option<String>,
    pub region: Option<String>,
    pub role_arn: Option<String>,
    pub stack: Option<String>,
    pub workshop: Option<String>,
    /// The class that the stack is of.
    pub class: Option<String>,
}

impl Settings {
    /// The settings in the text of a `file`.
    pub fn read(file: &str, bytes: &[u8]) -> Result<Self, FileError> {
        let source = Source::read(file, bytes)?;
        let table = source.table("stack = \"mafia-ann\"")?;
        let mut it = Reader::new(&source);
        let keys: Vec<&str> = PLACES.into_iter().chain([CLASS]).collect();
        it.check_keys(&table, FILE, &keys, &[]);
        let target = it.choice(&table, "target", &["sandbox", "aws"]);
        let expected = "expected a URL, such as `http://127.0.0.1:4566`";
        let endpoint_url = it.checked(&table, "endpoint-url", expected, values::is_url);
        if let (Some((name, _)), Some((_, at))) = (&target, &endpoint_url)
            && name == "sandbox"
        {
            let message = "the target cannot be both the sandbox and another server";
            it.fault(*at, message, "omit `target` or `endpoint-url`");
        }
        let expected = "expected the name of a region, such as `eu-central-1`";
        let region = it.checked(&table, "region", expected, values::is_region);
        let expected =
            "expected the ARN of a role, such as `arn:aws:iam::123456789012:role/Workshop`";
        let role_arn = it.checked(&table, "role-arn", expected, values::is_role);
        let class = it.text(&table, CLASS);
        let expected = format!(
            "expected at most {LONGEST_STACK_NAME} letters, digits and hyphens, starting with a letter"
        );
        let stack = it.checked(&table, "stack", &expected, |name| stack_name(name).is_ok());
        if let Some((class, at)) = &class {
            match &stack {
                None => it.fault(
                    *at,
                    format!("the class {class} needs the name of your stack"),
                    format!("add `stack = \"mafia-{class}-NAME\"`, with your name in the class"),
                ),
                Some((stack, at)) if !stack.starts_with(&class_prefix(class)) => it.fault(
                    *at,
                    format!("`{stack}` is no stack of the class {class}"),
                    format!("expected `mafia-{class}-NAME`, with your name in the class"),
                ),
                Some(_) => {}
            }
        }
        let text = |placed: Option<(String, usize)>| placed.map(|(text, _)| text);
        let settings = Self {
            target: text(target).map(|name| match name.as_str() {
                "aws" => TargetName::Aws,
                _ => TargetName::Sandbox,
            }),
            endpoint_url: text(endpoint_url),
            state_dir: text(it.text(&table, "state-dir")).map(PathBuf::from),
            profile: text(it.text(&table, "profile")),
            region: text(region),
            role_arn: text(role_arn),
            stack: text(stack),
            workshop: text(it.text(&table, "workshop")),
            class: text(class),
        };
        source.check(it.found)?;
        Ok(settings)
    }

    /// The text of a file with these settings. It names the others that people need.
    pub fn text(&self) -> String {
        let mut text = "\
# Where this workshop folder works: for every command in it, in every terminal. An option such as --stack,
# or a variable such as MAFIA_STACK, counts more.

"
        .to_owned();
        let state_dir = self
            .state_dir
            .as_ref()
            .map(|it| it.to_string_lossy().into_owned());
        for (key, value, about, example) in [
            ("stack", &self.stack, "Your stack.", "mafia-ann"),
            ("class", &self.class, "The class that your stack is of.", ""),
            (
                "target",
                &self.target.map(|it| it.text().to_owned()),
                "\"sandbox\", the small AWS on this machine, or \"aws\".",
                "sandbox",
            ),
            (
                "region",
                &self.region,
                "On AWS: the region.",
                "eu-central-1",
            ),
            (
                "profile",
                &self.profile,
                "Your profile in AWS's config files.",
                "workshop",
            ),
            (
                "endpoint-url",
                &self.endpoint_url,
                "Another server that speaks AWS's protocols.",
                "",
            ),
            ("state-dir", &state_dir, "The folder of the sandbox.", ""),
            (
                "role-arn",
                &self.role_arn,
                "The role that CloudFormation works with.",
                "",
            ),
            (
                "workshop",
                &self.workshop,
                "The shared stack of the class.",
                "",
            ),
        ] {
            let _ = match value {
                Some(value) => writeln!(text, "# {about}\n{key} = {}", quoted(value)),
                None if example.is_empty() => Ok(()),
                None => writeln!(text, "# {about}\n# {key} = {}", quoted(example)),
            };
        }
        text
    }
}

/// A basic string of TOML. Its escapes are those of JSON.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> Vec<(String, String)> {
        let error = Settings::read(FILE, text.as_bytes()).expect_err(text);
        let faults = error.faults.into_iter();
        faults.map(|it| (it.to_string(), it.expected)).collect()
    }

    #[test]
    fn what_a_file_says_is_read() {
        let text = "\
target = \"aws\"
region = \"eu-west-1\"
profile = \"ann\"
role-arn = \"arn:aws:iam::123456789012:role/Workshop\"
stack = \"mafia-monday-ann\"
class = \"monday\"
";
        let settings = Settings::read(FILE, text.as_bytes()).expect("read");
        assert_eq!(settings.target, Some(TargetName::Aws));
        assert_eq!(settings.region.as_deref(), Some("eu-west-1"));
        assert_eq!(settings.stack.as_deref(), Some("mafia-monday-ann"));
        assert_eq!(settings.class.as_deref(), Some("monday"));
        assert_eq!(Settings::read(FILE, b""), Ok(Settings::default()));
    }

    #[test]
    fn what_is_written_is_read_again() {
        let some = |text: &str| Some(text.to_owned());
        let all = Settings {
            target: Some(TargetName::Aws),
            endpoint_url: some("http://127.0.0.1:4566"),
            state_dir: Some("/a \"folder\"".into()),
            profile: some("ann"),
            region: some("eu-west-1"),
            role_arn: some("arn:aws:iam::123456789012:role/Workshop"),
            stack: some("mafia-monday-ann"),
            workshop: some("mafia-monday-workshop"),
            class: some("monday"),
        };
        for settings in [Settings::default(), all] {
            let text = settings.text();
            assert_eq!(
                Settings::read(FILE, text.as_bytes()),
                Ok(settings),
                "{text}"
            );
            let mentioned = text.replace("# ", "");
            for key in ["stack", "target", "region", "profile"] {
                assert!(mentioned.contains(&format!("\n{key} = ")), "{key}: {text}");
            }
        }
    }

    #[test]
    fn a_fault_has_its_place_and_what_was_expected() {
        for (text, message, expected) in [
            (
                "stak = \"a\"",
                "1:1: mafia.toml has no key `stak`",
                "did you mean `stack`?",
            ),
            (
                "endpoint = \"http://a\"",
                "1:1: mafia.toml has no key `endpoint`",
                "did you mean `endpoint-url`?",
            ),
            (
                "# so\ntarget = \"azure\"",
                "2:10: `target` cannot be `azure`",
                "expected sandbox or aws",
            ),
            (
                "region = 7",
                "1:10: `region` is not a text",
                "expected a text in quotes, such as `region = \"…\"`",
            ),
            (
                "region = \"EU\"",
                "1:10: `region` cannot be `EU`",
                "expected the name of a region, such as `eu-central-1`",
            ),
            (
                "profile = \"\"",
                "1:11: `profile` is empty",
                "give it a value, or omit it",
            ),
            (
                "stack = ann",
                "1:9: ",
                "expected TOML, such as `stack = \"mafia-ann\"`",
            ),
            (
                "stack = \"my stack\"",
                "1:9: `stack` cannot be `my stack`",
                "expected at most 50 letters, digits and hyphens, starting with a letter",
            ),
            (
                "[stack]\n",
                "1:1: `stack` is not a text",
                "expected a text in quotes, such as `stack = \"…\"`",
            ),
            (
                "endpoint-url = \"localhost:1\"",
                "1:16: `endpoint-url` cannot be",
                "expected a URL, such as `http://127.0.0.1:4566`",
            ),
            (
                "target = \"sandbox\"\nendpoint-url = \"http://a\"",
                "2:16: the target cannot be both",
                "omit `target` or `endpoint-url`",
            ),
            (
                "class = \"monday\"",
                "1:9: the class monday needs",
                "add `stack = \"mafia-monday-NAME\"`, with your name in the class",
            ),
            (
                "class = \"monday\"\nstack = \"mafia-ann\"",
                "2:9: `mafia-ann` is no stack of the class monday",
                "expected `mafia-monday-NAME`, with your name in the class",
            ),
        ] {
            let faults = refused(text);
            assert_eq!(faults.len(), 1, "{faults:?}");
            assert!(
                faults[0].0.starts_with(&format!("mafia.toml:{message}")),
                "{faults:?}"
            );
            assert_eq!(faults[0].1, expected);
        }
        assert_eq!(refused("a = 1\nstack = 2\ntarget = \"\"").len(), 3);
    }
}
