//! This program in the place of the compiler and of the linker. Cargo starts it as the wrapper of the compiler
//! for the packages of the workspace; for a program, it names itself to the compiler as the linker.

use std::env;
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::Path;
use std::process::{Command, ExitCode};

use super::link;

/// Cargo's name for a wrapper of the compiler. What it compiles has names of its own in the target folder, so
/// that it is not taken for what was compiled without it.
pub const WRAPPER: &str = "RUSTC_WORKSPACE_WRAPPER";
/// The folder for libraries. It says that this program is the compiler.
pub const FOLDER: &str = "_MAFIA_LIBRARIES";
/// The linker to use. It says that this program is the linker.
const LINKER: &str = "_MAFIA_LINKER";
/// The linker that the compiler uses, unless it is told another one.
const DEFAULT_LINKER: &str = "cc";

/// Does the work of the compiler or the linker, if this program was started as one.
pub fn run_as_compiler(arguments: &[OsString]) -> Option<ExitCode> {
    let folder = env::var_os(FOLDER)?;
    let arguments = arguments.get(1..)?;
    let done = match env::var_os(LINKER) {
        Some(linker) => link::link(&linker, arguments, Path::new(&folder)),
        None => compile(arguments),
    };
    // Nobody sees what is printed here.
    let code = done.unwrap_or(1);
    Some(ExitCode::from(u8::try_from(code).unwrap_or(1)))
}

/// Runs the compiler, which is the first argument.
fn compile(arguments: &[OsString]) -> io::Result<i32> {
    let (compiler, arguments) = arguments
        .split_first()
        .ok_or_else(|| io::Error::other("no compiler"))?;
    let mut command = Command::new(compiler);
    command.args(arguments);
    if is_program(arguments) {
        let mut linker = OsString::from("linker=");
        linker.push(env::current_exe()?);
        command
            .arg("-C")
            .arg(linker)
            .env(LINKER, given_linker(arguments).unwrap_or(DEFAULT_LINKER));
    }
    Ok(command.status()?.code().unwrap_or(1))
}

/// Whether a function's program is compiled: not a test.
fn is_program(arguments: &[OsString]) -> bool {
    let is_bin = |pair: &[OsString]| pair[0] == "--crate-type" && pair[1] == "bin";
    arguments.windows(2).any(is_bin) && !arguments.iter().any(|it| it == "--test")
}

/// The linker that somebody has configured: the last that is named.
fn given_linker(arguments: &[OsString]) -> Option<&str> {
    let options = arguments.windows(2).filter(|pair| pair[0] == "-C");
    let separate = options.filter_map(|pair| pair[1].to_str());
    let joined = arguments
        .iter()
        .filter_map(|it| OsStr::to_str(it)?.strip_prefix("-C"));
    let all = separate.chain(joined);
    all.filter_map(|it| it.strip_prefix("linker=")).next_back()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(text: &str) -> Vec<OsString> {
        text.split(' ').map(OsString::from).collect()
    }

    #[test]
    fn programs_are_linked_here_but_not_libraries_and_tests() {
        assert!(is_program(&arguments(
            "--crate-name a --crate-type bin a.rs"
        )));
        assert!(!is_program(&arguments(
            "--crate-name a --crate-type lib a.rs"
        )));
        assert!(!is_program(&arguments("--crate-type bin --test a.rs")));
        assert!(!is_program(&arguments("-vV")));
    }

    #[test]
    fn the_linker_that_is_configured_stays() {
        let given = arguments("-C opt-level=3 -C linker=clang -Clinker=mold a.rs");
        assert_eq!(given_linker(&given), Some("mold"));
        assert_eq!(given_linker(&arguments("-C strip=symbols")), None);
    }
}
