//! Settings of AWS's clients that cannot be used: each is named with the place where it is made, what
//! it is, and what was expected; never with a secret.

use std::net::TcpListener;

use clap::{ArgAction, Command, CommandFactory};
use mafia::cli::Cli;

use crate::mafia::{Mafia, Outcome};

/// What secrets contain in these stories.
const SECRET: &str = "sekret";

const KEYS: &[(&str, &str)] = &[
    ("AWS_ACCESS_KEY_ID", "AKIASEKRET"),
    ("AWS_SECRET_ACCESS_KEY", "sekret"),
    ("AWS_REGION", "eu-west-1"),
];

/// A setting, and what has to be said about it.
struct Row {
    variables: &'static [(&'static str, &'static str)],
    config: &'static [u8],
    credentials: &'static [u8],
    options: &'static [&'static str],
    code: i32,
    says: &'static [&'static str],
}

const ROW: Row = Row {
    variables: &[],
    config: b"",
    credentials: b"",
    options: &[],
    code: 2,
    says: &[],
};

/// On top of sound keys and a region in the environment.
const WITH_KEYS: &[Row] = &[
    Row {
        variables: &[("HTTPS_PROXY", ":::")],
        says: &["`:::`", "(HTTPS_PROXY)", "http://HOST:PORT"],
        ..ROW
    },
    Row {
        variables: &[("https_proxy", "http://")],
        says: &["`http://`", "(https_proxy)"],
        ..ROW
    },
    Row {
        variables: &[("ALL_PROXY", "socks5://u:sekret@h:1")],
        says: &["`h:1`", "(ALL_PROXY)"],
        ..ROW
    },
    Row {
        variables: &[("HTTPS_PROXY", "http://ann:sekret@127.0.0.1:9")],
        code: 3,
        says: &[
            "through the proxy http://127.0.0.1:9 (HTTPS_PROXY)",
            "no server is listening",
            "NO_PROXY",
        ],
        ..ROW
    },
    Row {
        variables: &[("AWS_REGION", "eu west 1")],
        says: &["`eu west 1`", "(AWS_REGION)", "eu-west-1"],
        ..ROW
    },
    Row {
        variables: &[("AWS_REGION", "nonsense")],
        says: &["`nonsense`", "(AWS_REGION)"],
        ..ROW
    },
    Row {
        variables: &[("AWS_REGION", ""), ("AWS_DEFAULT_REGION", "x y")],
        says: &["`x y`", "(AWS_DEFAULT_REGION)"],
        ..ROW
    },
    Row {
        options: &["--region", "eu_west_1"],
        says: &["`eu_west_1`", "(--region)"],
        ..ROW
    },
    Row {
        variables: &[("MAFIA_REGION", "eu_west_1")],
        says: &["`eu_west_1`", "(MAFIA_REGION)"],
        ..ROW
    },
    Row {
        variables: &[("AWS_REGION", "")],
        config: b"[default]\nregion = west\n",
        says: &["`west`", "(`region` of profile `default`)"],
        ..ROW
    },
    Row {
        variables: &[("AWS_REGION", "")],
        says: &["no region set", "--region", "AWS_REGION"],
        ..ROW
    },
    Row {
        variables: &[("AWS_ENDPOINT_URL", "localhost")],
        says: &["`localhost`", "(AWS_ENDPOINT_URL)"],
        ..ROW
    },
    Row {
        variables: &[("AWS_ENDPOINT_URL_LAMBDA", "nonsense")],
        says: &[
            "`nonsense`",
            "(AWS_ENDPOINT_URL_LAMBDA)",
            "http://HOST:PORT",
        ],
        ..ROW
    },
    Row {
        variables: &[("AWS_ENDPOINT_URL_CLOUDWATCH_LOGS", "http://a:sekret@")],
        says: &["(AWS_ENDPOINT_URL_CLOUDWATCH_LOGS)"],
        ..ROW
    },
    Row {
        config:
            b"[default]\nservices = mine\n[services mine]\nlambda =\n  endpoint_url = nonsense\n",
        says: &["`nonsense`", "(`lambda` in [services mine])"],
        ..ROW
    },
    Row {
        config: b"[default]\nendpoint_url = nonsense\n",
        says: &["`nonsense`", "(`endpoint_url` of profile `default`)"],
        ..ROW
    },
    Row {
        options: &["--endpoint-url", "nonsense"],
        says: &["`nonsense`", "(--endpoint-url)"],
        ..ROW
    },
    Row {
        variables: &[("MAFIA_ENDPOINT_URL", "nonsense")],
        says: &["`nonsense`", "(MAFIA_ENDPOINT_URL)"],
        ..ROW
    },
    Row {
        variables: &[("AWS_CA_BUNDLE", "/no/such")],
        says: &["/no/such (AWS_CA_BUNDLE)", "PEM"],
        ..ROW
    },
    Row {
        variables: &[("AWS_CA_BUNDLE", "/")],
        says: &["/ (AWS_CA_BUNDLE)", "PEM"],
        ..ROW
    },
    Row {
        variables: &[("AWS_CA_BUNDLE", "/dev/null")],
        says: &["(AWS_CA_BUNDLE)", "no certificate"],
        ..ROW
    },
    Row {
        config: b"[default]\nca_bundle = /no/such\n",
        says: &["/no/such (`ca_bundle` of profile `default`)"],
        ..ROW
    },
    Row {
        config: b"region = eu-west-1\n",
        says: &["line 1 of", "config", "`[default]`"],
        ..ROW
    },
    Row {
        config: b"[default]\nregion: x\n",
        says: &["line 2 of", "config", "KEY = VALUE"],
        ..ROW
    },
    Row {
        config: b"[default\n",
        says: &["line 1 of", "config", "`]`"],
        ..ROW
    },
    Row {
        config: b"\xff\xfe[\0d\0",
        says: &["config", "UTF-16", "UTF-8"],
        ..ROW
    },
    Row {
        credentials: b"\xfe\xff\0[\0d",
        says: &["credentials", "UTF-16", "UTF-8"],
        ..ROW
    },
    Row {
        credentials: b"[zo\xeb]\n",
        says: &["credentials", "UTF-8"],
        ..ROW
    },
    Row {
        credentials: b"[default]\nsekret\n",
        says: &["line 2 of", "credentials"],
        ..ROW
    },
    Row {
        variables: &[("AWS_SECRET_ACCESS_KEY", "")],
        says: &["AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not"],
        ..ROW
    },
    Row {
        variables: &[("AWS_ACCESS_KEY_ID", "")],
        says: &["AWS_SECRET_ACCESS_KEY is set, but AWS_ACCESS_KEY_ID is not"],
        ..ROW
    },
    Row {
        variables: &[("AWS_PROFILE", "an")],
        config: b"[profile ann]\n",
        says: &["no profile `an` (AWS_PROFILE)", "did you mean ann?"],
        ..ROW
    },
    Row {
        variables: &[("MAFIA_PROFILE", "an")],
        says: &[
            "no profile `an` (MAFIA_PROFILE)",
            "there are no profiles in",
        ],
        ..ROW
    },
    Row {
        options: &["--profile", "an"],
        config: b"[default]\n",
        says: &["no profile `an` (--profile)", "the profiles are default"],
        ..ROW
    },
];

/// With the profile `ann`, and a region in the environment.
const OF_PROFILE: &[Row] = &[
    Row {
        credentials: b"[ann]\naws_access_key_id = AKIASEKRET\n",
        says: &["profile `ann` has aws_access_key_id, but no aws_secret_access_key"],
        ..ROW
    },
    Row {
        credentials: b"[ann]\naws_secret_access_key = sekret\n",
        says: &["profile `ann` has aws_secret_access_key, but no aws_access_key_id"],
        ..ROW
    },
    Row {
        config: b"[profile ann]\nrole_arn = r\nsource_profile = gone\n",
        says: &["no profile `gone` (`source_profile` of profile `ann`)"],
        ..ROW
    },
    Row {
        config: b"[profile ann]\nrole_arn = r\nsource_profile = ann\n",
        says: &["profile `ann` takes its keys from itself, and has none"],
        ..ROW
    },
    Row {
        config:
            b"[profile ann]\nsource_profile = b\n[profile b]\nsource_profile = c\n[profile c]\n\
                  source_profile = b\n",
        says: &["in a circle: ann, b, c", "`source_profile` of `c`"],
        ..ROW
    },
    Row {
        config: b"[profile ann]\nrole_arn = r\ncredential_source = Me\n",
        says: &[
            "`Me`",
            "(`credential_source` of profile `ann`)",
            "Ec2InstanceMetadata",
        ],
        ..ROW
    },
    Row {
        config: b"[profile ann]\ncredential_process = /bin/sh -c 'echo no >&2; exit 7'\n",
        code: 3,
        says: &[
            "from `credential_process` of profile `ann`: the program ended with exit status: 7: no",
        ],
        ..ROW
    },
    Row {
        config: b"[profile ann]\nrole_arn = r\nweb_identity_token_file = /no/such\n",
        code: 3,
        says: &["from `web_identity_token_file` of profile `ann`"],
        ..ROW
    },
    Row {
        config: b"[profile ann]\nsso_session = gone\nsso_account_id = 1\nsso_role_name = r\n",
        code: 3,
        says: &[
            "from `sso_session` of profile `ann`",
            "`gone`",
            "aws sso login",
        ],
        ..ROW
    },
];

/// Words that only a programmer understands, and a hint for servers that take any keys.
const NEVER: [&str; 8] = [
    "os error",
    "already taken",
    "provider",
    "ProfileFile",
    "dispatch failure",
    "SdkError",
    "panicked",
    "AWS_ACCESS_KEY_ID=test",
];

#[test]
fn a_setting_that_cannot_be_used_is_named_with_its_place() {
    let rows = WITH_KEYS.iter().map(|row| (row, KEYS, &[][..]));
    let region = &KEYS[2..];
    let by_option = OF_PROFILE
        .iter()
        .map(|row| (row, region, &["--profile", "ann"][..]));
    for (row, variables, options) in rows.chain(by_option) {
        told(row, variables, options);
    }
    for row in OF_PROFILE {
        let variables = [region, &[("AWS_PROFILE", "ann")]].concat();
        told(row, &variables, &[]);
    }
}

#[track_caller]
fn told(row: &Row, variables: &[(&str, &str)], options: &[&str]) -> Outcome {
    let mut mafia = Mafia::alone()
        .env("MAFIA_STACK", "mafia-anna")
        .env("AWS_EC2_METADATA_DISABLED", "true");
    for (name, value) in variables.iter().chain(row.variables) {
        mafia = mafia.env(name, value);
    }
    let folder = mafia.home().join(".aws");
    std::fs::create_dir(&folder).expect("the home is new");
    for (name, contents) in [("config", row.config), ("credentials", row.credentials)] {
        if !contents.is_empty() {
            std::fs::write(folder.join(name), contents).expect("written");
        }
    }
    let play = [&["play", "state", "--target", "aws"], options, row.options].concat();
    let told = mafia.run(&play).exits_with(row.code);
    let told = row
        .says
        .iter()
        .fold(told, |told, words| told.remarks(words));
    let secrets = told.stderr.to_lowercase().contains(SECRET);
    if secrets || !told.stderr.contains("\n  hint: ") {
        told.fails("should have named the next step and no secret");
    }
    NEVER
        .iter()
        .fold(told, |told, words| told.never_says(words))
}

/// An address where nothing listens.
fn nowhere() -> String {
    let gone = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    format!("http://{}", gone.local_addr().expect("an address"))
}

/// Where a server does not answer, the setting that named it is told.
#[test]
fn the_place_of_an_address_without_a_server_is_told() {
    let url = nowhere();
    for (variable, options) in [
        ("AWS_ENDPOINT_URL", &[][..]),
        ("MAFIA_ENDPOINT_URL", &[]),
        ("AWS_ENDPOINT_URL_STS", &["--target", "aws"]),
    ] {
        let mafia = KEYS.iter().fold(Mafia::alone(), |mafia, (name, value)| {
            mafia.env(name, value)
        });
        let mafia = mafia.env("MAFIA_STACK", "mafia-anna").env(variable, &url);
        let told = mafia
            .run(&[&["play", "state"], options].concat())
            .exits_with(3);
        told.remarks(&format!("hint: start the server, or change {variable}\n"))
            .never_says("--endpoint-url");
    }
}

/// Each variable for an option that is on or off, with the command that takes it.
fn switches(command: &Command, path: &[String]) -> Vec<(Vec<String>, String)> {
    let own = command.get_arguments().filter_map(|argument| {
        let is_switch = matches!(argument.get_action(), ArgAction::SetTrue);
        let variable = argument.get_env().filter(|_| is_switch)?;
        Some((path.to_vec(), variable.to_string_lossy().into_owned()))
    });
    let deeper = command.get_subcommands().flat_map(|command| {
        let path = [path, &[command.get_name().to_owned()]].concat();
        switches(command, &path)
    });
    own.chain(deeper).collect()
}

#[test]
fn a_variable_that_is_neither_on_nor_off_is_refused() {
    let switches = switches(&Cli::command(), &[]);
    assert!(switches.len() >= 5, "{switches:?}");
    for (path, variable) in switches {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        let path = if path.is_empty() {
            vec!["doctor"]
        } else {
            path
        };
        let refused = Mafia::alone().env(&variable, "maybe").run(&path);
        refused
            .exits_with(2)
            .remarks(&format!("error: invalid value 'maybe' for {variable}\n"))
            .remarks("hint: expected true or false");
    }
}

/// Whatever value a variable has that does not fit, it is the variable that is named.
#[test]
fn a_variable_with_a_wrong_value_is_named() {
    for variable in ["MAFIA_TARGET", "MAFIA_COLOR"] {
        let refused = Mafia::alone().env(variable, "nonsense").run(&["doctor"]);
        let named = format!("invalid value 'nonsense' for {variable}");
        refused.exits_with(2).remarks(&named);
    }
}
