//! Credentials and network as AWS's own clients have them: proxies, authorities, endpoints of single
//! services, sources of keys; and servers that answer without an end.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver};

use crate::endpoint::Endpoint;
use crate::mafia::Mafia;
use crate::outside::{REMEDY, script, tool};
use crate::proxy::Proxy;
use crate::requests::read_by;
use crate::stub::{self, Stub};

/// Somebody on AWS, as far as options say it.
const ON_AWS: [&str; 4] = ["--target", "aws", "--region", "eu-west-1"];

fn anna() -> Mafia {
    Mafia::alone()
        .env("MAFIA_STACK", "mafia-anna")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_ACCESS_KEY_ID", "AKIATEST")
        .env("AWS_SECRET_ACCESS_KEY", "test")
}

/// A server that tells the first line of each connection and lets `answer` have the rest.
fn listening(answer: fn(TcpStream)) -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let (said, lines) = mpsc::channel();
    std::thread::spawn(move || {
        for connection in listener.incoming().map_while(Result::ok) {
            let said = said.clone();
            std::thread::spawn(move || {
                let mut line = String::new();
                let mut reader = BufReader::new(&connection);
                let _ = reader.read_line(&mut line);
                // A story that has ended listens no more.
                let _ = said.send(line.trim_end().to_owned());
                answer(connection);
            });
        }
    });
    (url, lines)
}

#[test]
fn a_proxy_is_asked_for_aws() {
    for variable in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY"] {
        let (proxy, lines) = listening(|mut connection| {
            let _ = connection.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
        });
        let running = anna()
            .env(variable, &proxy)
            .start(&[&["doctor"], &ON_AWS[..]].concat());
        let line = lines.recv().expect("the proxy is asked");
        assert_eq!(
            line, "CONNECT sts.eu-west-1.amazonaws.com:443 HTTP/1.1",
            "{variable}"
        );
        running.kill();
    }
}

#[test]
fn a_proxy_that_wants_a_password_or_refuses_is_named() {
    let wants_password = |mut connection: TcpStream| {
        let answer = b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n";
        let _ = connection.write_all(answer);
    };
    let refuses = |mut connection: TcpStream| {
        let _ = connection.write_all(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
    };
    let elsewhere = ["--endpoint-url", "http://aws.example.org"];
    for (variable, target, answer, words) in [
        (
            "HTTPS_PROXY",
            &ON_AWS[..],
            wants_password as fn(TcpStream),
            "wants a user name and a password",
        ),
        (
            "HTTP_PROXY",
            &elsewhere,
            wants_password,
            "wants a user name and a password",
        ),
        (
            "HTTPS_PROXY",
            &ON_AWS,
            refuses,
            "does not let the request through",
        ),
    ] {
        let (proxy, _lines) = listening(answer);
        let with_password = proxy.replace("http://", "http://ann:sekret@");
        let refused = anna().env(variable, &with_password);
        let refused = refused.run(&[&["play", "state"], target].concat());
        refused
            .exits_with(3)
            .remarks(&format!("through the proxy {proxy} ({variable})"))
            .remarks(words)
            .remarks("http://USER:PASSWORD@HOST:PORT")
            .never_says("sekret");
    }
}

#[test]
fn no_proxy_lies_between_a_machine_and_itself() {
    let stub = Stub::empty();
    let (proxy, lines) = listening(drop);
    let refused = Mafia::at(stub.endpoint())
        .env("HTTP_PROXY", &proxy)
        .env("HTTPS_PROXY", &proxy)
        .env("MAFIA_STACK", "mafia-anna")
        .run(&["play", "state"]);
    refused
        .exits_with(1)
        .remarks("as user/anna of 123456789012");
    assert!(lines.try_recv().is_err(), "the proxy was asked");
}

#[test]
fn hosts_without_a_proxy_are_asked_directly() {
    let (proxy, lines) = listening(drop);
    let checked = anna()
        .env("HTTPS_PROXY", &proxy)
        .env("NO_PROXY", "example.org")
        .run(&["doctor", "--endpoint-url", "https://nothing.example.org"]);
    checked.prints("its host name was not found");
    assert!(lines.try_recv().is_err(), "the proxy was asked");
}

#[test]
#[ignore = "needs Python: run .ci/run, or pass --include-ignored"]
fn an_authority_of_ones_own_is_trusted_where_it_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut server = std::process::Command::new(tool("python3"))
        .arg(script("tls.py"))
        .arg(folder.path())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("cannot run Python: {error}; {REMEDY}"));
    let mut port = String::new();
    let stdout = server.stdout.as_mut().expect("a pipe");
    BufReader::new(stdout)
        .read_line(&mut port)
        .expect("it says its port");
    let url = format!("https://localhost:{}", port.trim());
    let bundle = folder.path().join("authority.pem");
    let anna = || anna().env("MAFIA_ENDPOINT_URL", &url);

    let trusting = anna()
        .env("AWS_CA_BUNDLE", &bundle.to_string_lossy())
        .run(&["doctor"]);
    let config = folder.path().join("config");
    let text = format!("[default]\nca_bundle = {}\n", bundle.display());
    std::fs::write(&config, text).expect("written");
    let by_profile = anna()
        .env("AWS_CONFIG_FILE", &config.to_string_lossy())
        .run(&["doctor"]);
    let without = anna().run(&["doctor"]);
    server
        .kill()
        .and_then(|()| server.wait())
        .expect("it can be ended");

    for trusting in [trusting, by_profile] {
        assert!(trusting.stdout.contains("✓ credentials"), "{trusting:?}");
    }
    without
        .prints("invalid peer certificate")
        .prints("AWS_CA_BUNDLE");
    anna()
        .env("AWS_CA_BUNDLE", "/no/such/file")
        .run(&["doctor", "--json"])
        .prints("/no/such/file");
}

#[test]
fn an_answer_without_an_end_is_given_up() {
    let (url, _lines) = listening(|mut connection| {
        let head = b"HTTP/1.1 200 OK\r\ncontent-type: text/xml\r\n\r\n<a>";
        let mut alive = connection.write_all(head);
        while alive.is_ok() {
            alive = connection.write_all(&[b'x'; 1 << 16]);
        }
    });
    let refused = anna().run(&["play", "state", "--endpoint-url", &url]);
    refused.exits_with(3).remarks("an answer without an end");
}

#[test]
fn keys_that_cannot_be_sent_are_named() {
    for (name, value, part) in [
        ("AWS_ACCESS_KEY_ID", "AKIA\r", "access key id"),
        ("AWS_SECRET_ACCESS_KEY", "secret\n", "secret access key"),
        ("AWS_SESSION_TOKEN", "to\nken", "session token"),
    ] {
        let refused = anna()
            .env(name, value)
            .run(&[&["play", "state", "--json"], &ON_AWS[..]].concat())
            .exits_with(3);
        let message = refused.json()["error"]["message"].to_string();
        assert!(message.contains(part), "{name}: {message}");
        assert!(!refused.stdout.contains("AKIA") && !refused.stdout.contains("secret\\n"));
    }
}

#[test]
fn where_single_services_are_is_said() {
    let (lambda, _lines) = listening(drop);
    let stub = Stub::empty();
    let sts = stub.endpoint().url();
    let play = [&["play", "state"], &ON_AWS[..]].concat();
    let said = |mafia: Mafia| {
        let mut running = mafia.env("AWS_ENDPOINT_URL_STS", sts).start(&play);
        running.wait_until_it_says("as user/anna");
        running.kill()
    };
    let by_variable = said(anna().env("AWS_ENDPOINT_URL_LAMBDA", &lambda));
    by_variable.remarks(&format!(
        "mafia-anna on AWS (eu-west-1), Lambda at {lambda}, STS at {sts} as user/anna"
    ));

    let config = format!(
        "[default]\nservices = mine\n[services mine]\nlambda =\n  endpoint_url = {lambda}\n"
    );
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), config).expect("written");
    let by_section = said(anna().env("AWS_CONFIG_FILE", &file.path().to_string_lossy()));
    by_section.remarks(&format!("Lambda at {lambda}"));

    let wrong = anna()
        .env("AWS_ENDPOINT_URL_LAMBDA", "localhost")
        .run(&play);
    wrong
        .exits_with(2)
        .remarks("`localhost` is not a valid endpoint URL");
}

#[test]
fn an_empty_setting_is_none() {
    let play = ["play", "state", "--target", "aws"];
    let anna = || anna().env("AWS_REGION", "").env("AWS_PROFILE", "");
    anna().run(&play).exits_with(2).remarks("no region set");
    let mut running = anna().env("AWS_DEFAULT_REGION", "eu-west-3").start(&play);
    running.wait_until_it_says("AWS (eu-west-3)");
    running.kill();
}

const PROFILES: &str = "[profile guarded]\nrole_arn = arn:aws:iam::123456789012:role/r\n\
    mfa_serial = arn:aws:iam::123456789012:mfa/ann\nsource_profile = ann's base\n\
    [profile 'ann'\"'\"'s base']\naws_access_key_id = AK\naws_secret_access_key = SK\n\
    region = eu-west-3\n\
    [profile console]\nlogin_session = arn:aws:iam::123456789012:user/ann\n";

/// Somebody with these profiles, at an STS that assumes a role for the code 123456.
fn ann_with_a_device(endpoint: &Endpoint) -> Mafia {
    let ann = Mafia::alone()
        .env("MAFIA_STACK", "mafia-anna")
        .env("MAFIA_ENDPOINT_URL", endpoint.url())
        .env("AWS_EC2_METADATA_DISABLED", "true");
    let folder = ann.home().join(".aws");
    std::fs::create_dir(&folder).expect("the home is new");
    std::fs::write(folder.join("config"), PROFILES).expect("written");
    ann
}

fn sts_with_a_device() -> Stub {
    Stub::answering(|asked| {
        let has = |words: &str| asked.text.contains(words);
        (asked.name == "sts:AssumeRole").then(|| {
            if !has("mfa%2Fann") || !has("TokenCode=123456") || !has("role%2Fr") {
                let wrong = "MultiFactorAuthentication failed with invalid MFA one time pass code.";
                return asked.refusal(403, "AccessDenied", wrong);
            }
            stub::xml(
                "<AssumeRoleResponse><AssumeRoleResult><Credentials>\
                 <AccessKeyId>ASIA1</AccessKeyId><SecretAccessKey>s</SecretAccessKey>\
                 <SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>\
                 </Credentials></AssumeRoleResult></AssumeRoleResponse>",
            )
        })
    })
}

#[test]
fn a_profile_that_cannot_be_used_without_a_person_is_named_with_the_way_around() {
    let stub = sts_with_a_device();
    let ann = ann_with_a_device(stub.endpoint());
    for (profile, needs) in [
        ("guarded", "a code of an MFA device"),
        ("console", "a session of `aws login`"),
    ] {
        let refused = ann.run(&["play", "state", "--profile", profile]);
        refused.exits_with(3).remarks(needs).remarks(&format!(
            "aws configure export-credentials --profile {profile} --format env"
        ));
    }
}

/// AWS's command line, which made the session, is asked for its keys.
#[cfg(unix)]
#[test]
fn a_session_of_aws_login_is_used() {
    use std::os::unix::fs::PermissionsExt;
    let stub = Stub::empty();
    let ann = ann_with_a_device(stub.endpoint());
    let aws = ann.home().join("aws");
    let path = std::env::var("PATH").unwrap_or_default();
    let ann = ann.env(
        "PATH",
        &format!("{}:{path}", aws.with_file_name("").display()),
    );
    let play = ["play", "state", "--profile", "console"];
    for (program, code, said) in [
        (
            "[ \"$*\" = 'configure export-credentials --profile console --format process' ] && \
             echo '{\"Version\": 1, \"AccessKeyId\": \"AK\", \"SecretAccessKey\": \"SK\"}'",
            1,
            "as user/anna",
        ),
        (
            "echo 'your session has expired' >&2; exit 255",
            3,
            "your session has expired",
        ),
    ] {
        std::fs::write(&aws, format!("#!/bin/sh\n{program}\n")).expect("written");
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(&aws, mode).expect("ours");
        let played = ann.run(&play).exits_with(code).remarks(said);
        if code == 3 {
            played
                .remarks("from `login_session` of profile `console`")
                .remarks("hint: run `aws login` for this profile");
        }
    }
}

#[test]
fn a_profile_may_have_any_name() {
    let stub = Stub::empty();
    let ann = ann_with_a_device(stub.endpoint());
    let by_option = ann.run(&["play", "state", "--profile", "ann's base"]);
    by_option
        .exits_with(1)
        .remarks("(eu-west-3) as user/anna of 123456789012, profile ann's base");
    let by_variable = ann.env("AWS_PROFILE", "ann's base");
    let by_variable = by_variable.run(&["play", "state"]).exits_with(1);
    by_variable.remarks("(eu-west-3) as user/anna");
}

#[test]
#[ignore = "needs Python: run .ci/run, or pass --include-ignored"]
fn the_code_of_an_mfa_device_is_asked_for_once() {
    let stub = sts_with_a_device();
    let proxy = Proxy::in_front_of(stub.endpoint());
    let ann = ann_with_a_device(proxy.endpoint());
    let play = ["play", "state", "--profile", "guarded"];
    let question = "Enter MFA code for arn:aws:iam::123456789012:mfa/ann:";
    let wrong = ann.run_on_a_terminal(120, &[(question, "654321\n")], &play);
    let wrong = wrong.json();
    assert_eq!(wrong["code"], 3, "{wrong:#}");
    assert!(
        wrong["screen"]
            .to_string()
            .contains("invalid MFA one time pass code"),
        "{wrong:#}"
    );
    let right = ann.run_on_a_terminal(120, &[(question, "123456\n")], &play);
    let right = right.json();
    assert_eq!(right["code"], 1, "{right:#}");
    assert!(
        right["screen"].to_string().contains("as user/anna"),
        "{right:#}"
    );
    // The session is kept for the next command.
    ann.run(&play).exits_with(1).remarks("as user/anna");
    let requests = proxy.requests_of("sts:AssumeRole");
    assert_eq!(requests.len(), 2, "{}", proxy.transcript());
    let report = read_by("recorded.py", &[], stub.endpoint(), &requests);
    assert_eq!(report["faults"], serde_json::json!([]), "{report:#}");
}

#[test]
fn the_reason_of_a_refusal_is_in_the_doctors_finding() {
    let stub = Stub::answering(|asked| {
        (asked.name == "sts:GetCallerIdentity").then(|| {
            asked.refusal(
                403,
                "SignatureDoesNotMatch",
                "Signature expired: 20260101T000000Z is now earlier than 20260102T000000Z",
            )
        })
    });
    let checked = Mafia::at(stub.endpoint())
        .env("MAFIA_STACK", "mafia-anna")
        .run(&["doctor"]);
    checked
        .prints("Signature expired: 20260101T000000Z")
        .prints("set the clock of this computer");
}

#[test]
#[ignore = "waits for a slow program: run .ci/run, or pass --include-ignored"]
fn a_program_that_gives_keys_may_print_warnings_and_take_its_time() {
    let stub = Stub::answering(|asked| {
        let asked_as = asked.text.contains("Action=GetCallerIdentity");
        asked_as.then(|| {
            stub::xml(
                "<GetCallerIdentityResponse><GetCallerIdentityResult>\
                 <Arn>arn:aws:iam::123456789012:user/from-the-program</Arn><UserId>A</UserId>\
                 <Account>123456789012</Account></GetCallerIdentityResult>\
                 </GetCallerIdentityResponse>",
            )
        })
    });
    let folder = tempfile::tempdir().expect("a folder");
    let program = folder.path().join("keys.sh");
    // Longer than the five seconds that the SDK would give it.
    std::fs::write(
        &program,
        "echo a warning >&2\nsleep 6\necho run >> \"$0.runs\"\n\
         echo '{\"Version\": 1, \"AccessKeyId\": \"AK\", \"SecretAccessKey\": \"SK\"}'\n",
    )
    .expect("written");
    let config = folder.path().join("config");
    let text = format!(
        "[profile slow]\ncredential_process = sh {}\n",
        program.display()
    );
    std::fs::write(&config, text).expect("written");
    let played = Mafia::alone()
        .env("AWS_CONFIG_FILE", &config.to_string_lossy())
        .env("MAFIA_STACK", "mafia-anna")
        .env("MAFIA_ENDPOINT_URL", stub.endpoint().url())
        .run(&["play", "state", "--profile", "slow"]);
    played.remarks("as user/from-the-program");
    let runs = std::fs::read_to_string(folder.path().join("keys.sh.runs"));
    assert_eq!(runs.expect("it ran"), "run\n", "it is run once");
}
