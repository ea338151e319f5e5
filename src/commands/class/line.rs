//! The line that a student pastes into a shell to work with their own stack. Pure.

use std::path::Path;

use crate::cloud::{Target, TargetKind};
use crate::invocation::quoted;

/// `state_dir` is the sandbox's folder, where that is the target.
pub fn student_line(target: &Target, state_dir: Option<&Path>, stack: &str) -> String {
    let region = format!("MAFIA_REGION={}", quoted(&target.region));
    let place = match &target.kind {
        TargetKind::Aws => format!("MAFIA_TARGET=aws {region}"),
        TargetKind::Endpoint { url } => format!("MAFIA_ENDPOINT_URL={} {region}", quoted(url)),
        TargetKind::Sandbox { .. } => {
            let folder = state_dir.map(|it| quoted(&it.to_string_lossy()));
            let folder = folder.map(|folder| format!(" MAFIA_STATE_DIR={folder}"));
            format!("MAFIA_TARGET=sandbox{}", folder.unwrap_or_default())
        }
    };
    format!("export {place} MAFIA_STACK={}", quoted(stack))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_names_the_place_and_the_stack() {
        let url = "http://127.0.0.1:4566".to_owned();
        for (kind, expected) in [
            (
                TargetKind::Aws,
                "export MAFIA_TARGET=aws MAFIA_REGION=eu-west-1 MAFIA_STACK=mafia-monday-ann",
            ),
            (
                TargetKind::Endpoint { url: url.clone() },
                "export MAFIA_ENDPOINT_URL=http://127.0.0.1:4566 MAFIA_REGION=eu-west-1 \
                 MAFIA_STACK=mafia-monday-ann",
            ),
            (
                TargetKind::Sandbox { url },
                "export MAFIA_TARGET=sandbox MAFIA_STATE_DIR='/my folder' MAFIA_STACK=mafia-monday-ann",
            ),
        ] {
            let target = Target::new(kind, "eu-west-1");
            let line = student_line(&target, Some(Path::new("/my folder")), "mafia-monday-ann");
            assert_eq!(line, expected);
        }
    }
}
