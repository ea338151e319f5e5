//! Amazon's own client for pages lives with a user pool of the sandbox: it signs up, confirms with the code that the
//! sandbox has in its log, and signs in with SRP.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::mafia::Mafia;
use crate::outside::{REMEDY, script, target_folder, tool};

const PASSWORD: &str = "Secret-1!";

/// The AWS CLI, with the sandbox's variables.
struct Cli<'a>(&'a Value);

impl Cli<'_> {
    fn ask(&self, arguments: &[&str]) -> Value {
        let variables = self.0.as_object().expect("variables");
        let variables = variables
            .iter()
            .map(|(name, value)| (name, value.as_str().expect("text")));
        let output = Command::new(tool("aws"))
            .arg("cognito-idp")
            .args(arguments)
            .args(["--output", "json"])
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .envs(variables)
            .stdin(Stdio::null())
            .output()
            .unwrap_or_else(|error| panic!("cannot run the AWS CLI: {error}; {REMEDY}"));
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {said}");
        serde_json::from_slice(&output.stdout).unwrap_or_default()
    }
}

#[test]
#[ignore = "needs Node and amazon-cognito-identity-js: run .ci/run, or pass --include-ignored"]
fn amazons_client_for_pages_signs_up_and_in() {
    let mafia = Mafia::alone();
    let asks = |command: &[&str]| {
        let command = [command, &["--json"]].concat();
        mafia.run(&command).succeeds().json()
    };
    let variables = asks(&["sandbox", "env"])["variables"].take();
    let cli = Cli(&variables);
    let pool = cli.ask(&[
        "create-user-pool",
        "--pool-name=players",
        "--auto-verified-attributes=email",
    ]);
    let pool = pool["UserPool"]["Id"].as_str().expect("an id");
    let of_pool = format!("--user-pool-id={pool}");
    let client = cli.ask(&["create-user-pool-client", &of_pool, "--client-name=page"]);
    let client = &client["UserPoolClient"]["ClientId"];
    let client = client.as_str().expect("an id");
    cli.ask(&[
        "admin-create-user",
        &of_pool,
        "--username=dan",
        &format!("--temporary-password={PASSWORD}"),
    ]);
    let url = variables["AWS_ENDPOINT_URL"].as_str().expect("a URL");

    let mut node = Command::new("node")
        .arg(script("cognito.mjs"))
        .arg(target_folder().join("judge"))
        .args([url, pool, client, PASSWORD])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node starts: install Debian's nodejs, or run .ci/run as root");
    let mut input = node.stdin.take().expect("the input is a pipe");
    let mut output = BufReader::new(node.stdout.take().expect("the output is a pipe"));
    let mut asked = String::new();
    output.read_line(&mut asked).expect("node writes");
    assert_eq!(asked, "the code?\n");
    let log = asks(&["sandbox", "logs"])["lines"].take();
    let mut lines = log.as_array().expect("lines").iter().rev();
    let code = lines.find_map(|line| {
        let (_, rest) = line
            .as_str()?
            .split_once("mail to ann@example.org: the code ")?;
        rest.get(..6)
    });
    writeln!(input, "{}", code.expect("a code")).expect("node reads");
    drop(input);
    let mut said = String::new();
    output.read_to_string(&mut said).expect("node writes");
    assert!(node.wait().expect("node ends").success(), "{said}");
    let mut said: Value = serde_json::from_str(&said).expect("the script prints JSON");
    let sub = said["attributes"]["sub"].take();
    assert_eq!(sub.as_str().map(str::len), Some(36));
    let wrong = "NotAuthorizedException: Incorrect username or password.";
    let expected = json!({
        "signedUp": { "confirmed": false, "to": "a***@e***" },
        "again": "UsernameExistsException: User already exists",
        "weak": "InvalidPasswordException: Password did not conform with policy: Password not long enough",
        "unconfirmed": "UserNotConfirmedException: User is not confirmed.",
        "wrongCode": "CodeMismatchException: Invalid verification code provided, please try again.",
        "confirmed": "SUCCESS",
        "wrongPassword": wrong,
        "nobody": "UserNotFoundException: User does not exist.",
        "claims": ["ann", true, "id", true],
        "attributes": { "email": "ann@example.org", "email_verified": "true", "sub": null },
        "refreshed": true,
        "changed": "SUCCESS",
        "oldPassword": wrong,
        "signedOut": "SUCCESS",
        "ended": "NotAuthorizedException: Access Token has been revoked",
        "invited": "dan",
    });
    assert_eq!(said, expected);
}
