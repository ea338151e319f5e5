use aws_credential_types::provider::ProvideCredentials;

use super::*;
use crate::cloud::Cloud;
use crate::cloud::given::test_environment;

const CONFIG: &str = "\
[default]
region = eu-central-1
[profile ann]
region = eu-west-1
endpoint_url = http://of.profile
ca_bundle = /of/profile
aws_access_key_id = AKIAANN
aws_secret_access_key = secret
[profile role]
role_arn = arn:aws:iam::1:role/r
source_profile = ann
[profile ignores]
region = eu-west-2
endpoint_url = http://of.profile
ignore_configured_endpoint_urls = TRUE
[profile bare]
";

async fn profiles() -> Profiles {
    Profiles::of_config(CONFIG).await.expect("it can be read")
}

fn given(value: &str, place: &str) -> Option<Given> {
    Some(Given::new(value, place))
}

fn by_profile(profile: &str) -> Configured {
    Configured {
        profile: given(profile, "--profile"),
        ..Configured::default()
    }
}

#[tokio::test]
async fn the_profile_is_the_one_that_is_named_first() {
    let profiles = profiles().await;
    let chosen = |configured: &Configured| {
        let chosen = configured.chosen(&profiles);
        chosen.map(|it| (it.profile, it.alone))
    };
    let none = Configured::default();
    test_environment::set(&[]);
    assert_eq!(chosen(&none), Ok(("default".to_owned(), false)));
    test_environment::set(&[("AWS_PROFILE", "role")]);
    assert_eq!(chosen(&none), Ok(("role".to_owned(), false)));
    let ann = by_profile("ann");
    assert_eq!(chosen(&ann), Ok(("ann".to_owned(), true)));
    test_environment::set(&[("AWS_PROFILE", "nobody")]);
    let unknown = chosen(&none).expect_err("it is in no file").to_string();
    assert!(unknown.contains("`nobody` (AWS_PROFILE)"), "{unknown}");
    let unknown = chosen(&by_profile("an")).expect_err("it is in no file");
    assert_eq!(unknown.to_string(), "there is no profile `an` (--profile)");
    assert_eq!(unknown.remedies[0], "did you mean ann?");
    let known = "the profiles are ann, bare, default, ignores, role";
    assert_eq!(unknown.remedies[1], known);
}

#[tokio::test]
async fn the_region_is_that_of_the_option_the_environment_or_the_profile() {
    let profiles = profiles().await;
    let of_profile = |profile: &str| format!("`region` of profile `{profile}`");
    let both = [("AWS_REGION", "a"), ("AWS_DEFAULT_REGION", "b")];
    for (variables, profile, expected) in [
        (&both[..], "ann", given("a", "AWS_REGION")),
        (&both[1..], "ann", given("b", "AWS_DEFAULT_REGION")),
        (&[], "ann", given("eu-west-1", &of_profile("ann"))),
        // Of the profile that a role takes its keys from.
        (&[], "role", given("eu-west-1", &of_profile("ann"))),
        (&[], "bare", None),
    ] {
        test_environment::set(variables);
        let configured = by_profile(profile);
        let chosen = configured.chosen(&profiles).expect("it is there");
        let region = configured.region(&profiles, &chosen);
        assert_eq!(region, expected, "{variables:?} {profile}");
        let asked_for = Configured {
            region: given("mine", "--region"),
            ..configured
        };
        let region = asked_for.region(&profiles, &chosen);
        assert_eq!(region, given("mine", "--region"));
    }
}

#[tokio::test]
async fn the_endpoint_is_that_of_the_option_the_environment_or_the_profile() {
    let profiles = profiles().await;
    let url = ("AWS_ENDPOINT_URL", "http://of.variable");
    let ignore = |value| ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", value);
    let of_variable = || given("http://of.variable", "AWS_ENDPOINT_URL");
    let of_profile = || given("http://of.profile", "`endpoint_url` of profile `ann`");
    for (variables, profile, expected) in [
        (&[url][..], "ann", of_variable()),
        (&[url, ignore("false")], "ann", of_variable()),
        (&[url, ignore("true")], "ann", None),
        (&[url], "ignores", of_variable()),
        (&[], "ann", of_profile()),
        (&[ignore("no")], "ann", of_profile()),
        (&[ignore("True")], "ann", None),
        (&[], "ignores", None),
        (&[], "bare", None),
    ] {
        test_environment::set(variables);
        let configured = by_profile(profile);
        let chosen = configured.chosen(&profiles).expect("it is there");
        let endpoint = configured.endpoint(&profiles, &chosen);
        assert_eq!(endpoint, expected, "{variables:?} {profile}");
        let asked_for = Configured {
            endpoint_url: given("http://mine", "--endpoint-url"),
            ..configured
        };
        let endpoint = asked_for.endpoint(&profiles, &chosen);
        assert_eq!(endpoint, given("http://mine", "--endpoint-url"));
    }
}

#[test]
fn a_target_is_aws_with_a_region_or_an_endpoint_with_any() {
    let target = |endpoint: Option<Given>, region: Option<Given>| {
        let target = by_profile("ann").target(endpoint, region);
        target.map(|it| (it.kind, it.region, it.profile, it.places))
    };
    let profile = || Some("ann".to_owned());
    let places = |endpoint: Option<&str>, region: Option<&str>| Places {
        endpoint: endpoint.map(str::to_owned),
        region: region.map(str::to_owned),
        keys: None,
    };
    let region = || given("eu-west-1", "--region");
    let (kind, name, of, at) = target(None, region()).expect("a target");
    assert_eq!(
        (kind, name.as_str(), of),
        (TargetKind::Aws, "eu-west-1", profile())
    );
    assert_eq!(at, places(None, Some("--region")));
    let endpoint = || given("http://mine", "--endpoint-url");
    let url = || TargetKind::Endpoint {
        url: "http://mine".to_owned(),
    };
    let (kind, name, _, at) = target(endpoint(), None).expect("a target");
    assert_eq!((kind, name.as_str()), (url(), LOCAL_REGION));
    assert_eq!(at, places(Some("--endpoint-url"), None));
    let (kind, name, _, _) = target(endpoint(), region()).expect("a target");
    assert_eq!((kind, name.as_str()), (url(), "eu-west-1"));
    let none = target(None, None).expect_err("AWS needs a region");
    let CloudError::NoRegion { profile: of } = none else {
        panic!("{none:?}");
    };
    assert_eq!(of, profile());
}

#[tokio::test]
async fn authorities_are_those_of_the_environment_or_the_profile() {
    let profiles = profiles().await;
    let named = |variables: &[(&str, &str)], profile: &str| {
        test_environment::set(variables);
        let chosen = by_profile(profile).chosen(&profiles).expect("it is there");
        authorities(&profiles, &chosen).map(|it| (it.path, it.place))
    };
    let pair = |path: &str, place: &str| Some((path.to_owned(), place.to_owned()));
    let variable = [("AWS_CA_BUNDLE", "/of/variable")];
    assert_eq!(
        named(&variable, "ann"),
        pair("/of/variable", "AWS_CA_BUNDLE")
    );
    let of_profile = pair("/of/profile", "`ca_bundle` of profile `ann`");
    assert_eq!(named(&[], "ann"), of_profile);
    assert_eq!(named(&[], "bare"), None);
}

#[test]
fn addresses_that_cannot_be_used_are_refused() {
    let elsewhere = |url: &str| Elsewhere {
        service: "S3",
        url: Given::new(url, "AWS_ENDPOINT_URL_S3"),
    };
    let (wrong, fine) = (given("ftp://a", "a"), given("http://127.0.0.1", "a"));
    let (here, nowhere) = (given("eu-west-1", "b"), given("RegionOne", "b"));
    for (endpoint, region, services, is_fine) in [
        (None, None, vec![], true),
        (fine.as_ref(), None, vec![], true),
        (wrong.as_ref(), None, vec![], false),
        (
            None,
            here.as_ref(),
            vec![elsewhere("http://127.0.0.1")],
            true,
        ),
        (None, here.as_ref(), vec![elsewhere("s3")], false),
        // AWS has no such region; another server may.
        (None, nowhere.as_ref(), vec![], false),
        (fine.as_ref(), nowhere.as_ref(), vec![], true),
    ] {
        let checked = check(endpoint, region, &services);
        assert_eq!(
            checked.is_ok(),
            is_fine,
            "{endpoint:?} {region:?} {services:?}"
        );
    }
}

/// From AWS's files to the keys that requests are signed with.
#[tokio::test]
async fn settings_are_resolved_to_a_target_and_its_keys() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).expect("written");
        path.to_string_lossy().into_owned()
    };
    let config = file("config", CONFIG);
    let credentials = file("credentials", "");
    test_environment::set(&[
        ("AWS_CONFIG_FILE", &config),
        ("AWS_SHARED_CREDENTIALS_FILE", &credentials),
    ]);
    let of_aws = CONFIG.replace("endpoint_url = http://of.profile\n", "");
    file("config", &of_aws.replace("ca_bundle = /of/profile\n", ""));
    let settings = Settings::Configured(by_profile("ann"));
    let resolved = resolve(&settings).await.expect("a target");
    assert_eq!(resolved.target.to_string(), "AWS (eu-west-1)");
    let region = resolved.config.region().map(Region::as_ref);
    assert_eq!(region, Some("eu-west-1"));
    let keys = resolved.config.credentials_provider().expect("a source");
    let keys = keys.provide_credentials().await.expect("keys");
    assert_eq!(keys.access_key_id(), "AKIAANN");
    assert!(resolved.guarded.is_none());

    file("config", CONFIG);
    let refused = Cloud::connect(&settings).await;
    let refused = refused.expect_err("there is no such file").to_string();
    assert!(refused.contains("/of/profile"), "{refused}");

    let server = SandboxServer {
        url: "http://127.0.0.1:1".to_owned(),
        region: LOCAL_REGION,
        access_key_id: "id".to_owned(),
        secret_access_key: "secret".to_owned(),
    };
    let sandbox = resolve(&Settings::Sandbox(server)).await.expect("a target");
    assert_eq!(
        sandbox.target.to_string(),
        "the sandbox (http://127.0.0.1:1)"
    );
    let url = sandbox.config.endpoint_url();
    assert_eq!(url, Some("http://127.0.0.1:1"));
    let keys = sandbox.config.credentials_provider().expect("a source");
    let keys = keys.provide_credentials().await.expect("keys");
    assert_eq!(
        (keys.access_key_id(), keys.secret_access_key()),
        ("id", "secret")
    );
}
