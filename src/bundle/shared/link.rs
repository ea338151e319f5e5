//! Links a function against the library, which it links first if it is not there yet.

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::UNIX_EPOCH;

use memchr::memmem;
use sha2::{Digest as _, Sha256};

use super::NAME;

/// A crate that programs and libraries each have: it contains what the compiler calls.
const BUILTINS: &str = "libcompiler_builtins-";
/// The allocator's shim names this: the object in which the compiler says which allocator a program has. The
/// library has it for all.
const SHIM: &[u8] = b"__rdl_alloc_zeroed";
/// So does this object, which has nothing but names of what must stay in a program. All stays in the library.
const NAMES: &str = "symbols.o";
/// Of a digest in a library's name.
const DIGITS: usize = 32;

/// Runs `linker` with these arguments, which link a function; returns its exit code.
pub fn link(linker: &OsStr, arguments: &[OsString], folder: &Path) -> io::Result<i32> {
    if let Some(parts) = Parts::of(arguments)?
        && let Ok(library) = library(linker, &parts, folder)
        && succeeds(Command::new(linker).args(parts.against(&library)))
    {
        return Ok(0);
    }
    // As without a library. The compiler reads what the linker says.
    let status = Command::new(linker).args(arguments).status()?;
    Ok(status.code().unwrap_or(1))
}

/// A linker's arguments.
struct Parts<'a> {
    all: &'a [OsString],
    shim: &'a OsString,
    /// What else is in the library, and so not in the program.
    names: Vec<&'a OsString>,
    /// The crates for the library.
    shared: Vec<&'a OsString>,
}

impl<'a> Parts<'a> {
    /// `None` if they are not what is expected, such as for a program with an allocator of its own.
    fn of(all: &'a [OsString]) -> io::Result<Option<Self>> {
        let mut shims = Vec::new();
        let mut names = Vec::new();
        for object in all.iter().filter(|it| ends_with(it, ".o")) {
            let bytes = fs::read(object)?;
            match memmem::find(&bytes, SHIM) {
                Some(_) if Path::new(object).ends_with(NAMES) => names.push(object),
                Some(_) => shims.push(object),
                None => {}
            }
        }
        let own = own_crate();
        let shared: Vec<_> = all.iter().filter(|it| is_shared(it, &own)).collect();
        Ok(match (&shims[..], shared.is_empty()) {
            ([shim], false) => Some(Self {
                all,
                shim,
                names,
                shared,
            }),
            _ => None,
        })
    }

    /// The arguments that link the program against the library.
    fn against(&self, library: &Path) -> Vec<OsString> {
        let mut arguments = Vec::with_capacity(self.all.len());
        for argument in self.all {
            if argument == self.shared[0] {
                arguments.extend([
                    "-Wl,-Bdynamic".into(),
                    library.into(),
                    "-Wl,-Bstatic".into(),
                ]);
            }
            let is_there = self.names.contains(&argument) || self.shared.contains(&argument);
            if argument != self.shim && !is_there {
                arguments.push(argument.clone());
            }
        }
        arguments
    }

    /// The arguments that link the library, in the file `output` and with the name `name`. All that other
    /// crates can use stays in it.
    fn for_library(&self, output: &Path, name: &str) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = vec![
            "-shared".into(),
            "-o".into(),
            output.into(),
            format!("-Wl,-soname,{name}").into(),
            // Calls inside the library do not go through the loader: it starts faster.
            "-Wl,-Bsymbolic".into(),
            "-Wl,--no-undefined".into(),
            "-Wl,--strip-all".into(),
            self.shim.clone(),
            "-Wl,--whole-archive".into(),
        ];
        arguments.extend(self.sorted().into_iter().cloned());
        arguments.push("-Wl,--no-whole-archive".into());
        arguments.extend(self.settings());
        arguments
    }

    /// The crates for the library, in an order that does not depend on the program.
    fn sorted(&self) -> Vec<&'a OsString> {
        let mut sorted = self.shared.clone();
        sorted.sort_unstable_by(|a, b| Path::new(a).file_name().cmp(&Path::new(b).file_name()));
        sorted
    }

    /// The arguments that say how to link, with the system's libraries and [`BUILTINS`].
    fn settings(&self) -> Vec<OsString> {
        let mut settings = Vec::new();
        let mut left = self.all.iter();
        while let Some(argument) = left.next() {
            let text = argument.to_string_lossy();
            match text.as_ref() {
                "-o" => drop(left.next()),
                "-pie" | "-Wl,-Bstatic" | "-Wl,-Bdynamic" => {}
                // Folders of this call alone begin with it too.
                "-L" => match left.next() {
                    Some(folder) if !ends_with(folder, "raw-dylibs") => {
                        settings.extend([argument.clone(), folder.clone()]);
                    }
                    _ => {}
                },
                text if text.ends_with(".o") => {}
                text if text.ends_with(".rlib") && !text.contains(BUILTINS) => {}
                _ => settings.push(argument.clone()),
            }
        }
        settings
    }
}

fn ends_with(argument: &OsStr, end: &str) -> bool {
    argument.to_string_lossy().ends_with(end)
}

/// How the file of the package's own library begins. Cargo tells the compiler the package.
fn own_crate() -> String {
    let package = env::var("CARGO_PKG_NAME").unwrap_or_default();
    format!("lib{}-", package.replace('-', "_"))
}

fn is_shared(argument: &OsStr, own: &str) -> bool {
    let path = Path::new(argument);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.ends_with(".rlib") && !name.starts_with(own) && !name.starts_with(BUILTINS)
}

/// The library of these crates as they are, linked if it is not there. One process at a time links it.
fn library(linker: &OsStr, parts: &Parts<'_>, folder: &Path) -> io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let known = folder.join(inputs(linker, parts)?);
    let there = || {
        let name = fs::read_to_string(&known).ok()?;
        Some(folder.join(name)).filter(|library| library.is_file())
    };
    if let Some(library) = there() {
        return Ok(library);
    }
    let lock = File::create(folder.join("lock"))?;
    lock.lock()?;
    if let Some(library) = there() {
        return Ok(library);
    }
    let (name, bytes) = linked(linker, parts, folder)?;
    let library = folder.join(&name);
    if !library.is_file() {
        write(folder, &library, &bytes)?;
    }
    write(folder, &known, name.as_bytes())?;
    Ok(library)
}

/// What says which crates these are, without reading them: their files are replaced when they change.
fn inputs(linker: &OsStr, parts: &Parts<'_>) -> io::Result<String> {
    let mut digest = Sha256::new();
    digest.update(format!("{} {linker:?}", env!("CARGO_PKG_VERSION")));
    for argument in parts.settings() {
        digest.update(format!("\0{argument:?}"));
    }
    for path in parts.sorted() {
        let file = fs::metadata(path)?;
        let time = file.modified()?.duration_since(UNIX_EPOCH);
        let time = time.unwrap_or_default().as_nanos();
        digest.update(format!("\0{path:?} {} {time}", file.len()));
    }
    Ok(hexadecimal(digest))
}

/// The library's name and bytes. It is linked under a name without a digest, and then gets the one of its
/// contents: the name is as long.
fn linked(linker: &OsStr, parts: &Parts<'_>, folder: &Path) -> io::Result<(String, Vec<u8>)> {
    let nameless = name_of(&"0".repeat(DIGITS));
    let output = tempfile::Builder::new()
        .prefix(".incomplete-")
        .tempfile_in(folder)?
        .into_temp_path();
    if !succeeds(Command::new(linker).args(parts.for_library(&output, &nameless))) {
        return Err(io::Error::other("the library cannot be linked"));
    }
    let mut bytes = fs::read(&output)?;
    let name = name_of(&hexadecimal(Sha256::new_with_prefix(&bytes)));
    rename(&mut bytes, &nameless, &name);
    Ok((name, bytes))
}

/// Whether a library has the contents that its name has the digest of.
pub fn is_whole(library: &Path) -> io::Result<bool> {
    let mut bytes = fs::read(library)?;
    let name = library.file_name().unwrap_or_default().to_string_lossy();
    rename(&mut bytes, &name, &name_of(&"0".repeat(DIGITS)));
    Ok(name == name_of(&hexadecimal(Sha256::new_with_prefix(&bytes))))
}

/// Puts another name in the place of this one, which is as long.
fn rename(library: &mut [u8], from: &str, to: &str) {
    let places: Vec<usize> = memmem::find_iter(library, from).collect();
    for place in places {
        library[place..place + to.len()].copy_from_slice(to.as_bytes());
    }
}

fn name_of(digest: &str) -> String {
    format!("{NAME}{digest}.so")
}

fn hexadecimal(digest: Sha256) -> String {
    let digits = digest.finalize();
    let digits = digits.iter().take(DIGITS / 2);
    digits.map(|byte| format!("{byte:02x}")).collect()
}

/// Writes a file that is there as a whole or not at all.
fn write(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = tempfile::Builder::new()
        .prefix(".incomplete-")
        .tempfile_in(folder)?;
    io::Write::write_all(&mut file, bytes)?;
    file.persist(path)?;
    Ok(())
}

fn succeeds(command: &mut Command) -> bool {
    let command = command.stdin(Stdio::null()).stdout(Stdio::null());
    let ended = command.stderr(Stdio::null()).status();
    ended.is_ok_and(|status| status.success())
}

#[cfg(test)]
#[path = "link_tests.rs"]
mod tests;
