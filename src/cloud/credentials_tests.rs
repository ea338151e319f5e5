use super::*;
use crate::cloud::given::test_environment;
use crate::cloud::network;

#[test]
fn keys_that_cannot_be_sent_are_named_and_not_shown() {
    let check = |id: &str, secret: &str, token: Option<&str>| {
        check(&Credentials::new(
            id,
            secret,
            token.map(str::to_owned),
            None,
            "test",
        ))
    };
    assert_eq!(check("AKIA", "a/b+c=", Some("t/o=")), Ok(()));
    for (id, secret, token, name, what) in [
        ("AKIA\r", "secret", None, "access key id", "a line end"),
        ("AKIA", "secret\n", None, "secret access key", "a line end"),
        ("AKIA", "secret ", None, "secret access key", "a space"),
        (
            "AKIA",
            "secret",
            Some("token\n"),
            "session token",
            "a line end",
        ),
        ("AKIÄ", "secret", None, "access key id", "'Ä'"),
    ] {
        let reason = check(id, secret, token).expect_err(name);
        assert!(reason.contains(name) && reason.contains(what), "{reason}");
        assert!(
            !reason.contains("secret\n") && !reason.contains("AKI"),
            "{reason}"
        );
    }
}

const CONFIG: &str = "\
[profile keys]
aws_access_key_id = AKIAPROFILE
aws_secret_access_key = secret
[profile half]
aws_access_key_id = AKIAHALF
[profile program]
credential_process = me
[profile session]
login_session = s
[profile above]
role_arn = arn:aws:iam::1:role/r
source_profile = session
[profile guarded]
role_arn = arn:aws:iam::1:role/r
mfa_serial = arn:aws:iam::1:mfa/me
source_profile = keys
";

async fn profiles() -> Profiles {
    Profiles::of_config(CONFIG).await.expect("it can be read")
}

fn chosen(profile: &str, alone: bool) -> Chosen {
    Chosen {
        profile: profile.to_owned(),
        alone,
    }
}

const ID: (&str, &str) = ("AWS_ACCESS_KEY_ID", "AKIAENV");
const SECRET: (&str, &str) = ("AWS_SECRET_ACCESS_KEY", "secret");

#[tokio::test]
async fn half_of_a_pair_of_keys_is_refused_where_it_would_be_used() {
    let profiles = profiles().await;
    let refusal = |variables: &[(&str, &str)], profile: &str, alone| {
        test_environment::set(variables);
        let refused = chosen(profile, alone).check(&profiles).err();
        refused.map(|it| it.to_string())
    };
    let no_secret = "AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not";
    let no_id = "AWS_SECRET_ACCESS_KEY is set, but AWS_ACCESS_KEY_ID is not";
    let half = "profile `half` has aws_access_key_id, but no aws_secret_access_key";
    for (variables, profile, alone, expected) in [
        (&[][..], "keys", false, None),
        (&[], "half", false, Some(half)),
        (&[ID, SECRET], "half", false, None),
        (&[ID, SECRET], "half", true, Some(half)),
        (&[ID], "keys", false, Some(no_secret)),
        (&[SECRET], "keys", false, Some(no_id)),
        (&[ID], "keys", true, None),
        (&[SECRET], "half", true, Some(half)),
    ] {
        let refused = refusal(variables, profile, alone);
        assert_eq!(
            refused.as_deref(),
            expected,
            "{variables:?} {profile} {alone}"
        );
    }
}

#[tokio::test]
async fn the_setting_that_keys_come_from_is_named() {
    let profiles = profiles().await;
    let token = ("AWS_WEB_IDENTITY_TOKEN_FILE", "t");
    let relative = ("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/c");
    let full = ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://c");
    let program = "`credential_process` of profile `program`";
    let session = "`login_session` of profile `session`";
    for (variables, profile, alone, expected) in [
        (&[][..], "keys", false, None),
        (&[], "program", false, Some(program)),
        (&[], "above", false, Some(session)),
        (&[token], "program", false, Some(program)),
        (&[token, full], "keys", false, Some(token.0)),
        (&[relative], "keys", false, Some(relative.0)),
        (&[full], "keys", false, Some(full.0)),
        (&[full], "keys", true, None),
        (&[ID, full], "keys", false, None),
        (&[ID], "program", false, None),
        (&[ID], "program", true, Some(program)),
    ] {
        test_environment::set(variables);
        let source = chosen(profile, alone).source_of_keys(&profiles);
        assert_eq!(
            source.as_deref(),
            expected,
            "{variables:?} {profile} {alone}"
        );
    }
}

/// The SDK's own chain of sources stands for all that is not of a profile.
#[tokio::test]
async fn keys_come_from_the_profile_that_was_asked_for_and_else_from_the_chain() {
    let profiles = profiles().await;
    let of_chain = Credentials::new("AKIACHAIN", "secret", None, None, "chain");
    let config = SdkConfig::builder()
        .credentials_provider(SharedCredentialsProvider::new(of_chain))
        .build();
    let keys = async |variables: &[(&str, &str)], profile: &str, alone| {
        test_environment::set(variables);
        let client = network::local(&Arc::default()).client;
        let sources = ProviderConfig::default().with_http_client(client);
        let chosen = chosen(profile, alone);
        let (source, guarded) = source(&config, &sources, &profiles, &chosen);
        let keys = source.provide_credentials().await;
        let keys = keys.map(|keys| keys.access_key_id().to_owned());
        let error = |error: CredentialsError| {
            let source = std::error::Error::source(&error);
            source.map(ToString::to_string).unwrap_or_default()
        };
        (keys.map_err(error), guarded.is_some())
    };
    let found = |keys: &str| (Ok(keys.to_owned()), false);
    assert_eq!(keys(&[], "keys", true).await, found("AKIAPROFILE"));
    assert_eq!(keys(&[], "keys", false).await, found("AKIACHAIN"));
    assert_eq!(
        keys(&[ID, SECRET], "session", false).await,
        found("AKIACHAIN")
    );
    let (refused, guarded) = keys(&[], "half", true).await;
    let refused = refused.expect_err("a half is missing");
    assert!(
        refused.contains("has aws_access_key_id, but no"),
        "{refused}"
    );
    assert!(!guarded);
    // It needs a code, which nobody has entered.
    let (refused, guarded) = keys(&[], "guarded", false).await;
    let refused = refused.expect_err("there is no code");
    assert!(refused.contains("a code of an MFA device"), "{refused}");
    assert!(guarded);
    assert_eq!(
        keys(&[ID, SECRET], "guarded", false).await,
        found("AKIACHAIN")
    );
    let (_, guarded) = keys(&[ID, SECRET], "guarded", true).await;
    assert!(guarded);
}

/// Gives keys that end after these seconds, one pair after the other.
#[derive(Debug)]
struct Counting(std::sync::atomic::AtomicU64, Option<u64>);

impl ProvideCredentials for Counting {
    fn provide_credentials<'a>(&'a self) -> Providing<'a>
    where
        Self: 'a,
    {
        let number = self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        let end = self
            .1
            .map(|life| SystemTime::now() + Duration::from_secs(life));
        let id = format!("AKIA{number}");
        Providing::ready(Ok(Credentials::new(id, "secret", None, end, "test")))
    }
}

#[tokio::test]
async fn a_source_is_asked_again_when_its_keys_end_soon() {
    for (life, again) in [(None, false), (Some(3600), false), (Some(30), true)] {
        let checked = Checked {
            source: SharedCredentialsProvider::new(Counting(0.into(), life)),
            found: Mutex::default(),
        };
        let first = checked.provide_credentials().await.expect("keys");
        let second = checked.provide_credentials().await.expect("keys");
        assert_eq!(first.access_key_id(), "AKIA0");
        let expected = if again { "AKIA1" } else { "AKIA0" };
        assert_eq!(second.access_key_id(), expected, "{life:?}");
    }
    let strange = Credentials::new("AKIA", "secret\n", None, None, "test");
    let checked = Checked {
        source: SharedCredentialsProvider::new(strange),
        found: Mutex::default(),
    };
    assert!(checked.provide_credentials().await.is_err());
}
