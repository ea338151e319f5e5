//! Bundles that are too large for a request: created and patched through the artifact bucket.

use std::fs::File;
use std::io::Write;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::mafia::Mafia;
use crate::tiny::Tiny;

/// More than Lambda takes in a request, which is 50 MB.
const MEGABYTES: usize = 51;

#[test]
fn a_large_bundle_is_patched_through_the_bucket() {
    let tiny = Tiny::new();
    let mut data = File::create(tiny.path().join("names.txt")).expect("a file can be made");
    // Nothing that a zip could make smaller.
    let mut random = StdRng::seed_from_u64(1);
    let mut megabyte = vec![0; 1_000_000];
    for _ in 0..MEGABYTES {
        random.fill_bytes(&mut megabyte);
        data.write_all(&megabyte).expect("the disk has room");
    }
    tiny.write("templates/game.yaml", TEMPLATE);
    let mafia = Mafia::alone()
        .in_folder(tiny.path())
        .env("MAFIA_STACK", "mafia-large");
    mafia.run(&["deploy"]).succeeds().prints("created with 1");

    data.write_all(b"one more").expect("the disk has room");
    let patched = mafia.run(&["deploy", "--json"]).succeeds().json();
    assert_eq!(patched["action"], "patched");
    mafia.run(&["deploy"]).succeeds().prints("nothing to do");
}

const TEMPLATE: &str = r#"
Parameters:
  ArtifactBucket: {Type: String}
  NewGameCode: {Type: String}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties:
      AssumeRolePolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Principal: {Service: lambda.amazonaws.com}, Action: sts:AssumeRole}]
  NewGame:
    Type: AWS::Lambda::Function
    Properties:
      FunctionName: !Sub ${AWS::StackName}-01-new-game
      Runtime: provided.al2023
      Handler: bootstrap
      Code: {S3Bucket: !Ref ArtifactBucket, S3Key: !Ref NewGameCode}
      Role: !GetAtt Role.Arn
"#;
