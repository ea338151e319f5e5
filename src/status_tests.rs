use super::*;

fn stack(status: &str) -> Stack {
    Stack::example("game", "id", status)
}

fn function(code: CodeStatus, edited: Option<&str>) -> FunctionStatus {
    FunctionStatus {
        function: "01-dawn".to_owned(),
        deployed: ![CodeStatus::NotDeployed, CodeStatus::Conditional].contains(&code),
        state: Some(FunctionState::Ready),
        code,
        edited: edited.map(|files| files.split_whitespace().map(str::to_owned).collect()),
    }
}

#[test]
fn what_there_is_to_do_follows_from_the_stack_and_its_functions() {
    use CodeStatus::{AsBuilt, Conditional, Differs, NotBuilt, NotDeployed, TakenBack};
    assert_eq!(remedy(None, false, &[], None), Some(Remedy::Deploy));
    let files = |names: &str| Some(names.split_whitespace().map(str::to_owned).collect());
    for (edited, removed, expected) in [
        ("", "", Remedy::Play),
        ("game.js", "", Remedy::Deploy),
        ("", "old.js", Remedy::Deploy),
    ] {
        let site = SiteStatus {
            address: String::new(),
            edited: files(edited),
            removed: files(removed),
        };
        let found = remedy(Some(&stack("CREATE_COMPLETE")), false, &[], Some(&site));
        assert_eq!(found, Some(expected), "{edited} {removed}");
    }
    for (status, functions, expected) in [
        ("UPDATE_COMPLETE", function(AsBuilt, Some("")), Remedy::Play),
        ("UPDATE_COMPLETE", function(NotBuilt, None), Remedy::Play),
        ("UPDATE_COMPLETE", function(Conditional, None), Remedy::Play),
        ("UPDATE_COMPLETE", function(Differs, None), Remedy::Deploy),
        (
            "UPDATE_COMPLETE",
            function(TakenBack, Some("src/a.rs")),
            Remedy::Play,
        ),
        (
            "UPDATE_COMPLETE",
            function(NotDeployed, None),
            Remedy::Deploy,
        ),
        (
            "UPDATE_COMPLETE",
            function(AsBuilt, Some("src/a.rs")),
            Remedy::Deploy,
        ),
        ("UPDATE_IN_PROGRESS", function(Differs, None), Remedy::Wait),
        ("UPDATE_FAILED", function(AsBuilt, None), Remedy::Deploy),
        ("CREATE_FAILED", function(AsBuilt, None), Remedy::Deploy),
        ("DELETE_IN_PROGRESS", function(AsBuilt, None), Remedy::Wait),
        ("DELETE_FAILED", function(NotDeployed, None), Remedy::Clean),
        (
            "UPDATE_ROLLBACK_FAILED",
            function(AsBuilt, None),
            Remedy::Deploy,
        ),
    ] {
        let found = remedy(
            Some(&stack(status)),
            false,
            std::slice::from_ref(&functions),
            None,
        );
        assert_eq!(found, Some(expected), "{status} {functions:?}");
        assert_eq!(remedy(Some(&stack(status)), true, &[functions], None), None);
    }
}

#[test]
fn the_table_tells_how_the_game_stands() {
    let player = |of: &str| {
        let (name, is, looks) = match of.split(' ').collect::<Vec<_>>()[..] {
            [name, is, ref looks @ ..] => (name, is, looks.join(" ")),
            _ => panic!("a name and identities"),
        };
        Player {
            true_identity: Some(is.to_owned()),
            identity: looks,
            ..Player::new(name)
        }
    };
    let told = |players: &[&str]| {
        let it = standing(players.iter().map(|of| player(of)).collect());
        (it.players, it.alive, it.turn, it.winner)
    };
    const ANN: &str = "Ann Mafia Uncovered";
    const BO: &str = "Bo Innocent Uncovered";
    assert_eq!(told(&[]), (0, 0, None, None));
    assert_eq!(
        told(&[ANN, BO, "Cleo Innocent Uncovered"]),
        (3, 3, Some(Side::Mafia), None)
    );
    assert_eq!(
        told(&[ANN, BO, "Cleo Innocent Killed by mafia"]),
        (3, 2, Some(Side::Judge), None)
    );
    assert_eq!(
        told(&["Ann Mafia Correctly sentenced", BO]),
        (2, 1, None, Some(Winner::Innocents))
    );
    assert_eq!(
        told(&[ANN, "Bo Innocent Killed by mafia"]),
        (2, 1, None, Some(Winner::Mafia))
    );
}
