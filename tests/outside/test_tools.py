"""Deployments by other tools. They live in an environment of their own, which `PEERS` names."""

import os
import pathlib
import shutil
import tempfile

import bundles

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Globals: {Function: {Runtime: provided.al2023, Handler: bootstrap, Timeout: 10}}
Resources:
  Table:
    Type: AWS::Serverless::SimpleTable
    Properties: {PrimaryKey: {Name: Name, Type: String}}
  Judgement:
    Type: AWS::Serverless::Function
    Metadata: {SkipBuild: true}
    Properties:
      CodeUri: bundle/
      Policies: [{DynamoDBCrudPolicy: {TableName: !Ref Table}}]
      Environment: {Variables: {DYNAMO_TABLE: !Ref Table}}
Outputs:
  Function: {Value: !Ref Judgement}
"""


def peer(name):
    return pathlib.Path(os.environ["PEERS"]) / name


def bundle(folder, function):
    folder.mkdir(parents=True)
    shutil.copy(bundles.FUNCTIONS / function, folder / "bootstrap")
    shutil.copy(bundles.ROOT / "names.txt", folder)


def test_sam_deploys_invokes_and_deletes(clients):
    stack = clients.name("sam")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        bundle(folder / "bundle", "judgement")
        (folder / "template.yaml").write_text(TEMPLATE)
        quiet = {"SAM_CLI_TELEMETRY": "0", "HOME": str(folder)}
        sam = lambda *arguments: clients.tool(peer("sam"), *arguments, cwd=folder, environment=quiet)
        sam("deploy", "--stack-name", stack, "--resolve-s3", "--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset")
        said = sam("remote", "invoke", "Judgement", "--stack-name", stack, "--event", '{"Name": "Nobody"}')
        assert "No game yet" in str(said), said
        (folder / "bundle/names.txt").write_text("changed\n")
        sam("deploy", "--stack-name", stack, "--resolve-s3", "--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset")
        sam("delete", "--stack-name", stack, "--no-prompts")
    names = [function["FunctionName"] for function in clients.lambda_.list_functions()["Functions"]]
    assert not [name for name in names if stack in name], names


def test_cargo_lambda_deploys_and_invokes(clients):
    name = clients.name("cargo")
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        bundle(folder / "target/lambda" / name, "judgement")
        (folder / "src").mkdir()
        (folder / "src/main.rs").write_text("fn main() {}\n")
        manifest = f'[package]\nname = "{name}"\nversion = "0.1.0"\nedition = "2024"\n[workspace]\n'
        (folder / "Cargo.toml").write_text(manifest)
        cargo_lambda = lambda *arguments: clients.tool(peer("cargo-lambda"), "lambda", *arguments, cwd=folder)
        deploy = ["deploy", name, "--role", "arn:aws:iam::000000000000:role/anybody", "--env-var", "DYNAMO_TABLE=none"]
        cargo_lambda(*deploy)
        cargo_lambda(*deploy, "--memory", "256")
        failed = clients.tool(
            peer("cargo-lambda"), "lambda", "invoke", "--remote", name, "--data-ascii", '{"Name": "Ann"}', cwd=folder, fails=True
        )
        assert "none" in failed, failed
    assert clients.lambda_.get_function_configuration(FunctionName=name)["MemorySize"] == 256
    clients.lambda_.delete_function(FunctionName=name)
