//! How everything stands.

use super::changed_files::files;
use super::printer::identity;
use super::prose::padded;
use super::style::{bad, bold};
use super::table::Table;
use crate::cloud::Target;
use crate::game::Winner;
use crate::lab::standing::LabStanding;
use crate::status::{
    CodeStatus, FunctionState, FunctionStatus, GameStatus, Remedy, Side, SiteStatus, Status,
};
use crate::wording::count;

/// `origins` says where the options have their values from: `mafia.toml` or `MAFIA_STACK`, and `stack`.
pub fn status(
    status: &Status,
    lab: Option<&LabStanding>,
    target: &Target,
    origins: &[(String, &str)],
) -> String {
    let mut lines = vec![
        label("target", target),
        label("you", identity(target, status.caller.as_ref())),
        label("stack", stack(status)),
    ];
    if status.strangers {
        let owner = status.owner.as_deref().unwrap_or_default();
        lines.push(label("owner", bad(format!("somebody else: {owner}"))));
    }
    lines.push(match &status.stack_lab {
        Some(lab) => label("lab", lab),
        None => label("game", game(status)),
    });
    if let Some(api) = &status.api {
        lines.push(label("api", api));
    }
    lines.extend(status.site.as_ref().map(|it| label("page", page(it))));
    lines.extend(lab.map(|lab| label("lab", at_lab(lab))));
    if !origins.is_empty() {
        lines.push(label("from", from(origins)));
    }
    if !status.functions.is_empty() {
        let mut table = Table::new(&["FUNCTION", "CODE"]);
        for function in &status.functions {
            table.row([function.function.clone(), code(function)]);
        }
        lines.push(format!("\n{}", table.render()));
    }
    lines.join("\n")
}

fn label(name: &str, text: impl std::fmt::Display) -> String {
    format!("{}  {text}", padded(&bold(name), 6))
}

/// `mafia.toml (target, stack), MAFIA_REGION`: options and variables are called after what they set.
fn from(origins: &[(String, &str)]) -> String {
    let mut by_place: Vec<(&str, Vec<&str>)> = Vec::new();
    for (place, option) in origins {
        match by_place.iter_mut().find(|(known, _)| known == place) {
            Some((_, options)) => options.push(option),
            None => by_place.push((place, vec![option])),
        }
    }
    let places = by_place.into_iter().map(|(place, options)| {
        if place.starts_with("--") || place.starts_with("MAFIA_") {
            place.to_owned()
        } else {
            format!("{place} ({})", options.join(", "))
        }
    });
    places.collect::<Vec<_>>().join(", ")
}

fn stack(status: &Status) -> String {
    let name = bold(&status.stack);
    let Some(state) = &status.status else {
        return format!("{name}, not deployed");
    };
    // A status that needs attention stands out.
    let state = if state.ends_with("_FAILED") || state == "ROLLBACK_COMPLETE" {
        bad(state)
    } else {
        state.clone()
    };
    let reason = status.reason.as_deref().filter(|reason| !reason.is_empty());
    let advice = match status.remedy {
        Some(Remedy::Wait) if state.starts_with("DELETE_") => "; it is being deleted",
        Some(Remedy::Wait) => "; an operation is running",
        _ => "",
    };
    match reason {
        Some(reason) => format!("{name}, {state} ({reason}){advice}"),
        None => format!("{name}, {state}{advice}"),
    }
}

fn game(status: &Status) -> String {
    let Some(game) = &status.game else {
        return match status.status {
            None => "none".to_owned(),
            Some(_) => "unknown: the table of players cannot be read".to_owned(),
        };
    };
    standing(game)
}

fn at_lab(lab: &LabStanding) -> String {
    let passed = format!("{} of {} passed", lab.passed, lab.labs);
    let (Some(id), Some(title)) = (&lab.id, &lab.title) else {
        return passed;
    };
    match &lab.failed {
        None => format!("{id}, {title}; {passed}"),
        Some(check) => format!("{id}, {title}; the last check failed: {check}; {passed}"),
    }
}

fn page(site: &SiteStatus) -> String {
    let mut text = site.address.clone();
    for (what, names) in [
        ("edited since", &site.edited),
        ("only in the bucket", &site.removed),
    ] {
        if let Some(names @ [_, ..]) = names.as_deref() {
            text += &format!(", {what}: {}", files(names));
        }
    }
    text
}

fn standing(game: &GameStatus) -> String {
    let alive = format!("{} of {} alive", game.alive, count(game.players, "player"));
    match (game.turn, game.winner) {
        (_, Some(Winner::Mafia)) => format!("over, the mafia has won; {alive}"),
        (_, Some(Winner::Innocents)) => format!("over, the innocents have won; {alive}"),
        (Some(Side::Mafia), None) => format!("{alive}; it is night, the mafia's turn"),
        (Some(Side::Judge), None) => format!("{alive}; it is day, the judge's turn"),
        (None, None) => "not started".to_owned(),
    }
}

fn code(function: &FunctionStatus) -> String {
    let edited = function.edited.as_deref().unwrap_or_default();
    let code = match function.code {
        CodeStatus::NotDeployed => return "not deployed".to_owned(),
        CodeStatus::Conditional => {
            return "not deployed: its condition in the template does not hold".to_owned();
        }
        _ if function.is_edited() => format!("edited since: {}", files(edited)),
        CodeStatus::Unlisted => {
            "not in `[package.metadata.mafia.functions]`: keeps its code".to_owned()
        }
        CodeStatus::TakenBack => "an undo took back the newer code".to_owned(),
        CodeStatus::Differs => "differs from the last build".to_owned(),
        CodeStatus::AsBuilt => "as last built".to_owned(),
        CodeStatus::NotBuilt => "deployed; no build here to compare with".to_owned(),
    };
    match function.state {
        Some(FunctionState::Updating) => format!("{code}, being updated"),
        Some(FunctionState::Failed) => {
            format!("{code}, its last update failed, or its code is lost")
        }
        Some(FunctionState::Throttled) => {
            format!("{code}, cannot be called: its reserved concurrency is 0")
        }
        _ => code,
    }
}
