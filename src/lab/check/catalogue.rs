//! Which checks a lab has, in the order in which they are made: each looks at one thing and lets the mistakes
//! pass that the later ones are for.

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;

use super::blocked::Checked;
use super::labs::{cors, custom, day_turn, end, game_state, judgement};
use super::labs::{new_game, night_turn, proxy, routes, start};
use super::probe::Probe;
use crate::game::{DAY_TURN, GAME_STATE, JUDGEMENT, NEW_GAME, NIGHT_TURN};

type Work = for<'a> fn(&'a Probe<'a>) -> LocalBoxFuture<'a, Checked>;

/// One thing that is looked at.
pub struct Check {
    /// Stable.
    pub id: &'static str,
    pub(super) work: Work,
}

/// The checks of one lab.
pub struct Checks {
    /// The id of the lab: `01.2`.
    pub lab: &'static str,
    /// The functions that they call, by their names in the workshop.
    pub functions: &'static [&'static str],
    /// The file of the workshop folder that the lab is about.
    pub source: Option<&'static str>,
    pub checks: &'static [Check],
}

/// The id of the lab that begins, before which there need be nothing.
pub const FIRST: &str = "00";
/// The id of the lab that cleans up, after which there is nothing.
pub const LAST: &str = "99";
/// Its one check.
pub const NOTHING_IS_LEFT: &str = "nothing-is-left";

macro_rules! checks {
    ($($id:literal => $work:path),+ $(,)?) => {
        &[$(Check { id: $id, work: |probe| $work(probe).boxed_local() }),+]
    };
}

pub const CATALOGUE: &[Checks] = &[
    Checks {
        lab: FIRST,
        functions: &[NEW_GAME, GAME_STATE, NIGHT_TURN, DAY_TURN, JUDGEMENT],
        source: None,
        checks: checks! {
            "stack-is-there" => start::stack_is_there,
            "functions-answer" => start::functions_answer,
        },
    },
    Checks {
        lab: "01.1",
        functions: &[NEW_GAME],
        source: Some("functions/src/bin/new-game.rs"),
        checks: checks! {
            "as-many-players-as-asked" => new_game::as_many_players,
            "as-many-mafia-as-asked" => new_game::as_many_mafia,
            "everybody-is-uncovered" => new_game::everybody_is_uncovered,
            "the-old-game-is-gone" => new_game::the_old_game_is_gone,
            "the-answer-names-the-players" => new_game::the_answer_names_the_players,
            "the-order-gives-nothing-away" => new_game::the_order_gives_nothing_away,
            "every-game-is-another" => new_game::every_game_is_another,
        },
    },
    Checks {
        lab: "01.2",
        functions: &[GAME_STATE],
        source: Some("functions/src/bin/game-state.rs"),
        checks: checks! {
            "all-players" => game_state::all_players,
            "identities-stay-hidden" => game_state::identities_stay_hidden,
            "everybody-s-identity-is-shown" => game_state::identities_are_shown,
            "more-than-a-page" => game_state::more_than_a_page,
        },
    },
    Checks {
        lab: "01.3",
        functions: &[NIGHT_TURN],
        source: Some("functions/src/bin/night-turn.rs"),
        checks: checks! {
            "one-dies" => night_turn::one_dies,
            "the-mafia-never-kills-its-own" => night_turn::never_its_own,
            "the-dead-stay-dead" => night_turn::the_dead_stay_dead,
            "nobody-else-changes" => night_turn::nobody_else_changes,
            "the-answer-names-the-victim" => night_turn::the_answer_names_the_victim,
            "any-innocent-may-die" => night_turn::any_innocent_may_die,
            "two-turns-at-once-kill-two" => night_turn::two_at_once,
        },
    },
    Checks {
        lab: "01.4",
        functions: &[DAY_TURN],
        source: Some("functions/src/bin/day-turn.rs"),
        checks: checks! {
            "every-living-player-blames-one" => day_turn::everybody_blames_one,
            "the-dead-stay-out-of-it" => day_turn::the_dead_stay_out,
            "nobody-blames-oneself" => day_turn::nobody_blames_oneself,
            "the-mafia-blames-innocents" => day_turn::the_mafia_blames_innocents,
            "accusations-vary" => day_turn::accusations_vary,
            "nothing-changes" => day_turn::nothing_changes,
        },
    },
    Checks {
        lab: "01.5",
        functions: &[JUDGEMENT],
        source: Some("functions/src/bin/judgement.rs"),
        checks: checks! {
            "mafia-is-sentenced" => judgement::mafia_is_sentenced,
            "innocents-are-sentenced" => judgement::innocents_are_sentenced,
            "nobody-else-changes" => judgement::nobody_else_changes,
            "unknown-is-404" => judgement::unknown_is_404,
            "dead-is-404" => judgement::dead_is_404,
            "missing-name-is-refused" => judgement::missing_name_is_refused,
            "any-name-works" => judgement::any_name_works,
            "two-judgements-at-once-sentence-one" => judgement::two_at_once,
        },
    },
    Checks {
        lab: "01.6",
        functions: &[NEW_GAME, NIGHT_TURN, DAY_TURN, JUDGEMENT],
        source: Some("functions/src/players.rs"),
        checks: checks! {
            "the-game-goes-on" => end::the_game_goes_on,
            "the-mafia-wins" => end::the_mafia_wins,
            "the-innocents-win" => end::the_innocents_win,
            "the-last-turn-tells-the-winner" => end::the_last_turn_tells,
            "after-the-end-nothing-changes" => end::nothing_changes_after_the_end,
        },
    },
    Checks {
        lab: "02.1",
        functions: &[GAME_STATE, JUDGEMENT],
        source: Some("support/src/answer.rs"),
        checks: checks! {
            "the-api-is-there" => proxy::the_api_is_there,
            "the-answer-gets-through" => proxy::the_answer_gets_through,
            "the-body-is-json" => proxy::the_body_is_json,
            "identities-stay-hidden" => proxy::identities_stay_hidden,
            "the-status-gets-through" => proxy::the_status_gets_through,
            "direct-calls-stay-plain" => proxy::direct_calls_stay_plain,
        },
    },
    Checks {
        lab: "02.2",
        functions: &[NEW_GAME, GAME_STATE, NIGHT_TURN, DAY_TURN, JUDGEMENT],
        source: Some("template.yaml"),
        checks: checks! {
            "every-function-has-a-path" => routes::every_function_has_a_path,
            "the-api-may-call-them" => routes::the_api_may_call_them,
            "every-path-calls-its-function" => routes::every_path_calls_its_function,
            "a-game-can-be-played" => routes::a_game_can_be_played,
        },
    },
    Checks {
        lab: "02.3",
        functions: &[NEW_GAME],
        source: Some("template.yaml"),
        checks: checks! {
            "post-starts-a-game" => custom::post_starts_a_game,
            "the-answer-is-the-body" => custom::the_answer_is_the_body,
            "the-body-arrives" => custom::the_body_arrives,
            "the-query-arrives" => custom::the_query_arrives,
            "quotes-stay-text" => custom::quotes_stay_text,
        },
    },
    Checks {
        lab: "02.4",
        functions: &[NEW_GAME, GAME_STATE, NIGHT_TURN, DAY_TURN, JUDGEMENT],
        source: Some("template.yaml"),
        checks: checks! {
            "answers-may-be-read" => cors::answers_may_be_read,
            "refusals-may-be-read" => cors::refusals_may_be_read,
            "every-path-answers-a-preflight" => cors::every_path_answers_a_preflight,
            "a-page-may-post" => cors::a_page_may_post,
        },
    },
    Checks {
        lab: LAST,
        functions: &[],
        source: None,
        // It has no stack to probe: see `CheckRun`.
        checks: &[],
    },
];

impl Checks {
    /// The ids of the checks, in their order.
    pub fn ids(&self) -> Vec<&'static str> {
        match self.lab {
            LAST => vec![NOTHING_IS_LEFT],
            _ => self.checks.iter().map(|check| check.id).collect(),
        }
    }
}

/// The checks of the lab with this id.
pub fn checks_of(lab: &str) -> Option<&'static Checks> {
    CATALOGUE.iter().find(|it| it.lab == lab)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::content;
    use crate::lab::manifest::Manifest;

    #[test]
    fn every_check_of_the_manifest_is_made_in_its_order() {
        let manifest = Manifest::read(content::manifest_text()).expect("it is right");
        let ids = manifest.labs.iter().map(|lab| {
            let checks = lab.checks.iter().map(String::as_str);
            (lab.id.as_str(), checks.collect::<Vec<_>>())
        });
        let known = CATALOGUE.iter().map(|it| (it.lab, it.ids()));
        assert_eq!(known.collect::<Vec<_>>(), ids.collect::<Vec<_>>());
        for checks in CATALOGUE {
            let lab = manifest.find(checks.lab).expect("it is there");
            let file = lab.files.first().map(String::as_str);
            assert_eq!(checks.source, file, "{}", checks.lab);
        }
    }
}
