//! The naming rules: what stacks, functions, log groups and parameters are called. Pure.

/// The longest name of a stack, in characters.
///
/// Source: [`LONGEST_FUNCTION_NAME`], less what `<stack>-02-game-state` adds. CloudFormation itself takes
/// 128.
pub const LONGEST_STACK_NAME: usize = LONGEST_FUNCTION_NAME - "-02-game-state".len();

/// The longest name of a function, in characters.
///
/// Source: Lambda's API reference, `CreateFunction`, `FunctionName`.
pub const LONGEST_FUNCTION_NAME: usize = 64;

/// The name of the shared stack where neither an option nor the stack's tag names another.
pub const WORKSHOP: &str = "mafia-workshop";

/// The lab whose function Slack calls.
pub const WORD_COUNT_LAB: &str = "word-count";
/// The last part of the name of the stack that a class shares: no student can have it.
pub const CLASS_WORKSHOP: &str = "workshop";

/// The word counter's first function, which Slack calls.
pub const WORD_COUNT: &str = "01-word-count";

/// The lab whose function patches bundles, and that function.
pub const QUICKBUILD_LAB: &str = "quickbuild";
pub const QUICKBUILD: &str = "01-quickbuild";

/// Why there is no name for a stack.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StackNameError {
    #[error("`{name}` is not a valid stack name")]
    Invalid { name: String },

    #[error("your user name makes no valid stack name: {name}")]
    Default { name: String },

    #[error("cannot find your user name for the default stack name")]
    NoUser,
}

/// `name`, if it can be the name of a stack: letters, digits and hyphens, the first of them a letter.
///
/// Source: CloudFormation's constraint on stack names, and [`LONGEST_STACK_NAME`].
pub fn stack_name(name: &str) -> Result<String, StackNameError> {
    let valid = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && name.len() <= LONGEST_STACK_NAME;
    if valid {
        Ok(name.to_owned())
    } else {
        Err(StackNameError::Invalid {
            name: name.to_owned(),
        })
    }
}

/// The stack of a user who names none: `mafia-ann`, and `mafia-ann-lee` of `ann.lee`.
pub fn default_stack_name(user: &str) -> Result<String, StackNameError> {
    let user = user.to_ascii_lowercase();
    let words = user.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    if words.is_empty() {
        return Err(StackNameError::NoUser);
    }
    let name = format!("mafia-{}", words.join("-"));
    stack_name(&name).map_err(|_| StackNameError::Default { name })
}

/// The stack of another lab than the game, of whoever has the `game`: `mafia-ann-word-count`.
pub fn lab_stack_name(game: &str, lab: &str) -> Result<String, StackNameError> {
    stack_name(&format!("{game}-{lab}"))
}

/// The game's stack `mafia-ann` of `mafia-ann-web`, which is that of a lab; `None` if it is not called so.
pub fn game_beside<'a>(stack: &'a str, lab: &str) -> Option<&'a str> {
    let game = stack.strip_suffix(lab)?.strip_suffix('-')?;
    (!game.is_empty()).then_some(game)
}

/// What the names of the stacks of a class begin with: `mafia-monday-`.
pub fn class_prefix(class: &str) -> String {
    format!("mafia-{class}-")
}

/// The name of the stack that a class shares.
pub fn class_workshop(class: &str) -> String {
    format!("{}{CLASS_WORKSHOP}", class_prefix(class))
}

/// A function's full name in a stack: `<stack>-01-new-game`.
pub fn function_name(stack: &str, function: &str) -> String {
    format!("{stack}-{function}")
}

/// `04-day-turn` of `mafia-ann-04-day-turn`: the part that commands take.
pub fn short_name(function: &str) -> &str {
    let number = function
        .match_indices('-')
        .rev()
        .map(|(at, _)| &function[at + 1..])
        .find(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
    number.unwrap_or(function)
}

/// The name of a function without its stack's, or all of it when it does not begin with that.
pub fn name_in_stack<'a>(stack: &str, function: &'a str) -> &'a str {
    function
        .strip_prefix(&function_name(stack, ""))
        .unwrap_or(function)
}

/// `game-state` of `02-game-state`.
pub fn without_number(name: &str) -> &str {
    name.trim_start_matches(|c: char| c.is_ascii_digit())
        .trim_start_matches('-')
}

/// 2 of `02-game-state`.
pub fn leading_number(name: &str) -> Option<u32> {
    let digits = name.bytes().take_while(u8::is_ascii_digit).count();
    name[..digits].parse().ok()
}

/// What is left of `typed` without the stack's name before it, in any case.
pub fn without_stack<'a>(stack: &str, typed: &'a str) -> &'a str {
    let prefix = function_name(stack, "");
    match typed.split_at_checked(prefix.len()) {
        Some((start, rest)) if start.eq_ignore_ascii_case(&prefix) => rest,
        _ => typed,
    }
}

/// Those of `functions`, by their names in the stack, that a person who types `typed` may mean: one, unless
/// the name is unknown or ambiguous.
///
/// `03-night-turn` is called by that name or the name without its number, in any case and spelling
/// (`NightTurn`, `night_turn`); by its number (`3`, `03`); by a word of its name or the beginning of one
/// (`night`); and by the path of its code (`src/bin/night-turn.rs`).
pub fn meant<'a>(
    typed: &str,
    functions: impl IntoIterator<Item = &'a str> + Clone,
) -> Vec<&'a str> {
    let typed = match typed.strip_suffix(".rs") {
        Some(path) => path.rsplit('/').next().unwrap_or(path),
        None => typed,
    };
    let (number, words) = parts(typed);
    let rules: [&dyn Fn(&str) -> bool; 3] = [
        &|function| function == typed || without_number(function) == typed,
        &|function| {
            let (its_number, its_words) = parts(function);
            if words.is_empty() {
                number.is_some() && number == its_number
            } else {
                words == its_words && (number.is_none() || number == its_number)
            }
        },
        &|function| match &words[..] {
            [word] if number.is_none() => parts(function).1.iter().any(|it| it.starts_with(word)),
            _ => false,
        },
    ];
    let called = rules.iter().map(|rule| {
        let functions = functions.clone().into_iter();
        functions.filter(|function| rule(function)).collect()
    });
    called
        .into_iter()
        .find(|found: &Vec<_>| !found.is_empty())
        .unwrap_or_default()
}

/// The words of a name in lower case: `night`, `turn` of `03-NightTurn`.
pub fn words(name: &str) -> Vec<String> {
    parts(name).1
}

/// The number that a name begins with, and its words in lower case: 3 and `night`, `turn` of `03-NightTurn`.
fn parts(name: &str) -> (Option<u32>, Vec<String>) {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for letter in without_number(name).chars() {
        if !letter.is_alphanumeric() || (letter.is_uppercase() && before.is_lowercase()) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| letter.is_alphanumeric()) {
            word.extend(letter.to_lowercase());
        }
        before = letter;
    }
    words.retain(|word| !word.is_empty());
    (leading_number(name), words)
}

/// The log group that Lambda writes to for the function of this full name.
pub fn log_group(function: &str) -> String {
    format!("/aws/lambda/{function}")
}

/// The template's parameter for the key of a function's code: `01-new-game` has `NewGameCode`.
pub fn code_parameter(function: &str) -> String {
    let words = function
        .split(['-', '_'])
        .skip_while(|word| word.bytes().all(|b| b.is_ascii_digit()));
    let capitalized = words.map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|first| first.to_uppercase().to_string());
        first.unwrap_or_default() + letters.as_str()
    });
    capitalized.chain(["Code".to_owned()]).collect()
}

/// Whether this can be the id of a workshop folder: eight hexadecimal digits.
pub fn is_folder_id(text: &str) -> bool {
    text.len() == 8 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_game_is_beside_the_stack_of_a_lab() {
        assert_eq!(game_beside("mafia-ann-web", "web"), Some("mafia-ann"));
        assert_eq!(game_beside("mafia-webster", "web"), None);
        assert_eq!(game_beside("-web", "web"), None);
    }

    #[test]
    fn a_folders_id_is_no_word_that_ends_an_address() {
        assert!(is_folder_id("0a1b2c3d"));
        assert!(!is_folder_id("example.org") && !is_folder_id("examples"));
    }

    #[test]
    fn stack_names_are_letters_digits_and_hyphens() {
        for valid in ["mafia-ann", "A", "x2-y"] {
            assert!(stack_name(valid).is_ok(), "{valid}");
        }
        for invalid in ["", "2x", "-a", "a_b", "a b", "ł", &"a".repeat(51)] {
            assert!(stack_name(invalid).is_err(), "{invalid}");
        }
    }

    #[test]
    fn the_default_stack_is_named_after_the_user() {
        let name = |user| default_stack_name(user);
        assert_eq!(name("Ann.Lee"), Ok("mafia-ann-lee".to_owned()));
        assert_eq!(name("ann.s"), Ok("mafia-ann-s".to_owned()));
        assert_eq!(name("anns"), Ok("mafia-anns".to_owned()));
        assert_eq!(name("łó"), Err(StackNameError::NoUser));
        assert!(name(&"a".repeat(60)).is_err());
    }

    #[test]
    fn the_short_name_of_a_function_is_what_commands_take() {
        assert_eq!(short_name("mafia-ann-04-day-turn"), "04-day-turn");
        assert_eq!(short_name("mafia-2-ann-01-new-game"), "01-new-game");
        assert_eq!(short_name("something"), "something");
    }

    const GAME: [&str; 5] = [
        "01-new-game",
        "02-game-state",
        "03-night-turn",
        "04-day-turn",
        "05-judgement",
    ];

    #[test]
    fn a_function_is_called_by_its_name_its_number_or_a_word_of_it() {
        for typed in [
            "03-night-turn",
            "night-turn",
            "NightTurn",
            "nightTurn",
            "night_turn",
            "NIGHT-TURN",
            "Night turn",
            "3",
            "03",
            "3-night-turn",
            "night",
            "Night",
            "nig",
            "labs/game/src/bin/night-turn.rs",
        ] {
            assert_eq!(meant(typed, GAME), ["03-night-turn"], "{typed}");
        }
        for (typed, function) in [
            ("judge", "05-judgement"),
            ("state", "02-game-state"),
            ("new", "01-new-game"),
        ] {
            assert_eq!(meant(typed, GAME), [function], "{typed}");
        }
    }

    #[test]
    fn several_functions_that_may_be_meant_are_all_given() {
        assert_eq!(meant("turn", GAME), ["03-night-turn", "04-day-turn"]);
        assert_eq!(meant("game", GAME), ["01-new-game", "02-game-state"]);
        let alike = ["run", "Run", "run-fast"];
        assert_eq!(
            meant("Run", alike),
            ["Run"],
            "what is written alike comes first"
        );
        assert_eq!(meant("RUN", alike), ["run", "Run"]);
    }

    #[test]
    fn what_is_no_name_means_nothing() {
        for typed in [
            "",
            "-",
            "6",
            "00",
            "2-night-turn",
            "night-day",
            "nite-turn",
            "urn",
            "ł",
        ] {
            assert_eq!(meant(typed, GAME), [""; 0], "{typed}");
        }
    }

    #[test]
    fn a_function_may_be_called_with_its_stack() {
        for (typed, name) in [
            ("mafia-ann-03-night-turn", "03-night-turn"),
            ("MAFIA-ANN-night", "night"),
            ("mafia-bob-03-night-turn", "mafia-bob-03-night-turn"),
            ("night", "night"),
            ("łółółółółółół", "łółółółółółół"),
        ] {
            assert_eq!(without_stack("mafia-ann", typed), name);
        }
        assert_eq!(leading_number("02-game-state"), Some(2));
        assert_eq!(leading_number("game-state-2"), None);
    }

    #[test]
    fn a_functions_code_parameter_is_its_name_in_camel_case() {
        assert_eq!(code_parameter("01-new-game"), "NewGameCode");
        assert_eq!(code_parameter("judgement"), "JudgementCode");
        assert_eq!(code_parameter("02-night_turn"), "NightTurnCode");
    }
}
