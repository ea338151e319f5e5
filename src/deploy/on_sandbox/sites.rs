//! The files of a web site, which are no part of the stack.

use super::*;
use crate::bundle::{CONFIG, Site, SiteFile};
use crate::deploy::{FileAction, WantedSite};

const PAGES: &str = "\
Resources:
  Pages: {Type: AWS::S3::Bucket}
Outputs:
  Pages: {Value: !Ref Pages}
  SignIn: {Value: !Sub 'https://cognito-idp.${AWS::Region}.amazonaws.com'}
  Region: {Value: !Ref AWS::Region}
";

/// A deployment of these files, each a name and a text.
fn with_files(files: &[(&str, &str)]) -> Request {
    let files = files.iter().map(|(key, text)| SiteFile {
        key: (*key).to_owned(),
        content_type: "text/plain",
        bytes: text.as_bytes().to_vec(),
    });
    let outputs = [("place", "Region"), ("signIn", "SignIn")];
    let site = Site {
        folder: "site".into(),
        bucket: "Pages".to_owned(),
        config: outputs
            .map(|(key, output)| (key.to_owned(), output.to_owned()))
            .into(),
    };
    Request {
        project: Project::example(&[], &[]),
        site: Some(WantedSite {
            site,
            files: files.collect(),
        }),
        ..with_template(PAGES)
    }
}

fn done(deployment: &Deployment) -> (Action, Vec<(&str, FileAction)>) {
    let site = deployment.site.as_ref().expect("there is a site");
    let files = site.files.iter();
    let files = files.map(|it| (it.file.as_str(), it.action));
    (deployment.action, files.collect())
}

#[tokio::test]
async fn only_files_that_differ_are_uploaded_and_the_stack_does_not_know_them() {
    use FileAction::{Removed, Unchanged, Uploaded};
    let sandbox = Sandbox::start().await;
    let (one, two) = (("a.txt", "1"), ("b.txt", "1"));
    let would = Request {
        dry_run: true,
        ..with_files(&[one, two])
    };
    let all = vec![("a.txt", Uploaded), ("b.txt", Uploaded), (CONFIG, Uploaded)];
    let foreseen = deployed(&sandbox, &would, &[]).await;
    assert_eq!(done(&foreseen), (Action::Created, all.clone()));
    assert_eq!(foreseen.site.expect("a site").bucket, None);
    let created = deployed(&sandbox, &with_files(&[one, two]), &[]).await;
    assert_eq!(done(&created), (Action::Created, all));
    let bucket = created.site.and_then(|it| it.bucket).expect("a bucket");
    let config = sandbox.cloud.object(&bucket, CONFIG).await;
    let config = config.expect("no failure").expect("it is there");
    let config: serde_json::Value = serde_json::from_slice(&config).expect("JSON");
    assert_eq!(config["place"], REGION);
    let sign_in = config["signIn"].as_str().expect("text");
    assert!(
        sign_in.starts_with("http://cognito-idp.localhost:"),
        "{sign_in}"
    );

    let same = deployed(&sandbox, &with_files(&[one, two]), &[]).await;
    let none = [
        ("a.txt", Unchanged),
        ("b.txt", Unchanged),
        (CONFIG, Unchanged),
    ];
    assert_eq!(done(&same), (Action::Unchanged, none.to_vec()));
    let edited = with_files(&[("a.txt", "2")]);
    let differ = vec![("a.txt", Uploaded), ("b.txt", Removed), (CONFIG, Unchanged)];
    let would = Request {
        dry_run: true,
        ..edited.clone()
    };
    for request in [would, edited.clone()] {
        let uploaded = deployed(&sandbox, &request, &[]).await;
        assert_eq!(done(&uploaded), (Action::Uploaded, differ.clone()));
    }
    let same = deployed(&sandbox, &edited, &[]).await;
    assert_eq!(same.action, Action::Unchanged);

    sandbox.cloud.empty_bucket(&bucket).await.expect("emptied");
    sandbox.cloud.delete_bucket_by_hand(&bucket).await;
    let gone = refused(&sandbox, &edited, &[]).await;
    assert!(matches!(gone, DeployError::NoSiteBucket { .. }), "{gone:?}");
}

#[tokio::test]
async fn an_output_that_the_template_lacks_is_named() {
    let sandbox = Sandbox::start().await;
    let mut request = with_files(&[("a.txt", "1")]);
    let site = request.site.as_mut().expect("there is one");
    site.site
        .config
        .insert("api".to_owned(), "ApiUrl".to_owned());
    let refused = refused(&sandbox, &request, &[]).await;
    let DeployError::NoOutput { output, .. } = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(output, "ApiUrl");
}
