//! What points clients at the sandbox.

use super::*;

#[test]
fn who_has_its_variables_finds_it_even_after_it_ended() {
    let owner = Owner::new();
    let variables = owner.env();
    owner.status_after(&["stop"]);
    let url = variables["variables"]["AWS_ENDPOINT_URL"].as_str();
    let mafia = owner.mafia.env("AWS_ENDPOINT_URL", url.expect("it is one"));
    mafia
        .env("AWS_ACCESS_KEY_ID", "of-somebody-else")
        .env("AWS_SECRET_ACCESS_KEY", "of-somebody-else")
        .run(&["doctor", "--stack", "mafia-anna"])
        .prints("the sandbox (http://127.0.0.1:")
        .prints("user/sandbox in account 000000000000");
}

#[test]
fn aws_settings_do_not_leak_into_the_sandbox() {
    let owner = Owner::new();
    let folder = owner.mafia.home().join(".aws");
    fs::create_dir_all(&folder).expect("a home takes folders");
    let profile = "[default]\nendpoint_url = http://127.0.0.1:1\nregion = eu-west-1\n";
    fs::write(folder.join("config"), profile).expect("written");
    owner
        .mafia
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        .env("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1")
        .env("AWS_ACCESS_KEY_ID", "of-somebody-else")
        .env("AWS_SECRET_ACCESS_KEY", "of-somebody-else")
        .env("AWS_SESSION_TOKEN", "of-somebody-else")
        .env("AWS_PROFILE", "of-somebody-else")
        .env("AWS_REGION", "eu-west-1")
        .run(&["doctor", "--target", "sandbox", "--stack", "mafia-anna"])
        .prints("the sandbox (http://127.0.0.1:")
        .prints("user/sandbox in account 000000000000");
}

#[test]
fn its_variables_come_in_the_words_of_each_shell() {
    let owner = Owner::new();
    let json = owner.env();
    let key = json["variables"]["AWS_SECRET_ACCESS_KEY"].as_str();
    let key = key.expect("it is one");
    for (shell, set, unset) in [
        ("sh", "export NAME=", "unset AWS_PROFILE"),
        ("fish", "set -gx NAME ", "set -e AWS_PROFILE"),
        ("powershell", "$env:NAME = \"", "$env:AWS_PROFILE = $null"),
    ] {
        let set = set.replace("NAME", "AWS_SECRET_ACCESS_KEY") + key;
        let said = owner.run(&["env", "--shell", shell]).succeeds();
        said.prints(&set).prints(unset);
    }
    let shell = "eval \"$(\"$MAFIA\" sandbox env)\" && echo \"$AWS_ENDPOINT_URL $AWS_PROFILE.\"";
    let url = json["variables"]["AWS_ENDPOINT_URL"].as_str();
    let said = owner.mafia.env("AWS_PROFILE", "x").run_in_shell(shell);
    assert_eq!(said.stdout, format!("{} .\n", url.expect("it is one")));
}
