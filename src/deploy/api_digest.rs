//! Another deployment of an API whenever the API changes. CloudFormation makes no deployment because methods
//! change, only because a deployment has another logical id: so its id gets a digest of the API. Pure.
//!
//! Source: CloudFormation template reference, `AWS::ApiGateway::Deployment`.

use std::collections::BTreeMap;
use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::Template;

/// What stands in the logical id of a deployment for the digest.
const MARK: &str = "DIGEST";
const DEPLOYMENT: &str = "AWS::ApiGateway::Deployment";
/// Types that are not part of what a deployment copies.
const NOT_COPIED: [&str; 3] = [
    DEPLOYMENT,
    "AWS::ApiGateway::Account",
    "AWS::ApiGateway::Stage",
];
/// In bytes. There are few versions of an API to be told apart.
const LENGTH: usize = 4;

/// The template with a digest of its API in the place of the mark, in the ids of deployments and wherever they
/// are named.
pub fn with_api_digest(template: Template) -> Template {
    let ids = marked(&template);
    if ids.is_empty() {
        return template;
    }
    let digest = digest(&template);
    let with_digest = |text: String, id: &String| {
        let (stem, _) = id.split_at(id.len() - MARK.len());
        text.replace(id, &format!("{stem}{digest}"))
    };
    let text = template.text().to_owned();
    Template::new(ids.iter().fold(text, with_digest))
}

fn marked(template: &Template) -> Vec<String> {
    let resources = template.section("Resources");
    let marked = resources.filter(|(id, it)| it["Type"] == DEPLOYMENT && id.ends_with(MARK));
    marked.map(|(id, _)| id.clone()).collect()
}

/// The digest of what a deployment copies, in the letters that a logical id may have.
fn digest(template: &Template) -> String {
    let resources = template.section("Resources").filter(|(_, resource)| {
        let kind = resource["Type"].as_str().unwrap_or_default();
        kind.starts_with("AWS::ApiGateway::") && !NOT_COPIED.contains(&kind)
    });
    let api: BTreeMap<_, _> = resources.collect();
    let text = serde_json::json!(api).to_string();
    let bytes = Sha256::digest(text.as_bytes());
    bytes[..LENGTH]
        .iter()
        .fold(String::new(), |mut digits, byte| {
            // Writing to a text cannot fail.
            let _ = write!(digits, "{byte:02x}");
            digits
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = "\
Resources:
  Api: {Type: AWS::ApiGateway::RestApi, Properties: {Name: a}}
  Get:
    Type: AWS::ApiGateway::Method
    Properties: {HttpMethod: GET}
  # The word Deployment also stands here.
  DeploymentDIGEST: {Type: AWS::ApiGateway::Deployment, DependsOn: Get}
  Stage: {Type: AWS::ApiGateway::Stage, Properties: {DeploymentId: !Ref DeploymentDIGEST}}
  Other: {Type: AWS::SNS::Topic}
";

    fn digested(text: &str) -> String {
        with_api_digest(Template::new(text)).text().to_owned()
    }

    fn id(text: &str) -> String {
        let template = Template::new(digested(text));
        let mut ids = template.section("Resources").map(|(id, _)| id.clone());
        ids.find(|id| id.starts_with("Deployment")).expect("an id")
    }

    #[test]
    fn the_digest_is_in_the_id_and_wherever_it_is_named() {
        let id = id(TEMPLATE);
        let digits = id.strip_prefix("Deployment").expect("the stem stays");
        assert_eq!(digits.len(), 2 * LENGTH);
        assert!(digits.bytes().all(|b| b.is_ascii_hexdigit()), "{digits}");
        assert_eq!(
            digested(TEMPLATE),
            TEMPLATE.replace("DeploymentDIGEST", &id)
        );
        assert_eq!(digested(&digested(TEMPLATE)), digested(TEMPLATE));
    }

    #[test]
    fn another_id_comes_with_another_api_and_with_nothing_else() {
        let edited = |old: &str, new: &str| {
            assert!(TEMPLATE.contains(old), "{old}");
            id(&TEMPLATE.replacen(old, new, 1))
        };
        for (old, new) in [
            ("HttpMethod: GET", "HttpMethod: POST"),
            ("Name: a", "Name: b"),
            ("Get:", "Head:"),
        ] {
            assert_ne!(edited(old, new), id(TEMPLATE), "{new}");
        }
        for (old, new) in [
            ("AWS::SNS::Topic", "AWS::SQS::Queue"),
            ("DependsOn: Get", "DependsOn: [Get, Api]"),
            ("# The word", "# A word"),
        ] {
            assert_eq!(edited(old, new), id(TEMPLATE), "{new}");
        }
    }

    #[test]
    fn a_deployment_without_the_mark_stays_as_it_is() {
        for text in [
            &TEMPLATE.replace("DIGEST", "One"),
            "Resources: {AtDIGEST: {Type: AWS::SNS::Topic}}",
            "[",
        ] {
            assert_eq!(digested(text), *text);
        }
    }

    #[test]
    fn the_games_template_has_the_mark() {
        let text = include_str!("../../templates/game.yaml");
        assert!(id(text).len() > "Deployment".len() + MARK.len());
    }
}
